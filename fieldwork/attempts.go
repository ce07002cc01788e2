package fieldwork

import (
	"net/netip"
	"sync"
	"time"

	"rounds"
)

// Failed logins in a window, for one account and from one address (for IPv6 its /64).
const (
	attemptWindow      = 10 * time.Minute
	attemptsPerAccount = 10
	attemptsPerAddress = 100
	attemptsRemembered = 100_000 // accounts and addresses
)

// attempts counts failed logins in this process.
type attempts struct {
	mu      sync.Mutex
	windows map[string]*window
}

type window struct {
	since   time.Time
	failed  int
	running int // neither failed nor succeeded yet
}

func newAttempts() *attempts { return &attempts{windows: map[string]*window{}} }

// begin lets an attempt begin, or refuses it: for what has failed, or for now because so many are under way
// that they could fail beyond the limit. The end says whether it failed.
func (a *attempts) begin(now time.Time, account, address string) (end func(failed bool), err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	byAccount := a.window(now, "account "+account)
	byAddress := a.window(now, "address "+network(address))
	switch {
	case byAccount.failed >= attemptsPerAccount || byAddress.failed >= attemptsPerAddress:
		return nil, rounds.Errorf(rounds.TooMany, "too many failed logins: wait ten minutes")
	case byAccount.failed+byAccount.running >= attemptsPerAccount || byAddress.failed+byAddress.running >= attemptsPerAddress:
		return nil, rounds.Errorf(rounds.Unavailable, "too many logins at once: try again")
	}
	byAccount.running++
	byAddress.running++
	return func(failed bool) {
		a.mu.Lock()
		defer a.mu.Unlock()
		byAccount.end(failed)
		byAddress.end(failed)
	}, nil
}

func (w *window) end(failed bool) {
	w.running--
	if failed {
		w.failed++
	}
}

func (a *attempts) window(now time.Time, key string) *window {
	if w, ok := a.windows[key]; ok && now.Sub(w.since) < attemptWindow {
		return w
	}
	if len(a.windows) >= attemptsRemembered {
		a.forget(now)
	}
	w := &window{since: now}
	a.windows[key] = w
	return w
}

// forget drops the windows that are over and, if that is not enough, any others, until there is room again:
// whoever has that many addresses is not stopped by a limit for each.
func (a *attempts) forget(now time.Time) {
	for key, w := range a.windows {
		if now.Sub(w.since) >= attemptWindow {
			delete(a.windows, key)
		}
	}
	for key := range a.windows {
		if len(a.windows) < attemptsRemembered*9/10 {
			return
		}
		delete(a.windows, key)
	}
}

// network is what one attacker can easily have of an address: all of an IPv4, the /64 of an IPv6.
func network(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	if ip = ip.Unmap(); ip.Is4() {
		return ip.String()
	}
	prefix, err := ip.Prefix(64)
	if err != nil {
		return address
	}
	return prefix.String()
}
