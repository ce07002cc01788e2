package districting

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"rounds/routing/territory"
)

// reasons says why no cut does better; the codes follow.
var reasons = map[territory.Reason]string{
	territory.OneUnit:    "one retailer, or those that stay together, is alone more than a territory may have",
	territory.Locks:      "what is locked to it is more than it may have, or leaves too little for it",
	territory.CutOff:     "barriers leave it, or those around it, too little or too much",
	territory.Capacity:   "all capacities together are less than there is",
	territory.NoChange:   "it takes more change than is allowed",
	territory.WholeUnits: "whole retailers do not add up to anything nearer",
	territory.NotFound:   "no better plan was found, and nothing proves that there is none",
}

// Texts says in English what keeps the answer from being met, the worst first.
func (a *Answer) Texts() (lines []string) {
	for _, f := range a.NotKept {
		lines = append(lines, "Not kept: "+f.String()+".")
	}
	for _, w := range a.Why {
		lines = append(lines, w.String())
	}
	for _, i := range a.Islands {
		lines = append(lines, i.String())
	}
	for _, m := range a.Measures {
		if reached, ok := a.Reachable[m.Name]; ok {
			lines = append(lines, fmt.Sprintf("This plan meets %s of %s.", percent(math.Ceil(reached*1e4)/1e4), m.Name))
		}
	}
	return lines
}

// told is the least deviation that is worth a word.
const told = 0.0005

// String says it in English.
func (w Why) String() string {
	bounds := "at least " + number(w.Low)
	if w.Load > w.High {
		bounds = "at most " + number(w.High)
	}
	text := fmt.Sprintf("Territory %s, %s: %s, where %s was asked for: %s", w.Territory, w.Measure, number(w.Load), bounds, w.reason())
	if len(w.Codes) > 0 {
		text += " (" + some(w.Codes) + ")"
	}
	if w.Floor >= told {
		text += fmt.Sprintf("; no plan keeps %s within %s", w.Measure, percent(math.Floor(w.Floor*1e4)/1e4))
	}
	return text + "."
}

// reason of a territory that has too little because of a unit is of another's unit.
func (w Why) reason() string {
	if w.Reason == territory.OneUnit && w.Load < w.Low {
		return "one retailer of another territory, or those that stay together there, is alone more than a territory may have, and too little is left"
	}
	return reasons[w.Reason]
}

// String says it in English.
func (i Island) String() string {
	text := fmt.Sprintf("Territory %s is in %d pieces; apart from the largest", i.Territory, len(i.Pieces)+1)
	if i.Unavoidable {
		text = fmt.Sprintf("Territory %s cannot but be in %d pieces; apart from the largest", i.Territory, len(i.Pieces)+1)
	}
	return text + ": " + some(slices.Concat(i.Pieces...)) + "."
}

// percent has as many decimals as tell it from 0.
func percent(share float64) string {
	if math.Abs(share) >= 0.1 {
		return strconv.FormatFloat(share*100, 'f', 1, 64) + " %"
	}
	return strconv.FormatFloat(share*100, 'f', 2, 64) + " %"
}

// number has at most one decimal, and no more digits than people read.
func number(x float64) string {
	if math.Abs(x) >= 1000 || x == math.Trunc(x) {
		return grouped(strconv.FormatFloat(math.Round(x), 'f', -1, 64))
	}
	return strconv.FormatFloat(x, 'f', 1, 64)
}

// column has all with one decimal, or with none where all are whole or some are large, so that they stand below each other.
func column(xs []float64) (texts []string) {
	decimals, whole := 1, true
	for _, x := range xs {
		if math.Abs(x) >= 1000 {
			decimals = 0
		}
		whole = whole && x == math.Trunc(x)
	}
	if whole {
		decimals = 0
	}
	for _, x := range xs {
		text := strconv.FormatFloat(x, 'f', decimals, 64)
		if decimals == 0 {
			text = grouped(text)
		}
		texts = append(texts, text)
	}
	return texts
}

// grouped parts thousands by narrow spaces.
func grouped(digits string) string {
	for at := len(digits) - 3; at > 0 && digits[at-1] != '-'; at -= 3 {
		digits = digits[:at] + " " + digits[at:]
	}
	return digits
}
