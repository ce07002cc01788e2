package store

import (
	"context"
	"encoding/json"
	"time"

	"rounds"
	"rounds/geo"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"
)

// Recorded is an event as it is kept, with every verdict on it, of which the last one is in force.
type Recorded struct {
	rounds.VisitEvent
	ContentHash        []byte
	PositionsDeletedAt *time.Time // nil: they are kept; else fixes, evidence and unknown fields are gone
	Verdicts           []rounds.Judgement
	Located            []rounds.Located // what network services said since; no part of the event
	Proofs             []rounds.Proof   // what was found of its evidence
}

const recordedColumns = `
	e.id, e.rep_id, e.kind, e.retailer_id, e.stop_id, e.check_in_id, e.device_id, e.boot_id, e.seq, e.device_time, e.uptime_ms,
	e.happened_at, e.received_at, e.day::text, e.note, e.evidence, e.unknown, e.content_hash, e.positions_deleted_at`

func scanRecorded(row pgx.CollectableRow) (Recorded, error) {
	var r Recorded
	var evidence, unknown []byte
	err := row.Scan(&r.ID, &r.RepID, &r.Kind, &r.RetailerID, &r.StopID, &r.CheckInID, &r.Device.ID, &r.Device.BootID,
		&r.Device.Seq, &r.Device.Time, &r.Device.UptimeMS, &r.HappenedAt, &r.ReceivedAt, &r.Day, &r.Note, &evidence, &unknown, &r.ContentHash, &r.PositionsDeletedAt)
	if err != nil {
		return r, err
	}
	r.Evidence = evidence
	if r.PositionsDeletedAt == nil {
		r.Fixes = []rounds.Fix{} // also if it has none
	}
	if unknown != nil {
		err = json.Unmarshal(unknown, &r.Unknown)
	}
	return r, err
}

// Events are the events of the ids that exist, in the order of their ids.
func (s *Store) Events(ctx context.Context, org rounds.OrgID, ids []rounds.EventID) ([]Recorded, error) {
	const q = `
		select ` + recordedColumns + `
		from visit_events e
		where e.org_id = $1 and e.id = any($2)
		order by e.id`
	return s.recorded(ctx, org, q, org, ids)
}

// EventsSince are a rep's events received at or after an instant, in the order they arrived, from after
// the given place in that order.
func (s *Store) EventsSince(ctx context.Context, org rounds.OrgID, rep rounds.UserID, since time.Time, after rounds.EventID, limit int) ([]Recorded, error) {
	const q = `
		select ` + recordedColumns + `
		from visit_events e
		where e.org_id = $1 and e.rep_id = $2 and e.received_at >= $3
		and ($4::uuid is null or (e.received_at, e.id) > ($3, $4))
		order by e.received_at, e.id
		limit $5`
	return s.recorded(ctx, org, q, org, rep, since, after, limit)
}

// EventsOfVisit are a visit's check-in and all check-outs that name it, as they happened.
func (s *Store) EventsOfVisit(ctx context.Context, org rounds.OrgID, id rounds.VisitID) ([]Recorded, error) {
	const q = `
		select ` + recordedColumns + `
		from visit_events e
		where e.org_id = $1 and (e.id = $2 or (e.check_in_id = $2 and e.kind = 'check_out'))
		order by e.happened_at, e.seq, e.id`
	return s.recorded(ctx, org, q, org, id)
}

func (s *Store) recorded(ctx context.Context, org rounds.OrgID, q string, args ...any) ([]Recorded, error) {
	events, err := all(ctx, s.db, scanRecorded, q, args...)
	if err != nil || len(events) == 0 {
		return events, err
	}
	at := make(map[rounds.EventID]*Recorded, len(events))
	ids := make([]rounds.EventID, len(events))
	for i := range events {
		ids[i] = events[i].ID
		at[ids[i]] = &events[i]
	}
	if err := s.addFixes(ctx, org, ids, at); err != nil {
		return nil, err
	}
	if err := s.addVerdicts(ctx, org, ids, at); err != nil {
		return nil, err
	}
	proofs, err := s.Proofs(ctx, org, ids)
	for _, p := range proofs {
		at[p.EventID].Proofs = append(at[p.EventID].Proofs, p)
	}
	return events, err
}

func (s *Store) addFixes(ctx context.Context, org rounds.OrgID, ids []rounds.EventID, at map[rounds.EventID]*Recorded) error {
	const q = `
		select event_id, lat, lon, accuracy_m, accuracy_kind, source, datum, fix_time, mock, altitude_m, speed_mps, heading_deg,
			coalesce(located_by, ''), coalesce(address, '')
		from event_fixes
		where org_id = $1 and event_id = any($2)
		order by event_id, n`
	rows, _ := s.db.Query(ctx, q, org, ids)
	var id rounds.EventID
	var lat, lon, accuracy *float64
	var taken *time.Time
	var f rounds.Fix
	var by, address string
	into := []any{&id, &lat, &lon, &accuracy, &f.AccuracyKind, &f.Source, &f.Datum, &taken, &f.Mock, &f.AltitudeM, &f.SpeedMPS, &f.HeadingDeg, &by, &address}
	_, err := pgx.ForEachRow(rows, into, func() error {
		fix := f
		fix.Point = orb.Point{number(lon), number(lat)}
		fix.Accuracy = geo.Meters(number(accuracy))
		if taken != nil {
			fix.Time = *taken
		}
		at[id].addFix(fix, by, address)
		return nil
	})
	return wrap(err)
}

// addFix keeps the phone's own fixes apart from what services said.
func (r *Recorded) addFix(f rounds.Fix, by, address string) {
	if by == "" {
		r.Fixes = append(r.Fixes, f)
		return
	}
	f.Located = true
	r.Located = append(r.Located, rounds.Located{Fix: f.Fix, Service: by, Address: address})
}

func (s *Store) addVerdicts(ctx context.Context, org rounds.OrgID, ids []rounds.EventID, at map[rounds.EventID]*Recorded) error {
	const q = `
		select event_id, revision, verdict, measured, flags, judged_at
		from verdicts
		where org_id = $1 and event_id = any($2)
		order by event_id, revision`
	found, err := all(ctx, s.db, scanJudgement, q, org, ids)
	for _, j := range found {
		at[j.EventID].Verdicts = append(at[j.EventID].Verdicts, j)
	}
	return err
}

func scanJudgement(row pgx.CollectableRow) (rounds.Judgement, error) {
	var j rounds.Judgement
	err := row.Scan(&j.EventID, &j.Revision, &j.Verdict, &j.Measured, &j.Flags, &j.JudgedAt)
	return j, err
}
