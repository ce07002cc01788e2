package clocks_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"time"

	"rounds"
	"rounds/clocks"
)

// worlds is so many seeds, or ten times as many in the long form.
func worlds(n uint64) uint64 {
	if os.Getenv("ROUNDS_SOAK") != "" {
		return 10 * n
	}
	return n
}

// sound finds what is wrong with the times of honest phones.
func sound(t *testing.T, seed uint64, when clocks.Time, p tap) {
	t.Helper()
	off := when.Best.Sub(p.at).Abs()
	switch {
	case when.Earliest != nil && p.at.Before(*when.Earliest) || p.at.After(when.Latest):
		t.Fatalf("world %d: seq %d was at %v, not in %+v", seed, p.Seq, p.at, when)
	case when.Quality == clocks.Claimed:
		t.Fatalf("world %d: seq %d of an honest phone: %+v", seed, p.Seq, when)
	case p.right && off > 2*time.Second:
		t.Fatalf("world %d: seq %d, whose wall clock was right, is %v off: %+v", seed, p.Seq, off, when)
	case when.Quality == clocks.Anchored && slices.Contains(when.Flags, clocks.Wrong) && off > 62*time.Second:
		t.Fatalf("world %d: seq %d is anchored and %v off: %+v", seed, p.Seq, off, when)
	}
}

func TestIntervalsHoldTheTruth(t *testing.T) {
	t.Parallel()
	widths, offs := map[clocks.Quality][]time.Duration{}, map[clocks.Quality][]time.Duration{}
	unknown := 0
	for seed := range worlds(1000) {
		w := newWorld(seed)
		times := timesOf(w)
		for i, p := range w.taps {
			when := times[i]
			sound(t, seed, when, p)
			if when.Earliest == nil {
				unknown++
			} else {
				widths[when.Quality] = append(widths[when.Quality], when.Latest.Sub(*when.Earliest))
			}
			if !p.right {
				offs[when.Quality] = append(offs[when.Quality], when.Best.Sub(p.at).Abs())
			}
		}
	}
	for q := range widths {
		t.Logf("%s: width %s; off, where the wall clock was wrong, %s", q, spreadOf(widths[q]), spreadOf(offs[q]))
	}
	t.Logf("%d with no earliest time", unknown)
}

func spreadOf(ds []time.Duration) string {
	slices.Sort(ds)
	at := func(i int) time.Duration { return ds[i].Round(100 * time.Millisecond) }
	n := len(ds)
	return fmt.Sprintf("median %v, p99 %v, max %v of %d", at(n/2), at(n*99/100), at(n-1), n)
}

// What has arrived is right already, whatever is still to come, and what changes is told.
func TestEveryUploadLeavesTheTruth(t *testing.T) {
	t.Parallel()
	for seed := range worlds(50) {
		w := newWorld(seed)
		shuffle(w, seed)
		h := clocks.History{}
		times := map[int64]string{}
		for i, u := range w.uploads {
			before := clocks.History{}
			for id, b := range h {
				before[id] = b
			}
			u.add(h)
			touched := clocks.Touched(before, h)
			for _, arrived := range w.uploads[:i+1] {
				for _, p := range arrived.taps {
					when := h.When(p.Device)
					sound(t, seed, when, p)
					text := written(t, when)
					if was := times[p.Seq]; was != "" && was != text && !slices.Contains(touched, p.BootID) {
						t.Fatalf("world %d: seq %d has moved from %s to %s; touched are %v", seed, p.Seq, was, text, touched)
					}
					times[p.Seq] = text
				}
			}
		}
	}
}

func shuffle(w *world, seed uint64) {
	r := rand.New(rand.NewPCG(seed, 8))
	r.Shuffle(len(w.uploads), func(i, j int) { w.uploads[i], w.uploads[j] = w.uploads[j], w.uploads[i] })
}

func written(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestOrderOfUploadDoesNotMatter(t *testing.T) {
	t.Parallel()
	for seed := range worlds(1000) {
		w := newWorld(seed)
		inOrder := timesOf(w)
		shuffle(w, seed)
		w.uploads = append(w.uploads, w.uploads[0])
		if got, want := written(t, timesOf(w)), written(t, inOrder); got != want {
			t.Fatalf("world %d: in order\n%s\nout of order\n%s", seed, want, got)
		}
	}
}

func TestEveryOrderOfFewUploads(t *testing.T) {
	t.Parallel()
	tried := 0
	for seed := uint64(0); tried < 20; seed++ {
		w := newWorld(seed)
		if n := len(w.uploads); n < 3 || n > 5 {
			continue
		}
		tried++
		want := written(t, timesOf(w))
		permute(w.uploads, func() {
			if got := written(t, timesOf(w)); got != want {
				t.Fatalf("world %d: in order\n%s\nout of order\n%s", seed, want, got)
			}
		})
	}
}

// permute brings the uploads into each order once.
func permute(uploads []upload, try func()) {
	if len(uploads) < 2 {
		try()
		return
	}
	for i := range uploads {
		uploads[0], uploads[i] = uploads[i], uploads[0]
		permute(uploads[1:], try)
		uploads[0], uploads[i] = uploads[i], uploads[0]
	}
}

func timesOf(w *world) []clocks.Time {
	taps := make([]rounds.Device, len(w.taps))
	for i, p := range w.taps {
		taps[i] = p.Device
	}
	return historyOf(w.uploads).WhenAll(taps)
}
