package api_test

import (
	"fmt"
	"net/netip"
	"sync"
	"testing"
	"time"

	"rounds"
	"rounds/api"
	"rounds/internal/pgtest"

	"github.com/google/go-cmp/cmp"
)

func (f *fixture) try(t *testing.T, name, secret string) answer {
	t.Helper()
	return f.nobody(t).post("/v1/auth/login", object{"org": f.org.Slug, "name": name, "password": secret})
}

func (f *fixture) refresh(t *testing.T, token string) answer {
	t.Helper()
	return f.nobody(t).post("/v1/auth/refresh", object{"refresh_token": token})
}

func TestWrongNameAndWrongPasswordAreOneAnswer(t *testing.T) {
	t.Parallel()
	f := alone(t)
	f.as("admin").patch("/v1/users/"+f.users["rep3"].ID.String(), object{"active": false}).want(200)
	wrong := essence(f.try(t, "rep1", "wrong password").want(401))
	for name, a := range map[string]answer{
		"no such name": f.try(t, "nobody", "wrong password"),
		"no such org":  f.nobody(t).post("/v1/auth/login", object{"org": "nowhere", "name": "rep1", "password": password}),
		"not active":   f.try(t, "rep3", password),
	} {
		if diff := cmp.Diff(wrong, essence(a)); diff != "" {
			t.Errorf("%s (-wrong password +this):\n%s", name, diff)
		}
	}
	f.try(t, " REP1 ", password).want(200)
}

func TestTenFailuresLockAnAccountForTenMinutes(t *testing.T) {
	t.Parallel()
	f := alone(t)
	var seen [600]int
	c := f.nobody(t)
	for i := range 1000 {
		c.large = i > 20
		a := c.with("X-Forwarded-For", fmt.Sprintf("203.0.%d.%d", i/250, i%250)).with("X-Real-Ip", fmt.Sprintf("198.51.100.%d", i%250)).
			post("/v1/auth/login", object{"org": f.org.Slug, "name": "rep1", "password": fmt.Sprintf("guess %d", i)})
		seen[a.status]++
		if a.status == 429 && a.header.Get("Retry-After") == "" {
			t.Fatalf("%s without Retry-After", a)
		}
	}
	if seen[401] != 10 || seen[429] != 990 {
		t.Errorf("%d guesses were looked at and %d refused, want 10 and 990", seen[401], seen[429])
	}
	f.try(t, "rep1", password).want(429)
	f.try(t, "Rep1 ", password).want(429) // the same account, written differently
	f.try(t, "rep2", password).want(200)
	f.move(10*time.Minute - time.Second)
	f.try(t, "rep1", password).want(429)
	f.move(time.Second)
	f.try(t, "rep1", password).want(200)
}

func TestSuccessCountsForNothing(t *testing.T) {
	t.Parallel()
	f := alone(t)
	for range 9 {
		f.try(t, "rep1", "wrong password").want(401)
	}
	for range 15 {
		f.try(t, "rep1", password).want(200)
	}
	f.try(t, "rep1", "wrong password").want(401)
	f.try(t, "rep1", password).want(429)
}

func TestOneAddressTriesAHundredNames(t *testing.T) {
	t.Parallel()
	f := serve(t, theDatabase(), func(c *api.Config) { c.Proxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} }).orgFor(t)
	spray := func(i int, address string) answer {
		f.add(fmt.Sprintf("name%d", i), rounds.RoleRep, "north") // known names, because their hashes are the cheap ones
		return f.nobody(t).with("X-Forwarded-For", address).
			post("/v1/auth/login", object{"org": f.org.Slug, "name": fmt.Sprintf("name%d", i), "password": "Spring2026!"})
	}
	for i := range 100 {
		spray(i, fmt.Sprintf("2001:db8::%x", i+1)).want(401) // one network, whatever its last half
	}
	spray(100, "2001:db8::ffff").want(429)
	spray(101, "10.9.9.9, 2001:db8::1").want(429) // only what the trusted proxy added is believed
	spray(102, "2001:db8:0:1::1").want(401)
}

// Without a proxy to trust, nothing that a caller says of their address counts.
func TestAnAddressCannotBeMadeUp(t *testing.T) {
	t.Parallel()
	f := alone(t)
	for i := range 101 {
		name := fmt.Sprintf("name%d", i)
		f.add(name, rounds.RoleRep, "north")
		a := f.nobody(t).with("X-Forwarded-For", fmt.Sprintf("203.0.113.%d", i)).with("X-Real-Ip", fmt.Sprintf("203.0.113.%d", i)).
			with("Forwarded", fmt.Sprintf("for=203.0.113.%d", i)).
			post("/v1/auth/login", object{"org": f.org.Slug, "name": name, "password": "Spring2026!"})
		if want := map[bool]int{true: 429, false: 401}[i == 100]; a.status != want {
			t.Fatalf("name %d: %s; want %d", i, a, want)
		}
	}
}

func TestOrgMayBeLeftOutWhileThereIsOne(t *testing.T) {
	t.Parallel()
	v := serve(t, openStore(t, pgtest.URL(t)))
	f := v.orgFor(t)
	login := object{"name": "rep1", "password": password}
	f.nobody(t).post("/v1/auth/login", login).want(200)
	v.orgFor(t)
	f.nobody(t).post("/v1/auth/login", login).want(400).wantField("/org", "required")
	f.try(t, "rep1", password).want(200)
}

func TestRefreshRotates(t *testing.T) {
	t.Parallel()
	f := alone(t)
	first := f.try(t, "rep1", password).want(200).text("refresh_token")
	second := f.refresh(t, first).want(200).text("refresh_token")
	if second == first {
		t.Fatal("a token was not replaced")
	}
	f.move(time.Minute)
	if again := f.refresh(t, first).want(200).text("refresh_token"); again != second {
		t.Error("the answer that a phone lost came differently the second time")
	}
	third := f.refresh(t, second).want(200)
	c := client{service: f.service, t: t, token: third.text("access_token"), org: f.canary}
	c.get("/v1/me").want(200)
}

func TestAReplacedTokenUsedLaterEndsTheSession(t *testing.T) {
	t.Parallel()
	f := alone(t)
	first := f.try(t, "rep1", password).want(200).text("refresh_token")
	other := f.try(t, "rep1", password).want(200).text("refresh_token")
	second := f.refresh(t, first).want(200).text("refresh_token")
	f.move(61 * time.Second)
	f.refresh(t, first).want(401)
	f.refresh(t, second).want(401)
	f.refresh(t, other).want(200) // another phone's session
}

func TestParallelRefreshesHaveOneSuccessor(t *testing.T) {
	t.Parallel()
	f := setup(t)
	token := f.try(t, "rep1", password).want(200).text("refresh_token")
	var next [20]string
	var wait sync.WaitGroup
	for i := range next {
		wait.Go(func() {
			a := f.refresh(t, token)
			if a.status == 200 {
				next[i] = a.text("refresh_token")
			}
		})
	}
	wait.Wait()
	for i := range next {
		if next[i] == "" || next[i] != next[0] {
			t.Errorf("refresh %d gave %q, the first %q", i, next[i], next[0])
		}
	}
	f.refresh(t, next[0]).want(200)
}

func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	user := func(f *fixture) string { return "/v1/users/" + f.users["rep1"].ID.String() }
	for name, end := range map[string]func(f *fixture, token string){
		"by logging out": func(f *fixture, token string) {
			f.nobody(t).post("/v1/auth/logout", object{"refresh_token": token}).want(204)
		},
		"by a new password": func(f *fixture, _ string) {
			f.as("admin").patch(user(f), object{"password": "another long one"}).want(200)
		},
		"by another role":     func(f *fixture, _ string) { f.as("admin").patch(user(f), object{"role": "planner"}).want(200) },
		"by being taken away": func(f *fixture, _ string) { f.as("admin").patch(user(f), object{"active": false}).want(200) },
		"after sixty days":    func(f *fixture, _ string) { f.move(60 * 24 * time.Hour) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := alone(t)
			token := f.try(t, "rep1", password).want(200).text("refresh_token")
			current := f.refresh(t, token).want(200).text("refresh_token")
			end(f, current)
			f.refresh(t, current).want(401)
			f.refresh(t, token).want(401)
		})
	}
}

func TestRefreshTokensThatAreNone(t *testing.T) {
	t.Parallel()
	f := setup(t)
	good := f.try(t, "rep1", password).want(200).text("refresh_token")
	another := setup(t).org.ID.String()
	for _, token := range []string{
		"x", ".", f.org.ID.String(), f.org.ID.String() + ".", another + good[36:], good + "x", good[:len(good)-1], "é" + good,
		f.as("rep1").token[:200],
	} {
		f.refresh(t, token).want(401)
		f.nobody(t).post("/v1/auth/logout", object{"refresh_token": token}).want(204)
	}
	f.refresh(t, good).want(200)
}
