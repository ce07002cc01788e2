package main

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"rounds/fieldwork/districting"
	"rounds/fieldwork/roster"
	"rounds/internal/sheet"
	"rounds/routing/territory"
)

// name says which territories there are to be; errors about their number are wrong usage.
func (c territoriesCmd) name(settings territorySettings, s *shopTable) (err error) {
	if c.K > territory.MostTerritories {
		return wrongUsage{fmt.Errorf("--k %d: want at most %d", c.K, territory.MostTerritories)}
	}
	if err := s.leave(settings.without); err != nil {
		return wrongUsage{err}
	}
	if c.Territories != "" {
		if s.city.Territories, err = readTerritories(c.Territories); err != nil {
			return fmt.Errorf("%s: %w", c.Territories, err)
		}
		if k := len(s.city.Territories); c.K > 0 && c.K != k {
			return wrongUsage{fmt.Errorf("--k %d: %s has %d territories", c.K, c.Territories, k)}
		}
	} else {
		k := c.K
		if k == 0 && c.Today == "" {
			k = len(settings.shares)
		}
		names, err := namesOf(k, s.labels(k == 0 && c.Today == ""))
		if err != nil {
			return wrongUsage{err}
		}
		for _, name := range names {
			s.city.Territories = append(s.city.Territories, districting.Territory{Name: name})
		}
	}
	if len(settings.shares) > 0 && len(settings.shares) != len(s.city.Territories) {
		return wrongUsage{fmt.Errorf("--shares: %d for %d territories", len(settings.shares), len(s.city.Territories))}
	}
	for i := range s.city.Territories {
		t := &s.city.Territories[i]
		if len(settings.shares) > 0 {
			t.Share = settings.shares[i]
		}
		for _, m := range settings.capacities {
			if t.Most == nil {
				t.Most = map[string]float64{}
			}
			t.Most[m.name] = m.most
		}
	}
	if len(settings.balance) == 0 {
		s.even()
	}
	return nil
}

// leave takes the territories that there are no more from their retailers.
func (s *shopTable) leave(without []string) error {
	today := s.labels(false)
	for _, name := range without {
		if !slices.Contains(today, name) {
			return fmt.Errorf("--without: nobody is in territory %s today; there are %s", name, strings.Join(first(today, shownOfKind), ", "))
		}
	}
	for i := range s.city.Places {
		if p := &s.city.Places[i]; slices.Contains(without, p.Today) {
			p.Today = ""
		}
	}
	return nil
}

// labels are the territories of today, or of the plan that is looked at where nothing else says which there are.
func (s *shopTable) labels(planned bool) []string {
	seen := map[string]bool{}
	for _, p := range s.city.Places {
		if p.Today != "" {
			seen[p.Today] = true
		}
	}
	for _, name := range s.checked {
		if planned {
			seen[name] = true
		}
	}
	return slices.SortedFunc(maps.Keys(seen), byName)
}

// namesOf are 1 to k where all labels are among them, and otherwise the labels and new ones up to k.
func namesOf(k int, labels []string) (names []string, err error) {
	switch {
	case k == 0 && len(labels) == 0:
		return nil, errors.New("--k: how many territories there are to be")
	case k == 0:
		k = len(labels)
	}
	for i := range k {
		names = append(names, strconv.Itoa(i+1))
	}
	if !slices.ContainsFunc(labels, func(label string) bool { return !slices.Contains(names, label) }) {
		return names, nil
	}
	if len(labels) > k {
		return nil, fmt.Errorf("--k %d: today there are %d (%s): say with --without which there are no more", k, len(labels), strings.Join(first(labels, shownOfKind), ", "))
	}
	names = slices.Clone(labels)
	for i := 1; len(names) < k; i++ {
		if name := fmt.Sprintf("new %d", i); !slices.Contains(labels, name) {
			names = append(names, name)
		}
	}
	return names, nil
}

// even shares out retailers alone, as evenly as is usual, or as whole ones can be.
func (s *shopTable) even() {
	var shares float64
	for _, t := range s.city.Territories {
		shares += share(t)
	}
	tolerance := usualTolerance
	for _, t := range s.city.Territories {
		target := float64(max(1, len(s.city.Places))) * share(t) / shares
		tolerance = max(tolerance, math.Ceil(target)/target-1, 1-math.Floor(target)/target)
	}
	tolerance = math.Ceil(tolerance*1e6) / 1e6
	s.city.Measures[0].Tolerance = &tolerance
	if len(s.city.Places) == 0 {
		return
	}
	s.notes = append(s.notes, fmt.Sprintf("without --balance retailers are shared out evenly, to %.4g %%", tolerance*100))
}

func share(t districting.Territory) float64 {
	if t.Share == 0 {
		return 1
	}
	return t.Share
}

// readTerritories reads a table of territories; errors name the line.
func readTerritories(name string) ([]districting.Territory, error) {
	table, _, err := openTable(name, strings.NewReader(""))
	if err != nil {
		return nil, err
	}
	if len(table.Bad) > 0 {
		return nil, table.Bad[0]
	}
	at, ok := roster.FieldColumn(table.Header, "territory")
	if !ok {
		return nil, fmt.Errorf("line %d: there must be one column territory; the headings are: %s", table.Line, strings.Join(table.Header, ", "))
	}
	columns := territoryColumns{name: at, share: among(table.Header, "share", "份额", "权重"), frozen: among(table.Header, "frozen", "冻结", "锁定")}
	columns.lat, columns.lon, columns.homes = roster.PositionColumns(table.Header)
	columns.width = len(table.Header)
	territories := make([]districting.Territory, 0, len(table.Rows))
	for _, row := range table.Rows {
		t, why := columns.read(row)
		if why != "" {
			return nil, fmt.Errorf("line %d: %s", row.Line, why)
		}
		territories = append(territories, t)
	}
	return territories, nil
}

// territoryColumns is where a table of territories has what; -1: nowhere.
type territoryColumns struct {
	placing
	name, share, frozen int
	homes               bool
}

func among(header []string, names ...string) int {
	return slices.IndexFunc(header, func(heading string) bool {
		return slices.ContainsFunc(names, func(name string) bool { return roster.SameHeading(heading, name) })
	})
}

// read is a territory, or why its row is none.
func (c territoryColumns) read(row sheet.Row) (t districting.Territory, why string) {
	if t.Name = label(row.Cells, c.name); t.Name == "" {
		return t, "no territory"
	}
	if text := label(row.Cells, c.share); text != "" {
		share, ok := roster.ParseNumber(text)
		if !ok || !(share > 0) {
			return t, fmt.Sprintf("share %q: want a number above 0", text)
		}
		t.Share = share
	}
	if c.homes && (label(row.Cells, c.lat) != "" || label(row.Cells, c.lon) != "") {
		home, why := c.position(row.Cells)
		if why != "" {
			return t, why
		}
		t.Home = &home
	}
	switch text := strings.ToLower(label(row.Cells, c.frozen)); text {
	case "", "no", "false", "0", "否":
	case "yes", "true", "1", "是":
		t.Frozen = true
	default:
		return t, fmt.Sprintf("frozen %q: want yes or no", text)
	}
	return t, ""
}
