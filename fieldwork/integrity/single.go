package integrity

// ManyPeople is how many must have used a phone before it is noticed: two who share one are common.
const ManyPeople = 3

// DeviceShared is the one signal that depends on what others did: its detail counts the people.
const DeviceShared = "device_shared"

// single is what one tap shows without its neighbours.
func (f file) single() []Signal {
	var found []Signal
	for _, t := range f.day {
		if n := made(t); n > 0 {
			found = append(found, mocked.on(t, Detail{"fixes": float64(n)}))
		}
		if people := f.People[t.Device]; t.Device != "" && people >= ManyPeople {
			found = append(found, deviceShared.on(t, Detail{"people": float64(people)}))
		}
		if t.ClockWrong {
			found = append(found, claimedTime.on(t, wrongBy(t)))
		}
		if t.Confirmed {
			found = append(found, confirmedAtCounter.on(t, nil))
		}
	}
	return found
}

// made is how many fixes are marked as made up.
func made(t *Tap) (n int) {
	for i := range t.Fixes {
		if t.Fixes[i].Mock {
			n++
		}
	}
	return n
}

// wrongBy is by how much the claimed time misses the nearest that the clocks allow; nil where unknown.
func wrongBy(t *Tap) Detail {
	switch {
	case t.Claimed.IsZero() || !timed(t):
		return nil
	case t.Claimed.Before(t.Earliest):
		return Detail{"early_s": t.Earliest.Sub(t.Claimed).Seconds()}
	case t.Claimed.After(t.Latest):
		return Detail{"late_s": t.Claimed.Sub(t.Latest).Seconds()}
	}
	return nil
}
