package fieldwork

import (
	"context"
	"slices"

	"rounds"
	"rounds/fieldwork/districting"
	"rounds/routing/territory"
)

// cutAgain is how often a city is cut again by the ways of days that were planned for the cut before.
const cutAgain = 2

// maxMeasures is how many the engine takes.
const maxMeasures = 12

// travel adds what minutes on the way are reckoned by, and what shows them.
func (d *draft) travel() {
	ask := &d.proposal.Ask
	if ask.Travel == nil {
		return
	}
	added := []rounds.CutMeasure{{Name: rounds.MeasureVisits}, {Name: rounds.MeasureTravel}}
	if measureAt(*ask, rounds.MeasureVisits) >= 0 {
		added = added[1:]
	}
	if measureAt(*ask, rounds.MeasureWorkload) < 0 {
		d.problem.With("/travel", "needs_workload")
	}
	if len(ask.Measures)+len(added) > maxMeasures {
		d.problem.With("/measures", "too_many", maxMeasures-len(added))
	}
	ask.Measures = slices.Concat(ask.Measures, added)
}

func measureAt(ask rounds.CutAsk, name string) int {
	return slices.IndexFunc(ask.Measures, func(m rounds.CutMeasure) bool { return m.Name == name })
}

// travelled says that the ways are planned.
func travelled(retailers []rounds.CutRetailer) bool {
	return slices.ContainsFunc(retailers, func(r rounds.CutRetailer) bool { return r.Loads[len(r.Loads)-1] > 0 })
}

// calibrate cuts so that the workload is fair with minutes on the way. If ctx ends nobody has a territory.
func (c *cut) calibrate(ctx context.Context, ask rounds.CutAsk, o territory.Options) (*cut, []int32) {
	workload, visits := measureAt(ask, rounds.MeasureWorkload), measureAt(ask, rounds.MeasureVisits)
	t := districting.Travel{Measure: workload, Speed: ask.Travel.SpeedKMH, Days: ask.Travel.DaysAWeek}
	for _, r := range c.retailers {
		t.Visits = append(t.Visits, r.Loads[visits])
	}
	region := *c.region
	found := region.Calibrate(ctx, t, o, cutAgain)
	if ctx.Err() != nil || len(found.Shares) != len(c.retailers) {
		return c, nil
	}
	retailers := slices.Clone(c.retailers)
	for i := range retailers {
		loads, way := slices.Clone(retailers[i].Loads), float64(found.Shares[i])/1000
		loads[workload], loads[len(loads)-1] = loads[workload]+way, way
		retailers[i].Loads = loads
	}
	with, _ := newCut(ask, c.territories, retailers)
	if with.region == nil {
		return c, nil
	}
	return with, found.Plan.Of
}

// loads are those of all retailers in turn.
func (c *cut) loads() []float64 {
	var all []float64
	for _, r := range c.retailers {
		all = append(all, r.Loads...)
	}
	return all
}
