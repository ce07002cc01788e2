package fieldwork

import (
	"cmp"
	"math"
	"slices"
	"time"

	"rounds"
	"rounds/geo"
)

// cycleDays is the length of the cycle in which visits are counted.
const cycleDays = 56

// maxDue is the most stops that are chosen for a day, however short they are.
const maxDue = 30

// neverVisited is how overdue a retailer counts that has no visit on record, in intervals.
const neverVisited = 2

// How a day is filled before its ways are asked for: straight ways with a detour, at a speed in town.
const (
	roughDetour = 1.35
	roughMPS    = 20 / 3.6
)

// candidate is a retailer that is due, and how much: 1 is on the day, 2 a whole interval late.
type candidate struct {
	rounds.Retailer
	overdue float64
}

// chooseDue fills so much working time: the most overdue retailer first, then again and again the one that is
// nearest to those chosen for how overdue it is. The result is by code, as a list would be.
func chooseDue(retailers []rounds.Retailer, last map[rounds.RetailerID]rounds.Day, day rounds.Day, working time.Duration) []rounds.Retailer {
	waiting := due(retailers, last, day)
	var chosen []rounds.Retailer
	spent := time.Duration(0)
	near := make([]float64, len(waiting)) // metres to the nearest chosen one
	for i := range near {
		near[i] = math.Inf(1)
	}
	for len(waiting) > 0 && len(chosen) < maxDue {
		next := mostWanted(waiting, near)
		c := waiting[next]
		spent += time.Duration(c.ServiceSeconds) * time.Second
		if len(chosen) > 0 {
			spent += time.Duration(near[next]*roughDetour/roughMPS) * time.Second
		}
		if spent > working && len(chosen) > 0 {
			break
		}
		chosen = append(chosen, c.Retailer)
		waiting, near = slices.Delete(waiting, next, next+1), slices.Delete(near, next, next+1)
		for i, w := range waiting {
			near[i] = min(near[i], float64(geo.Distance(w.Pin.Point, c.Pin.Point)))
		}
	}
	slices.SortFunc(chosen, func(a, b rounds.Retailer) int { return cmp.Compare(a.Code, b.Code) })
	return chosen
}

// due are the retailers with a pin whose interval has passed, the most overdue first.
func due(retailers []rounds.Retailer, last map[rounds.RetailerID]rounds.Day, day rounds.Day) []candidate {
	var found []candidate
	for _, r := range retailers {
		if r.VisitsPer8Weeks == 0 || r.Pin == nil {
			continue
		}
		overdue := float64(neverVisited)
		if visited, ok := last[r.ID]; ok {
			overdue = float64(visited.Until(day)*r.VisitsPer8Weeks) / cycleDays
		}
		if overdue >= 1 {
			found = append(found, candidate{r, overdue})
		}
	}
	slices.SortFunc(found, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.overdue, a.overdue), cmp.Compare(a.Code, b.Code))
	})
	return found
}

// mostWanted is the index of the least distance for how overdue; at first, when all are infinitely far,
// the first.
func mostWanted(waiting []candidate, near []float64) int {
	best := 0
	for i := range waiting {
		if near[i]/waiting[i].overdue < near[best]/waiting[best].overdue {
			best = i
		}
	}
	return best
}
