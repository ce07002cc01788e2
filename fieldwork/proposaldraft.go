package fieldwork

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"rounds"
	"rounds/store"

	"github.com/paulmach/orb"
)

// registerToCut is what the register has for a proposal.
type registerToCut struct {
	store   *store.Store
	actor   rounds.Actor
	units   []rounds.UnitID
	day     rounds.Day
	purpose rounds.Purpose

	territories []rounds.Territory            // of the units
	taken       map[string]bool               // names of all territories of the purpose
	reps        map[rounds.UserID]rounds.User // active ones of the actor's
	retailers   []rounds.Retailer
}

// maxReps is more than an org has.
const maxReps = 100_000

func (r *registerToCut) read(ctx context.Context, n NewTerritoryProposal) error {
	org := r.actor.OrgID
	everywhere, err := r.store.Territories(ctx, rounds.Scope{OrgID: org}, r.day, r.purpose, rounds.TerritoryID{})
	if err != nil {
		return err
	}
	r.taken = map[string]bool{}
	for _, t := range everywhere {
		r.taken[t.Name] = true
		if slices.Contains(r.units, t.UnitID) {
			r.territories = append(r.territories, t)
		}
	}
	users, err := r.store.Users(ctx, r.actor.Scope(), rounds.RoleRep, "", maxReps)
	if err != nil {
		return err
	}
	r.reps = map[rounds.UserID]rounds.User{}
	for _, u := range users {
		if u.Active {
			r.reps[u.ID] = u
		}
	}
	r.retailers, err = r.store.RegisterToCut(ctx, org, r.day, r.purpose, r.units, r.unplaced(n))
	return err
}

// unplaced retailers are nobody's: whoever sees the whole org cuts them too unless told otherwise.
func (r *registerToCut) unplaced(n NewTerritoryProposal) bool {
	if n.Unplaced != nil {
		return *n.Unplaced
	}
	return r.actor.Units == nil && (n.UnitID.IsZero() || n.UnitID == r.actor.UnitID)
}

// takeTerritories numbers those that are to be: today's that stay, those that open, and last those that close.
func (d *draft) takeTerritories(n NewTerritoryProposal, r registerToCut) {
	if n.Reps != nil {
		n = d.byReps(n, r)
	}
	var closing []rounds.CutTerritory
	wanted, idle := d.wanted(n, r), d.idle(n, r)
	for _, t := range r.territories {
		if idle[t.ID] {
			continue
		}
		c := rounds.CutTerritory{TerritoryID: t.ID, Name: t.Name, UnitID: t.UnitID, RepID: t.RepID, BeforeRepID: t.RepID, Fate: rounds.CutStays, Share: 1}
		if slices.Contains(n.Close, t.ID) {
			c.Fate, c.RepID = rounds.CutCloses, rounds.UserID{}
			closing = append(closing, c)
			continue
		}
		if w, ok := wanted[t.ID]; ok {
			c.Share, c.Home, c.Most, c.Frozen = cmp.Or(w.Share, 1), w.Home, w.Most, w.Frozen
		}
		d.territories = append(d.territories, c)
	}
	d.open(n, r)
	d.count(n, r)
	d.territories = append(d.territories, closing...)
	for i := range d.territories {
		t := &d.territories[i]
		t.N = i
		if home := r.reps[t.RepID].Home; n.Homes && t.Home == nil {
			t.Home = home
		}
	}
	d.checkMeasures()
}

// idle are territories that have neither a rep nor retailers, as those that closed once, and that nothing of the request is
// about: unless nobody has any, retailers come into them only where the count asks for more territories than others are.
func (d *draft) idle(n NewTerritoryProposal, r registerToCut) map[rounds.TerritoryID]bool {
	asked := map[rounds.TerritoryID]bool{}
	for _, t := range n.Territories {
		asked[t.TerritoryID] = true
	}
	for _, l := range n.Locks {
		asked[l.TerritoryID] = true
	}
	idle, names := map[rounds.TerritoryID]bool{}, []string{}
	for _, t := range r.territories {
		if t.RepID.IsZero() && t.Retailers == 0 && !asked[t.ID] && !slices.Contains(n.Close, t.ID) {
			idle[t.ID], names = true, append(names, t.Name)
		}
	}
	others := len(r.territories) - len(idle)
	if others == 0 {
		return nil
	}
	for _, t := range r.territories {
		if idle[t.ID] && others-len(n.Close)+len(n.Open) < n.Count {
			delete(idle, t.ID)
			names = slices.DeleteFunc(names, func(name string) bool { return name == t.Name })
			others++
		}
	}
	if len(names) > 0 {
		d.proposal.Findings = append(d.proposal.Findings, rounds.CutFinding{Code: "idle", Count: len(names), Args: []any{firstCodes(names)}})
	}
	return idle
}

// wanted is what is wanted of each of today's territories that are named.
func (d *draft) wanted(n NewTerritoryProposal, r registerToCut) map[rounds.TerritoryID]TerritoryAsk {
	known := map[rounds.TerritoryID]rounds.Territory{}
	for _, t := range r.territories {
		known[t.ID] = t
	}
	_, _ = eachOnce(d.problem, "close_territory_ids", n.Close, known)
	wanted := map[rounds.TerritoryID]TerritoryAsk{}
	for i, w := range n.Territories {
		at := fmt.Sprintf("/territories/%d/territory_id", i)
		_, twice := wanted[w.TerritoryID]
		switch {
		case known[w.TerritoryID].ID.IsZero():
			d.problem.With(at, "not_found")
		case twice:
			d.problem.With(at, "given_twice")
		case slices.Contains(n.Close, w.TerritoryID):
			d.problem.With(at, "contradicts", "close_territory_ids")
		}
		wanted[w.TerritoryID] = w
	}
	return wanted
}

// byReps closes the territories of everybody else, and opens one for each rep who has none.
func (d *draft) byReps(n NewTerritoryProposal, r registerToCut) NewTerritoryProposal {
	if n.Count > 0 || len(n.Close)+len(n.Open) > 0 {
		d.problem.With("/reps", "contradicts", "count, close_territory_ids, open")
	}
	of := map[rounds.UserID][]rounds.TerritoryID{}
	for _, t := range r.territories {
		of[t.RepID] = append(of[t.RepID], t.ID)
	}
	named := map[rounds.UserID]bool{}
	for i, rep := range n.Reps {
		at := fmt.Sprintf("/reps/%d/rep_id", i)
		switch {
		case r.reps[rep.RepID].ID.IsZero():
			d.problem.With(at, "not_a_rep")
			continue
		case named[rep.RepID]:
			d.problem.With(at, "given_twice")
			continue
		}
		named[rep.RepID] = true
		n = n.forRep(rep, r.reps[rep.RepID], of[rep.RepID], r.taken)
	}
	for _, t := range r.territories {
		if !named[t.RepID] {
			n.Close = append(n.Close, t.ID)
		}
	}
	return n
}

// forRep shares what a rep is to have among the territories that they have today.
func (n NewTerritoryProposal) forRep(rep RepAsk, u rounds.User, has []rounds.TerritoryID, taken map[string]bool) NewTerritoryProposal {
	share := cmp.Or(rep.Share, 1)
	if len(has) == 0 {
		n.Open = append(n.Open, OpenAsk{Name: freeName(cmp.Or(u.DisplayName, u.Name), taken), UnitID: u.UnitID, RepID: u.ID, Share: share})
	}
	for _, id := range has {
		share := share / float64(len(has))
		if i := slices.IndexFunc(n.Territories, func(t TerritoryAsk) bool { return t.TerritoryID == id }); i < 0 {
			n.Territories = append(n.Territories, TerritoryAsk{TerritoryID: id, Share: share})
		} else if n.Territories[i].Share == 0 {
			n.Territories = slices.Clone(n.Territories)
			n.Territories[i].Share = share
		}
	}
	return n
}

// freeName is the name, with a number if it is taken, and takes it.
func freeName(name string, taken map[string]bool) string {
	free := name
	for i := 2; taken[free]; i++ {
		free = fmt.Sprintf("%s %d", name, i)
	}
	taken[free] = true
	return free
}

func (d *draft) open(n NewTerritoryProposal, r registerToCut) {
	for i, t := range n.Open {
		at := fmt.Sprintf("/open/%d", i)
		name := strings.TrimSpace(t.Name)
		if r.taken[name] && n.Reps == nil {
			d.problem.With(at+"/name", "taken")
		}
		r.taken[name] = true
		if t.UnitID.IsZero() {
			t.UnitID = d.proposal.UnitID
		}
		if n.Reps == nil && !slices.Contains(r.units, t.UnitID) {
			d.problem.With(at+"/unit_id", "not_found")
		}
		if !t.RepID.IsZero() && r.reps[t.RepID].ID.IsZero() {
			d.problem.With(at+"/rep_id", "not_a_rep")
		}
		d.territories = append(d.territories, rounds.CutTerritory{
			Name: name, UnitID: t.UnitID, RepID: t.RepID, Fate: rounds.CutOpens, Share: cmp.Or(t.Share, 1), Home: t.Home, Most: t.Most,
		})
	}
}

// maxTerritories is how many a proposal has at most.
const maxTerritories = 1000

// count opens as many more as are wanted, named by the next free numbers.
func (d *draft) count(n NewTerritoryProposal, r registerToCut) {
	has := len(d.territories)
	switch {
	case n.Count > 0 && n.Count < has:
		d.problem.With("/count", "close_some", has-n.Count)
	case n.Count == 0 && has == 0 && n.Reps == nil: // whom none of the named may have is said there
		d.problem.With("/count", "required")
	case max(n.Count, has) > maxTerritories:
		d.problem.With("/count", "too_large", maxTerritories)
	}
	for next := 1; len(d.territories) < n.Count && n.Count <= maxTerritories; next++ {
		if name := strconv.Itoa(next); !r.taken[name] {
			d.territories = append(d.territories, rounds.CutTerritory{Name: name, UnitID: d.proposal.UnitID, Fate: rounds.CutOpens, Share: 1})
		}
	}
}

// named is how many codes a text names.
const codesNamed = 10

// firstCodes are those of the first few.
func firstCodes(codes []string) string {
	if len(codes) > codesNamed {
		return strings.Join(codes[:codesNamed], ", ") + " …"
	}
	return strings.Join(codes, ", ")
}

// firstRetailers is how many retailers a finding names.
const firstRetailers = 100

// takeRetailers numbers those that have a pin; the others stay where they are.
func (d *draft) takeRetailers(r registerToCut) {
	number := map[rounds.TerritoryID]int{}
	for _, t := range d.territories {
		if !t.TerritoryID.IsZero() {
			number[t.TerritoryID] = t.N
		}
	}
	pinless := rounds.CutFinding{Code: "no_pin"}
	bad := make([][]string, len(d.proposal.Ask.Measures))
	for _, from := range r.retailers {
		if from.Pin == nil {
			if pinless.Count++; len(pinless.Retailers) < firstRetailers {
				pinless.Retailers = append(pinless.Retailers, from.ID)
			}
			continue
		}
		c := rounds.CutRetailer{
			N: len(d.retailers), RetailerID: from.ID, Code: from.Code, At: from.Pin.Point, Pin: from.Pin.Version,
			Was: rounds.NoTerritory, Lock: rounds.NoTerritory, Now: rounds.NoTerritory,
		}
		if n, ok := number[from.TerritoryID]; ok {
			c.Was = n
		}
		for i, m := range d.proposal.Ask.Measures {
			load, ok := loadOf(m.Name, from)
			if !ok {
				bad[i] = append(bad[i], from.Code)
			}
			c.Loads = append(c.Loads, load)
		}
		d.retailers = append(d.retailers, c)
	}
	if pinless.Count > 0 {
		d.proposal.Findings = append(d.proposal.Findings, pinless)
	}
	for i, codes := range bad {
		if len(codes) > 0 {
			d.problem.With(fmt.Sprintf("/measures/%d/name", i), "bad_for_retailers", len(codes), firstCodes(codes))
		}
	}
	d.checkLoads()
}

// loadOf is how much of a measure a retailer has; false if that is no number of at least 0.
func loadOf(measure string, r rounds.Retailer) (float64, bool) {
	visits := float64(r.VisitsPer8Weeks) / 2
	switch measure {
	case rounds.MeasureRetailers:
		return 1, true
	case rounds.MeasureVisits:
		return visits, true
	case rounds.MeasureTravel:
		return 0, true
	case rounds.MeasureWorkload:
		return visits * float64(r.ServiceSeconds) / 60, true
	case rounds.MeasureOrders:
		return float64(r.OrderVolume), true
	}
	if class, ok := strings.CutPrefix(measure, rounds.MeasureClass); ok {
		if r.Class == class {
			return 1, true
		}
		return 0, true
	}
	text := strings.TrimSpace(r.Extra[strings.TrimPrefix(measure, rounds.MeasureExtra)])
	if text == "" {
		return 0, true
	}
	load, err := strconv.ParseFloat(text, 64)
	if err != nil || !(load >= 0 && load <= maxLoad) {
		return 0, false
	}
	return load, true
}

// maxLoad is that of a retailer, so that sums stay exact.
const maxLoad = 1e9

// checkMeasures refuses measures that are none, or twice, and capacities of what is not measured.
func (d *draft) checkMeasures() {
	measures := d.proposal.Ask.Measures
	for i, m := range measures {
		at := fmt.Sprintf("/measures/%d/name", i)
		if !knownMeasure(m.Name) && !d.proposal.Ask.Travels(i) {
			d.problem.With(at, "not_one_of", "retailers, visits, workload, orders, class:…, extra:…")
		}
		if slices.ContainsFunc(measures[:i], func(o rounds.CutMeasure) bool { return o.Name == m.Name }) {
			d.problem.With(at, "given_twice")
		}
	}
	for _, t := range d.territories {
		for name := range t.Most {
			if name == rounds.MeasureTravel || !slices.ContainsFunc(measures, func(m rounds.CutMeasure) bool { return m.Name == name }) {
				d.problem.With("/territories", "unknown_measure", name)
			}
		}
	}
}

func knownMeasure(name string) bool {
	switch name {
	case rounds.MeasureRetailers, rounds.MeasureVisits, rounds.MeasureWorkload, rounds.MeasureOrders:
		return true
	}
	for _, prefix := range []string{rounds.MeasureClass, rounds.MeasureExtra} {
		if rest, ok := strings.CutPrefix(name, prefix); ok && rest != "" {
			return true
		}
	}
	return false
}

// checkLoads refuses what cannot be shared out.
func (d *draft) checkLoads() {
	open := d.openTerritories()
	if len(d.retailers) == 0 {
		d.problem.With("/unit_id", "no_retailers")
		return
	}
	if open > len(d.retailers) {
		d.problem.With("/count", "more_than_retailers", open, len(d.retailers))
	}
	first := d.retailers[0].At
	if open > 1 && !slices.ContainsFunc(d.retailers, func(r rounds.CutRetailer) bool { return r.At != first }) {
		d.problem.With("/unit_id", "one_point", len(d.retailers))
	}
	for i := range d.proposal.Ask.Measures {
		if !d.proposal.Ask.Travels(i) && !slices.ContainsFunc(d.retailers, func(r rounds.CutRetailer) bool { return r.Loads[i] > 0 }) {
			d.problem.With(fmt.Sprintf("/measures/%d/name", i), "zero_everywhere")
		}
	}
}

// openTerritories is how many are left to share out to.
func (d *draft) openTerritories() (n int) {
	for _, t := range d.territories {
		if t.Fate != rounds.CutCloses {
			n++
		}
	}
	return n
}

// takeLocks keeps retailers in territories.
func (d *draft) takeLocks(n NewTerritoryProposal) {
	number, named, retailer := map[rounds.TerritoryID]int{}, map[string]int{}, d.numbers()
	for _, t := range d.territories {
		if t.Fate == rounds.CutOpens {
			named[t.Name] = t.N
		} else {
			number[t.TerritoryID] = t.N
		}
	}
	for i, l := range n.Locks {
		at := fmt.Sprintf("/locks/%d", i)
		k, ok := retailer[l.RetailerID]
		if !ok {
			d.problem.With(at+"/retailer_id", "not_found")
			continue
		}
		to, ok := d.retailers[k].Was, true
		if l.Open != "" {
			to, ok = named[l.Open]
		} else if !l.TerritoryID.IsZero() {
			to, ok = number[l.TerritoryID]
		}
		switch {
		case !ok || to == rounds.NoTerritory:
			d.problem.With(at+"/territory_id", "not_found")
		case d.territories[to].Fate == rounds.CutCloses:
			d.problem.With(at+"/territory_id", "contradicts", "close_territory_ids")
		case d.retailers[k].Lock != rounds.NoTerritory && d.retailers[k].Lock != to:
			d.problem.With(at, "contradicts", "locks")
		default:
			d.retailers[k].Lock = to
		}
	}
}

func (d *draft) numbers() map[rounds.RetailerID]int {
	number := make(map[rounds.RetailerID]int, len(d.retailers))
	for _, r := range d.retailers {
		number[r.RetailerID] = r.N
	}
	return number
}

// checkGroups refuses groups of retailers that are not here, and those whose locks contradict them.
func (d *draft) checkGroups() {
	number := d.numbers()
	for _, list := range []struct {
		name   string
		groups [][]rounds.RetailerID
	}{{"together", d.proposal.Ask.Together}, {"apart", d.proposal.Ask.Apart}} {
		for i, group := range list.groups {
			for k, id := range group {
				if _, ok := number[id]; !ok {
					d.problem.With(fmt.Sprintf("/%s/%d/%d", list.name, i, k), "not_found")
				} else if slices.Contains(group[:k], id) {
					d.problem.With(fmt.Sprintf("/%s/%d/%d", list.name, i, k), "given_twice")
				}
			}
		}
	}
	for i, line := range d.proposal.Ask.Barriers {
		at := slices.IndexFunc(line, func(p orb.Point) bool { return !onGlobe(p) })
		switch {
		case at < 0:
		case onGlobe(orb.Point{line[at].Lat(), line[at].Lon()}):
			d.problem.With(fmt.Sprintf("/barriers/%d", i), "swapped")
		default:
			d.problem.With(fmt.Sprintf("/barriers/%d", i), "wrong_form")
		}
	}
}

func onGlobe(p orb.Point) bool {
	return p.Lat() >= -90 && p.Lat() <= 90 && p.Lon() >= -180 && p.Lon() <= 180
}
