package api_test

import (
	"fmt"
	"testing"
	"time"

	"rounds/internal/cputime"
	"rounds/internal/pgtest"
)

// BenchmarkTerritoriesOfACity asks for other territories of a city, edits them, and then moves every single retailer, from the
// request to the answer. The search is cut short: it has benchmarks of its own.
func BenchmarkTerritoriesOfACity(b *testing.B) {
	for _, size := range []struct{ reps, retailers int }{{100, 200}, {250, 200}} {
		b.Run(fmt.Sprint(size.reps*size.retailers), func(b *testing.B) {
			f := serve(b, openStore(b, pgtest.URL(b))).orgFor(b)
			f.cityOf(size.reps, size.retailers)
			for b.Loop() {
				f.measureTerritories(b, size.reps)
			}
		})
	}
}

func (f *fixture) measureTerritories(b *testing.B, reps int) {
	admin := f.as("admin")
	admin.t, admin.large = b, true
	begun := time.Now()
	lap := func(unit string) {
		b.ReportMetric(float64(time.Since(begun).Microseconds())/1000, unit)
		begun = time.Now()
	}
	p := admin.post("/v1/territory-proposals", object{
		"purpose": "visit", "unit_id": f.units["south"].String(), "iterations": 1, "measures": []any{object{"name": "workload", "tolerance_percent": 5}},
	}).want(202)
	path := "/v1/territory-proposals/" + p.text("id")
	lap("ms-ask")
	f.workCut(p.text("id"))
	lap("ms-job")
	whole := admin.get(path).want(200)
	lap("ms-get")
	page := admin.get(path + "/retailers?limit=200").want(200)
	lap("ms-page")
	r := list(page.at("items"))[0]
	edit := object{"reason": "r", "moves": []any{object{"retailer_ids": []any{at(r, "retailer_id")}, "to": int(at(r, "to").(float64)+1) % reps}}}
	for i := range 5 {
		begun = time.Now()
		admin.post(path+"/edits", with(edit, "revision", 1, "dry_run", true)).want(200)
		lap(fmt.Sprintf("ms-try%d", i))
	}
	admin.post(path+"/edits", with(edit, "revision", 1)).want(200)
	lap("ms-edit")
	admin.get(path + "/outlines.geojson").want(200)
	lap("ms-outlines")
	everybody := f.everybodyMoves(admin, path, len(list(whole.at("territories"))))
	begun = time.Now()
	admin.post(path+"/edits", object{"revision": 2, "reason": "all change", "moves": everybody}).want(200)
	lap("ms-edit-all")
	admin.post(path+"/accept", object{"from": today, "reason": "r"}).want(200)
	lap("ms-accept")
	admin.post(path+"/roll-back", object{"from": today, "reason": "r"}).want(200)
	lap("ms-roll-back")
}

// BenchmarkTravelOfACity cuts a city by minutes with the ways of its days within so many seconds.
func BenchmarkTravelOfACity(b *testing.B) {
	for _, seconds := range []int{10, 60} {
		b.Run(fmt.Sprint(seconds), func(b *testing.B) {
			f := serve(b, openStore(b, pgtest.URL(b))).orgFor(b)
			f.cityOf(250, 200)
			for b.Loop() {
				admin := f.as("admin")
				admin.t, admin.large = b, true
				p := admin.post("/v1/territory-proposals", object{
					"purpose": "visit", "unit_id": f.units["south"].String(), "seconds": seconds, "travel": object{},
				}).want(202).text("id")
				begun, cpu := time.Now(), cputime.Process()
				f.workCut(p)
				b.ReportMetric(time.Since(begun).Seconds(), "s-job")
				b.ReportMetric((cputime.Process() - cpu).Seconds(), "s-processor")
				worst := admin.get("/v1/territory-proposals/"+p).want(200).at("figures", "measures", 0, "worst_after_percent")
				b.ReportMetric(worst.(float64), "%-off")
			}
		})
	}
}

// everybodyMoves puts every retailer into the territory after its own.
func (f *fixture) everybodyMoves(c client, path string, territories int) []any {
	var moves []any
	for n := range territories {
		var of []any
		for next, page := "", (answer{}); next != "" || of == nil; {
			page = c.get(fmt.Sprintf("%s/retailers?limit=500&to=%d%s", path, n, next)).want(200)
			for _, r := range list(page.at("items")) {
				of = append(of, at(r, "retailer_id"))
			}
			if next = ""; page.at("next") != nil {
				next = "&after=" + page.text("next")
			}
			if of == nil {
				break
			}
		}
		if of != nil {
			moves = append(moves, object{"retailer_ids": of, "to": (n + 1) % territories})
		}
	}
	return moves
}
