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

// attempts counts failed logins in this process. An attempt counts as failed from its beginning until it
// is released, so that many at once cannot slip past the limit.
type attempts struct {
	mu      sync.Mutex
	windows map[string]*window
}

type window struct {
	since  time.Time
	failed int
}

func newAttempts() *attempts { return &attempts{windows: map[string]*window{}} }

// begin counts an attempt, or refuses it. The release takes it back: it did not fail.
func (a *attempts) begin(now time.Time, account, address string) (release func(), err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	byAccount := a.window(now, "account "+account)
	byAddress := a.window(now, "address "+network(address))
	if byAccount.failed >= attemptsPerAccount || byAddress.failed >= attemptsPerAddress {
		return nil, rounds.Errorf(rounds.TooMany, "too many failed logins: wait ten minutes")
	}
	byAccount.failed++
	byAddress.failed++
	return func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		byAccount.failed--
		byAddress.failed--
	}, nil
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
