package locate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"rounds/geo"
)

// Both wire forms meet the same troubles.
func eachKind(t *testing.T, test func(t *testing.T, kind Kind)) {
	t.Helper()
	for _, kind := range []Kind{GetPosition, GetAddress, Ichnaea} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			test(t, kind)
		})
	}
}

func TestStatuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status     int
		retryAfter string
		class      error
		reason     Reason
		after      time.Duration
	}{
		{200, "", ErrTemporary, BadAnswer, 0},
		{204, "", ErrTemporary, BadAnswer, 0},
		{304, "", ErrPermanent, Redirected, 0},
		{400, "", ErrPermanent, HTTPStatus, 0},
		{401, "", ErrPermanent, HTTPStatus, 0},
		{404, "", ErrPermanent, HTTPStatus, 0},
		{408, "", ErrTemporary, HTTPStatus, 0},
		{429, "30", ErrTemporary, LimitReached, 30 * time.Second},
		{500, "", ErrTemporary, HTTPStatus, 0},
		{503, "7", ErrTemporary, HTTPStatus, 7 * time.Second},
		{503, now.Add(90 * time.Second).Format(http.TimeFormat), ErrTemporary, HTTPStatus, 90 * time.Second},
		{503, now.Add(-time.Hour).Format(http.TimeFormat), ErrTemporary, HTTPStatus, 0},
		{503, "-7", ErrTemporary, HTTPStatus, 0},
		{503, "soon", ErrTemporary, HTTPStatus, 0},
		{503, "99999999999999999999999", ErrTemporary, HTTPStatus, time.Hour},
		{503, now.AddDate(10, 0, 0).Format(http.TimeFormat), ErrTemporary, HTTPStatus, time.Hour},
	} {
		t.Run(fmt.Sprint(c.status, " ", c.retryAfter), func(t *testing.T) {
			t.Parallel()
			eachKind(t, func(t *testing.T, kind Kind) {
				server := serve(t, func(w http.ResponseWriter, _ *http.Request, _ string) {
					w.Header().Set("Retry-After", c.retryAfter)
					w.WriteHeader(c.status)
				})
				_, err := bare(t, settings(kind, server.URL)).locator().Locate(t.Context(), seen)
				e := wantFailure(t, err, c.class, c.reason)
				if c.status >= 300 && e.Status != c.status || e.After != c.after || e.Service != "north" {
					t.Errorf("got %#v", e)
				}
			})
		})
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	for _, status := range []int{301, 302, 303, 307, 308} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			t.Parallel()
			eachKind(t, func(t *testing.T, kind Kind) {
				elsewhere := serve(t, func(_ http.ResponseWriter, r *http.Request, body string) {
					t.Errorf("elsewhere was asked %s with %v and %q", r.URL, r.Header, body)
				})
				server := serve(t, func(w http.ResponseWriter, r *http.Request, _ string) {
					http.Redirect(w, r, elsewhere.URL+"/"+subscriber, status)
				})
				_, err := bare(t, settings(kind, server.URL)).locator().Locate(t.Context(), seen)
				wantFailure(t, err, ErrPermanent, Redirected)
			})
		})
	}
}

// hungUp answers half of what it promises.
func hungUp(t testing.TB) *httptest.Server {
	t.Helper()
	return serve(t, func(w http.ResponseWriter, _ *http.Request, _ string) {
		w.Header().Set("Content-Length", "10000")
		_, _ = io.WriteString(w, soapAnswer("GetPosition", found))
		_ = http.NewResponseController(w).Flush()
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		_ = conn.(*net.TCPConn).SetLinger(0) // a reset, not an end
		_ = conn.Close()
	})
}

func TestBrokenConnections(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, kind Kind) {
		t.Run("reset in the middle of the answer", func(t *testing.T) {
			t.Parallel()
			_, err := bare(t, settings(kind, hungUp(t).URL)).locator().Locate(t.Context(), seen)
			wantFailure(t, err, ErrTemporary, Unanswered)
			if !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("the cause is %v", err)
			}
		})
		t.Run("nobody listens", func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(nil)
			server.Close()
			_, err := bare(t, settings(kind, server.URL)).locator().Locate(t.Context(), seen)
			wantFailure(t, err, ErrTemporary, Unanswered)
			if !errors.Is(err, syscall.ECONNREFUSED) {
				t.Errorf("the cause is %v", err)
			}
		})
		t.Run("a certificate nobody vouches for", func(t *testing.T) {
			t.Parallel()
			server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
				t.Error("was asked all the same")
			}))
			server.Config.ErrorLog = log.New(io.Discard, "", 0)
			server.StartTLS()
			t.Cleanup(server.Close)
			_, err := bare(t, settings(kind, server.URL)).locator().Locate(t.Context(), seen)
			wantFailure(t, err, ErrTemporary, Unanswered)
			if !strings.Contains(err.Error(), "certificate") {
				t.Errorf("the cause is not told: %v", err)
			}
		})
		t.Run("not HTTP, and it repeats what it heard", func(t *testing.T) {
			t.Parallel()
			_, err := bare(t, settings(kind, "http://"+echo(t))).locator().Locate(t.Context(), seen)
			wantFailure(t, err, ErrTemporary, Unanswered)
		})
	})
}

// echo answers each connection with the first thing it hears that could be secret, in place of a status line.
func echo(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	t.Cleanup(func() { _ = l.Close(); <-done })
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(conn, "HTTP/1.1 "+subscriber+" "+token+" 30.2597\r\n\r\n")
			_ = conn.Close()
		}
	}()
	return l.Addr().String()
}

// stalled sends the head of an answer and part of its body, or nothing, and then waits for the client to leave.
func stalled(t testing.TB, begins bool) *httptest.Server {
	t.Helper()
	return serve(t, func(w http.ResponseWriter, r *http.Request, _ string) {
		if begins {
			_, _ = io.WriteString(w, "<s:Envelope")
			_ = http.NewResponseController(w).Flush()
		}
		<-r.Context().Done()
	})
}

func TestStallsEndWithTheAttempt(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, kind Kind) {
		for name, begins := range map[string]bool{"before the answer": false, "within it": true} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				g := NewGuard(bare(t, settings(kind, stalled(t, begins).URL)).locator(), Limits{Timeout: 0.05, Retries: new(0)})
				_, err := g.Locate(t.Context(), seen)
				wantFailure(t, err, ErrTemporary, TimedOut)
				if !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("the cause is %v", err)
				}
			})
		}
		t.Run("and with the caller", func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			server := serve(t, func(_ http.ResponseWriter, r *http.Request, _ string) {
				cancel()
				<-r.Context().Done()
			})
			_, err := NewGuard(bare(t, settings(kind, server.URL)).locator(), Limits{}).Locate(ctx, seen)
			wantFailure(t, err, ErrTemporary, GivenUp)
			if !errors.Is(err, context.Canceled) {
				t.Errorf("the cause is %v", err)
			}
		})
	})
}

func TestAnAnswerWithoutEndIsLeft(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, kind Kind) {
		server := serve(t, func(w http.ResponseWriter, _ *http.Request, _ string) {
			chunk := strings.Repeat(" ", 64<<10)
			for { // until the client hangs up
				if _, err := io.WriteString(w, chunk); err != nil {
					return
				}
			}
		})
		_, err := bare(t, settings(kind, server.URL)).locator().Locate(t.Context(), seen)
		wantFailure(t, err, ErrTemporary, TooLarge)
	})
}

func TestAServiceThatRecoversIsRetried(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	server := serve(t, func(w http.ResponseWriter, _ *http.Request, _ string) {
		if asked.Add(1) < 3 {
			w.WriteHeader(502)
			return
		}
		_, _ = io.WriteString(w, soapAnswer("GetPosition", found))
	})
	g := NewGuard(bare(t, settings(GetPosition, server.URL)).locator(), Limits{Backoff: geo.Seconds(1e-6)})
	p, err := g.Locate(t.Context(), seen)
	if err != nil || p.Point == nil || asked.Load() != 3 {
		t.Errorf("asked %d times: %v %v", asked.Load(), p, err)
	}
}
