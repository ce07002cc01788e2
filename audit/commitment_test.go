package audit

import (
	"encoding/hex"
	"strings"
	"testing"
)

// record is a draw as it should be.
func record(t *testing.T) Record {
	t.Helper()
	f, spec, secret := frame(t, 30), []byte(`{"n": 5, "strata": ["class"], "reserves": 1}`), []byte("thirty-two bytes that nobody saw")
	sum := f.Hash()
	c := Commitment{
		Number: 1, By: "王芳", At: "2026-03-02T09:00:00+08:00", Scope: "unit 7", From: "2026-03-01", To: "2026-03-31",
		Frame: hex.EncodeToString(sum[:]), Spec: HashOf(spec), Secret: HashOf(secret), Beacon: "drand quicknet 1000",
	}
	r := Record{Commitment: c, Published: c.Hash(), Secret: secret, Value: "dice 4 2 6 1", Beacon: "ab12", Frame: f, Spec: spec}
	r.draw(t)
	return r
}

func (r *Record) draw(t *testing.T) {
	t.Helper()
	s, err := ParseSpec(r.Spec)
	if err != nil {
		t.Fatal(err)
	}
	d, err := r.Frame.Draw(s, Seed(r.Secret, r.Published, r.Value, r.Beacon))
	if err != nil {
		t.Fatal(err)
	}
	r.Picks = d.Picks
}

func TestAnHonestRecordAgrees(t *testing.T) {
	t.Parallel()
	if faults := record(t).Check(); faults != nil {
		t.Error(faults)
	}
}

// Whoever changes anything afterwards and draws anew, so that the picks follow from what he shows, is caught all the same.
func TestWhatWasChangedAfterwardsShows(t *testing.T) {
	t.Parallel()
	for want, change := range map[string]func(r *Record){
		"the secret is not":        func(r *Record) { r.Secret = []byte("one that draws somebody else"); r.draw(t) },
		"the frame is not":         func(r *Record) { r.Frame = frame(t, 29); r.draw(t) },
		"the specification is not": func(r *Record) { r.Spec = []byte(`{"n": 6}`); r.draw(t) },
		"the picks are not":        func(r *Record) { r.Picks = r.Picks[1:] },
		"nobody added a value":     func(r *Record) { r.Value = ""; r.draw(t) },
		"a beacon was committed":   func(r *Record) { r.Beacon = ""; r.draw(t) },
		"not the one that was published": func(r *Record) {
			r.Secret = []byte("late")
			r.Commitment.Secret = HashOf(r.Secret)
			r.draw(t)
		},
	} {
		r := record(t)
		change(&r)
		faults := r.Check()
		if len(faults) == 0 || !strings.Contains(faults[0].Error(), want) {
			t.Errorf("%v, want %s", faults, want)
		}
	}
}

func links(chain []Commitment) []Link {
	list := make([]Link, len(chain))
	for i, c := range chain {
		list[i] = Link{c.Number, c.Previous, c.Hash(), &c}
	}
	return list
}

func TestTheChainShowsWhatIsMissing(t *testing.T) {
	t.Parallel()
	chain := following("2026-03-02T09:00:00Z", "2026-03-02T17:00:00.5+08:00", "2026-03-02T09:00:00.5Z")
	head := chain[2].Hash()
	if err := CheckChain(links(chain), head); err != nil {
		t.Error(err)
	}
	changed := append([]Commitment{}, chain...)
	changed[1].Scope = "B"
	renumbered := append([]Commitment{}, chain[0], chain[2])
	renumbered[1].Number = 2
	for want, c := range map[string][]Commitment{
		"commitment 3 stands where 2":  {chain[0], chain[2]},
		"commitment 3 does not follow": changed,
		"commitment 2 does not follow": renumbered,
		"after it are missing":         chain[:2],
	} {
		if err := CheckChain(links(c), head); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// following are three commitments, each with the hash of the one before.
func following(at ...string) []Commitment {
	chain := []Commitment{{Number: 1, Scope: "a", At: at[0]}, {Number: 2, Scope: "b", At: at[1]}, {Number: 3, Scope: "c", At: at[2]}}
	for i := range chain[1:] {
		chain[i+1].Previous = chain[i].Hash()
	}
	return chain
}

// A commitment that is put behind others and says that it was made before them, when nobody knew the dice, is caught; what is not told
// whole is passed over.
func TestTheChainShowsWhatWasDatedBack(t *testing.T) {
	t.Parallel()
	for want, at := range map[string][]string{
		`commitment 3 says that it was made at "2026-03-01T09:00:00Z"`:      {"2026-03-02T09:00:00Z", "2026-03-02T09:00:00Z", "2026-03-01T09:00:00Z"},
		`commitment 2 says that it was made at "2026-03-02T09:00:00+08:00"`: {"2026-03-02T09:00:00Z", "2026-03-02T09:00:00+08:00", "2026-03-03T09:00:00Z"},
		`commitment 1 says that it was made at "yesterday"`:                 {"yesterday", "2026-03-02T09:00:00Z", "2026-03-03T09:00:00Z"},
	} {
		list := links(following(at...))
		if err := CheckChain(list, list[2].Hash); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	list := links(following("2026-03-02T09:00:00Z", "2026-03-01T09:00:00Z", "2026-03-02T10:00:00Z"))
	list[1].Whole = nil
	if err := CheckChain(list, list[2].Hash); err != nil {
		t.Error(err)
	}
}

// Neither side alone steers: whoever knows one part and picks another still cannot know the seed, as each part changes all of it.
func TestEachPartChangesTheSeed(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, parts := range [][4]string{
		{"s", "c", "v", "b"}, {"S", "c", "v", "b"}, {"s", "C", "v", "b"}, {"s", "c", "V", "b"}, {"s", "c", "v", "B"}, {"s", "cv", "", "b"}, {"s", "c", "vb", ""},
	} {
		seen[Seed([]byte(parts[0]), parts[1], parts[2], parts[3])] = true
	}
	if len(seen) != 7 {
		t.Errorf("%d seeds of 7", len(seen))
	}
}
