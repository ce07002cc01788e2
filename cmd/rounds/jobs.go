package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"rounds/fieldwork"
	"rounds/locate"
	"rounds/store"
)

// workers say how every kind of job is done, and which are done from time to time. No other place does.
func workers(office *fieldwork.Office) *store.Workers {
	w := store.NewWorkers()
	store.Handle(w, office.LocateEvent)
	store.Handle(w, office.EnqueuePinNights)
	store.Handle(w, office.WorkPins)
	store.Handle(w, func(ctx context.Context, _ fieldwork.ExamineAll) error { return office.ExamineAll(ctx) })
	store.Handle(w, func(ctx context.Context, job fieldwork.ExamineOrg) error {
		_, err := office.ExamineDays(ctx, job.Org)
		return err
	})
	store.Handle(w, office.RetainAll)
	store.Handle(w, office.WorkJourney)
	store.Handle(w, office.WorkTerritories)
	store.Handle(w, office.EnqueueDayPlans)
	store.Handle(w, office.MakeDayPlans)
	store.Handle(w, office.LapseAudits)
	w.Every(24*time.Hour, fieldwork.RetainAll{})
	w.Every(time.Hour, fieldwork.PinsDue{})
	w.Every(time.Hour, fieldwork.DayPlansDue{})
	w.Every(time.Minute, fieldwork.ExamineAll{})
	w.Every(10*time.Minute, fieldwork.LapseAudits{})
	return w
}

// jobsTime is what jobs under way may still take when the server stops. They are begun again elsewhere.
const jobsTime = 5 * time.Second

// background is what the server does beside answering.
type background struct {
	router *locate.Router // nil: no network service is asked
	jobs   *store.Jobs
}

// work lets the office ask the services of a file, if one is given, and begins to do jobs.
func work(db *store.Store, office *fieldwork.Office, services string, log *slog.Logger) (b background, err error) {
	if services != "" {
		config, err := readServices(services)
		if err != nil {
			return b, err
		}
		if b.router, err = locate.New(config); err != nil {
			return b, err
		}
		office.AskBy(b.router)
	}
	b.jobs, err = db.StartJobs(context.Background(), workers(office), log)
	return b, err
}

func readServices(path string) (locate.Config, error) {
	f, err := os.Open(path)
	if err != nil {
		return locate.Config{}, err
	}
	defer f.Close()
	config, err := locate.Read(f)
	if err != nil {
		return config, fmt.Errorf("%s: %w", path, err)
	}
	return config, nil
}

// Close ends the jobs, and only then what they use. It may be called when nothing was begun.
func (b background) Close() error {
	var errs []error
	if b.jobs != nil {
		ctx, cancel := context.WithTimeout(context.Background(), jobsTime)
		defer cancel()
		errs = append(errs, b.jobs.Close(ctx))
	}
	if b.router != nil {
		b.router.Close()
	}
	return errors.Join(errs...)
}
