package api_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"testing"
	"time"

	"rounds"
	"rounds/fieldwork"
	"rounds/geo"
	"rounds/internal/cputime"
	"rounds/internal/pgtest"
	"rounds/store"

	"github.com/paulmach/orb"
)

// cityOf gives the org so many reps more, each with so many retailers of three classes around their home.
func (f *fixture) cityOf(reps, retailers int) {
	ctx, random := context.Background(), rand.New(rand.NewPCG(1, 1))
	for i := range reps {
		name := fmt.Sprintf("city%03d", i)
		middle := orb.Point{120.3 + 0.06*float64(i%16), 31.3 + 0.06*float64(i/16)}
		u := rounds.User{
			ID: rounds.NewID[rounds.User](), UnitID: f.units["south"], Name: name, DisplayName: f.named(name), Role: rounds.RoleRep, Active: true, Home: &middle,
		}
		f.must(f.store.InsertUser(ctx, f.org.ID, u, passwordHash(), f.now()))
		f.users[name] = u
		shops, pins := make([]rounds.Retailer, retailers), make([]store.NewPin, retailers)
		ids := make([]rounds.RetailerID, retailers)
		for n := range shops {
			at := orb.Point{middle[0] + 0.06*(random.Float64()-0.5), middle[1] + 0.06*(random.Float64()-0.5)}
			shops[n] = rounds.Retailer{
				ID: rounds.NewID[rounds.Retailer](), Code: fmt.Sprintf("C%03d-%03d", i, n), Name: f.named("shop"), Status: rounds.RetailerActive,
				ServiceSeconds: 600, VisitsPer8Weeks: []int{8, 4, 4, 2, 2}[n%5],
			}
			ids[n] = shops[n].ID
			pins[n] = store.NewPin{RetailerID: ids[n], Pin: geo.Pin{Point: at, Sigma: 10, Source: geo.Manual, Version: 1}, Reason: "test"}
		}
		f.must(f.store.InsertRetailers(ctx, f.org.ID, shops, f.now()))
		f.must(f.store.InsertPins(ctx, f.org.ID, pins, f.now()))
		f.territory(name, ids)
	}
	f.must(f.store.AnalyzeRegister(ctx))
}

// BenchmarkJourneysOfACity plans four weeks of 250 reps with 200 retailers each, from the request to the proposal, and
// accepts them. The processor time is this process's, without PostgreSQL's.
func BenchmarkJourneysOfACity(b *testing.B) {
	f := serve(b, openStore(b, pgtest.URL(b))).orgFor(b)
	const reps = 250
	f.cityOf(reps, 200)
	done := make(chan error, reps)
	w := store.NewWorkers()
	store.Handle(w, func(ctx context.Context, job fieldwork.JourneyJob) error {
		err := f.office.WorkJourney(ctx, job)
		done <- err
		return err
	})
	jobs, err := f.store.StartJobs(context.Background(), w, slog.New(slog.DiscardHandler))
	f.must(err)
	defer jobs.Close(context.Background())
	for b.Loop() {
		begun, cpu := time.Now(), cputime.Process()
		a := f.as("admin").post("/v1/journey-plans", object{"from": nextMonday, "weeks": 4, "unit_id": f.units["south"].String()}).want(202)
		asked := time.Since(begun)
		for range int(a.at("progress", "reps").(float64)) {
			f.must(<-done)
		}
		planned, used := time.Since(begun), (cputime.Process() - cpu).Seconds()
		path := "/v1/journey-plans/" + a.text("id")
		got := f.as("admin").get(path).want(200)
		worst, sum, left := 0.0, 0.0, 0.0
		for _, r := range list(f.as("admin").get(path + "/reps?limit=1000").want(200).at("items")) {
			if at(r, "visits").(float64) < 100 {
				continue // of the fixture
			}
			worst, sum, left = max(worst, at(r, "cv").(float64)), sum+at(r, "cv").(float64), left+at(r, "left_out").(float64)
		}
		begun = time.Now()
		f.as("admin").post(path+"/accept", object{"from": nextMonday, "reason": "load"}).want(200)
		b.ReportMetric(asked.Seconds(), "s/request")
		b.ReportMetric(planned.Seconds(), "s/plan")
		b.ReportMetric(used, "cpu-s/plan")
		b.ReportMetric(time.Since(begun).Seconds(), "s/accept")
		b.ReportMetric(got.at("visits").(float64), "visits")
		b.ReportMetric(100*worst, "%cv-worst")
		b.ReportMetric(100*sum/reps, "%cv")
		b.ReportMetric(left, "left-out")
	}
}
