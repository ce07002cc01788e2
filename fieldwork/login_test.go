package fieldwork

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"rounds"
)

func TestAttemptsAreLimited(t *testing.T) {
	t.Parallel()
	type try struct {
		after            time.Duration // since the try before
		account, address string
		times            int
		refused          bool // the last of them; those before are let in
	}
	const four, six = "192.0.2.7", "2001:db8:1:2:3::7"
	tests := []struct {
		name  string
		tries []try
	}{
		{"the eleventh for one account", []try{{0, "a", four, 10, false}, {0, "a", four, 1, true}}},
		{"from wherever it comes", []try{{0, "a", four, 10, false}, {0, "a", six, 1, true}}},
		{"not another account's", []try{{0, "a", four, 11, true}, {0, "b", four, 1, false}}},
		{"just before ten minutes", []try{{0, "a", four, 10, false}, {10*time.Minute - 1, "a", four, 1, true}}},
		{"after ten minutes", []try{{0, "a", four, 10, false}, {10 * time.Minute, "a", four, 10, false}, {0, "a", four, 1, true}}},
		{"being refused does not make it longer", []try{{0, "a", four, 11, true}, {5 * time.Minute, "a", four, 1, true}, {5 * time.Minute, "a", four, 1, false}}},
		{"the hundred and first from one address", []try{{0, "*", four, 100, false}, {0, "*", four, 1, true}, {0, "*", six, 1, false}}},
		{"an IPv6 network is one address", []try{{0, "*", six, 100, false}, {0, "*", "2001:db8:1:2:ffff::1", 1, true}, {0, "*", "2001:db8:1:3:3::7", 1, false}}},
		{"an IPv4 address in IPv6's clothes is itself", []try{{0, "*", four, 100, false}, {0, "*", "::ffff:192.0.2.7", 1, true}, {0, "*", "::ffff:192.0.2.8", 1, false}}},
		{"an address that is none", []try{{0, "*", "unix", 100, false}, {0, "*", "unix", 1, true}}},
	}
	for _, tt := range tests {
		a, now, n := newAttempts(), morning, 0
		for i, try := range tt.tries {
			now = now.Add(try.after)
			for k := range try.times {
				account := try.account
				if account == "*" {
					n++
					account = fmt.Sprint("account ", n)
				}
				end, err := a.begin(now, account, try.address)
				if err == nil {
					end(true)
				}
				if refused := rounds.CodeOf(err) == rounds.TooMany; refused != (try.refused && k == try.times-1) {
					t.Errorf("%s: try %d.%d: %v", tt.name, i+1, k+1, err)
				}
			}
		}
	}
}

func TestAnAttemptThatSucceedsIsNone(t *testing.T) {
	t.Parallel()
	a := newAttempts()
	for range 1000 {
		end, err := a.begin(morning, "a", "192.0.2.7")
		if err != nil {
			t.Fatal(err)
		}
		end(false)
	}
	var last func(failed bool)
	for range attemptsPerAccount {
		last, _ = a.begin(morning, "a", "192.0.2.7")
	}
	_, err := a.begin(morning, "a", "192.0.2.7")
	wantCode(t, "the eleventh at once, of whom none has failed", err, rounds.Unavailable)
	last(false)
	if _, err := a.begin(morning, "a", "192.0.2.7"); err != nil {
		t.Errorf("after one was released: %v", err)
	}
}

// However many try at once, no more get through than may.
func TestAttemptsAtOnceCannotSlipPast(t *testing.T) {
	t.Parallel()
	a := newAttempts()
	var all sync.WaitGroup
	in := make(chan bool, 500)
	for range 500 {
		all.Go(func() {
			_, err := a.begin(morning, "a", "192.0.2.7")
			in <- err == nil
		})
	}
	all.Wait()
	close(in)
	let := 0
	for ok := range in {
		if ok {
			let++
		}
	}
	if let != attemptsPerAccount {
		t.Errorf("%d were let in, want %d", let, attemptsPerAccount)
	}
}

func TestAttemptsForgetWindowsThatAreOver(t *testing.T) {
	t.Parallel()
	a := newAttempts()
	for i := range attemptsRemembered {
		a.window(morning, fmt.Sprint(i))
	}
	a.window(morning.Add(attemptWindow), "one more")
	if n := len(a.windows); n != 1 {
		t.Errorf("%d are remembered, want 1", n)
	}
}

func TestLogin(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	const password = "correct horse"
	_, err := o.AddUser(context.Background(), o.admin, rounds.User{Name: "short", Role: rounds.RoleRep}, "123456789")
	wantCode(t, "nine characters", err, rounds.Invalid)
	u, err := o.AddUser(context.Background(), o.admin, rounds.User{Name: " Anna ", Role: rounds.RoleRep}, password)
	o.must(err)
	for _, tt := range []struct {
		name, org, user, password string
		want                      rounds.Code
	}{
		{"right", o.org.Slug, "Anna", password, ""},
		{"whatever the name's case", o.org.Slug, " aNNA", password, ""},
		{"wrong password", o.org.Slug, "Anna", "correct hors", rounds.Unauthenticated},
		{"nobody", o.org.Slug, "Annie", password, rounds.Unauthenticated},
		{"no such org", "nowhere", "Anna", password, rounds.Unauthenticated},
	} {
		s, err := o.Login(context.Background(), tt.org, tt.user, tt.password, "192.0.2.1")
		wantCode(t, tt.name, err, tt.want)
		if err == nil && (s.UserID != u.ID || s.OrgID != o.org.ID || !strings.HasPrefix(s.RefreshToken, o.org.ID.String()+".")) {
			t.Errorf("%s: %v", tt.name, s)
		}
		if err != nil && err.Error() != "no such name or wrong password" {
			t.Errorf("%s tells more than that it failed: %v", tt.name, err)
		}
	}
	_, err = o.ChangeUser(context.Background(), o.admin, u.ID, func(u *rounds.User) { u.Active = false }, "")
	o.must(err)
	_, err = o.Login(context.Background(), o.org.Slug, "Anna", password, "192.0.2.1")
	wantCode(t, "not active any more", err, rounds.Unauthenticated)
	for _, w := range o.limits.windows { // Anna's has counted two failures above
		w.failed += attemptsPerAccount - 2
	}
	_, err = o.Login(context.Background(), o.org.Slug, "ANNA ", password, "192.0.2.2")
	wantCode(t, "the eleventh failure", err, rounds.TooMany)
}

// session starts one without a password, which costs time.
func (o *town) session(rep rounds.Actor) string {
	o.t.Helper()
	s, err := o.startSession(context.Background(), rep.OrgID, rep.UserID)
	o.must(err)
	return s.RefreshToken
}

func TestRefreshTokensRotate(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	rep := o.rep("rep")
	refresh := func(what, token string, want rounds.Code) string {
		t.Helper()
		s, err := o.Refresh(context.Background(), token)
		wantCode(t, what, err, want)
		if err == nil && (s.UserID != rep.UserID || s.OrgID != rep.OrgID) {
			t.Errorf("%s: %v", what, s)
		}
		return s.RefreshToken
	}
	first := o.session(rep)
	o.pass(time.Hour)
	second := refresh("the first", first, "")
	if second == first {
		t.Error("the token stays")
	}
	o.pass(replacedGrace)
	if again := refresh("the first again, as its answer was lost", first, ""); again != second {
		t.Error("the answer is another")
	}
	third := refresh("the second", second, "")
	o.pass(refreshLifetime - time.Microsecond)
	fourth := refresh("the third, just before its end", third, "")
	o.pass(refreshLifetime)
	refresh("the fourth, at its end", fourth, rounds.Unauthenticated)

	first = o.session(rep)
	second = refresh("the first", first, "")
	o.pass(replacedGrace + time.Microsecond)
	refresh("the first after the grace: it was copied", first, rounds.Unauthenticated)
	refresh("the second, whose session is over", second, rounds.Unauthenticated)

	first = o.session(rep)
	o.must(o.Logout(context.Background(), first))
	refresh("after the logout", first, rounds.Unauthenticated)
	o.must(o.Logout(context.Background(), first))

	for _, token := range []string{"", "x", o.org.ID.String() + ".", o.org.ID.String() + ".x", rounds.NewID[rounds.Org]().String() + first[36:]} {
		refresh("a token that is none", token, rounds.Unauthenticated)
		o.must(o.Logout(context.Background(), token))
	}
}

func TestOneRefreshTokenAtOnce(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	token := o.session(o.rep("rep"))
	next := make(chan string, 8)
	for range 8 {
		go func() {
			s, err := o.Refresh(context.Background(), token)
			if err != nil {
				t.Error(err)
			}
			next <- s.RefreshToken
		}()
	}
	first := <-next
	for range 7 {
		if other := <-next; other != first {
			t.Error("one token has two successors")
		}
	}
	if n := o.texts(`select count(*)::text from refresh_tokens where org_id = $1`, o.org.ID); n[0] != "2" {
		t.Errorf("%s tokens", n[0])
	}
}

func TestSessionsEndWithTheirUser(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	for _, tt := range []struct {
		name   string
		change func(*rounds.User)
		over   bool
	}{
		{"nothing that matters", func(u *rounds.User) { u.DisplayName = "Anna" }, false},
		{"another role", func(u *rounds.User) { u.Role = rounds.RolePlanner }, true},
		{"not active", func(u *rounds.User) { u.Active = false }, true},
	} {
		rep := o.rep("rep " + tt.name)
		token := o.session(rep)
		_, err := o.ChangeUser(context.Background(), o.admin, rep.UserID, tt.change, "")
		o.must(err)
		_, err = o.Refresh(context.Background(), token)
		want := map[bool]rounds.Code{true: rounds.Unauthenticated}[tt.over]
		wantCode(t, tt.name, err, want)
	}
	_, err := o.ChangeUser(context.Background(), o.admin, o.admin.UserID, func(u *rounds.User) { u.Role = rounds.RoleRep }, "")
	wantCode(t, "the last administrator steps down", err, rounds.Conflict)
}

// Rights that were taken away work for a second at most.
func TestActorIsAtMostASecondOld(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	rep := o.rep("rep")
	actor := func() error {
		_, err := o.Actor(context.Background(), o.org.ID, rep.UserID)
		return err
	}
	o.must(actor())
	o.do(`update users set active = false where org_id = $1 and id = $2`, o.org.ID, rep.UserID)
	o.pass(actorAge - time.Microsecond)
	o.must(actor())
	o.pass(time.Microsecond)
	wantCode(t, "a second later", actor(), rounds.Unauthenticated)
	wantCode(t, "and then", actor(), rounds.Unauthenticated)
}
