package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// handset is a rep's phone: it keeps every event until the server has said what became of it.
type handset struct {
	client
	boot    time.Time
	pause   time.Duration // before what failed is sent again
	deaf    bool          // the next answer gets lost on its way
	pending []event
	results map[result]int // final ones, counted
}

type result string

// The results that end a phone's care for an event; on any other it sends again.
const (
	created  result = "created"
	exists   result = "exists"
	conflict result = "conflict"
	rejected result = "rejected"
)

func (r result) final() bool { return r == created || r == exists || r == conflict || r == rejected }

// sendings is how often a phone tries in vain before it leaves its events for later.
const sendings = 5

// flush sends until nothing is pending.
func (h *handset) flush(ctx context.Context) error {
	for failures := 0; len(h.pending) > 0; {
		err := h.upload(ctx)
		if err == nil {
			continue
		}
		if failures++; failures == sendings {
			return fmt.Errorf("%d events still wait on the phone: %w", len(h.pending), err)
		}
		if err := h.wait(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (h *handset) wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(h.pause):
		return nil
	}
}

// upload drops the events that the server has dealt with; that there are none is an error.
func (h *handset) upload(ctx context.Context) error {
	results, err := h.send(ctx)
	switch {
	case err != nil:
		return err
	case h.deaf:
		h.deaf = false
		return errors.New("no answer came")
	}
	var kept []event
	for i, e := range h.pending {
		if i < len(results) && results[i].final() {
			h.results[results[i]]++
		} else {
			kept = append(kept, e)
		}
	}
	if len(kept) == len(h.pending) {
		return errors.New("the server could take none of them")
	}
	h.pending = kept
	return nil
}

// send posts one event by itself, and several as a batch.
func (h *handset) send(ctx context.Context) ([]result, error) {
	if len(h.pending) == 1 {
		return h.sendOne(ctx, h.pending[0])
	}
	var answer struct {
		Results []struct {
			Result result `json:"result"`
		} `json:"results"`
	}
	const batch = 500
	events := h.pending[:min(batch, len(h.pending))]
	err := h.post(ctx, "/v1/visit-events/batch", map[string]any{"sent": h.clock(), "events": events}, &answer)
	results := make([]result, len(answer.Results))
	for i, r := range answer.Results {
		results[i] = r.Result
	}
	return results, err
}

// sendOne has a result in every answer that is about the event, whatever its status.
func (h *handset) sendOne(ctx context.Context, e event) ([]result, error) {
	clock, err := json.Marshal(h.clock())
	if err != nil {
		return nil, err
	}
	const path = "/v1/visit-events"
	status, text, err := h.exchange(ctx, http.MethodPost, path, http.Header{"Rounds-Sent": {string(clock)}}, e)
	if err != nil {
		return nil, err
	}
	var answer struct {
		Result result `json:"result"`
	}
	if err := json.Unmarshal(text, &answer); err != nil || !answer.Result.final() {
		return nil, refusal{http.MethodPost, path, status, text}
	}
	return []result{answer.Result}, nil
}

// clock is the phone's at this moment.
func (h *handset) clock() device { return h.at(time.Now()) }

// at is the phone's clock at an instant.
func (h *handset) at(t time.Time) device {
	return device{BootID: h.boot.Format(time.RFC3339), Time: t, UptimeMS: t.Sub(h.boot).Milliseconds()}
}

// event is a check-in or a check-out.
type event struct {
	ID         string `json:"id"`
	Kind       string `json:"kind"`
	RetailerID string `json:"retailer_id"`
	StopID     string `json:"stop_id,omitempty"`
	CheckInID  string `json:"check_in_id,omitempty"`
	Fixes      []fix  `json:"fixes"`
	Device     device `json:"device"`
}

// fix is a position as the phone's system reports it.
type fix struct {
	Lat          float64   `json:"lat"`
	Lon          float64   `json:"lon"`
	Accuracy     float64   `json:"accuracy_m"`
	AccuracyKind string    `json:"accuracy_kind"`
	Source       string    `json:"source"`
	Time         time.Time `json:"fix_time"`
	Mock         bool      `json:"mock,omitempty"`
}

// device is a phone and its clocks; its id and its count of taps belong to an event alone.
type device struct {
	ID       string    `json:"id,omitempty"`
	BootID   string    `json:"boot_id"`
	Seq      int64     `json:"seq,omitempty"`
	Time     time.Time `json:"time"`
	UptimeMS int64     `json:"uptime_ms"`
}
