package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"rounds/fieldwork/districting"
	"rounds/fieldwork/roster"
	"rounds/internal/sheet"
)

// shopTable is a file of retailers, ready to be cut.
type shopTable struct {
	said  string // the file
	lines []int  // of each place
	city  districting.City
	notes []string // what a person should know of how it was read

	checked   []string               // territories of the plan that is looked at, of each place
	visits    []float64              // to each place in four weeks
	travelled *districting.Travelled // nil where nobody asks for ways
}

// counted is the measure that needs no column.
const counted = "retailers"

// usualTolerance is that of retailers where nobody says what is to be balanced.
const usualTolerance = 0.05

// read reads the file and whatever goes with it; errors name the file and the rows.
func (c territoriesCmd) read(stdin io.Reader) (*shopTable, error) {
	settings, err := c.settings()
	if err != nil {
		return nil, err
	}
	table, said, err := openTable(c.File, stdin)
	if err != nil {
		return nil, err
	}
	s := &shopTable{said: said}
	if err := s.fill(c, settings, table); err != nil {
		return nil, fmt.Errorf("%s: %w", said, err)
	}
	if c.Check != "" {
		if err := s.readPlan(c.Check); err != nil {
			return nil, err
		}
	}
	if err := c.name(settings, s); err != nil {
		return nil, err
	}
	if c.Barriers != "" {
		if s.city.Barriers, err = readLines(c.Barriers); err != nil {
			return nil, fmt.Errorf("%s: %w", c.Barriers, err)
		}
	}
	return s, nil
}

// openTable reads a table of a file or of standard input.
func openTable(name string, stdin io.Reader) (table *sheet.Table, said string, err error) {
	in, said := stdin, "standard input"
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return nil, name, err
		}
		defer file.Close()
		in, said = file, name
	}
	if table, err = sheet.Read(in, ""); err != nil {
		return nil, said, fmt.Errorf("%s: %w", said, err)
	}
	return table, said, nil
}

// shopColumns is where a table has what a territory needs; -1: nowhere.
type shopColumns struct {
	placing
	code                         int
	loads                        []int
	names                        []string // of the loads, as they were asked for
	today, lock, together, apart int
	visitColumn
}

func (c territoriesCmd) columns(s territorySettings, table *sheet.Table) (at shopColumns, err error) {
	if at.placing, err = findPlacing(sheet.Row{Line: table.Line, Cells: table.Header}); err != nil {
		return at, err
	}
	code, ok := roster.FieldColumn(table.Header, "code")
	if !ok {
		return at, fmt.Errorf("line %d: there must be one column code; the headings are: %s", table.Line, strings.Join(table.Header, ", "))
	}
	at.code = code
	find := func(flag, name string) int {
		if name == "" || err != nil {
			return -1
		}
		column, e := headed(table.Header, name)
		if e != nil {
			err = wrongUsage{fmt.Errorf("%s: %w", flag, e)}
		}
		return column
	}
	for _, b := range s.balance {
		at.add(table.Header, b.name, func() int { return find("--balance", b.name) })
	}
	for _, m := range s.capacities {
		at.add(table.Header, m.name, func() int { return find("--capacity", m.name) })
	}
	at.today, at.lock = find("--today", c.Today), find("--lock", c.Lock)
	at.together, at.apart = find("--together", c.Together), find("--apart", c.Apart)
	if err == nil {
		at.visitColumn, err = c.visitColumn(table.Header, at.names)
	}
	return at, err
}

// add notes a measure, once. Retailers are counted unless there is such a column.
func (at *shopColumns) add(header []string, name string, find func() int) {
	if slices.Contains(at.names, name) {
		return
	}
	column := -1
	if _, err := headed(header, name); err == nil || name != counted {
		column = find()
	}
	at.names, at.loads = append(at.names, name), append(at.loads, column)
}

// headed is the one column of that heading, or of a heading that means the same.
func headed(header []string, name string) (at int, err error) {
	at = -1
	for i, heading := range header {
		if !roster.SameHeading(heading, name) {
			continue
		}
		if at >= 0 {
			return at, fmt.Errorf("columns %d and %d are both %s", at+1, i+1, name)
		}
		at = i
	}
	if at < 0 {
		if column, ok := roster.FieldColumn(header, strings.ToLower(name)); ok {
			return column, nil
		}
		return at, fmt.Errorf("there is no column %s; the headings are: %s", name, strings.Join(header, ", "))
	}
	return at, nil
}

// fill reads the rows.
func (s *shopTable) fill(c territoriesCmd, settings territorySettings, table *sheet.Table) error {
	if len(settings.balance) == 0 {
		settings.balance = []balanced{{name: counted}}
	}
	at, err := c.columns(settings, table)
	if err != nil {
		return err
	}
	s.measures(settings, at)
	var wrong rowTrouble
	for _, bad := range table.Bad {
		wrong.add(bad.Line, "", bad.Text("en"))
	}
	zeros := make([]rowTrouble, len(at.loads))
	together, apart := map[string][]string{}, map[string][]string{}
	loads := make([]float64, len(table.Rows)*len(at.loads))
	s.city.Places = make([]districting.Place, 0, len(table.Rows))
	for _, row := range table.Rows {
		code := strings.TrimSpace(row.Cells[at.code])
		p, why := at.place(row.Cells, loads[:len(at.loads):len(at.loads)])
		loads = loads[len(at.loads):]
		visits, strange := at.number(row.Cells)
		s.visits = append(s.visits, visits)
		if why = cmp.Or(why, strange); why != "" {
			wrong.add(row.Line, code, why)
		}
		for k, x := range p.Loads {
			if x == 0 && at.loads[k] >= 0 && why == "" {
				zeros[k].most = shownOfKind
				zeros[k].add(row.Line, code, "")
			}
		}
		s.city.Places, s.lines = append(s.city.Places, p), append(s.lines, row.Line)
		group(together, row.Cells, at.together, code)
		group(apart, row.Cells, at.apart, code)
	}
	if wrong.count > 0 {
		return errors.New(wrong.text("\n"))
	}
	for k := range zeros {
		if zeros[k].count > 0 {
			s.notes = append(s.notes, fmt.Sprintf("%s is 0: %s", at.names[k], zeros[k].text(", ")))
		}
	}
	s.city.Together, s.city.Apart = groups(together), groups(apart)
	return nil
}

// rowTrouble is rows with something wrong, of which the first few are told.
type rowTrouble struct {
	count int
	most  int // that are named; 0: shownRows
	said  []string
}

// shownRows is how many rows are named that cannot be used.
const shownRows = 20

func (r *rowTrouble) add(line int, code, why string) {
	if r.count++; r.count > cmp.Or(r.most, shownRows) {
		return
	}
	said := fmt.Sprintf("line %d", line)
	if code != "" {
		said += " (" + code + ")"
	}
	if why != "" {
		said += ": " + why
	}
	r.said = append(r.said, said)
}

func (r *rowTrouble) text(between string) string {
	said := r.said
	if more := r.count - len(said); more > 0 {
		said = append(said, fmt.Sprintf("… and %d more", more))
	}
	return strings.Join(said, between)
}

// place is what a row says, or why it cannot be used.
func (at shopColumns) place(cells []string, loads []float64) (p districting.Place, why string) {
	p.Code, p.Loads = strings.TrimSpace(cells[at.code]), loads
	if p.Code == "" {
		return p, "no code"
	}
	if p.At, why = at.position(cells); why != "" {
		return p, why
	}
	for k, column := range at.loads {
		if column < 0 {
			loads[k] = 1
			continue
		}
		text := strings.TrimSpace(cells[column])
		x, ok := roster.ParseNumber(text)
		if !ok || !(x >= 0) {
			return p, fmt.Sprintf("%s %q: want a number of 0 or more", at.names[k], text)
		}
		loads[k] = x
	}
	p.Today, p.Lock = label(cells, at.today), label(cells, at.lock)
	return p, ""
}

// label is a cell that names a territory or a group.
func label(cells []string, column int) string {
	if column < 0 {
		return ""
	}
	return strings.TrimSpace(cells[column])
}

func group(groups map[string][]string, cells []string, column int, code string) {
	if name := label(cells, column); name != "" {
		groups[name] = append(groups[name], code)
	}
}

func groups(of map[string][]string) (all [][]string) {
	for _, name := range slices.Sorted(maps.Keys(of)) {
		if len(of[name]) > 1 {
			all = append(all, of[name])
		}
	}
	return all
}

// measures says what is shared out.
func (s *shopTable) measures(settings territorySettings, at shopColumns) {
	for _, name := range at.names {
		m := districting.Measure{Name: name}
		for _, b := range settings.balance {
			if b.name == name {
				m.Tolerance = b.tolerance
			}
		}
		s.city.Measures = append(s.city.Measures, m)
	}
	s.city.ChangePrice, s.city.MostChange = settings.change, settings.mostChange
}

// say names the rows of what is wrong, and what a person should know; the error is about standard error alone.
func (s *shopTable) say(w io.Writer, faults []districting.Fault) error {
	lines := slices.Clone(s.notes)
	for _, f := range faults {
		lines = append(lines, s.located(f))
	}
	lines = first(lines, shownRows)
	if len(lines) == 0 {
		return nil
	}
	_, err := fmt.Fprintf(w, "%s: %s\n", s.said, strings.Join(lines, "\n"+s.said+": "))
	return err
}

// located is a fault with the rows it is about, in place of the codes.
func (s *shopTable) located(f districting.Fault) string {
	if len(f.Places) == 0 {
		return f.String()
	}
	rows := rowTrouble{most: shownOfKind}
	if f.Fatal() {
		rows.most = shownRows
	}
	for _, i := range f.Places {
		rows.add(s.lines[i], s.city.Places[i].Code, "")
	}
	f.Codes = nil
	text := f.String() + ": " + rows.text(", ")
	if f.More {
		text += " at least"
	}
	return text
}

// byName orders names as people do: numbers in them by what they are, and before other text.
func byName(a, b string) int {
	for x, y := a, b; x != "" && y != ""; {
		m, n := digits(x), digits(y)
		switch {
		case m > 0 && n > 0:
			p, q := strings.TrimLeft(x[:m], "0"), strings.TrimLeft(y[:n], "0")
			if c := cmp.Or(cmp.Compare(len(p), len(q)), cmp.Compare(p, q)); c != 0 {
				return c
			}
		case m > 0 || n > 0:
			return cmp.Compare(n, m)
		case x[0] != y[0]:
			return cmp.Compare(x[0], y[0])
		default:
			m, n = 1, 1
		}
		x, y = x[m:], y[n:]
	}
	return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
}

// digits is how many a text begins with.
func digits(text string) int {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return i
		}
	}
	return len(text)
}
