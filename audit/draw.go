package audit

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Draw is what was picked of a frame: all its strata, also those of which nobody is drawn, and the drawn and reserves of each.
type Draw struct {
	Strata []Stratum // in order of the bytes of their names
	Picks  []Pick    // by stratum, then by rank
}

// Stratum is a group of retailers that is drawn from by itself.
type Stratum struct {
	Name      string
	Retailers int
	Drawn     int // may be 0: then nobody of it could be drawn
}

// Pick is a retailer that is drawn, or held in reserve.
type Pick struct {
	Rank        int // within the stratum, from 1; reserves follow the drawn
	Code        string
	Stratum     string
	Probability float64 // of being drawn; above 0, at most 1
	Role        Role
}

// Role says what a retailer was picked for. It stays, whoever is visited in the end.
type Role string

// A reserve takes the place of a drawn retailer of its stratum that cannot be visited, the one of the lowest rank first.
const (
	Drawn   Role = "drawn"
	Reserve Role = "reserve"
)

// Draw picks from the frame as the specification asks, by nothing but the seed. It refuses a specification that the frame cannot
// meet, and names the column, stratum or code.
func (f Frame) Draw(s Spec, seed string) (Draw, error) {
	if err := s.check(); err != nil {
		return Draw{}, err
	}
	if s.N > f.Len() {
		return Draw{}, fmt.Errorf("n is %d, and the frame has %d retailers", s.N, f.Len())
	}
	strata, err := f.stratify(s, seed)
	if err != nil {
		return Draw{}, err
	}
	numbers, err := s.allocate(strata)
	if err != nil {
		return Draw{}, err
	}
	var d Draw
	for i, one := range strata {
		one.pick(s.Method, numbers[i])
		d.Strata = append(d.Strata, Stratum{one.name, len(one.units), numbers[i]})
		d.Picks = append(d.Picks, one.picks(numbers[i], s.Reserves)...)
	}
	return d, nil
}

type stratum struct {
	name  string
	units []unit // in order of the bytes of their codes
}

type unit struct {
	code     string
	size     int64   // in thousandths
	at, toss float64 // numbers of chance, evenly between 0 and 1: for the order, and for walking
	chance   chance  // of being drawn
	key      float64 // the order of picking: the lowest first
	drawn    bool
}

// chance is a probability and what it lacks to 1, both to the last digit.
type chance struct{ is, lacks float64 }

// stratify sorts a frame's retailers into strata and gives each its size and its numbers of chance.
func (f Frame) stratify(s Spec, seed string) ([]stratum, error) {
	by, err := f.at(s.Strata...)
	if err != nil {
		return nil, err
	}
	size, err := f.sizes(s.Size)
	if err != nil {
		return nil, err
	}
	chances := hmac.New(sha256.New, []byte(seed))
	groups := map[string][]unit{}
	for i, row := range f.rows {
		u := unit{code: row[0], size: size[i]}
		chances.Reset()
		chances.Write([]byte(u.code))
		sum := chances.Sum(nil)
		u.at, u.toss = uniform(sum[:8]), uniform(sum[8:16])
		name := stratumName(picked(row, by))
		groups[name] = append(groups[name], u)
	}
	strata := make([]stratum, 0, len(groups))
	for name, units := range groups {
		strata = append(strata, stratum{name, units})
	}
	slices.SortFunc(strata, func(a, b stratum) int { return cmp.Compare(a.name, b.name) })
	return strata, nil
}

// uniform is the middle of one of 2^52 even parts of what is between 0 and 1: the first 52 bits say which. It is exact.
func uniform(bytes []byte) float64 {
	return float64(2*(binary.BigEndian.Uint64(bytes)>>12)+1) / (1 << 53)
}

func (f Frame) at(names ...string) (at []int, err error) {
	for _, name := range names {
		i := slices.Index(f.columns, name)
		if i < 0 {
			return nil, fmt.Errorf("the frame has no column %q; it has %s", name, strings.Join(f.columns, ", "))
		}
		at = append(at, i)
	}
	return at, nil
}

// sizes are the numbers of a column in thousandths, or 1000 for all where none is asked for.
func (f Frame) sizes(column string) ([]int64, error) {
	sizes := make([]int64, len(f.rows))
	if column == "" {
		for i := range sizes {
			sizes[i] = 1000
		}
		return sizes, nil
	}
	at, err := f.at(column)
	if err != nil {
		return nil, err
	}
	for i, row := range f.rows {
		if sizes[i], err = thousandths(row[at[0]]); err != nil {
			return nil, fmt.Errorf("retailer %q: %s is %q: %w", row[0], column, row[at[0]], err)
		}
	}
	return sizes, nil
}

// thousandths reads digits with at most three more after a point: above 0, at most a thousand million.
func thousandths(text string) (int64, error) {
	whole, rest, _ := strings.Cut(text, ".")
	digits := whole + (rest + "000")[:max(3, len(rest))]
	n, err := strconv.ParseUint(digits, 10, 63)
	if err != nil || whole == "" || len(rest) > 3 || strings.HasSuffix(text, ".") || n == 0 || n > 1e12 {
		return 0, fmt.Errorf("a size is a number from 0.001 to 1000000000 with at most three decimals; with none at all nobody could draw it")
	}
	return int64(n), nil
}

// picks lists the drawn, and as many reserves as are asked for and there, each in order.
func (s stratum) picks(n, reserves int) []Pick {
	slices.SortFunc(s.units, func(a, b unit) int {
		return cmp.Or(cmp.Compare(toInt(b.drawn), toInt(a.drawn)), cmp.Compare(a.key, b.key), cmp.Compare(a.code, b.code))
	})
	if n == 0 {
		return nil
	}
	var picks []Pick
	for i, u := range s.units[:min(n+reserves, len(s.units))] {
		role := Drawn
		if i >= n {
			role = Reserve
		}
		picks = append(picks, Pick{i + 1, u.code, s.name, u.chance.is, role})
	}
	return picks
}
