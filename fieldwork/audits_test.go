package fieldwork

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"rounds"
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
