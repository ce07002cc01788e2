package integrity

import (
	"bytes"
	"cmp"
	"slices"
)

// file is a window in the order of its taps.
type file struct {
	Window
	day     []*Tap // of the day under examination
	earlier []*Tap
}

// Examine finds the signals on the taps of the window's day, sorted by event and name, one of a name for
// an event. It is total: no input is an error.
func Examine(w Window) []Signal {
	f := open(w)
	found := slices.Concat(f.single(), f.speeds(), f.repetitions(), f.apart(), f.backlog())
	slices.SortFunc(found, func(a, b Signal) int {
		return cmp.Or(bytes.Compare(a.EventID[:], b.EventID[:]), cmp.Compare(a.Name, b.Name))
	})
	return found
}

func open(w Window) file {
	f := file{Window: w}
	for i := range w.Taps {
		switch t := &w.Taps[i]; {
		case t.on(w.Day):
			f.day = append(f.day, t)
		case t.Day < w.Day:
			f.earlier = append(f.earlier, t)
		}
	}
	slices.SortFunc(f.day, inOrder)
	slices.SortFunc(f.earlier, inOrder)
	return f
}

func inOrder(a, b *Tap) int {
	return cmp.Or(a.At.Compare(b.At), bytes.Compare(a.ID[:], b.ID[:]))
}
