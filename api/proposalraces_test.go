package api_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"rounds"
)

// atOnce are the statuses of requests of a planner that are sent together.
func (f *fixture) atOnce(requests ...func(c client) answer) []int {
	statuses := make([]int, len(requests))
	c := f.as("planner")
	var all sync.WaitGroup
	for i, request := range requests {
		all.Go(func() { statuses[i] = request(c).status })
	}
	all.Wait()
	slices.Sort(statuses)
	return statuses
}

// Of two decisions on the same proposal, or on the same retailers, one counts and the other hears of it.
func TestOneDecisionOfTwoCounts(t *testing.T) {
	t.Parallel()
	post := func(path string, body object) func(c client) answer {
		return func(c client) answer { return c.post(path, body) }
	}
	decision := object{"from": today, "reason": "r"}
	for _, tt := range []struct {
		says string
		both func(f *fixture) (one, other func(c client) answer)
	}{
		{"accepted twice", func(f *fixture) (one, other func(c client) answer) {
			path := "/v1/territory-proposals/" + f.cut().text("id")
			return post(path+"/accept", decision), post(path+"/accept", decision)
		}},
		{"accepted, and another of the same territories", func(f *fixture) (one, other func(c client) answer) {
			return post("/v1/territory-proposals/"+f.cut().text("id")+"/accept", decision), post("/v1/territory-proposals/"+f.cut().text("id")+"/accept", decision)
		}},
		{"accepted and discarded", func(f *fixture) (one, other func(c client) answer) {
			path := "/v1/territory-proposals/" + f.cut().text("id")
			return post(path+"/accept", decision), post(path+"/discard", object{"reason": "r"})
		}},
		{"edited by two", func(f *fixture) (one, other func(c client) answer) {
			path := "/v1/territory-proposals/" + f.cut().text("id") + "/edits"
			edit := object{"revision": 1, "reason": "r", "moves": []any{object{"retailer_ids": ids(f.retailers["rep1"][:1]), "to": 1}}}
			return post(path, edit), post(path, edit)
		}},
		{"rolled back twice", func(f *fixture) (one, other func(c client) answer) {
			path := "/v1/territory-proposals/" + f.cut().text("id")
			f.as("planner").post(path+"/accept", decision).want(200)
			return post(path+"/roll-back", decision), post(path+"/roll-back", decision)
		}},
		{"cancelled twice", func(f *fixture) (one, other func(c client) answer) {
			path := "/v1/territory-proposals/" + f.askCut().text("id") + "/cancel"
			return post(path, object{"reason": "r"}), post(path, object{"reason": "r"})
		}},
	} {
		f := setup(t)
		one, other := tt.both(f)
		if got := f.atOnce(one, other); !slices.Equal(got, []int{200, 409}) {
			t.Errorf("%s: %v", tt.says, got)
		}
	}
}

// What is accepted is what was looked at, or what somebody was told that they changed it to.
func TestAnEditWhileItIsAccepted(t *testing.T) {
	t.Parallel()
	f := setup(t)
	moved := f.retailers["rep1"][0]
	path := "/v1/territory-proposals/" + f.cut().text("id")
	edited := 0
	got := f.atOnce(func(c client) answer {
		return c.post(path+"/accept", object{"from": today, "reason": "r"})
	}, func(c client) answer {
		a := c.post(path+"/edits", object{"revision": 1, "reason": "r", "moves": []any{object{"retailer_ids": ids([]rounds.Retailer{moved}), "to": 1}}})
		edited = a.status
		return a
	})
	want := map[int]string{200: f.territories["rep2"].String(), 409: f.territories["rep1"].String()}[edited]
	if placed := fmt.Sprint(f.placed(moved)); got[0] != 200 || placed != want {
		t.Errorf("%v, the edit %d: it is in %s", got, edited, placed)
	}
}

// A search that ends while it is being cancelled is one or the other.
func TestACancelAtTheEnd(t *testing.T) {
	t.Parallel()
	for range 5 {
		f := setup(t)
		id := f.askCut().text("id")
		path := "/v1/territory-proposals/" + id
		var all sync.WaitGroup
		all.Go(func() { f.workCut(id) })
		status := f.as("planner").post(path+"/cancel", object{"reason": "r"}).status
		all.Wait()
		p := f.as("planner").get(path).want(200)
		want := map[int]string{200: "cancelled", 409: "proposed"}[status]
		if p.at("status") != want || (p.at("figures") != nil) != (want == "proposed") {
			t.Errorf("it was answered %d: %s", status, p)
		}
	}
}

// Who has left gets no territory of a proposal that was made before, neither by accepting nor by rolling back.
func TestRepsWhoHaveLeftGetNoTerritories(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.add("fresh", rounds.RoleRep, "north")
	fresh, rep1, rep2 := f.users["fresh"].ID.String(), f.users["rep1"].ID.String(), f.users["rep2"].ID.String()
	path := "/v1/territory-proposals/" + f.cut("reps", []any{object{"rep_id": rep1}, object{"rep_id": fresh}}).text("id")
	active := func(user string, is bool) { f.as("admin").patch("/v1/users/"+user, object{"active": is}).want(200) }
	decision := object{"from": today, "reason": "r"}

	active(fresh, false)
	refused := f.as("planner").post(path+"/accept", with(decision, "skip_changed", true)).want(409)
	if at(refused.at("errors"), 0, "code") != "not_a_rep" {
		t.Errorf("%s", refused)
	}
	active(fresh, true)
	f.as("planner").post(path+"/accept", decision).want(200)
	active(rep2, false)
	refused = f.as("planner").post(path+"/roll-back", decision).want(409)
	if at(refused.at("errors"), 0, "code") != "not_a_rep" {
		t.Errorf("%s", refused)
	}
	active(rep2, true)
	f.as("planner").post(path+"/roll-back", decision).want(200)
}

// A shop that closes while territories are being cut is named when they are accepted.
func TestARetailerClosesDuringTheCut(t *testing.T) {
	t.Parallel()
	f := setup(t)
	id := f.askCut().text("id")
	f.as("admin").patch("/v1/retailers/"+f.retailers["rep1"][4].ID.String(), object{"status": "closed"}).want(200)
	f.workCut(id)
	path := "/v1/territory-proposals/" + id
	f.as("planner").post(path+"/accept", object{"from": today, "reason": "r"}).want(409).wantField("/retailers", "gone_since")
}
