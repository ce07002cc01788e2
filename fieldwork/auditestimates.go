package fieldwork

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"

	"rounds"
	survey "rounds/audit/estimate"
	"rounds/fieldwork/forms"
	"rounds/store"
)

// maxEstimateDays is over how many days audits are put together at most.
const maxEstimateDays = 366

// EstimateBy is what estimates are told apart by.
type EstimateBy string

// By who claims the visits and whose the retailer was, by its territory, or by its class.
const (
	ByRep       EstimateBy = "rep"
	ByTerritory EstimateBy = "territory"
	ByClass     EstimateBy = "class"
)

// AuditEstimates are what audits tell of all retailers that they could draw.
type AuditEstimates struct {
	Audits   int
	Low      float64 // ends of the scale of satisfaction; 0 and 1 where forms have several
	High     float64
	All      EstimatedGroup
	Groups   []EstimatedGroup // by name
	averages bool             // satisfaction is put on a scale from 0 to 1
}

// EstimatedGroup is what audits tell of one rep, territory or class, or of all.
type EstimatedGroup struct {
	Key  string // an id or a class; "": of nobody, or none
	Name string // for people; "" where there is none

	In       int // retailers to be visited that chance picked, with reserves that came in
	Visited  int // of those: somebody could be asked
	Missed   int // of those: nobody was there, or nobody was asked
	Removed  int // by hand, and nobody came in for them
	Replaced int // by reserves
	Added    int // by hand: visited and not in any estimate

	CannotTell int             // claims that could not be judged
	Visits     survey.Estimate // share of claimed visits that happened, of those that could be judged
	Priced     survey.Estimate // share where prices are tagged
	Known      survey.Estimate // share where policies are known
	Satisfied  survey.Estimate // mean
}

// EstimateAudits puts together what one audit or those of some days tell. Findings of retailers that were added by hand are counted
// and not estimated from: nobody knows how probable they were.
func (o *Office) EstimateAudits(ctx context.Context, a rounds.Actor, by EstimateBy, f store.EstimateFilter) (AuditEstimates, error) {
	var e AuditEstimates
	if err := allow(a, watchingAudits); err != nil {
		return e, err
	}
	f.Until = cmp.Or(f.Until, o.today(a))
	f.From = cmp.Or(f.From, max(rounds.FirstDay, f.Until.Add(1-maxEstimateDays)))
	if err := checkDays(f.From, f.Until, maxEstimateDays); err != nil {
		return e, err
	}
	err := o.store.InTx(ctx, func(tx *store.Store) error {
		if !f.AuditID.IsZero() {
			if _, err := tx.Audit(ctx, a.Scope(), f.AuditID); err != nil {
				return err
			}
		}
		sights, err := readSights(ctx, tx, a, f)
		if err != nil {
			return err
		}
		if e, err = estimateAll(sights, by); err != nil {
			return err
		}
		if e.Audits, err = tx.CountAudits(ctx, a.Scope(), f); err != nil {
			return err
		}
		return e.name(ctx, tx, a.OrgID, by)
	})
	return e, err
}

// sight is one retailer of an audit with all that was learnt there.
type sight struct {
	store.EstimatedPick
	claims     []store.ClaimCount
	said       map[forms.Meaning]float64 // yes is 1, no is 0; what nobody said is missing
	worst, top float64                   // ends of the scale
}

// byChance reports whether estimates are made from it.
func (s sight) byChance() bool { return s.Role != rounds.PickAdded && s.Standing == rounds.PickIn }

func readSights(ctx context.Context, tx *store.Store, a rounds.Actor, f store.EstimateFilter) ([]sight, error) {
	picks, err := tx.EstimatedPicks(ctx, a.Scope(), f)
	if err != nil {
		return nil, err
	}
	claims, err := tx.ClaimCounts(ctx, a.Scope(), f)
	if err != nil {
		return nil, err
	}
	type place struct {
		rounds.AuditID
		rounds.RetailerID
	}
	at := map[place][]store.ClaimCount{}
	for _, c := range claims {
		at[place{c.AuditID, c.RetailerID}] = append(at[place{c.AuditID, c.RetailerID}], c)
	}
	asked := formsRead{}
	sights := make([]sight, len(picks))
	for i, p := range picks {
		sights[i] = sight{EstimatedPick: p, claims: at[place{p.AuditID, p.RetailerID}]}
		if p.Met != rounds.MetVisited {
			continue
		}
		form, err := asked.form(ctx, tx, a.OrgID, p.FormID, p.FormVersion)
		if err != nil {
			return nil, err
		}
		sights[i].hear(form)
	}
	return sights, nil
}

// formsRead keeps forms that many findings answer.
type formsRead map[formVersionOf]forms.Form

type formVersionOf struct {
	id      rounds.FormID
	version int
}

func (r formsRead) form(ctx context.Context, tx *store.Store, org rounds.OrgID, id rounds.FormID, version int) (forms.Form, error) {
	key := formVersionOf{id, version}
	if form, known := r[key]; known {
		return form, nil
	}
	form, err := formOf(ctx, tx, org, id, version)
	r[key] = form
	return form, err
}

// hear takes from answers what reports take them for.
func (s *sight) hear(form forms.Form) {
	s.said = map[forms.Meaning]float64{}
	for _, m := range []forms.Meaning{forms.PriceTagged, forms.PolicyKnown} {
		var answer string
		if q := form.Meant(m); q != nil && json.Unmarshal(s.Answers[q.Name], &answer) == nil {
			switch answer {
			case forms.Yes:
				s.said[m] = 1
			case forms.No:
				s.said[m] = 0
			}
		}
	}
	var points float64
	if q := form.Meant(forms.Satisfied); q != nil && json.Unmarshal(s.Answers[q.Name], &points) == nil {
		s.said[forms.Satisfied], s.worst, s.top = points, *q.Min, *q.Max
	}
}

// members say which retailers are a group's, and which claims.
type members struct {
	key      string
	retailer func(sight) bool
	claim    func(sight, store.ClaimCount) bool
}

// drawn is what chance picked, with the place of each sight in it; -1: added by hand, or out.
type drawn struct {
	sample survey.Sample
	places []int
}

func drawnOf(sights []sight) (d drawn, err error) {
	var units []survey.Unit
	for _, s := range sights {
		place := -1
		if s.byChance() {
			place = len(units)
			units = append(units, survey.Unit{Probability: s.Probability, Stratum: s.AuditID.String() + " " + s.Stratum})
		}
		d.places = append(d.places, place)
	}
	d.sample, err = survey.NewSample(units)
	return d, err
}

// estimateAll makes the estimates of all and of each group, by the groups' keys.
func estimateAll(sights []sight, by EstimateBy) (e AuditEstimates, err error) {
	e.Low, e.High, e.averages = scaleOf(sights)
	d, err := drawnOf(sights)
	if err != nil {
		return e, err
	}
	everybody := members{"", func(sight) bool { return true }, func(sight, store.ClaimCount) bool { return true }}
	every := make([]int, len(sights))
	for i := range every {
		every[i] = i
	}
	if e.All, err = e.group(d, sights, every, everybody); err != nil {
		return e, err
	}
	seen := sightsBy(sights, by)
	for _, key := range slices.Sorted(maps.Keys(seen)) {
		mine := func(s sight) bool { return keyOf(s, by) == key }
		of := members{key, mine, func(s sight, _ store.ClaimCount) bool { return mine(s) }}
		if by == ByRep { // a visit is of who claims it, whosever the retailer is
			of.claim = func(_ sight, c store.ClaimCount) bool { return textOrNone(c.RepID) == key }
		}
		g, err := e.group(d, sights, seen[key], of)
		if err != nil {
			return e, err
		}
		e.Groups = append(e.Groups, g)
	}
	return e, nil
}

func keyOf(s sight, by EstimateBy) string {
	switch by {
	case ByRep:
		return textOrNone(s.RepID)
	case ByTerritory:
		return textOrNone(s.TerritoryID)
	}
	return s.Class
}

// sightsBy are the places of all sights that something of a group is seen at, by the groups' keys.
func sightsBy(sights []sight, by EstimateBy) map[string][]int {
	seen := map[string][]int{}
	for i, s := range sights {
		keys := []string{keyOf(s, by)}
		for _, c := range s.claims {
			if by == ByRep {
				keys = append(keys, textOrNone(c.RepID))
			}
		}
		slices.Sort(keys)
		for _, key := range slices.Compact(keys) {
			seen[key] = append(seen[key], i)
		}
	}
	return seen
}

// scaleOf is the scale of satisfaction that all forms share, or from 0 to 1, each on its own.
func scaleOf(sights []sight) (low, high float64, averages bool) {
	low, high = 1, 5
	first := true
	for _, s := range sights {
		if _, said := s.said[forms.Satisfied]; !said {
			continue
		}
		if !first && (s.worst != low || s.top != high) {
			return 0, 1, true
		}
		low, high, first = s.worst, s.top, false
	}
	return low, high, false
}

// group counts and estimates what is a group's, which is seen at some sights.
func (e AuditEstimates) group(d drawn, sights []sight, at []int, of members) (EstimatedGroup, error) {
	g := EstimatedGroup{Key: of.key}
	var visits, priced, known, satisfied part
	for _, i := range at {
		s, place := sights[i], d.places[i]
		mine := of.retailer(s)
		if mine {
			g.count(s)
		}
		if place < 0 {
			continue
		}
		if u := g.claimed(s, of); mine || u.Of > 0 {
			visits.add(place, u)
		}
		if !mine {
			continue
		}
		priced.add(place, s.answer(forms.PriceTagged))
		known.add(place, s.answer(forms.PolicyKnown))
		points := s.answer(forms.Satisfied)
		if e.averages && points.Of > 0 {
			points.Sum = (points.Sum - s.worst) / (s.top - s.worst)
		}
		satisfied.add(place, points)
	}
	share := func(s survey.Sample) survey.Estimate { return s.Share() }
	mean := func(s survey.Sample) survey.Estimate { return s.Mean(e.Low, e.High) }
	return g, cmp.Or(
		visits.estimate(d, &g.Visits, share), priced.estimate(d, &g.Priced, share), known.estimate(d, &g.Known, share),
		satisfied.estimate(d, &g.Satisfied, mean),
	)
}

// part is what is known of one question, at some places of what was drawn.
type part struct {
	at    []int
	units []survey.Unit
}

func (p *part) add(place int, u survey.Unit) { p.at, p.units = append(p.at, place), append(p.units, u) }

func (p part) estimate(d drawn, to *survey.Estimate, how func(survey.Sample) survey.Estimate) error {
	sample, err := d.sample.Part(p.at, p.units)
	if err == nil {
		*to = how(sample)
	}
	return err
}

// count says what became of a retailer.
func (g *EstimatedGroup) count(s sight) {
	switch {
	case s.Role == rounds.PickAdded:
		g.Added++
	case s.Removed:
		g.Removed++
	case s.Standing == rounds.PickOut:
		g.Replaced++
	case s.Met == rounds.MetVisited:
		g.In, g.Visited = g.In+1, g.Visited+1
	default:
		g.In, g.Missed = g.In+1, g.Missed+1
	}
}

// claimed is a retailer with the group's claims there.
func (g *EstimatedGroup) claimed(s sight, of members) (u survey.Unit) {
	for _, c := range s.claims {
		if !of.claim(s, c) {
			continue
		}
		g.CannotTell += c.CannotTell
		u.Of += float64(c.Confirmed + c.Refuted)
		u.Sum += float64(c.Confirmed)
	}
	u.Missed = s.Met != rounds.MetVisited && u.Of == 0
	return u
}

// answer is a retailer with its answer.
func (s sight) answer(m forms.Meaning) survey.Unit {
	if value, said := s.said[m]; said {
		return survey.Unit{Of: 1, Sum: value}
	}
	return survey.Unit{Missed: s.Met != rounds.MetVisited}
}

// name puts people's words to keys, and sorts by them.
func (e *AuditEstimates) name(ctx context.Context, tx *store.Store, org rounds.OrgID, by EstimateBy) error {
	names, err := namesOf(ctx, tx, org, by, e.Groups)
	if err != nil {
		return err
	}
	for i, g := range e.Groups {
		e.Groups[i].Name = names[g.Key]
	}
	slices.SortStableFunc(e.Groups, func(a, b EstimatedGroup) int { return cmp.Compare(a.Name, b.Name) })
	return nil
}

// namesOf are the names of groups by their keys; a class is its own.
func namesOf(ctx context.Context, tx *store.Store, org rounds.OrgID, by EstimateBy, groups []EstimatedGroup) (map[string]string, error) {
	names := map[string]string{}
	switch by {
	case ByRep:
		found, err := tx.NamesOfUsers(ctx, org, idsOf[rounds.User](groups))
		for _, n := range found {
			names[n.ID.String()] = n.Name
		}
		return names, err
	case ByTerritory:
		found, err := tx.NamesOfTerritories(ctx, org, idsOf[rounds.Territory](groups))
		for id, name := range found {
			names[id.String()] = name
		}
		return names, err
	}
	for _, g := range groups {
		names[g.Key] = g.Key
	}
	return names, nil
}

func idsOf[Noun any](groups []EstimatedGroup) (ids []rounds.ID[Noun]) {
	for _, g := range groups {
		if id, err := rounds.ParseID[Noun](g.Key); err == nil {
			ids = append(ids, id)
		}
	}
	return ids
}
