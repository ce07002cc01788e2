package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"rounds/fieldwork/roster"
)

// territorySettings are the flags that are more than a word.
type territorySettings struct {
	balance    []balanced
	shares     []float64
	capacities []capped
	change     float64
	mostChange float64
	without    []string
}

// balanced is a column that is shared out, nil: in any way.
type balanced struct {
	name      string
	tolerance *float64
}

// capped is a column of which no territory may have more.
type capped struct {
	name string
	most float64
}

// settings reads them; errors name the flag.
func (c territoriesCmd) settings() (s territorySettings, err error) {
	wrong := func(flag string, e error) {
		if e != nil {
			err = errors.Join(err, fmt.Errorf("%s: %w", flag, e))
		}
	}
	for _, item := range commas(c.Balance) {
		b, e := readBalanced(item)
		wrong("--balance", e)
		if slices.ContainsFunc(s.balance, func(other balanced) bool { return other.name == b.name }) {
			wrong("--balance", fmt.Errorf("%s more than once", b.name))
		}
		s.balance = append(s.balance, b)
	}
	for _, item := range commas(c.Capacity) {
		name, number := lastColon(item)
		most, ok := roster.ParseNumber(number)
		if !ok || !(most > 0) {
			wrong("--capacity", fmt.Errorf("%q: want NAME:NUMBER, the number above 0", item))
		}
		if slices.ContainsFunc(s.capacities, func(other capped) bool { return other.name == name }) {
			wrong("--capacity", fmt.Errorf("%s more than once", name))
		}
		s.capacities = append(s.capacities, capped{name, most})
	}
	for _, item := range commas(c.Shares) {
		share, ok := roster.ParseNumber(item)
		if !ok || !(share > 0) {
			wrong("--shares", fmt.Errorf("%q: want a number above 0", item))
		}
		s.shares = append(s.shares, share)
	}
	if c.MostChange != "" {
		share, ok := percentage(narrow.Replace(c.MostChange))
		if !ok || !(share > 0 && share <= 1) {
			wrong("--most-change", fmt.Errorf("%q: want more than 0%% and at most 100%%", c.MostChange))
		}
		s.mostChange = share
	}
	if c.Change != nil {
		s.change = *c.Change
	}
	if !(s.change >= 0 && s.change <= 1e6) {
		wrong("--change", fmt.Errorf("%g: want 0 to 1000000", s.change))
	}
	s.without = commas(c.Without)
	return s, err
}

func readBalanced(item string) (b balanced, err error) {
	name, number := lastColon(item)
	b.name = name
	if number == "" {
		return b, nil
	}
	tolerance, ok := percentage(number)
	if !ok || name == "" || !(tolerance >= 0 && tolerance <= 10) {
		return b, fmt.Errorf("%q: want NAME:2%% or NAME:0.02", item)
	}
	b.tolerance = &tolerance
	return b, nil
}

// percentage reads 2% or 0.02. A bare number of 1 or more is anybody's guess.
func percentage(text string) (float64, bool) {
	if number, ok := strings.CutSuffix(strings.TrimSpace(text), "%"); ok {
		x, ok := roster.ParseNumber(strings.TrimSpace(number))
		return x / 100, ok
	}
	x, ok := roster.ParseNumber(strings.TrimSpace(text))
	return x, ok && x < 1
}

// narrow makes of a Chinese keyboard's punctuation what flags have.
var narrow = strings.NewReplacer("，", ",", "：", ":", "％", "%")

// commas gives what they part, without blanks.
func commas(text string) (items []string) {
	for item := range strings.SplitSeq(narrow.Replace(text), ",") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items
}

// lastColon parts a name from its number; names may have colons too.
func lastColon(item string) (name, number string) {
	at := strings.LastIndex(item, ":")
	if at < 0 {
		return item, ""
	}
	return strings.TrimSpace(item[:at]), strings.TrimSpace(item[at+1:])
}
