package fieldwork

import (
	"context"
	"time"

	"rounds"
	"rounds/store"
)

// nightHour is the hour of an org's night in which its pins are looked at.
const nightHour = 3

// PinsDue asks which orgs' night it is.
type PinsDue struct{}

// Kind names the job.
func (PinsDue) Kind() string { return "pins_due" }

// PinNight is the night's work on an org's pins.
type PinNight struct{ OrgID rounds.OrgID }

// Kind names the job.
func (PinNight) Kind() string { return "pin_night" }

// EnqueuePinNights leaves a PinNight for each org where it is night; once an hour is often enough.
func (o *Office) EnqueuePinNights(ctx context.Context, _ PinsDue) error {
	orgs, err := o.store.Orgs(ctx, "")
	if err != nil {
		return err
	}
	var jobs []store.Job
	for _, org := range orgs {
		if zone, err := time.LoadLocation(org.TimeZone); err == nil && o.now().In(zone).Hour() == nightHour {
			jobs = append(jobs, PinNight{org.ID})
		}
	}
	if len(jobs) == 0 {
		return nil
	}
	return o.store.InTx(ctx, func(tx *store.Store) error { return tx.Enqueue(ctx, jobs...) })
}

// WorkPins confirms, learns and ranks an org's pins. Done twice, it does no more than once.
func (o *Office) WorkPins(ctx context.Context, job PinNight) error {
	if _, err := o.ConfirmPins(ctx, job.OrgID); err != nil {
		return err
	}
	if _, err := o.LearnPins(ctx, job.OrgID, func(int) {}); err != nil {
		return err
	}
	_, err := o.RankPins(ctx, job.OrgID)
	return err
}
