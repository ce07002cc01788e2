package districting

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"math"
	"slices"
	"strconv"
)

//go:embed page.html
var pageText string

var pageTemplate = template.Must(template.New("page").Parse(pageText))

// Limits of a page, which is to be opened by people.
const (
	shownMoves = 1000
	shownFlows = 500
	shownTexts = 8
)

// Page writes one HTML file that says all of an answer, with maps: it needs no network and no script, and can be printed.
// Whatever the city is called and its names are is shown as it is.
func (r *Region) Page(w io.Writer, title string, of []int32, a *Answer) error {
	p := r.page(title, of, a)
	return pageTemplate.Execute(w, p)
}

// page is what the template shows.
type page struct {
	Title, First, More, Change string
	Retailers                  string
	K, Frozen, Locked          int
	Met, Today, Barriers       bool
	Crowded                    bool // some names are not on the maps
	Messages                   []string
	Measures                   []pageMeasure
	Figures                    []pagePair
	Maps                       []pageMap
	Rows                       []pageRow
	Flows                      []pageFlow
	Moves                      []pageMove
	MovesLeft                  int
	Curve                      []pagePoint

	Colours               []template.CSS
	Dot, Ring, Font, Halo string
}

type pageMeasure struct {
	Name, Total, Asked, Before, After string
	Off                               bool
}

type pagePair struct{ Name, Before, After string }

type pageRow struct {
	Name                        string
	Colour, Count, CountBefore  int
	In, Out, Pieces             int
	Loads                       []pageLoad
	Spread, SpreadBefore, Among string
}

// pageLoad is a load beside its target, which is at 64 of 128.
type pageLoad struct {
	Load, Before, Deviation string
	Off                     bool
	Band                    *pageBand
	Bar, Was                string
}

type pageBand struct{ X, Width string }

type pageFlow struct {
	From, To string
	Count    int
	Loads    []string
	sums     []float64
}

// pagePoint is so much change, and how even it makes the city.
type pagePoint struct {
	Moved, Spread string
	Worst         []string
	Met           bool
}

type pageMove struct {
	Code, From, To     string
	Loads              []string
	Gives, Takes, Near string
}

func (r *Region) page(title string, of []int32, a *Answer) page {
	p := page{
		Title: title, First: r.City.Measures[0].Name, Retailers: grouped(strconv.Itoa(len(r.City.Places))), K: len(r.City.Territories),
		Met: a.Met, Today: a.Before != nil, Barriers: len(r.City.Barriers) > 0, Figures: compared(a),
	}
	for _, t := range r.City.Territories {
		p.Frozen += oneIf(t.Frozen)
	}
	for _, place := range r.City.Places {
		p.Locked += oneIf(place.Lock != "")
	}
	if !a.Met {
		p.Messages = a.Texts()
		if more := len(p.Messages) - shownTexts; more > 0 {
			p.Messages, p.More = p.Messages[:shownTexts], fmt.Sprintf("… and %d more.", more)
		}
	}
	if a.Change != nil {
		p.Change = a.Change.text(p.First)
	}
	p.Measures = measuresOf(a)
	d := r.drawing(of)
	p.Maps = d.maps()
	p.Crowded = d.crowded
	p.Colours, p.Dot, p.Ring, p.Font, p.Halo = palette, d.size(1), d.size(1.9), d.font(1), d.font(0.25)
	p.Rows = rowsOf(a, d.colours)
	p.moves(a)
	for _, c := range a.Curve {
		point := pagePoint{Moved: percent(c.Moved), Spread: number(c.D2 / 1e6), Met: c.Met}
		for _, m := range a.Measures {
			point.Worst = append(point.Worst, percent(c.Worst[m.Name]))
		}
		p.Curve = append(p.Curve, point)
	}
	return p
}

// text says in English what changes hands, and how much must.
func (c Change) text(first string) string {
	text := fmt.Sprintf("%s retailers change hands, %s of %s.", grouped(strconv.Itoa(c.Retailers)), percent(c.Moved), first)
	if c.Bound > 0 {
		text += fmt.Sprintf(" To meet its tolerance, no less than %s must when work passes only between territories that are beside each other today;", percent(c.Bound))
		text += fmt.Sprintf(" to meet all of them, no less than %s whoever gives to whom.", percent(c.Least))
	}
	return text
}

func oneIf(holds bool) int {
	if holds {
		return 1
	}
	return 0
}

func measuresOf(a *Answer) (shown []pageMeasure) {
	for _, m := range a.Measures {
		_, off := a.Reachable[m.Name]
		s := pageMeasure{Name: m.Name, Total: number(m.Total), Asked: "–", After: percent(m.After), Off: off}
		if m.Tolerance != nil {
			s.Asked = "± " + percent(*m.Tolerance)
		}
		if m.Before != nil {
			s.Before = percent(*m.Before)
		}
		shown = append(shown, s)
	}
	return shown
}

// compared are the figures of the whole, today and as proposed.
func compared(a *Answer) []pagePair {
	before := Total{}
	if a.Before != nil {
		before = *a.Before
	}
	pair := func(name string, say func(Total) string) pagePair { return pagePair{name, say(before), say(a.After)} }
	return []pagePair{
		pair("Retailers with a territory", func(t Total) string { return grouped(strconv.Itoa(t.Retailers)) }),
		pair("Mean distance to the middle of the territory", func(t Total) string { return metres(t.MeanDistance) }),
		pair("Sum of squared distances, km²", func(t Total) string { return number(t.D2 / 1e6) }),
		pair("Retailers among those of others", func(t Total) string { return percent(t.Intruding) }),
		pair("Territories in more than one piece", func(t Total) string { return strconv.Itoa(t.Broken) }),
	}
}

func metres(m float64) string {
	if m <= -0.5 {
		return "−" + metres(-m)
	}
	if m < 995 {
		return strconv.FormatFloat(math.Round(math.Abs(m)), 'f', -1, 64) + " m"
	}
	return strconv.FormatFloat(m/1000, 'f', 2, 64) + " km"
}

func rowsOf(a *Answer, colours []int) (rows []pageRow) {
	for i, t := range a.Territories {
		row := pageRow{
			Name: t.Name, Colour: colours[i], Count: t.After.Retailers, In: t.In, Out: t.Out, Pieces: t.After.Pieces,
			Spread: metres(t.After.MeanDistance), Among: percent(t.After.Intruding),
		}
		if t.Before != nil {
			row.CountBefore, row.SpreadBefore = t.Before.Retailers, metres(t.Before.MeanDistance)
		}
		for k, m := range a.Measures {
			row.Loads = append(row.Loads, loadOf(t, k, m.Tolerance))
		}
		rows = append(rows, row)
	}
	for k := range a.Measures {
		loads := columnOf(a.Territories, func(t TerritoryAnswer) float64 { return t.After.Loads[k] })
		for i := range rows {
			rows[i].Loads[k].Load = loads[i]
		}
	}
	return rows
}

// columnOf are numbers that stand below each other.
func columnOf[T any](rows []T, of func(T) float64) []string {
	xs := make([]float64, len(rows))
	for i, row := range rows {
		xs[i] = of(row)
	}
	return column(xs)
}

func loadOf(t TerritoryAnswer, k int, tolerance *float64) pageLoad {
	at := func(ratio float64) string {
		return strconv.FormatFloat(math.Round(min(128, max(0, 64*ratio))*10)/10, 'f', -1, 64)
	}
	off := t.After.Deviations[k]
	l := pageLoad{Deviation: signed(off), Bar: at(1 + off)}
	if tolerance != nil {
		l.Off = math.Abs(off) > *tolerance+1e-9
		width := min(64, 64**tolerance)
		l.Band = &pageBand{at(1 - *tolerance), strconv.FormatFloat(math.Round(20*width)/10, 'f', -1, 64)}
	}
	if t.Before != nil {
		l.Before, l.Was = signed(t.Before.Deviations[k]), at(1+t.Before.Deviations[k])
	}
	return l
}

func signed(share float64) string {
	if share < 0 {
		return "−" + percent(-share)
	}
	return "+" + percent(share)
}

// moves lists what changes hands, together and one by one.
func (p *page) moves(a *Answer) {
	for i, m := range a.Moves {
		if i == 0 || m.From != a.Moves[i-1].From || m.To != a.Moves[i-1].To {
			p.Flows = append(p.Flows, pageFlow{From: m.From, To: m.To, sums: make([]float64, len(m.Loads))})
		}
		f := &p.Flows[len(p.Flows)-1]
		f.Count++
		for k, x := range m.Loads {
			f.sums[k] += x
		}
		if i < shownMoves {
			p.Moves = append(p.Moves, pageMove{m.Code, m.From, m.To, nil, percent(m.Gives), percent(m.Takes), metres(m.Near)})
		}
	}
	p.MovesLeft = len(a.Moves) - len(p.Moves)
	slices.SortStableFunc(p.Flows, func(a, b pageFlow) int { return b.Count - a.Count })
	p.Flows = p.Flows[:min(len(p.Flows), shownFlows)]
	for k := range a.Measures {
		for i, text := range columnOf(p.Flows, func(f pageFlow) float64 { return f.sums[k] }) {
			p.Flows[i].Loads = append(p.Flows[i].Loads, text)
		}
		for i, text := range columnOf(a.Moves[:len(p.Moves)], func(m Move) float64 { return m.Loads[k] }) {
			p.Moves[i].Loads = append(p.Moves[i].Loads, text)
		}
	}
}
