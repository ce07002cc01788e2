package routing

import (
	"fmt"
	"math/big"
)

// CheckJourney recomputes what a plan claims and says what is wrong with it: a call not on the days of its pattern, a
// limit not kept, a leg nobody can go, a sum or a reason that is not so, a call left out that would fit. It knows nothing of the
// search.
func CheckJourney(j Journey, p JourneyPlan) error {
	c := journeyCheck{j: j, p: p}
	for _, check := range [...]func() error{c.shape, c.calls, c.tours, c.money, c.reasons, c.room} {
		if err := check(); err != nil {
			return fmt.Errorf("routing: %w", err)
		}
	}
	return nil
}

type journeyCheck struct {
	j Journey
	p JourneyPlan
}

func (c *journeyCheck) shape() error {
	if len(c.p.Taken) != len(c.j.Calls) || len(c.p.Tours) != len(c.j.Days) {
		return fmt.Errorf("patterns of %d calls, tours of %d days: want %d, %d", len(c.p.Taken), len(c.p.Tours), len(c.j.Calls), len(c.j.Days))
	}
	for d, tours := range c.p.Tours {
		if len(tours) != c.j.Days[d].Tours {
			return fmt.Errorf("%d tours on day %d: want %d", len(tours), d, c.j.Days[d].Tours)
		}
	}
	for i, k := range c.p.Taken {
		if k < -1 || k >= len(c.j.Calls[i].Patterns) {
			return fmt.Errorf("call %d has no pattern %d", i, k)
		}
	}
	return nil
}

// calls checks that each is made on the days of its pattern, once, and on no others.
func (c *journeyCheck) calls() error {
	for d, tours := range c.p.Tours {
		made := make([]int, len(c.j.Calls))
		for _, tour := range tours {
			for _, i := range tour {
				if i < 0 || i >= len(made) {
					return fmt.Errorf("no call %d on day %d", i, d)
				}
				made[i]++
			}
		}
		for i, times := range made {
			want := 0
			if k := c.p.Taken[i]; k >= 0 {
				want = int(c.j.Calls[i].Patterns[k].Days >> d & 1)
			}
			if times != want {
				return fmt.Errorf("call %d %d times on day %d: want %d", i, times, d, want)
			}
		}
	}
	return nil
}

// tours checks the limits of each.
func (c *journeyCheck) tours() error {
	for d, tours := range c.p.Tours {
		for t, tour := range tours {
			if travel, ok := c.travel(d, tour); !ok {
				return fmt.Errorf("tour %d of day %d has a leg that nobody can go", t, d)
			} else if !c.fits(d, tour) {
				return fmt.Errorf("tour %d of day %d, %d of travel, is above the limits %+v", t, d, travel, c.j.Days[d])
			}
		}
	}
	return nil
}

// travel is that of a tour; false if there is no way.
func (c *journeyCheck) travel(day int, tour []int) (sum Cost, ok bool) {
	if len(tour) == 0 {
		return 0, true
	}
	last, ok := c.j.Days[day].Start, true
	step := func(to int) {
		if last != Free && to != Free {
			leg := c.j.Travel.At(last, to)
			sum, ok = sum+leg, ok && leg < MaxCost
		}
		last = to
	}
	for _, i := range tour {
		step(c.j.Calls[i].Node)
	}
	step(c.j.Days[day].End)
	return sum, ok
}

func (c *journeyCheck) fits(day int, tour []int) bool {
	length, ok := c.travel(day, tour)
	var load Cost
	for _, i := range tour {
		length, load = length+c.j.Calls[i].Service, load+c.j.Calls[i].Load
	}
	limits := c.j.Days[day]
	return ok && (limits.Longest == 0 || length <= limits.Longest) && (limits.Load == 0 || load <= limits.Load)
}

// money checks the sums.
func (c *journeyCheck) money() error {
	var travel, price Cost
	work := make([]int64, len(c.j.Days))
	for d, tours := range c.p.Tours {
		for _, tour := range tours {
			way, _ := c.travel(d, tour)
			travel += way
			work[d] += int64(way)
			for _, i := range tour {
				work[d] += int64(c.j.Calls[i].Service)
			}
		}
	}
	lost := 0
	for i, k := range c.p.Taken {
		if k >= 0 {
			price += c.j.Calls[i].Patterns[k].Price
		} else {
			lost += max(1, c.j.Calls[i].Priority)
		}
	}
	uneven := c.uneven(work)
	if travel != c.p.Travel || price != c.p.Price || uneven != c.p.Uneven || travel+price+uneven != c.p.Cost {
		return fmt.Errorf("travel %d, price %d, uneven %d, cost %d: want %d, %d, %d, %d",
			c.p.Travel, c.p.Price, c.p.Uneven, c.p.Cost, travel, price, uneven, travel+price+uneven)
	}
	if lost != c.p.Lost {
		return fmt.Errorf("lost %d: want %d", c.p.Lost, lost)
	}
	return nil
}

// uneven is ⌊Σ w·⌊w·G/g⌋ / W⌋ − W at the journey's price.
func (c *journeyCheck) uneven(work []int64) Cost {
	longest, unlimited := Cost(0), false
	for _, day := range c.j.Days {
		if day.Tours > 0 {
			longest = max(longest, day.Longest)
			unlimited = unlimited || day.Longest == 0
		}
	}
	share := make([]int64, len(work))
	all, sum := int64(0), int64(0)
	for d, day := range c.j.Days {
		if share[d] = int64(day.Tours); !unlimited && day.Tours > 0 {
			share[d] = max(1, int64(1000*Cost(day.Tours)*day.Longest/longest))
		}
		all, sum = all+share[d], sum+work[d]
	}
	if sum == 0 {
		return 0
	}
	total := new(big.Int)
	for d, w := range work {
		if share[d] > 0 {
			like := new(big.Int).Mul(big.NewInt(w), big.NewInt(all))
			like.Div(like, big.NewInt(share[d]))
			total.Add(total, like.Mul(like, big.NewInt(w)))
		}
	}
	return c.j.Uneven * max(0, Cost(total.Div(total, big.NewInt(sum)).Int64()-sum))
}

// reasons checks that there is one for each call left out, and that it is so.
func (c *journeyCheck) reasons() error {
	at := 0
	for i, k := range c.p.Taken {
		if k >= 0 {
			continue
		}
		if at == len(c.p.LeftOut) || c.p.LeftOut[at].Call != i {
			return fmt.Errorf("no reason why call %d is left out, or not in order", i)
		}
		if want := c.reason(i); c.p.LeftOut[at].Reason != want {
			return fmt.Errorf("call %d left out as %s: want %s", i, c.p.LeftOut[at].Reason, want)
		}
		at++
	}
	if at != len(c.p.LeftOut) {
		return fmt.Errorf("%d reasons for %d calls left out", len(c.p.LeftOut), at)
	}
	return nil
}

func (c *journeyCheck) reason(call int) Reason {
	worked, carried, reached := false, false, false
	for _, p := range c.j.Calls[call].Patterns {
		works, carries, reaches := p.Days != 0, true, true
		for d, day := range c.j.Days {
			if p.Days>>d&1 == 0 {
				continue
			}
			works = works && day.Tours > 0
			carries = carries && (day.Load == 0 || c.j.Calls[call].Load <= day.Load)
			reaches = reaches && c.fits(d, []int{call})
		}
		worked = worked || works
		carried = carried || works && carries
		reached = reached || works && carries && reaches
	}
	switch {
	case !worked:
		return NoPattern
	case !carried:
		return TooHeavy
	case !reached:
		return TooFar
	}
	return NoTimeLeft
}

// room checks that no call left out fits on all days of a pattern, between calls that stay where they are.
func (c *journeyCheck) room() error {
	for _, l := range c.p.LeftOut {
		for k, p := range c.j.Calls[l.Call].Patterns {
			fits := p.Days != 0
			for d := range c.j.Days {
				fits = fits && (p.Days>>d&1 == 0 || c.roomOn(d, l.Call))
			}
			if fits {
				return fmt.Errorf("call %d is left out, though it fits by pattern %d", l.Call, k)
			}
		}
	}
	return nil
}

func (c *journeyCheck) roomOn(day, call int) bool {
	for _, tour := range c.p.Tours[day] {
		for at := 0; at <= len(tour); at++ {
			longer := append(append(append([]int{}, tour[:at]...), call), tour[at:]...)
			if c.fits(day, longer) {
				return true
			}
		}
	}
	return false
}
