package cordeau

import (
	"math/bits"
	"reflect"
	"strings"
	"testing"
)

const small = "1 2 2 3\n0 160\n100 160\n0 0\n 0 30 40 0  0 0 0\n 1 37 52.5 10  7 1 2 4 1\n2 -1 0 0 5 2 1 6 0 900\n\n"

func TestRead(t *testing.T) {
	t.Parallel()
	got, err := Read(strings.NewReader(small))
	want := Instance{
		Vehicles: 2, Days: []Limits{{0, 160}, {100, 160}, {}},
		Places: []Place{
			{X: 30, Y: 40},
			{X: 37, Y: 52.5, Service: 10, Load: 7, Patterns: []uint64{0b001, 0b100}},
			{X: -1, Load: 5, Patterns: []uint64{0b011}},
		},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v: want %+v", got, err, want)
	}
}

func TestWhatIsNotUnderstoodNamesTheLine(t *testing.T) {
	t.Parallel()
	change := func(old, new string) string { return strings.Replace(small, old, new, 1) }
	for says, c := range map[string]struct{ file, want string }{
		"nothing":                  {"", "line 1: unexpected EOF"},
		"one depot more":           {change("1 2 2 3", "2 2 2 3"), "line 1: kind 2"},
		"a number missing":         {change("1 2 2 3", "1 2 2"), "line 1: 3 numbers"},
		"days beyond 64":           {change("1 2 2 3", "1 2 2 65"), "line 1: 65"},
		"no days":                  {change("1 2 2 3", "1 2 2 0"), "line 1: 0: want a whole number of 1 to 64"},
		"customers beyond memory":  {change("1 2 2 3", "1 2 1e9 3"), "line 1: 1e+09"},
		"a customer and a half":    {change("1 2 2 3", "1 2 1.5 3"), "line 1: 1.5"},
		"a customer less":          {change("1 2 2 3", "1 2 3 3"), "line 9: unexpected EOF"},
		"a customer more":          {change("1 2 2 3", "1 2 1 3"), "line 7: the file goes on"},
		"a negative limit":         {change("100 160", "-100 160"), "line 3: want how long"},
		"a word":                   {change("52.5", "north"), `line 6: "north"`},
		"NaN":                      {change("52.5", "nan"), `line 6: "nan"`},
		"a number twice":           {change("\n2 -1", "\n1 -1"), "line 7: number 1: want 2"},
		"fewer sets than are said": {change("7 1 2 4 1", "7 1 3 4 1"), "line 6: 2 sets"},
		"a day too many":           {change("7 1 2 4 1", "7 1 2 8 1"), "line 6: 8 is no choice"},
		"too often":                {change("7 1 2 4 1", "7 1 2 6 1"), "line 6: 6 is no choice"},
		"a set below 0":            {change("7 1 2 4 1", "7 1 2 -4 1"), "line 6: -4 is no choice"},
		"a negative service":       {change("10  7", "-10  7"), "line 6: service -10"},
		"a line without an end":    {"1 2 " + strings.Repeat("2", longestLine+1), "line 1: longer than"},
		"a row that ends":          {change(" 1 37 52.5 10  7 1 2 4 1", "1 37 52"), "line 6: 3 numbers"},
	} {
		if _, err := Read(strings.NewReader(c.file)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", says, err, c.want)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(small)
	f.Add("1 1 1 1\n0 0\n0 0 0 0 0\n1 0 0 0 0 1 1 1\n")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := Read(strings.NewReader(text))
		if err != nil {
			return
		}
		for _, place := range p.Places {
			for _, set := range place.Patterns {
				if bits.Len64(set) > len(p.Days) {
					t.Fatalf("%b of %d days", set, len(p.Days))
				}
			}
		}
	})
}
