package fieldwork

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"rounds"
	"rounds/geo"

	"github.com/google/go-cmp/cmp"
)

// Outside working hours, what happens is kept, and where is not: not in any table, whatever the phone sends.
func TestPositionsOutsideWorkingHoursAreNotStored(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	settings := rounds.DefaultSettings()
	settings.Shifts = []rounds.Shift{{Days: []string{"mon", "tue", "wed", "thu", "fri"}, From: "08:00", To: "18:00"}}
	o.must(o.ChangeSettings(context.Background(), o.admin, settings, "agreed with the works council"))
	rep := o.rep("rep")
	a := o.retailer("A", bund)
	evening := morning.Add(10 * time.Hour)
	in, unknown := checkIn(a, evening), checkIn(rounds.NewID[rounds.Retailer](), evening)
	o.set(evening.Add(time.Minute))
	raw := secretly(in)
	results := o.sendRaw(rep, raw, secretly(unknown), json.RawMessage(`{"lat": 31.23774, "lon": 121.48123}`))
	if got := o.tracesIn(); got != nil {
		t.Errorf("traces in %v", got)
	}
	j := results[0].Judgement
	if results[0].Status != Created || j.Outcome != geo.Undecided || !slices.Contains(j.Reasons, geo.NoPosition) || !slices.Contains(j.Flags, offShift) {
		t.Errorf("%s: %s %v %v", results[0].Status, j.Outcome, j.Reasons, j.Flags)
	}
	if n := o.texts(`select count(*)::text from quarantine where org_id = $1`, o.org.ID); n[0] != "2" {
		t.Errorf("%s items are kept in quarantine", n)
	}
	if again := o.sendRaw(rep, raw); again[0].Status != Exists {
		t.Errorf("sent again it is %s", again[0].Status)
	}
	moved := in
	moved.place[0]++
	if again := o.sendRaw(rep, secretly(moved), moved.json()); again[1].Status != Conflict {
		t.Errorf("with another position it is %s", again[1].Status)
	}

	r := FreshRetailer() // the event that waited is taken without its position too
	r.ID, r.Code, r.Name = unknown.retailer, "B", "Shop B"
	_, err := o.AddRetailer(context.Background(), o.admin, r, nil)
	o.must(err)
	if diff := cmp.Diff([]string{"A 20:30-20:30 estimated", "B 20:30-"}, o.visits()); diff != "" {
		t.Errorf("visits:\n%s", diff)
	}
	o.set(morning.Add(24 * time.Hour))
	if r := o.send(rep, checkIn(a, morning.Add(24*time.Hour)))[0]; r.CreditedBy != rounds.CreditedByPosition {
		t.Errorf("in working hours it is credited by %q", r.CreditedBy)
	}
}

// hours lets the org work from eight to six on weekdays.
func (o *town) hours() {
	o.t.Helper()
	o.settings(func(s *rounds.Settings) {
		s.Shifts = []rounds.Shift{{Days: []string{"mon", "tue", "wed", "thu", "fri"}, From: "08:00", To: "18:00"}}
	})
}

// Every part of an event in which a phone can say where it was, one at a time: outside working hours none of them is
// stored, within them each is, and so would be found.
func TestNoPartOfAnEventTellsAPlaceOutsideWorkingHours(t *testing.T) {
	t.Parallel()
	const place = `{"position": [31.2377443, 121.4812345]}`
	part := func(old, with string) func(tap) json.RawMessage {
		return func(p tap) json.RawMessage {
			p.place = bund
			return json.RawMessage(strings.Replace(string(p.json()), old, with, 1))
		}
	}
	for name, say := range map[string]func(tap) json.RawMessage{
		"a fix":                      func(p tap) json.RawMessage { p.place = secretPlace; return p.json() },
		"an unknown field":           part(`"note":`, `"raw_gps": `+place+`, "note":`),
		"an unknown field of a fix":  part(`"mock":`, `"nmea": "31.23774,N", "mock":`),
		"an unknown field, in phone": part(`"boot_id":`, `"last_known": `+place+`, "boot_id":`),
		"evidence of its own kind":   part(`"evidence": [`, `"evidence": [{"kind": "wifi", "near": "31.2377443"}`),
		"cells":                      part(`"evidence": [`, `"evidence": [{"kind": "network", "cells": [{"radio": "lte", "mcc": 460, "mnc": 0, "tac": 1, "cid": 2, "near": "31.23774"}]}`),
		"an event that is none":      part(`"check_in"`, `"31.23774"`),
		"an event said twice":        part(`"note":`, `"note": "31.23774", "note":`),
		"an event that is too large": part(`"note":`, `"x": "31.23774`+strings.Repeat("x", 17<<10)+`", "note":`),
		"no event at all": func(p tap) json.RawMessage {
			return json.RawMessage(`{"lat": 31.23774, "of": "` + p.id.String() + `"}`)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newTown(t)
			o.hours()
			rep, r := o.rep("rep"), o.retailer("A", bund)
			evening := morning.Add(10 * time.Hour)
			o.set(evening)
			o.sendRaw(rep, say(checkIn(r, evening)))
			if got := o.tracesIn(); got != nil {
				t.Errorf("sent in the evening, it is in %v", got)
			}
			o.set(morning.Add(day))
			if name != "no event at all" { // nobody can tell when that was, but by when it came
				o.sendRaw(rep, say(checkIn(r, evening.Add(time.Minute))))
				if got := o.tracesIn(); got != nil {
					t.Errorf("of the evening, and sent in the morning, it is in %v", got)
				}
			}
			o.sendRaw(rep, say(checkIn(r, morning.Add(day))))
			if got := o.tracesIn(); len(got) != 1 {
				t.Errorf("in working hours it is in %v: nothing was tested", got)
			}
		})
	}
}

// A note is a person's word: it stays, whatever they wrote and whenever.
func TestANoteStaysOutsideWorkingHours(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	o.hours()
	rep, p := o.rep("rep"), checkIn(o.retailer("A", bund), morning.Add(10*time.Hour))
	p.note = "left the keys"
	o.send(rep, p)
	if e, _ := o.known(p.id); e.Note != p.note || e.PositionsDeletedAt == nil {
		t.Errorf("%q, deleted %v", e.Note, e.PositionsDeletedAt)
	}
}

// A phone that is two hours behind says four o'clock at six. When it says so at a sending, its event was outside
// working hours after all, and loses its position, as it would have at once.
func TestAnEventThatTurnsOutToBeOffShiftLosesItsPosition(t *testing.T) {
	t.Parallel()
	const behind = -12 * time.Hour
	evening := morning.Add(10 * time.Hour)
	o := newTown(t)
	o.hours()
	rep, r := o.rep("rep"), o.retailer("A", secretPlace)
	o.do(`delete from pins where org_id = $1`, o.org.ID)
	p := aheadBy(behind, checkIn(r, evening))
	raw := secretly(p)
	o.set(evening)
	o.sendRaw(rep, raw)
	if got := o.tracesIn(); len(got) != 2 {
		t.Fatalf("while it is thought of as of the morning, it is in %v", got)
	}
	o.pass(time.Second)
	sent := rounds.Sent{BootID: "boot 0", Time: o.now().Add(behind), UptimeMS: o.now().Sub(phoneStarted).Milliseconds()}
	results, err := o.Upload(context.Background(), rep, sent, []json.RawMessage{raw})
	o.must(err)
	if got := o.tracesIn(); got != nil {
		t.Errorf("traces in %v", got)
	}
	e, _ := o.known(p.id)
	j := last(e)
	if results[0].Status != Exists || e.PositionsDeletedAt == nil || !slices.Contains(j.Flags, offShift) || !slices.Contains(j.Reasons, geo.NoPosition) || len(j.Measured.Fixes) != 0 {
		t.Errorf("%s: %s %v %v, deleted %v", results[0].Status, j.Outcome, j.Reasons, j.Flags, e.PositionsDeletedAt)
	}
	at := aheadBy(behind, checkIn(r, evening.Add(time.Minute)))
	at.seq = 1
	o.set(evening.Add(time.Minute))
	o.sendRaw(rep, secretly(at))
	other, _ := o.known(at.id)
	if k := last(other); k.Outcome != j.Outcome || !slices.Equal(k.Flags, j.Flags) || !slices.Equal(k.Reasons, j.Reasons) {
		t.Errorf("known at once it is %s %v %v, and later %s %v %v", k.Outcome, k.Reasons, k.Flags, j.Outcome, j.Reasons, j.Flags)
	}
}
