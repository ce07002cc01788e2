package fieldwork

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"rounds"
)

// ledger is what phones believe: the ids of the events that were acknowledged, and how often they heard
// an error instead.
type ledger struct {
	mu     sync.Mutex
	acked  map[rounds.EventID]bool
	errors int
}

func (l *ledger) ack(ids ...rounds.EventID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, id := range ids {
		l.acked[id] = true
	}
}

func (l *ledger) failed() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.errors++
	return l.errors
}

// phone sends its taps two by two, each pair until it is acknowledged. One that is broken takes an error
// for an acknowledgement. It says when a pair is through.
func (o *town) phone(l *ledger, rep rounds.Actor, taps []tap, broken bool, through chan<- struct{}) error {
	for len(taps) > 0 {
		results, err := o.upload(rep, taps[:2]...)
		if err != nil {
			if rounds.CodeOf(err) != rounds.Unavailable {
				return fmt.Errorf("not an error to try again on: %w", err)
			}
			if l.failed() > 5000 {
				return fmt.Errorf("an end of errors is not in sight: %w", err)
			}
			if !broken {
				continue
			}
		}
		for _, r := range results {
			if r.Status != Created && r.Status != Exists {
				return fmt.Errorf("%s: %v", r.Status, r.Problem)
			}
		}
		l.ack(taps[0].id, taps[1].id)
		taps = taps[2:]
		through <- struct{}{}
	}
	return nil
}

// cut ends every connection of the server's pool.
func (o *town) cut() int {
	return len(o.texts(`
		select pg_terminate_backend(pid)::text
		from pg_stat_activity
		where datname = current_database() and application_name = 'rounds'`))
}

// awaitWaiting returns when a session of the server waits for a lock.
func (o *town) awaitWaiting() {
	o.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	for n := 0; n == 0; {
		err := o.db.pool.QueryRow(ctx, `
			select count(*)
			from pg_stat_activity
			where datname = current_database() and application_name = 'rounds' and wait_event_type = 'Lock'`).Scan(&n)
		o.must(err)
	}
}

// underFire lets eight phones send while their server's connections to PostgreSQL are cut again and again,
// the first time when an upload is certainly under way, and compares what they believe with what is stored.
func underFire(t *testing.T, broken bool) (lost, doubled int, l *ledger) {
	const phones, visits, cuts, pairsBetweenCuts = 8, 16, 12, 8
	o := newTownIn(t, openDatabase(t), "Asia/Shanghai")
	r := o.retailer("A", bund)
	l = &ledger{acked: map[rounds.EventID]bool{}}
	through, ended := make(chan struct{}), make(chan error)
	hold, err := o.db.pool.Begin(context.Background())
	o.must(err)
	defer hold.Rollback(context.Background())
	for i := range phones {
		rep := o.rep(fmt.Sprint("rep ", i))
		if i == 0 {
			_, err := hold.Exec(context.Background(), `select from users where id = $1 for update`, rep.UserID)
			o.must(err)
		}
		var taps []tap
		for n := range visits {
			in := checkIn(r, morning.Add(time.Duration(n)*time.Hour))
			taps = append(taps, in, in.out(in.at.Add(10*time.Minute)))
		}
		go func() { ended <- o.phone(l, rep, taps, broken, through) }()
	}
	o.awaitWaiting()
	if o.cut() == 0 {
		t.Error("there was nothing to cut")
	}
	o.must(hold.Rollback(context.Background()))
	for pairs, made, running := 0, 1, phones; running > 0; {
		select {
		case err := <-ended:
			running--
			if err != nil {
				t.Error(err)
			}
		case <-through:
			if pairs++; pairs%pairsBetweenCuts == 0 && made < cuts {
				made++
				o.cut()
			}
		}
	}
	lost, doubled = o.compare(l)
	return lost, doubled, l
}

// compare is the oracle: events that were acknowledged and are not there, whole and with their verdict and
// visit; and whatever is there more than once.
func (o *town) compare(l *ledger) (lost, doubled int) {
	o.t.Helper()
	stored := map[string]int{}
	for _, id := range o.texts(`
		select e.id::text
		from visit_events e
		join event_fixes f on f.org_id = e.org_id and f.event_id = e.id
		join verdicts j on j.org_id = e.org_id and j.event_id = e.id and j.revision = 1
		join visits v on v.org_id = e.org_id and v.id = coalesce(e.check_in_id, e.id)
		where e.org_id = $1 and (e.kind = 'check_in' or v.check_out_id = e.id)`, o.org.ID) {
		stored[id]++
	}
	for id := range l.acked {
		if stored[id.String()] == 0 {
			lost++
		}
	}
	for _, n := range stored {
		doubled += n - 1
	}
	return lost, doubled
}

func TestWhatIsAcknowledgedSurvivesLostConnections(t *testing.T) {
	t.Parallel()
	lost, doubled, l := underFire(t, false)
	if lost > 0 || doubled > 0 || len(l.acked) != 256 {
		t.Errorf("of %d acknowledged %d are lost, %d doubled", len(l.acked), lost, doubled)
	}
	if l.errors == 0 {
		t.Error("nobody heard an error: nothing was tested")
	}
	t.Logf("%d errors", l.errors)
}

// The test above can fail: acknowledging what was not committed loses events, and the oracle sees it.
func TestTheOracleSeesALostEvent(t *testing.T) {
	t.Parallel()
	lost, _, l := underFire(t, true)
	if lost == 0 || l.errors == 0 {
		t.Errorf("%d errors were taken for acknowledgements, and the oracle misses %d events", l.errors, lost)
	}
}

// Close waits for what was taken in.
func TestCloseStoresWhatWasTakenIn(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	second := New(o.db.s, o.now, o.log)
	rep, r := o.rep("rep"), o.retailer("A", bund)
	hold, err := o.db.pool.Begin(context.Background())
	o.must(err)
	defer hold.Rollback(context.Background())
	_, err = hold.Exec(context.Background(), `select from users where id = $1 for update`, rep.UserID)
	o.must(err)
	u := &upload{actor: rep, items: []item{read(rep, rounds.Sent{}, morning, checkIn(r, morning).json())}, done: make(chan struct{})}
	second.intake.queue <- u
	closed := make(chan struct{})
	go func() { second.Close(); close(closed) }()
	select {
	case <-closed:
		t.Error("closed while an upload waits for its rep")
	case <-u.done:
		t.Error("stored while its rep is locked")
	default:
	}
	o.must(hold.Rollback(context.Background()))
	<-closed
	if u.err != nil || u.items[0].result.Status != Created {
		t.Errorf("%v, %v", u.err, u.items[0].result)
	}
}
