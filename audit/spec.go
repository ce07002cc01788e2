package audit

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// Spec is what is asked of a draw, as ParseSpec reads it. A commitment has the hash of its text, and not of these values.
type Spec struct {
	N          int        `json:"n"`                   // retailers to draw in all; may be left out where Allocation has them by stratum
	Strata     []string   `json:"strata,omitempty"`    // columns; retailers with the same values are one stratum
	Allocation Allocation `json:"allocation,omitzero"` // how N is spread over the strata
	Method     Method     `json:"method,omitempty"`    // chances within a stratum
	Size       string     `json:"size,omitempty"`      // column of numbers above 0: of ProportionalToSize, and of Neyman's spread
	Reserves   int        `json:"reserves,omitempty"`  // of each stratum, to replace drawn retailers in order
}

// Method is how the retailers of a stratum share its chances; what each gives is in the Probability of picks.
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

// ParseSpec reads a specification in JSON. It refuses names it does not know or that are given twice, and what contradicts itself:
// no two readers may take the same text for different draws.
func ParseSpec(text []byte) (Spec, error) {
	var s Spec
	var given map[string]json.RawMessage
	if bytes.HasPrefix(text, []byte("\uFEFF")) {
		return s, errors.New("the specification begins with a byte order mark: save it as UTF-8 without one")
	}
	if err := cmp.Or(json.Unmarshal(text, &given), json.Unmarshal(text, &s)); err != nil {
		return s, fmt.Errorf("the specification is not as it should be: %w", inWords(err))
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if !slices.Contains(specNames, name) {
			return s, fmt.Errorf("the specification has %q; it can have %s", name, strings.Join(specNames, ", "))
		}
	}
	if !utf8.Valid(text) {
		return s, errors.New("the specification is not UTF-8")
	}
	if err := givenOnce(json.NewDecoder(bytes.NewReader(text)), letterByLetter); err != nil {
		return s, fmt.Errorf("the specification has %w", err)
	}
	return s, s.check()
}

// inWords says of a value of another type what it should be, without the types of this program.
func inWords(err error) error {
	wrong := (*json.UnmarshalTypeError)(nil)
	if !errors.As(err, &wrong) {
		return err
	}
	should := map[string]string{"int": "a whole number", "string": "text", "[]string": "a list of columns"}[wrong.Type.String()]
	if wrong.Field == "" || should == "" {
		return fmt.Errorf("it is %s, and should be an object", wrong.Value)
	}
	return fmt.Errorf("%s is %s, and should be %s", wrong.Field, wrong.Value, should)
}

// specNames are those of a specification, letter by letter.
var specNames = []string{"n", "strata", "allocation", "method", "size", "reserves"}

// givenOnce refuses a value in which an object has a name twice, as same writes names.
func givenOnce(d *json.Decoder, same func(name string) string) error {
	open, err := d.Token()
	if err != nil || open != json.Delim('{') && open != json.Delim('[') {
		return err
	}
	seen := map[string]bool{}
	for d.More() {
		if open == json.Delim('{') {
			name, err := d.Token()
			if err != nil {
				return err
			}
			text, _ := name.(string)
			if seen[same(text)] {
				return fmt.Errorf("%q twice", text)
			}
			seen[same(text)] = true
		}
		if err := givenOnce(d, same); err != nil {
			return err
		}
	}
	_, err = d.Token()
	return err
}

func letterByLetter(name string) string { return name }

// anyCase writes names alike that differ in capitals alone, as package json takes them for each other.
func anyCase(name string) string { return strings.ToUpper(strings.ToLower(name)) }

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
	case s.Reserves < 0 || s.Reserves > most:
		return fmt.Errorf("reserves is %d; it can be 0 to %d", s.Reserves, most)
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
