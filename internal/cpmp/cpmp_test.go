package cpmp

import (
	"reflect"
	"strings"
	"testing"
)

const (
	small       = "3 2\n 0 0 10 4\n30 40 10 0\n\n  1.5 -2 7 3 \n"
	oneCapacity = "3 2 10\n1 2 62 3\n2 80 25 14\n3 36 88 1\n"
)

func TestRead(t *testing.T) {
	t.Parallel()
	for says, c := range map[string]struct {
		file string
		want Instance
	}{
		"a capacity each": {small, Instance{2, []Place{{0, 0, 10, 4}, {30, 40, 10, 0}, {1.5, -2, 7, 3}}, Real}},
		"one capacity":    {oneCapacity, Instance{2, []Place{{2, 62, 10, 3}, {80, 25, 10, 14}, {36, 88, 10, 1}}, Floor}},
		"the OR-Library's places with a capacity each": {
			" 1   1 \n 2   62   120   3 \n",
			Instance{1, []Place{{2, 62, 120, 3}}, Floor},
		},
	} {
		if got, err := Read(strings.NewReader(c.file)); err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %+v, %v: want %+v", says, got, err, c.want)
		}
	}
}

func TestDistances(t *testing.T) {
	t.Parallel()
	p := Instance{Places: []Place{{X: 0, Y: 0}, {X: 1, Y: 1}, {X: 3, Y: 4}}}
	if got, want := p.Costs(Floor), [][]int64{{0, 1, 5}, {1, 0, 3}, {5, 3, 0}}; !reflect.DeepEqual(got, want) {
		t.Errorf("floored: %v, want %v", got, want)
	}
	if got, want := p.Costs(Real)[0], []int64{0, 1_414_214, 5_000_000}; !reflect.DeepEqual(got, want) {
		t.Errorf("real: %v, want %v", got, want)
	}
	p.Places = append(p.Places, Place{X: 1e9})
	if unit := p.Unit(Real); unit != 100_000 {
		t.Errorf("places far apart have %d steps a unit, want 100000", unit)
	}
}

func TestWhatIsNotUnderstoodNamesTheLine(t *testing.T) {
	t.Parallel()
	change := func(old, new string) string { return strings.Replace(small, old, new, 1) }
	for says, c := range map[string]struct{ file, want string }{
		"nothing":                    {"", "line 1: unexpected EOF"},
		"a head of one number":       {change("3 2", "3"), "line 1: 1 numbers"},
		"no places":                  {change("3 2", "0 0"), "line 1: 0: want"},
		"more medians than places":   {change("3 2", "3 4"), "line 1: 4: want"},
		"places beyond memory":       {change("3 2", "1e9 2"), "line 1: 1e+09: want"},
		"a place and a half":         {change("3 2", "1.5 1"), "line 1: 1.5: want"},
		"a place less":               {change("3 2", "4 2"), "line 6: unexpected EOF"},
		"a place more":               {change("3 2", "2 2"), "line 5: the file goes on after 2"},
		"a row that ends":            {change("30 40 10 0", "30 40 10"), "line 3: 3 numbers"},
		"a word":                     {change("40", "north"), `line 3: "north"`},
		"NaN":                        {change("40", "NaN"), `line 3: "NaN"`},
		"a negative demand":          {change("10 4", "10 -4"), "line 2: demand -4"},
		"half a capacity":            {change("7 3", "7.5 3"), "line 5: capacity 7.5"},
		"a number out of its order":  {strings.Replace(oneCapacity, "\n2 ", "\n3 ", 1), "line 3: number 3: want 2"},
		"a line without an end":      {"1 " + strings.Repeat("1", longestLine+1), "line 1: longer than"},
		"one capacity that is below": {strings.Replace(oneCapacity, " 10", " -1", 1), "line 2: capacity -1"},
	} {
		if _, err := Read(strings.NewReader(c.file)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", says, err, c.want)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(small)
	f.Add(oneCapacity)
	f.Fuzz(func(t *testing.T, text string) {
		p, err := Read(strings.NewReader(text))
		if err != nil || len(p.Places) > 50 {
			return
		}
		var sum int64
		for _, row := range p.Costs(p.Distance) {
			sum += row[0]
		}
		if sum < 0 || sum > mostCost {
			t.Fatalf("all together cost %d", sum)
		}
	})
}
