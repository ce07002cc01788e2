package routing

// begin is when service at a node can begin if it is reached at a moment; false if not any more.
func (h *hours) begin(j int, reached Time) (Time, bool) {
	for _, w := range h.open[j] {
		if reached <= w.Closes {
			return max(reached, w.Opens), true
		}
	}
	return 0, false
}

// lunched is when a node is ready to be served if lunch is had on the way there: on arrival where that is not
// too late, which is never worse, else before setting out.
func (h *hours) lunched(i, j int, left Time) (ready, meal Time, arrived, ok bool) {
	leg := Time(h.time[i*h.n+j])
	if reached := left + leg; reached <= h.lunch.Closes {
		meal = max(reached, h.lunch.Opens)
		return meal + h.lunch.Length, meal, true, true
	}
	meal = max(left, h.lunch.Opens)
	return meal + h.lunch.Length + leg, meal, false, meal <= h.lunch.Closes
}

const never = Time(1) << 60

// A moment is when a node is left, by whether lunch has been had; never if that cannot be. Of the latter
// it is known whether it was had on the way here.
type moment struct {
	hungry, fed Time
	here        bool
}

func (h *hours) leave(j int, ready Time) Time {
	if begun, ok := h.begin(j, ready); ok {
		return begun + h.service[j]
	}
	return never
}

// step goes from a node to the next, both ways.
func (h *hours) step(i, j int, now moment) (next moment) {
	leg := Time(h.time[i*h.n+j])
	next = moment{hungry: never, fed: never}
	if now.fed < never {
		next.fed = h.leave(j, now.fed+leg)
	}
	if now.hungry == never {
		return next
	}
	next.hungry = h.leave(j, now.hungry+leg)
	if ready, _, _, ok := h.lunched(i, j, now.hungry); ok {
		if left := h.leave(j, ready); left < next.fed {
			next.fed, next.here = left, true
		}
	}
	return next
}

func (h *hours) start(at Time) moment {
	if h.eats {
		return moment{hungry: at, fed: never}
	}
	return moment{hungry: never, fed: at}
}

// over is when the day is over, and whether lunch is had before.
func (h *hours) over(last moment) (end Time, fed, ok bool) {
	if last.hungry <= h.lunch.Closes && last.hungry <= last.fed {
		return last.hungry, false, last.hungry < never
	}
	return last.fed, true, last.fed < never
}

// finish is when an order that sets out at a moment is over; false if that cannot be.
func (h *hours) finish(order []int32, at Time) (Time, bool) {
	now, last := h.start(at), h.first
	for _, i := range order {
		if now = h.step(last, int(i), now); now.fed == never && now.hungry == never {
			return never, false
		}
		last = int(i)
	}
	end, _, ok := h.over(h.step(last, h.last, now))
	return end, ok
}

// latestStart is the latest that an order can set out at and be over as early as it can.
func (h *hours) latestStart(order []int32) Time {
	soonest, _ := h.finish(order, h.day.Opens)
	low, high := h.day.Opens, h.day.Closes
	for low < high {
		middle := (low + high + 1) / 2
		if end, ok := h.finish(order, middle); ok && end == soonest {
			low = middle
		} else {
			high = middle - 1
		}
	}
	return low
}

// timetable fills in when everything happens.
func (h *hours) timetable(order []int32, t *WindowTour) {
	t.Start = h.latestStart(order)
	path := make([]int, 0, len(order)+2)
	path = append(path, h.first)
	for _, i := range order {
		path = append(path, int(i))
	}
	path = append(path, h.last)
	now := make([]moment, len(path))
	now[0] = h.start(t.Start)
	for k := 1; k < len(path); k++ {
		now[k] = h.step(path[k-1], path[k], now[k-1])
	}
	end, fed, _ := h.over(now[len(now)-1])
	t.End = end
	meal := 0 // the leg it is had on
	for k := len(path) - 1; fed && h.eats && k > 0; k-- {
		if now[k].here {
			meal = k
			break
		}
	}
	left := t.Start
	for k := 1; k < len(path); k++ {
		i, j := path[k-1], path[k]
		reached := left + Time(h.time[i*h.n+j])
		ready, eating := reached, Time(0)
		if k == meal {
			var at Time
			var arrived bool
			ready, at, arrived, _ = h.lunched(i, j, left)
			t.Meal = Meal{Taken: true, Arrived: arrived, Call: k - 1, Begin: at}
			if arrived {
				eating = h.lunch.Length
			} else {
				reached = ready
			}
		}
		if k < len(path)-1 {
			begun, _ := h.begin(j, ready)
			left = begun + h.service[j]
			t.Calls = append(t.Calls, Call{Node: h.names[j], Arrive: reached, Begin: begun, Wait: begun - reached - eating, Leave: left})
		}
	}
}
