package audit

import (
	"encoding/json"
	"testing"
)

// FuzzParsePublished feeds arbitrary bytes: what is no record or chain is refused, and what is one is checked, without a panic.
func FuzzParsePublished(f *testing.F) {
	for _, seed := range []string{
		`{"hash":"x","frame":"code\n1\n2\n","spec":"{\"n\":1}","seed":"s","secret":"00","picks":[{"retailer_id":"a","role":"drawn"}],
			"changes":[{"kind":"replace","retailer_id":"a","reserve_id":"b","decision":"accept","decided_at":"2026-03-02T12:00:00Z"},{"kind":"add","decision":"accept"}]}`,
		`{"hash":"x","frame":"code\n","picks":[{"role":"other","standing":"in"}],"seed":"s"}`,
		`{"head":"x","items":[{"number":1,"commitment":{"number":1}}]} {"head":"y"}`,
		`{"hash":"x","frame":"code\n1\n","Hash":"y"}`, `{"head":"","items":[]}`,
		`{"hash":"x","frame":"\"code"}`, `[]`, ``,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if c, err := ParseChain(text); err == nil {
			_ = c.Check("kept", nil)
		}
		p, err := ParsePublished(text)
		if err != nil {
			return
		}
		if !json.Valid(text) {
			t.Errorf("%q is no JSON", text)
		}
		if p.Frame.Len() < 100 {
			_ = p.Check()
			_, _ = CheckBeside([]Published{p, p})
		}
	})
}

func TestOnlyAcceptedChangesExplainWhoIsVisited(t *testing.T) {
	t.Parallel()
	visits := func(standings ...string) []Visit {
		roles := []Role{Drawn, Drawn, Reserve, Reserve, Added}
		var list []Visit
		for i, s := range standings {
			list = append(list, Visit{Retailer: string(rune('a' + i)), Code: string(rune('A' + i)), Stratum: "all", Rank: i + 1, Role: roles[i], Standing: s})
		}
		return list
	}
	change := func(kind, retailer, reserve, at string) Change {
		return Change{Kind: kind, Retailer: retailer, Reserve: reserve, Reason: "r", AskedBy: "x", Decision: "accept", By: "y", At: at}
	}
	refused := change("remove", "a", "", "1")
	refused.Decision = "refuse"
	alone := change("remove", "a", "", "1")
	alone.By = "x"
	for _, row := range []struct {
		what    string
		visits  []Visit
		changes []Change
		faults  int
	}{
		{"nothing has changed", visits("in", "in", "waiting", "waiting"), nil, 0},
		{"a refused change changes nothing", visits("in", "in", "waiting", "waiting"), []Change{refused}, 0},
		{"a refused change was made", visits("out", "in", "waiting", "waiting"), []Change{refused}, 1},
		{"somebody accepted their own", visits("out", "in", "waiting", "waiting"), []Change{alone}, 1},
		{
			"two were replaced, told in the other order", visits("out", "out", "in", "in"),
			[]Change{change("replace", "b", "d", "2026-03-02T12:00:00.5Z"), change("replace", "a", "c", "2026-03-02T12:00:00Z")},
			0,
		},
		{"two were replaced in one moment", visits("out", "out", "in", "in"), []Change{change("replace", "b", "d", "1"), change("replace", "a", "c", "1")}, 0},
		{"a later reserve came first", visits("out", "in", "waiting", "in"), []Change{change("replace", "a", "d", "1")}, 1},
		{"a reserve was added by hand", visits("in", "in", "in", "waiting"), []Change{change("add", "c", "", "1")}, 1},
		{"one was added", visits("in", "in", "waiting", "waiting", "in"), []Change{change("add", "e", "", "1")}, 0},
		{"a change is of no kind that there is", visits("out", "in", "waiting", "waiting"), []Change{change("forget", "a", "", "1")}, 2},
		{"one was added by nobody", visits("in", "in", "waiting", "waiting", "in"), nil, 1},
		{"one was removed and came back", visits("in", "in", "waiting", "waiting"), []Change{change("remove", "a", "", "1"), change("add", "a", "", "2")}, 0},
	} {
		if faults := checkChanges(row.visits, row.changes); len(faults) != row.faults {
			t.Errorf("%s: %v", row.what, faults)
		}
	}
}

// Auditors are sent to ids, and reps are judged by what is found at theirs: whoever gives a drawn code another shop's id, rep, territory or
// class, or lists a shop twice to explain that it is out, is caught.
func TestPicksAreThoseOfTheFrame(t *testing.T) {
	t.Parallel()
	f, err := NewFrame([]string{"code", "retailer_id", "rep_id", "class"}, [][]string{{"A", "a", "x", "1"}, {"B", "b", "x", "1"}, {"C", "c", "", ""}})
	if err != nil {
		t.Fatal(err)
	}
	visits := func(ids ...string) []Visit {
		list := make([]Visit, len(ids))
		for i, id := range ids {
			list[i] = Visit{Retailer: id, Code: string(rune('A' + i)), Role: Drawn, Rep: []string{"x", "x", "", ""}[i], Class: []string{"1", "1", "", ""}[i]}
		}
		return list
	}
	for _, row := range []struct {
		what   string
		visits []Visit
		faults int
	}{
		{"all as the frame has them", visits("a", "b"), 0},
		{"two have each other's", visits("b", "a"), 2},
		{"one is added that was not in the frame", visits("a", "b", "c", "d"), 0},
		{"one is there a second time, as added", append(visits("a"), Visit{Retailer: "a", Code: "A", Role: Added}), 1},
		{"one is there a second time under another code", visits("a", "b", "c", "a"), 1},
		{"one is given to another rep", []Visit{{Retailer: "a", Code: "A", Role: Drawn, Rep: "y", Class: "1"}}, 1},
		{"one is nobody's, and of no class", []Visit{{Retailer: "a", Code: "A", Role: Reserve}}, 2},
		{"one has another rep since, and is added", []Visit{{Retailer: "a", Code: "A", Role: Added, Rep: "y", Class: "1"}}, 0},
	} {
		p := Published{Record: Record{Frame: f}, Visited: row.visits}
		if faults := p.checkPicks(); len(faults) != row.faults {
			t.Errorf("%s: %v", row.what, faults)
		}
	}
}
