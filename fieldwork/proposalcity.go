package fieldwork

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"rounds"
	"rounds/fieldwork/districting"
	"rounds/routing/territory"
	"rounds/store"
)

// cut is a proposal as the engine sees it: unit n of the region is the retailer of that number, and so are territories
// but for those that close.
type cut struct {
	territories []rounds.CutTerritory
	retailers   []rounds.CutRetailer
	region      *districting.Region
}

// newCut puts a proposal in numbers. With a fault that is fatal there is no region.
func newCut(ask rounds.CutAsk, territories []rounds.CutTerritory, retailers []rounds.CutRetailer) (*cut, []districting.Fault) {
	c := districting.City{MostChange: ask.MostChange, Barriers: ask.Barriers}
	if ask.ChangePrice != nil {
		c.ChangePrice = *ask.ChangePrice
	}
	measures := len(ask.Measures)
	if ask.Travels(measures-1) && !travelled(retailers) {
		measures--
	}
	for _, m := range ask.Measures[:measures] {
		c.Measures = append(c.Measures, districting.Measure{Name: m.Name, Tolerance: m.Tolerance})
	}
	stays := func(n int) string {
		if n == rounds.NoTerritory || territories[n].Fate == rounds.CutCloses {
			return ""
		}
		return territories[n].Name
	}
	for _, t := range territories {
		if t.Fate != rounds.CutCloses {
			c.Territories = append(c.Territories, districting.Territory{Name: t.Name, Share: t.Share, Home: t.Home, Most: t.Most, Frozen: t.Frozen})
		}
	}
	code := make(map[rounds.RetailerID]string, len(retailers))
	c.Places = make([]districting.Place, len(retailers))
	for i, r := range retailers {
		c.Places[i] = districting.Place{Code: r.Code, At: r.At, Loads: r.Loads[:measures], Today: stays(r.Was), Lock: stays(r.Lock)}
		code[r.RetailerID] = r.Code
	}
	c.Together, c.Apart = inCodes(ask.Together, code), inCodes(ask.Apart, code)
	region, faults := districting.New(c)
	if region != nil && ask.ChangePrice == nil {
		region.Problem.ChangePrice = territory.LittleChange
	}
	return &cut{territories: territories, retailers: retailers, region: region}, faults
}

func inCodes(groups [][]rounds.RetailerID, code map[rounds.RetailerID]string) [][]string {
	var named [][]string
	for _, group := range groups {
		var codes []string
		for _, id := range group {
			codes = append(codes, code[id])
		}
		named = append(named, codes)
	}
	return named
}

// faultAt is where in a request that is said which causes a fault.
var faultAt = map[districting.FaultKind]string{
	districting.LocksDiffer: "/together", districting.ApartTogether: "/apart", districting.ApartLocked: "/apart",
	districting.ApartTooMany: "/apart", districting.NoRoom: "/apart", districting.FrozenLock: "/locks",
	districting.NobodyFree: "/territories", districting.TooFarApart: "/unit_id", districting.BadHome: "/territories",
	districting.LoadTooLarge: "/measures", districting.TooFewUnits: "/together", districting.LockNotKept: "/moves",
	districting.TogetherNotKept: "/moves", districting.ApartNotKept: "/moves", districting.FrozenNotKept: "/moves",
}

// withFaults adds those of a city as fields.
func withFaults(problem *rounds.Error, faults []districting.Fault) {
	for _, f := range faults {
		if at, ok := faultAt[f.Kind]; ok {
			problem.With(at, string(f.Kind), concerned(f))
		} else {
			problem.With("", "cannot_be_cut", f)
		}
	}
}

// concerned names what a fault is about.
func concerned(f districting.Fault) string {
	names := slices.Concat(f.Territories, f.Codes)
	if f.Measure != "" {
		names = append(names, f.Measure)
	}
	return firstCodes(names)
}

// checkCut refuses what the engine cannot cut, and notes what it can only cut poorly.
func (d *draft) checkCut() {
	c, faults := newCut(d.proposal.Ask, d.territories, d.retailers)
	if c.region == nil {
		withFaults(d.problem, faults)
		return
	}
	if d.proposal.Ask.Curve && !c.hasToday() {
		d.problem.With("/curve", "needs_today")
	}
	for _, f := range faults {
		d.proposal.Findings = append(d.proposal.Findings, c.finding(f))
	}
}

// hasToday says that some retailers have a territory today which stays.
func (c *cut) hasToday() bool {
	return slices.ContainsFunc(c.region.Problem.Units, func(u territory.Unit) bool { return u.Today != territory.None })
}

// finding is a fault that keeps nobody from cutting.
func (c *cut) finding(f districting.Fault) rounds.CutFinding {
	found := rounds.CutFinding{Code: string(f.Kind), Count: len(f.Places), Args: []any{concerned(f)}}
	for _, i := range f.Places[:min(len(f.Places), firstRetailers)] {
		found.Retailers = append(found.Retailers, c.retailers[i].RetailerID)
	}
	for _, t := range c.territories {
		if slices.Contains(f.Territories, t.Name) {
			found.Territories = append(found.Territories, t.N)
		}
	}
	return found
}

// readCut is a proposal's, as it was read from the register. What does not change any more is remembered.
func (o *Office) readCut(ctx context.Context, tx *store.Store, org rounds.OrgID, p rounds.TerritoryProposal) (*cut, error) {
	if known := o.cuts.get(p.ID); known != nil {
		return known, nil
	}
	territories, err := tx.CutTerritories(ctx, org, p.ID)
	if err != nil {
		return nil, err
	}
	retailers, err := tx.CutRetailers(ctx, org, p.ID, store.CutFilter{After: -1})
	if err != nil {
		return nil, err
	}
	c, faults := newCut(p.Ask, territories, retailers)
	if c.region == nil {
		return nil, fmt.Errorf("fieldwork: territory proposal %s cannot be cut any more: %s", p.ID, textOf(faults))
	}
	if p.Status != rounds.CutPlanning || p.Ask.Travel == nil {
		o.cuts.put(p.ID, c)
	}
	return c, nil
}

func textOf(faults []districting.Fault) string {
	var texts []string
	for _, f := range faults {
		texts = append(texts, f.String())
	}
	return strings.Join(texts, "; ")
}

// locked is the region with other locks.
func (c *cut) locked(locks []int32) *districting.Region {
	r := *c.region
	r.Problem.Units = slices.Clone(r.Problem.Units)
	for i := range r.Problem.Units {
		r.Problem.Units[i].Lock = locks[i]
	}
	return &r
}

// figuresOf are those of a cut with the curve that was found for it, and how they are kept: without the moves, which follow from
// the retailers.
func figuresOf(r *districting.Region, of []int32, curve []districting.CurvePoint) (text []byte, answer *districting.Answer, faults []districting.Fault, err error) {
	plan, faults, err := r.Check(of)
	if err != nil || len(faults) > 0 {
		return nil, nil, faults, err
	}
	answer = r.Answer(plan)
	answer.Moves, answer.Curve = nil, curve
	text, err = json.Marshal(answer)
	return text, answer, nil, err
}
