package audit

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Visit is a pick with whether it is visited: in, waiting (a reserve that nobody needed) or out.
type Visit struct {
	Retailer    string `json:"retailer_id"`
	Code        string
	Stratum     string
	Rank        int
	Probability float64 `json:"inclusion_probability"`
	Role        Role
	Standing    string
	Rep         string `json:"rep_id"` // whose it was, "": nobody's; and so below
	Territory   string `json:"territory_id"`
	Class       string
}

// Added is the role of what chance did not pick, but somebody by hand.
const Added Role = "added"

// Change is what somebody asked for by hand, and what became of it.
type Change struct {
	Kind     string // remove, add or replace
	Retailer string `json:"retailer_id"`
	Reserve  string `json:"reserve_id"` // that came in for it
	Reason   string
	AskedBy  string `json:"asked_by"`
	Decision string // accept, refuse, withdraw, overtaken; "": nobody has decided
	At       string `json:"decided_at"`
	By       string `json:"decided_by"` // "": the auditor's check-in at the retailer was enough
}

// standings are whether each retailer is visited, while changes are made one after the other.
type standings struct {
	picks  map[string]*Visit
	faults []error
}

// checkChanges makes the accepted changes again from what was drawn, and returns what is visited otherwise than that gives, and
// which change should not have been made.
func checkChanges(visits []Visit, changes []Change) []error {
	s := standings{picks: map[string]*Visit{}}
	for _, v := range visits {
		begin := v
		begin.Standing = map[Role]string{Drawn: "in", Reserve: "waiting", Added: "out"}[v.Role]
		s.picks[v.Retailer] = &begin
	}
	accepted := slices.DeleteFunc(slices.Clone(changes), func(c Change) bool { return c.Decision != "accept" })
	slices.SortStableFunc(accepted, func(a, b Change) int {
		return cmp.Or(cmp.Compare(strings.TrimSuffix(a.At, "Z"), strings.TrimSuffix(b.At, "Z")), cmp.Compare(s.rank(a.Reserve), s.rank(b.Reserve)))
	})
	for _, c := range accepted {
		s.make(c)
	}
	for _, v := range visits {
		if got := s.picks[v.Retailer].Standing; got != v.Standing {
			s.fault("%s is %s, and by the draw and its changes it is %s", v.Code, v.Standing, got)
		}
	}
	return s.faults
}

func (s *standings) rank(retailer string) int {
	if p := s.picks[retailer]; p != nil {
		return p.Rank
	}
	return 0
}

func (s *standings) fault(format string, args ...any) {
	s.faults = append(s.faults, fmt.Errorf(format, args...))
}

func (s *standings) make(c Change) {
	p := s.picks[c.Retailer]
	switch {
	case p == nil:
		s.fault("a change is of %s, which is no pick", c.Retailer)
		return
	case !slices.Contains([]string{"remove", "add", "replace"}, c.Kind):
		s.fault("%s: a change is a %q, and can be remove, add or replace", p.Code, c.Kind)
		return
	case c.Reason == "" || c.By == c.AskedBy || c.By == "" && c.Kind != "replace":
		s.fault("%s: no reason, or no second person", p.Code)
	}
	if c.Kind == "add" {
		if p.Role == Reserve {
			s.fault("%s is a reserve, and came in by hand instead of its turn", p.Code)
		}
		p.Standing = "in"
		return
	}
	p.Standing = "out"
	if c.Kind == "replace" {
		s.replace(p, c.Reserve)
	}
}

// replace lets a reserve in, which must be the first of its stratum that waits.
func (s *standings) replace(p *Visit, reserve string) {
	var next *Visit
	for _, r := range s.picks {
		if r.Standing == "waiting" && r.Stratum == p.Stratum && (next == nil || r.Rank < next.Rank) {
			next = r
		}
	}
	if next == nil || next.Retailer != reserve {
		s.fault("%s was not replaced by the next reserve", p.Code)
	}
	if in := s.picks[reserve]; in != nil {
		in.Standing = "in"
	}
}
