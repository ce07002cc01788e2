package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Spec is what is asked of a draw.
type Spec struct {
	N          int        `json:"n"`                   // retailers to draw in all; may be left out where Allocation has them by stratum
	Strata     []string   `json:"strata,omitempty"`    // columns; retailers with the same values are one stratum
	Allocation Allocation `json:"allocation,omitzero"` // how N is spread over the strata
	Method     Method     `json:"method,omitempty"`    // chances within a stratum
	Size       string     `json:"size,omitempty"`      // column of numbers above 0: of ProportionalToSize, and of Neyman's spread
	Reserves   int        `json:"reserves,omitempty"`  // of each stratum, to replace drawn retailers in order
}

// Method is how retailers of a stratum share its chances.
type Method string

// Everybody alike, or each in proportion to its size.
const (
	Equal              Method = "equal"
	ProportionalToSize Method = "pps"
)

// Allocation is a rule, or the number to draw of each stratum.
type Allocation struct {
	Rule string
	Of   map[string]int
}

// Rules of allocation: in proportion to the retailers of a stratum, the same for all, or to retailers times the standard deviation
// of their sizes (Neyman 1934).
const (
	Proportional = "proportional"
	Alike        = "equal"
	Neyman       = "neyman"
)

// ParseSpec reads a specification in JSON. It refuses names it does not know and what contradicts itself.
func ParseSpec(text []byte) (Spec, error) {
	var s Spec
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&s); err != nil {
		return s, fmt.Errorf("the specification is not as it should be: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return s, errors.New("something follows the specification")
	}
	return s, s.check()
}

// IsZero says that nothing was said: then the rule is Proportional.
func (a Allocation) IsZero() bool { return a.Rule == "" && a.Of == nil }

// MarshalJSON writes the rule's name or the numbers.
func (a Allocation) MarshalJSON() ([]byte, error) {
	if a.Of != nil {
		return json.Marshal(a.Of)
	}
	return json.Marshal(a.Rule)
}

// UnmarshalJSON reads a rule's name or numbers by stratum.
func (a *Allocation) UnmarshalJSON(text []byte) error {
	if bytes.HasPrefix(bytes.TrimSpace(text), []byte(`"`)) {
		return json.Unmarshal(text, &a.Rule)
	}
	if err := json.Unmarshal(text, &a.Of); err != nil || a.Of == nil {
		return errors.New("allocation is proportional, equal, neyman or {stratum: number}")
	}
	return nil
}

func (s *Spec) check() error {
	if s.Method == "" {
		s.Method = Equal
	}
	if s.Allocation.IsZero() {
		s.Allocation.Rule = Proportional
	}
	needsSize := s.Method == ProportionalToSize || s.Allocation.Rule == Neyman
	switch {
	case s.Method != Equal && s.Method != ProportionalToSize:
		return fmt.Errorf("method is %q; it can be equal or pps", s.Method)
	case s.Allocation.Of == nil && !slices.Contains([]string{Proportional, Alike, Neyman}, s.Allocation.Rule):
		return fmt.Errorf("allocation is %q; it can be proportional, equal, neyman or {stratum: number}", s.Allocation.Rule)
	case needsSize && s.Size == "":
		return errors.New("size is missing: pps and neyman need the name of a column of numbers")
	case !needsSize && s.Size != "":
		return errors.New("size is given, and neither pps nor neyman uses it")
	case s.Reserves < 0:
		return errors.New("reserves is below 0")
	}
	return s.checkNumber()
}

// checkNumber sees to it that N is what is asked for in all.
func (s *Spec) checkNumber() error {
	if s.Allocation.Of != nil {
		sum := 0
		for name, n := range s.Allocation.Of {
			if n < 0 || n > most {
				return fmt.Errorf("stratum %q: %d cannot be drawn", name, n)
			}
			sum += n
		}
		if s.N != 0 && s.N != sum {
			return fmt.Errorf("n is %d, and the numbers of allocation add up to %d", s.N, sum)
		}
		s.N = sum
	}
	if s.N < 1 || s.N > most {
		return fmt.Errorf("n is %d; it can be 1 to %d", s.N, most)
	}
	return nil
}

// most is more retailers than a draw has, so that products of whole numbers fit 64 bits.
const most = 1_000_000

// stratumName joins values with a slash, and puts a backslash before slashes and backslashes in them.
func stratumName(values []string) string {
	if len(values) == 0 {
		return "all"
	}
	escaped := make([]string, len(values))
	for i, v := range values {
		escaped[i] = slashes.Replace(v)
	}
	return strings.Join(escaped, "/")
}

var slashes = strings.NewReplacer(`\`, `\\`, `/`, `\/`)
