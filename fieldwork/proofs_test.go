package fieldwork

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"rounds"
	"rounds/fieldwork/evidence"
	"rounds/geo"
	"rounds/store"

	"pgregory.net/rapid"
)

// justOutside is by how many degrees a tap is too far north for its position to decide.
const justOutside = 0.0009

// handedOut is a token as the retailer has it.
type handedOut struct {
	store.SecretToken
	codes   []string
	payload string
}

// handOut gives every retailer a display, two printed lists, of which one is revoked, and a tag.
func (h *history) handOut(*rapid.T) {
	for _, r := range h.retailers {
		for _, kind := range []rounds.TokenKind{rounds.TokenTOTP, rounds.TokenCodes, rounds.TokenCodes, rounds.TokenTag} {
			h.tokens = append(h.tokens, newToken(r, kind, morning.AddDate(0, 0, -10)))
		}
		h.tokens[len(h.tokens)-2].RevokedAt = new(morning.Add(5 * time.Minute))
	}
}

func newToken(r rounds.RetailerID, kind rounds.TokenKind, at time.Time) handedOut {
	k := handedOut{SecretToken: store.SecretToken{
		Token:  rounds.Token{ID: rounds.NewID[rounds.Token](), RetailerID: r, Kind: kind, CreatedAt: at},
		Secret: evidence.NewSecret(),
	}}
	switch kind {
	case rounds.TokenCodes:
		k.codes = evidence.NewCodes(2)
	case rounds.TokenTag:
		_, k.payload = evidence.NewTag()
		k.Secret = evidence.TagHash(k.payload)
	}
	return k
}

func (o *town) handOut(k handedOut) {
	o.t.Helper()
	var hashes [][]byte
	for _, code := range k.codes {
		hashes = append(hashes, evidence.CodeHash(k.Secret, code))
	}
	o.must(o.store.InsertToken(context.Background(), o.org.ID, k.Token, k.Secret, hashes))
	if k.RevokedAt != nil {
		_, err := o.store.RevokeToken(context.Background(), o.org.ID, k.RetailerID, k.ID, *k.RevokedAt)
		o.must(err)
	}
}

// someEvidence is what the rep was shown, of this retailer or another, and what they only guess.
func (h *history) someEvidence(t *rapid.T, p tap) string {
	items := make([]string, rapid.IntRange(0, 3).Draw(t, "items"))
	for i := range items {
		k := rapid.SampledFrom(h.tokens).Draw(t, "token")
		switch {
		case rapid.IntRange(0, 2).Draw(t, "guess") == 0:
			items[i] = code("000000")
		case k.Kind == rounds.TokenTOTP:
			items[i] = code(evidence.Rotating(k.Secret, p.at.Add(-p.ahead)))
		case k.Kind == rounds.TokenCodes:
			items[i] = code(rapid.SampledFrom(k.codes).Draw(t, "code"))
		case k.Kind == rounds.TokenTag:
			items[i] = tag(k.payload)
		}
	}
	return strings.Join(items, ",")
}

func code(value string) string { return fmt.Sprintf(`{"kind":"code","value":%q}`, value) }

func tag(value string) string { return fmt.Sprintf(`{"kind":"tag","value":%q}`, value) }

// showing is a check-in where position does not decide, with evidence.
func showing(r rounds.RetailerID, at time.Time, items ...string) tap {
	p := checkIn(r, at)
	p.place[1] += justOutside
	p.shown = strings.Join(items, ",")
	return p
}

func (o *town) made(r rounds.RetailerID, kind rounds.TokenKind, codes int) MadeToken {
	o.t.Helper()
	m, err := o.AddToken(context.Background(), o.admin, r, kind, codes)
	o.must(err)
	return m
}

// display is the code that a retailer's display shows.
func (o *town) display(m MadeToken, at time.Time) string {
	o.t.Helper()
	tokens, err := o.store.SecretTokens(context.Background(), o.org.ID, []rounds.RetailerID{m.RetailerID})
	o.must(err)
	for _, k := range tokens {
		if k.ID == m.ID {
			return evidence.Rotating(k.Secret, at)
		}
	}
	o.t.Fatal("there is no such display")
	return ""
}

// proofs are what was found of a visit's evidence, a line.
func proofs(found []rounds.Proof) string {
	var words []string
	for _, p := range found {
		words = append(words, strings.TrimSuffix(fmt.Sprint(p.Kind, " ", p.Status, " ", p.Reason), " "))
	}
	return strings.Join(words, "; ")
}

func (o *town) creditOf(p tap) string {
	o.t.Helper()
	v, err := o.store.Visit(context.Background(), o.admin.Scope(), rounds.VisitID(p.id))
	o.must(err)
	return string(v.Outcome) + " " + string(v.CreditedBy)
}

func (o *town) proofsOf(p tap) string {
	o.t.Helper()
	found, err := o.store.Proofs(context.Background(), o.org.ID, []rounds.EventID{p.id})
	o.must(err)
	return proofs(found)
}

func TestWhatEvidenceProves(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	r, other := o.retailer("A", bund), o.retailer("B", bund)
	display, list, sign := o.made(r, rounds.TokenTOTP, 0), o.made(r, rounds.TokenCodes, 20), o.made(r, rounds.TokenTag, 0)
	elsewhere, othersList := o.made(other, rounds.TokenTOTP, 0), o.made(other, rounds.TokenCodes, 2)
	at := morning.Add(10 * time.Minute)
	shown := func(after time.Duration) string { return code(o.display(display, at.Add(after))) }
	for i, tt := range []struct {
		name, shown, want, credit string
	}{
		{"nothing", "", "", ""},
		{"the code on the display", shown(0), "code accepted", "code"},
		{"a code of a minute ago", shown(-time.Minute), "code accepted", "code"},
		{"a code of the next minute", shown(time.Minute), "code accepted", "code"},
		{"a code of three minutes ago", shown(-3 * time.Minute), "code rejected code_wrong", ""},
		{"the code of another retailer's display", code(o.display(elsewhere, at)), "code rejected code_wrong", ""},
		{"a printed code", code(list.Codes[0]), "code accepted", "code"},
		{"a printed code in small letters", code(strings.ToLower(list.Codes[1])), "code accepted", "code"},
		{"one of another retailer's", code(othersList.Codes[0]), "code rejected code_wrong", ""},
		{"one that was used before", code(list.Codes[0]), "code rejected code_used_before", ""},
		{"the tag", tag(sign.URI), "tag accepted", "tag"},
		{"another tag", tag(strings.Repeat("A", 26)), "tag rejected tag_wrong", ""},
		{"both: the stronger credits", tag(sign.URI) + "," + code(list.Codes[2]), "tag accepted; code accepted", "code"},
		{"the same code twice", code(list.Codes[3]) + "," + code(list.Codes[3]), "code accepted; code accepted", "code"},
		{"no code at all", `{"kind":"code"}`, "code rejected unreadable", ""},
		{"other kinds", `{"kind":"network"},` + tag(sign.URI), "tag accepted", "tag"},
		{"five wrong codes and the right one", strings.Repeat(code("ZZZZZZZZ")+",", 5) + shown(0), strings.Repeat("code rejected code_wrong; ", 5) + "code rejected code_guessed", ""},
		{"four wrong codes and the right one", strings.Repeat(code("ZZZZZZZZ")+",", 4) + shown(0), strings.Repeat("code rejected code_wrong; ", 4) + "code accepted", "code"},
		{"a photograph that has not come", `{"kind":"photo","sha256":"` + strings.Repeat("00", 32) + `"}`, "photo pending photo_missing", ""},
	} {
		rep, p := o.rep(fmt.Sprint("rep ", i)), showing(r, at, tt.shown)
		p.at = at.Add(time.Duration(i) * time.Millisecond)
		got := o.send(rep, p)[0]
		if proofs(got.Proofs) != tt.want || string(got.CreditedBy) != tt.credit || got.Judgement.Outcome != geo.Undecided {
			t.Errorf("%s: %s, credited by %q: %s", tt.name, got.Judgement.Outcome, got.CreditedBy, proofs(got.Proofs))
		}
		if again := o.send(rep, p)[0]; proofs(again.Proofs) != tt.want || again.CreditedBy != got.CreditedBy {
			t.Errorf("%s, sent again: credited by %q: %s", tt.name, again.CreditedBy, proofs(again.Proofs))
		}
	}
}

// Whatever evidence there is, a visit's outcome is what position says, and evidence credits undecided ones alone.
func TestEvidenceNeverChangesAnOutcome(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	rapid.Check(t, func(t *rapid.T) {
		h := someHistory().Draw(t, "history")
		tell := func(evident bool) map[rounds.VisitID]rounds.Visit {
			reps := o.play(h)
			for _, p := range h.taps {
				if !evident {
					p.shown = ""
				}
				o.send(reps[p.rep], p.tap)
			}
			listed, err := o.store.Visits(context.Background(), o.admin.Scope(), store.VisitFilter{Limit: 1000})
			o.must(err)
			visits := map[rounds.VisitID]rounds.Visit{}
			for _, v := range listed {
				visits[v.ID] = v.Visit
			}
			return visits
		}
		without, with := tell(false), tell(true)
		for id, v := range with {
			switch {
			case v.Outcome != without[id].Outcome:
				t.Fatalf("%s became %s", without[id].Outcome, v.Outcome)
			case v.Outcome == geo.AtRetailer && v.CreditedBy != rounds.CreditedByPosition,
				v.Outcome == geo.Elsewhere && v.Credited,
				v.Outcome == geo.Undecided && v.Credited && v.CreditedBy != rounds.CreditedByCode && v.CreditedBy != rounds.CreditedByTag:
				t.Fatalf("%s is credited by %q", v.Outcome, v.CreditedBy)
			}
		}
	})
}

func TestCreditIsThePolicys(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	r := o.retailer("A", bund)
	sign := o.made(r, rounds.TokenTag, 0)
	strict := geo.PlainPolicy()
	strict.Credits = []geo.EvidenceKind{geo.EvidenceCode}
	before := showing(r, morning, tag(sign.URI))
	o.send(o.rep("before"), before)
	_, err := o.AddPolicy(context.Background(), o.admin, strict, "tags were copied")
	o.must(err)
	after := showing(r, morning, tag(sign.URI))
	o.send(o.rep("after"), after)
	if got := []string{o.creditOf(before), o.creditOf(after), o.proofsOf(after)}; strings.Join(got, ", ") != "undecided tag, undecided , tag accepted" {
		t.Error(got)
	}
}

// The check-out's evidence counts as the check-in's does, if it is of the same retailer and the rep's own.
func TestEvidenceOfBothTaps(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	r, other := o.retailer("A", bund), o.retailer("B", bund)
	sign, others := o.made(r, rounds.TokenTag, 0), o.made(other, rounds.TokenTag, 0)
	rep, stranger := o.rep("rep"), o.rep("stranger")
	at := morning
	for _, tt := range []struct {
		name, want string
		by         rounds.Actor
		out        func(*tap)
	}{
		{"at check-out", "undecided tag", rep, func(p *tap) { p.shown = tag(sign.URI) }},
		{"at check-out, of another retailer", "undecided ", rep, func(p *tap) { p.retailer, p.shown = other, tag(others.URI) }},
		{"at another's check-out", "undecided ", stranger, func(p *tap) { p.shown = tag(sign.URI) }},
	} {
		at = at.Add(time.Hour)
		in := showing(r, at)
		out := in.out(at.Add(5 * time.Minute))
		tt.out(&out)
		o.send(rep, in)
		o.send(tt.by, out)
		if got := o.creditOf(in); got != tt.want || o.proofsOf(out) != "tag accepted" {
			t.Errorf("%s: %s, %s", tt.name, got, o.proofsOf(out))
		}
	}
}

func TestATokenProvesTheTimeInWhichItWasInUse(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	r := o.retailer("A", bund)
	rep := o.rep("rep")
	early := showing(r, morning.Add(-time.Minute))
	o.set(morning)
	sign, list := o.made(r, rounds.TokenTag, 0), o.made(r, rounds.TokenCodes, 2)
	o.set(morning.Add(10 * time.Minute))
	for _, m := range []MadeToken{sign, list} {
		o.must(o.RevokeToken(context.Background(), o.admin, r, m.ID))
		o.pass(time.Hour)
		o.must(o.RevokeToken(context.Background(), o.admin, r, m.ID)) // which changes nothing
		o.set(morning.Add(10 * time.Minute))
	}
	early.shown = tag(sign.URI)
	for _, tt := range []struct {
		name, want string
		tap        tap
	}{
		{"before it was made", "tag rejected tag_wrong", early},
		{"while in use, sent after", "tag accepted; code accepted", showing(r, morning.Add(9*time.Minute), tag(sign.URI), code(list.Codes[0]))},
		{"after", "tag rejected token_revoked; code rejected token_revoked", showing(r, morning.Add(11*time.Minute), tag(sign.URI), code(list.Codes[1]))},
	} {
		o.send(rep, tt.tap)
		if got := o.proofsOf(tt.tap); got != tt.want {
			t.Errorf("%s: %s", tt.name, got)
		}
	}
}

// A printed code is the first visit's, also where that arrives last: it takes it over from another rep.
func TestAPrintedCodeIsTheFirstVisits(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	r := o.retailer("A", bund)
	list := o.made(r, rounds.TokenCodes, 1)
	anna, ben := o.rep("anna"), o.rep("ben")
	early, late := showing(r, morning.Add(time.Minute), code(list.Codes[0])), showing(r, morning.Add(2*time.Minute), code(list.Codes[0]))
	o.send(ben, late)
	if got := o.creditOf(late); got != "undecided code" {
		t.Fatal(got)
	}
	o.send(anna, early)
	if got := []string{o.creditOf(early), o.creditOf(late), o.proofsOf(late)}; strings.Join(got, ", ") != "undecided code, undecided , code rejected code_used_before" {
		t.Error(got)
	}
	if n, changed, err := o.Rederive(context.Background(), o.org.ID, func(int) {}); n != 2 || changed != 0 || err != nil {
		t.Errorf("derived again: %d visits, %d changed, %v", n, changed, err)
	}
}

// A code shown to a phone whose clock was wrong is held against the true time as soon as that is known.
func TestACodeIsCheckedAtTheTrueTime(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	r := o.retailer("A", bund)
	display := o.made(r, rounds.TokenTOTP, 0)
	truth := morning.Add(3 * time.Hour)
	p := showing(r, truth.Add(-2*time.Hour), code(o.display(display, truth)))
	p.ahead = -2 * time.Hour
	rep := o.rep("rep")
	o.set(truth.Add(time.Hour))
	o.send(rep, p)
	if got := o.creditOf(p); got != "undecided " {
		t.Fatalf("while the true time is not known: %s", got)
	}
	o.pass(time.Minute)
	now := o.now()
	sent := rounds.Sent{BootID: "boot 0", Time: now.Add(-2 * time.Hour), UptimeMS: now.Sub(phoneStarted).Milliseconds()}
	next := checkIn(r, now.Add(-2*time.Hour))
	next.ahead, next.seq = -2*time.Hour, 1
	_, err := o.Upload(context.Background(), rep, sent, []json.RawMessage{next.json()})
	o.must(err)
	if got := o.creditOf(p); got != "undecided code" {
		t.Errorf("when it is: %s, %s", got, o.proofsOf(p))
	}
}

// Two reps who present the same codes at the same time, again and again, leave each code with one visit.
func TestCodesAreClaimedInARace(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	r := o.retailer("A", bund)
	list := o.made(r, rounds.TokenCodes, 10)
	type sent struct{ taps []tap }
	reps := []rounds.Actor{o.rep("anna"), o.rep("ben"), o.rep("cora")}
	all := make([]sent, len(reps))
	o.set(morning.Add(time.Hour))
	done := make(chan error)
	for i, rep := range reps {
		for n := range list.Codes {
			all[i].taps = append(all[i].taps, showing(r, morning.Add(time.Duration(10*n+(i+n)%3)*time.Second), code(list.Codes[n])))
		}
		go func() {
			for n := range all[i].taps {
				if _, err := o.upload(rep, all[i].taps[(n*7)%10]); err != nil {
					done <- err
					return
				}
			}
			done <- nil
		}()
	}
	for range reps {
		o.must(<-done)
	}
	for n := range list.Codes {
		for i := range reps {
			want := "undecided "
			if (i+n)%3 == 0 {
				want = "undecided code"
			}
			if got := o.creditOf(all[i].taps[n]); got != want {
				t.Errorf("code %d, rep %d: %q, want %q: %s", n, i, got, want, o.proofsOf(all[i].taps[n]))
			}
		}
	}
}

func TestWhoMayHandOutTokens(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	r, other := o.retailer("A", bund), o.retailer("B", bund)
	m := o.made(r, rounds.TokenTag, 0)
	supervisor := o.person(o.admin, "boss", rounds.RoleSupervisor)
	ctx := context.Background()
	_, err := o.AddToken(ctx, supervisor, r, rounds.TokenTag, 0)
	wantCode(t, "a supervisor", err, rounds.Forbidden)
	_, err = o.Tokens(ctx, supervisor, r)
	wantCode(t, "a supervisor lists", err, rounds.Forbidden)
	wantCode(t, "a supervisor revokes", o.RevokeToken(ctx, supervisor, r, m.ID), rounds.Forbidden)
	wantCode(t, "another retailer's", o.RevokeToken(ctx, o.admin, other, m.ID), rounds.NotFound)
	_, err = o.AddToken(ctx, o.admin, rounds.NewID[rounds.Retailer](), rounds.TokenTag, 0)
	wantCode(t, "nobody's", err, rounds.NotFound)
	if left := o.texts(`select detail::text from audit_log where org_id = $1 and action like 'token.%'`, o.org.ID); len(left) != 1 || strings.Contains(left[0], m.URI[13:]) {
		t.Errorf("%v", left)
	}
	if kept := o.texts(`select encode(secret, 'escape') from retailer_tokens where org_id = $1`, o.org.ID); strings.Contains(strings.Join(kept, " "), m.URI[13:]) {
		t.Error("the tag itself is stored")
	}
}

// A phone that is set back brings no revoked token back to life, unless its clocks prove the time.
func TestARevokedTokenStaysRevoked(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	r := o.retailer("A", bund)
	sign, list := o.made(r, rounds.TokenTag, 0), o.made(r, rounds.TokenCodes, 1)
	items := []string{tag(sign.URI), code(list.Codes[0])}
	honest, liar := showing(r, morning.Add(30*time.Minute), items...), showing(r, morning.Add(20*time.Minute), items...)
	o.set(morning.Add(time.Hour))
	for _, m := range []MadeToken{sign, list} {
		o.must(o.RevokeToken(context.Background(), o.admin, r, m.ID))
	}
	o.set(morning.Add(6 * time.Hour))
	o.send(o.rep("liar"), liar)
	o.sendNow(o.rep("honest"), honest)
	if got := o.proofsOf(liar); got != "tag rejected time_uncertain; code rejected time_uncertain" {
		t.Errorf("set back: %s", got)
	}
	if got := o.proofsOf(honest); got != "tag accepted; code accepted" {
		t.Errorf("sent late: %s", got)
	}
}
