package fieldwork

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"rounds"
	"rounds/audit"
	"rounds/store"

	"github.com/google/go-cmp/cmp"
)

// anAudit draws one retailer for a day of February.
func anAudit(day int) NewAudit {
	on := rounds.Day(fmt.Sprintf("2026-02-%02d", day))
	return NewAudit{From: on, To: on, Spec: []byte(`{"n":1}`)}
}

// chain are the times of an org's commitments by number.
func (o *town) chain() (times []time.Time) {
	o.t.Helper()
	c, err := o.AuditChain(context.Background(), o.admin, 0, 100)
	o.must(err)
	for _, l := range c.Links {
		times = append(times, l.CommittedAt)
	}
	return times
}

// Who waits for its turn in the chain is dated when its turn comes, and not when it was asked for.
func TestACommitmentIsDatedWhenItsTurnComes(t *testing.T) {
	t.Parallel()
	o := newTownIn(t, openDatabase(t), "Asia/Shanghai")
	o.retailer("A", bund)
	ctx, done := context.Background(), make(chan error, 1)
	commit := func(day int) error { _, err := o.CommitAudit(ctx, o.admin, anAudit(day)); return err }
	o.must(commit(1))
	spoken := anAudit(3)
	spoken.Beacon = &Beacon{Source: "s", Round: "1", At: o.now().Add(30 * time.Second)}
	o.must(o.store.InTx(ctx, func(tx *store.Store) error {
		_, _, err := tx.LockChain(ctx, o.org.ID)
		go func() { done <- commit(2) }()
		go func() { _, err := o.CommitAudit(ctx, o.admin, spoken); done <- err }()
		o.await(2)
		o.pass(time.Minute)
		return err
	}))
	var refused []error
	for range 2 {
		if err := <-done; err != nil {
			refused = append(refused, err)
		}
	}
	if e, ok := errors.AsType[*rounds.Error](errors.Join(refused...)); !ok || len(refused) != 1 || e.Fields[0].Pointer != "/beacon/at" {
		t.Errorf("a beacon that has spoken meanwhile: %v", refused)
	}
	if diff := cmp.Diff([]time.Time{morning.UTC(), morning.Add(time.Minute).UTC()}, o.chain()); diff != "" {
		t.Error(diff)
	}
}

// Codes that only their line breaks tell apart are taken no more; of those that there are no list is made.
func TestCodesThatNoFileTellsApart(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	for _, code := range []string{"A\nB", "A\r\nB", "A\x7fB", "A\u2028B", "A\u0085B", "A\tB"} {
		_, err := o.AddRetailer(context.Background(), o.admin, rounds.Retailer{Code: code, Name: "Shop"}, nil)
		if e, ok := errors.AsType[*rounds.Error](err); !ok || e.Code != rounds.Invalid || e.Fields[0].Pointer != "/code" {
			t.Errorf("%q: %v", code, err)
		}
	}
	old := []rounds.RetailerID{o.retailer("A", bund), o.retailer("B", bund)}
	for i, code := range []string{"A\nB", "A\r\nB"} {
		o.do(`update retailers set code = $3 where org_id = $1 and id = $2`, o.org.ID, old[i], code)
	}
	if report := o.importText(ImportOptions{}, "code,name", "\"A\nB\",Kiosk"); report.Errors != 0 || report.Changed != 1 {
		t.Errorf("one that there is already: %+v", report)
	}
	_, err := o.CommitAudit(context.Background(), o.admin, anAudit(1))
	if rounds.CodeOf(err) != rounds.Conflict || !strings.Contains(err.Error(), `have the same code "A\nB"`) {
		t.Errorf("%v", err)
	}
	o.do(`update retailers set status = 'closed' where org_id = $1 and id = $2`, o.org.ID, old[1])
	_, err = o.CommitAudit(context.Background(), o.admin, anAudit(1))
	o.must(err)
}

// Commitments at once, by servers whose clocks differ, have times that never fall with their numbers.
func TestTimesOfCommitmentsDoNotFall(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	o.retailer("A", bund)
	late := *o
	late.Office = New(o.db.s, func() time.Time { return o.now().Add(-time.Hour) }, o.log)
	t.Cleanup(late.Close)
	var all sync.WaitGroup
	for i := range 12 {
		all.Go(func() {
			office := []*Office{o.Office, late.Office}[i%2]
			o.pass(time.Second)
			_, err := office.CommitAudit(context.Background(), o.admin, anAudit(i+1))
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	times := o.chain()
	for i := range times[1:] {
		if times[i+1].Before(times[i]) {
			t.Errorf("commitment %d is of %s, and the one before it of %s", i+2, times[i+1], times[i])
		}
	}
	if len(times) != 12 {
		t.Errorf("%d commitments", len(times))
	}
}

// Whom an audit visits no other draws for so many days, however they came into it: drawn, as a reserve or by hand. Whoever was taken out
// counts as if never drawn, and so does a reserve that nobody needed.
func TestWhoeverIsVisitedCountsAsAudited(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	ctx, codes := context.Background(), map[rounds.RetailerID]string{}
	for i := range 12 {
		code := string(rune('A' + i))
		codes[o.retailer(code, bund)] = code
	}
	second := o.person(o.admin, "second", rounds.RoleAdmin)
	first := anAudit(1)
	first.Spec = []byte(`{"n":5,"reserves":3}`)
	u, err := o.CommitAudit(ctx, o.admin, first)
	o.must(err)
	_, err = o.ValueAudit(ctx, o.admin, u.ID, "6")
	o.must(err)
	_, picks, err := o.AuditPicks(ctx, o.admin, u.ID)
	o.must(err)
	change := func(kind rounds.ChangeKind, r rounds.RetailerID) {
		t.Helper()
		c := rounds.AuditChange{ID: rounds.NewID[rounds.AuditChange](), Kind: kind, RetailerID: r, Reason: "r"}
		_, _, err := o.ChangeAudit(ctx, o.admin, u.ID, c)
		o.must(err)
		_, err = o.DecideChange(ctx, second, u.ID, c.ID, rounds.ChangeAccept, "")
		o.must(err)
	}
	stranger := maps.Clone(codes)
	for _, p := range picks {
		delete(stranger, p.RetailerID)
	}
	added := slices.Collect(maps.Keys(stranger))
	change(rounds.ChangeReplace, picks[0].RetailerID) // by picks[5], the first reserve
	change(rounds.ChangeRemove, picks[1].RetailerID)
	change(rounds.ChangeAdd, added[0])
	change(rounds.ChangeAdd, added[1])
	change(rounds.ChangeRemove, added[1])

	want := maps.Clone(codes)
	for _, r := range []rounds.RetailerID{picks[2].RetailerID, picks[3].RetailerID, picks[4].RetailerID, picks[5].RetailerID, added[0]} {
		delete(want, r)
	}
	next := anAudit(2)
	next.Asked.ApartDays = 30
	mayDraw := func() []string {
		t.Helper()
		frame, err := o.store.FrameRows(ctx, o.org.ID, store.FrameFilter{
			Units: []rounds.UnitID{o.admin.UnitID}, Unplaced: true, Day: o.today(o.admin), From: next.From, To: next.To, Asked: next.Asked,
			Since: o.today(o.admin).Add(-next.Asked.ApartDays),
		})
		o.must(err)
		var drawable []string
		for _, r := range frame {
			drawable = append(drawable, r.Code)
		}
		return drawable
	}
	if diff := cmp.Diff(slices.Sorted(maps.Values(want)), mayDraw()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	v, err := o.CommitAudit(ctx, o.admin, next)
	o.must(err)
	if v.Retailers != len(want) {
		t.Errorf("the frame has %d, want %d", v.Retailers, len(want))
	}
	o.pass(31 * 24 * time.Hour)
	if got := len(mayDraw()); got != len(codes) {
		t.Errorf("%d a month later", got)
	}
}

// Whoever opens the same at once, on servers that know nothing of each other, has one of them.
func TestOneOfTheSameIsOpen(t *testing.T) {
	t.Parallel()
	o := newTownIn(t, openDatabase(t), "Asia/Shanghai")
	o.retailer("A", bund)
	other := New(o.db.s, o.now, o.log)
	t.Cleanup(other.Close)
	ctx, done := context.Background(), make(chan error, 2)
	o.must(o.store.InTx(ctx, func(tx *store.Store) error {
		_, _, err := tx.LockChain(ctx, o.org.ID)
		for _, office := range []*Office{o.Office, other} {
			go func() { _, err := office.CommitAudit(ctx, o.admin, anAudit(1)); done <- err }()
		}
		o.await(2)
		return err
	}))
	outcomes := map[rounds.Code]int{}
	for range 2 {
		outcomes[rounds.CodeOf(<-done)]++
	}
	if want := map[rounds.Code]int{"": 1, rounds.Conflict: 1}; !maps.Equal(outcomes, want) {
		t.Errorf("%v, want %v", outcomes, want)
	}
	if n := len(o.chain()); n != 1 {
		t.Errorf("%d commitments", n)
	}
}

// What was never drawn is told when its time is over, also where no server ran for days; servers that all do it do it once.
func TestWhatWasNotDrawnIsToldOnce(t *testing.T) {
	t.Parallel()
	o := newTownIn(t, openDatabase(t), "Asia/Shanghai") // alone: the job is for all orgs
	o.retailer("A", bund)
	rep, ctx := o.rep("rep"), context.Background()
	u, err := o.CommitAudit(ctx, o.admin, anAudit(1))
	o.must(err)
	lapsed := func() []string {
		return o.texts(`select detail::text from audit_log where org_id = $1 and action = 'audit.lapse' and subject = $2`, o.org.ID, u.ID.String())
	}
	o.pass(openFor - time.Microsecond)
	o.must(o.LapseAudits(ctx, LapseAudits{}))
	if _, err := o.AuditRecord(ctx, rep, u.ID); rounds.CodeOf(err) != rounds.NotFound || len(lapsed()) != 0 {
		t.Errorf("a moment before: %v, %v", err, lapsed())
	}
	o.pass(5 * 24 * time.Hour) // while all servers are down
	var all sync.WaitGroup
	for range 4 {
		server := New(o.db.s, o.now, o.log)
		t.Cleanup(server.Close)
		all.Go(func() {
			if err := server.LapseAudits(ctx, LapseAudits{}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got := lapsed(); len(got) != 1 {
		t.Errorf("it has lapsed %d times", len(got))
	}
	stored := o.texts(`select status || ' ' || (ended_at = lapses_at) || ' ' || (ended_by is null) from audits where org_id = $1 and id = $2`, o.org.ID, u.ID)
	if diff := cmp.Diff([]string{"lapsed true true"}, stored); diff != "" {
		t.Error(diff)
	}
	record, err := o.AuditRecord(ctx, rep, u.ID)
	o.must(err)
	if record.Status != rounds.AuditLapsed || audit.HashOf(record.Secret) != u.SecretHash || record.Seed != "" {
		t.Errorf("everybody is told %+v", record.Audit)
	}
}
