package main

import (
	"context"
	"log/slog"
	"time"

	"rounds/fieldwork"
	"rounds/store"
)

// startJobs does the work that waits in the database, and what has to be done again and again.
func startJobs(db *store.Store, office *fieldwork.Office, log *slog.Logger) (*store.Jobs, error) {
	w := store.NewWorkers()
	store.Handle(w, office.EnqueuePinNights)
	store.Handle(w, office.WorkPins)
	w.Every(time.Hour, fieldwork.PinsDue{})
	return db.StartJobs(context.Background(), w, log)
}
