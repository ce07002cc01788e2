package clocks

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

const (
	slowest = time.Minute      // what the fastest sending of a boot takes at most
	spread  = 10 * time.Minute // what any sending takes at most; beyond, two starts share a boot id
)

// drift is by how much an oscillator may be off after so long, 50 millionths; what is sold for phones is
// good to 20.
func drift(d time.Duration) time.Duration { return d.Abs() / 20_000 }

// History is all boots of one rep's device, by boot id.
type History map[string]Boot

// Add merges what an event or a sending says of a boot.
func (h History) Add(bootID string, b Boot) { h[bootID] = h[bootID].Merge(b) }

// Touched are the ids, sorted, of the boots whose taps may have other times after than before.
func Touched(before, after History) []string {
	was, is := before.windows(), after.windows()
	maps.DeleteFunc(is, func(id string, w window) bool { return was[id] == w })
	return slices.Sorted(maps.Keys(is))
}

// A window is all that the times of one boot's taps depend on.
type window struct {
	Boot             // of an anchored one no more than its marks; of an inconsistent one no more than when it was heard
	quality  Quality // "": not known
	moved    bool
	notUntil time.Time // the boot started no earlier; zero: not known. Not of an anchored boot, nor the next
	goneBy   time.Time // it had ended by then
}

// windows puts the boots in the order of their events, which no clock has a say in: each started after the
// ones before it had run, and had run before the ones after it started.
func (h History) windows() map[string]window {
	ws := make(map[string]window, len(h))
	vouched := false
	for _, b := range h {
		vouched = vouched || b.anchored()
	}
	order := h.order()
	notUntil, goneBy, ordered := h.between(order)
	for id, b := range h {
		w := window{Boot: Boot{NotAfter: b.NotAfter}, quality: Bounded, moved: b.moved()}
		switch {
		case !b.consistent() || !b.anchored() && (!ordered || !vouched && b.moved()):
			w.quality, w.Heard = Claimed, b.Heard
		case b.anchored():
			w.quality, w.Anchor = Anchored, b.Anchor
		default:
			if w.notUntil, w.goneBy = notUntil[id], goneBy[id]; !w.goneBy.IsZero() {
				w.LastUptime = b.LastUptime // of the last start it bounds nothing, and would rise with every tap
			}
		}
		ws[id] = w
	}
	return ws
}

// order is the boots whose place in the life of the phone is known.
func (h History) order() []string {
	var ids []string
	for id, b := range h {
		if b.FirstSeq != nil && b.consistent() {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, func(a, b string) int {
		return cmp.Or(cmp.Compare(*h[a].FirstSeq, *h[b].FirstSeq), cmp.Compare(a, b))
	})
	return ids
}

// between bounds each boot by its neighbours, and says whether the bounds agree: if not, the device's seq
// does not only rise.
func (h History) between(order []string) (notUntil, goneBy map[string]time.Time, agree bool) {
	notUntil, goneBy, agree = map[string]time.Time{}, map[string]time.Time{}, true
	var end, next time.Time
	for _, id := range order {
		b := h[id]
		if b.anchored() {
			end = later(end, b.Anchor.earliest(0))
		}
		notUntil[id] = end
		if !end.IsZero() {
			end = end.Add(b.LastUptime - drift(b.LastUptime))
		}
	}
	for i, id := range slices.Backward(order) {
		b := h[id]
		goneBy[id] = next
		start := b.NotAfter.latest(0)
		if !next.IsZero() {
			start = earlier(start, next.Add(drift(b.LastUptime)-b.LastUptime))
		}
		next = start
		agree = agree && !notUntil[id].After(start) && (i == 0 || *h[order[i-1]].FirstSeq < *b.FirstSeq)
	}
	return notUntil, goneBy, agree
}

// latest and earliest bound the true time at an uptime; what drifted is what lies between it and the mark.
func (m Mark) latest(up time.Duration) time.Time {
	return m.At.Add(up + drift(up-m.Uptime))
}

func (m Mark) earliest(up time.Duration) time.Time {
	return m.At.Add(up - drift(up-m.Uptime) - grain - slowest)
}

func (b Boot) anchored() bool { return !b.Anchor.none() && b.consistent() }

// consistent is false where no single start explains the numbers: an impossible uptime, sendings that took
// too long, or an event that was received before it had happened by the anchor.
func (b Boot) consistent() bool {
	if !possible(b.LastUptime) || b.AnchorMax.Sub(b.Anchor.At) > spread+drift(b.LastUptime) {
		return false
	}
	return b.Anchor.none() || !b.Anchor.earliest(b.NotAfter.Uptime).After(b.NotAfter.At.Add(b.NotAfter.Uptime))
}

// moved reports that the wall clock went otherwise than the uptime while the phone ran.
func (b Boot) moved() bool {
	return b.WallMax.Sub(b.WallMin) > slack+drift(b.LastUptime)
}
