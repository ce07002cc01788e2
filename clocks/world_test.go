package clocks_test

import (
	"math/rand/v2"
	"time"

	"rounds"
	"rounds/clocks"
)

// A world is one phone whose true times are known, and what the server was sent of it.
type world struct {
	r       *rand.Rand
	drift   float64 // true time is longer than uptime by this share
	offline time.Time
	steps   []step // of the wall clock
	seq     int64
	boots   []string
	silent  map[string]bool // boots that never reach a server
	taps    []tap
	waiting []tap
	uploads []upload
}

type step struct{ from, by time.Duration }

type tap struct {
	rounds.Device
	at    time.Time // true
	right bool      // the wall clock was right
}

type upload struct {
	sent     rounds.Sent
	received time.Time
	taps     []tap
}

var dawn = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)

// newWorld is a few days of a phone: restarts, a wall clock that is right, wrong or moved, a backlog of up to
// three days, answers that are lost, so that events come twice, and boots that never send.
func newWorld(seed uint64) *world {
	r := rand.New(rand.NewPCG(seed, 7))
	w := &world{r: r, drift: (r.Float64()*2 - 1) * 40e-6, silent: map[string]bool{}}
	w.steps = wallClock(r)
	if r.IntN(3) == 0 {
		w.offline = dawn.Add(upTo(r, 72*time.Hour))
	}
	end := dawn.Add(time.Duration(2+r.IntN(3)) * 24 * time.Hour)
	boot := dawn
	for boot.Before(end) {
		off := boot.Add(10*time.Minute + time.Duration(r.ExpFloat64()*float64(20*time.Hour)))
		w.live(boot, off)
		boot = off.Add(time.Minute + upTo(r, []time.Duration{time.Minute, 10 * time.Hour}[r.IntN(2)]))
	}
	w.offline, w.silent = time.Time{}, nil
	boot = boot.Add(96 * time.Hour * time.Duration(r.IntN(2)))
	w.boots = append(w.boots, boot.String())
	w.send(boot, boot.Add(time.Minute), 0)
	return w
}

func upTo(r *rand.Rand, d time.Duration) time.Duration { return time.Duration(r.Int64N(int64(d))) }

// wallClock is by how much the wall clock is off, from when.
func wallClock(r *rand.Rand) []step {
	right := step{by: upTo(r, time.Second) - time.Second/2}
	some := func(d time.Duration) time.Duration { return upTo(r, 2*d) - d }
	switch r.IntN(5) {
	case 0:
		return []step{{by: some(30 * time.Hour)}}
	case 1:
		return []step{{by: some(time.Minute)}}
	case 2:
		return []step{right, {upTo(r, 48*time.Hour), some(3 * time.Hour)}, {48*time.Hour + upTo(r, 24*time.Hour), right.by}}
	case 3:
		return []step{{by: -16 * 365 * 24 * time.Hour}, {upTo(r, 30*time.Hour), right.by}}
	}
	return []step{right}
}

func (w *world) wall(at time.Time) (wall time.Time, right bool) {
	var by time.Duration
	for _, s := range w.steps {
		if at.Sub(dawn) >= s.from {
			by = s.by
		}
	}
	return at.Add(by), by.Abs() <= time.Second/2
}

func (w *world) uptime(boot, at time.Time) int64 {
	return int64(float64(at.Sub(boot)) / (1 + w.drift) / float64(time.Millisecond))
}

// live lets a phone run, with a tap every two or three hours and a sending or two after most.
func (w *world) live(boot, off time.Time) {
	id := boot.String()
	w.boots = append(w.boots, id)
	w.silent[id] = w.r.IntN(4) == 0
	at := boot
	for {
		at = at.Add(upTo(w.r, 5*time.Hour))
		if !at.Before(off) {
			return
		}
		wall, right := w.wall(at)
		w.seq += 1 + w.r.Int64N(3)
		t := tap{rounds.Device{ID: "p", BootID: id, Seq: w.seq, Time: wall, UptimeMS: w.uptime(boot, at)}, at, right}
		w.taps, w.waiting = append(w.taps, t), append(w.waiting, t)
		for range w.r.IntN(3) {
			if sent := at.Add(upTo(w.r, 2*time.Minute)); sent.Before(off) && !sent.Before(w.offline) && !w.silent[id] {
				w.send(boot, sent, w.r.IntN(10))
			}
		}
	}
}

// send is lost on the way when luck is 0, and its answer when luck is 1.
func (w *world) send(boot, at time.Time, luck int) {
	delay := upTo(w.r, 20*time.Second)
	if w.r.IntN(8) == 0 {
		delay = 50 * time.Second
	}
	if luck == 0 && len(w.boots) > 0 && w.silent != nil {
		return
	}
	wall, _ := w.wall(at)
	w.uploads = append(w.uploads, upload{
		rounds.Sent{BootID: boot.String(), Time: wall, UptimeMS: w.uptime(boot, at)}, at.Add(delay), w.waiting,
	})
	if luck != 1 {
		w.waiting = nil
	}
}

// add tells a history what an upload says.
func (u upload) add(h clocks.History) {
	h.Add(u.sent.BootID, clocks.OfSending(u.sent, u.received))
	for _, t := range u.taps {
		h.Add(t.BootID, clocks.OfTap(t.Device, u.received))
	}
}

func historyOf(uploads []upload) clocks.History {
	h := clocks.History{}
	for _, u := range uploads {
		u.add(h)
	}
	return h
}
