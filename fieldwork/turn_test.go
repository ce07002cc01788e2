package fieldwork

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"rounds"
	"rounds/store"

	"github.com/jackc/pgx/v5"
)

// whoever waits for a lock in the database, of so many.
func (o *town) await(waiting int) {
	o.t.Helper()
	const q = `
		select count(*)
		from pg_stat_activity
		where datname = current_database() and wait_event_type = 'Lock'`
	ctx, cancel := context.WithTimeout(o.t.Context(), 30*time.Second)
	defer cancel()
	for n := 0; n < waiting; {
		o.must(o.db.pool.QueryRow(ctx, q).Scan(&n))
	}
}

// deadlocks are those that the database has had.
func (o *town) deadlocks() (n int) {
	o.t.Helper()
	conn, err := pgx.Connect(context.Background(), o.db.url)
	o.must(err)
	defer conn.Close(context.Background())
	const q = `
		select deadlocks
		from pg_stat_database
		where datname = current_database()`
	o.must(conn.QueryRow(context.Background(), q).Scan(&n))
	return n
}

// item is an upload of one event, with the phone's clock at sending.
func (o *town) item(rep rounds.Actor, p tap, sent rounds.Sent) *item {
	it := read(rep, sent, o.now(), p.json())
	return &it
}

// Two phones whose clocks were wrong learn the time at once, when both have shown the same printed code: each then
// wants the code, and the other's visit.
func TestTwoWhoLearnTheTimeDoNotMeet(t *testing.T) {
	t.Parallel()
	o := newTownIn(t, openDatabase(t), "Asia/Shanghai")
	r := o.retailer("A", bund)
	list := o.made(r, rounds.TokenCodes, 1)
	truth, reps := morning.Add(3*time.Hour), o.reps("anna", "ben")
	var shown []tap
	for i, rep := range reps {
		p := showing(r, truth.Add(time.Duration(i)*time.Minute-2*time.Hour), code(list.Codes[0]))
		p.ahead = -2 * time.Hour
		o.set(truth.Add(time.Hour))
		o.send(rep, p)
		shown = append(shown, p)
	}
	o.do(`update retailer_tokens set revoked_at = $2 where org_id = $1`, o.org.ID, truth.Add(-time.Hour)) // between their times
	var claim []byte
	o.must(o.db.pool.QueryRow(context.Background(), `select distinct claim from event_evidence where org_id = $1`, o.org.ID).Scan(&claim))
	o.pass(time.Minute)
	now := o.now()
	done := make(chan error)
	o.must(o.store.InTx(context.Background(), func(tx *store.Store) error {
		if _, err := tx.LockClaims(context.Background(), o.org.ID, [][]byte{claim}); err != nil {
			return err
		}
		for _, rep := range reps {
			next := checkIn(r, now.Add(-2*time.Hour))
			next.ahead, next.seq = -2*time.Hour, 1
			sent := rounds.Sent{BootID: "boot 0", Time: now.Add(-2 * time.Hour), UptimeMS: now.Sub(phoneStarted).Milliseconds()}
			it := o.item(rep, next, sent)
			go func() { done <- o.record(context.Background(), o.org.ID, []*item{it}) }()
		}
		o.await(len(reps))
		return nil
	}))
	for range reps {
		o.must(<-done)
	}
	for i, p := range shown {
		if got := o.proofsOf(p); got != "code rejected token_revoked" {
			t.Errorf("%d: %s", i, got)
		}
	}
	if n := o.deadlocks(); n > 0 {
		t.Errorf("%d deadlocks", n)
	}
}

// An event of an unknown retailer waits for whoever adds retailers, who wait for its rep.
func TestUploadsAndTheRegisterDoNotMeet(t *testing.T) {
	t.Parallel()
	o := newTownIn(t, openDatabase(t), "Asia/Shanghai")
	rep, unknown := o.rep("rep"), rounds.NewID[rounds.Retailer]()
	o.sendRaw(rep, checkIn(unknown, morning).json())
	done := make(chan error)
	o.must(o.store.InTx(context.Background(), func(tx *store.Store) error {
		if err := tx.LockRegister(context.Background(), o.org.ID); err != nil {
			return err
		}
		go func() {
			_, err := o.Upload(context.Background(), rep, rounds.Sent{}, []json.RawMessage{checkIn(unknown, morning.Add(time.Minute)).json()})
			done <- err
		}()
		o.await(1)
		return tx.LockReps(context.Background(), o.org.ID, []rounds.UserID{rep.UserID})
	}))
	o.must(<-done)
	if n := o.deadlocks(); n > 0 {
		t.Errorf("%d deadlocks", n)
	}
	fresh := FreshRetailer()
	fresh.ID, fresh.Code, fresh.Name = unknown, "U", "U"
	_, err := o.AddRetailer(context.Background(), o.admin, fresh, nil)
	o.must(err)
	if got := fmt.Sprint(len(o.visits())); got != "2" {
		t.Errorf("%s visits", got)
	}
}
