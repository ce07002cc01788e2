package roads

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/paulmach/orb"
)

// Limits of what a service is asked and what it may answer. An address with its query holds positions:
// nothing of it is in any error.
const (
	requestTime    = 5 * time.Second
	largestAnswer  = 4 << 20 // bytes, unpacked
	largestHeaders = 64 << 10
	longestLeg     = 30 * 24 * 3600 // seconds; more is a lie
	failuresToRest = 3
	restTime       = 30 * time.Second
	longestRest    = 10 * time.Minute
)

// A service answers tables and lines over HTTP.
type service struct {
	source Source
	client *http.Client
	rest   breaker
	whole  int // points of a table that is asked for at once
	block  int // points a side of a block of a larger one
	hops   int // points of one line
	ask    interface {
		blockOf(ctx context.Context, from, to []orb.Point) (block, Reason)
		lineOf(ctx context.Context, points []orb.Point) (orb.LineString, Reason)
	}
}

// A block is a part of a table: seconds and metres, row by row, NaN where there is no way.
type block struct{ seconds, meters []float64 }

func newService(source Source, whole, block, hops int) *service {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxResponseHeaderBytes = largestHeaders
	return &service{
		source: source, whole: whole, block: block, hops: hops,
		client: &http.Client{
			Transport:     transport,
			Timeout:       requestTime,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // positions go nowhere else
		},
	}
}

// serviceURL is where a service is: http or https, with a path perhaps, and nothing else.
func serviceURL(text string) (string, error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", fmt.Errorf("%q is no address of a service: want one like http://127.0.0.1:5000, without user, query and fragment", text)
	}
	return strings.TrimSuffix(text, "/"), nil
}

// table asks for all blocks. The first that fails ends it, and is the reason.
func (s *service) table(caller context.Context, lines *straightLines) (*Table, Reason) {
	ctx, cancel := context.WithTimeout(caller, patience)
	defer cancel()
	t := newTable(s.source, lines)
	t.meters = make([]int32, len(t.seconds))
	side := s.block
	if t.Len() <= s.whole {
		side = s.whole
	}
	for i := 0; i < t.Len(); i += side {
		for j := 0; j < t.Len(); j += side {
			rows, cols := lines.points[i:min(i+side, t.Len())], lines.points[j:min(j+side, t.Len())]
			if len(rows) == 1 && i == j {
				continue // a point alone
			}
			b, why := guarded(caller, &s.rest, func() (block, Reason) { return s.ask.blockOf(ctx, rows, cols) })
			if why == "" && !b.sound(len(rows)*len(cols)) {
				why = BadAnswer
			}
			if why != "" {
				return nil, why
			}
			t.take(b, i, j, len(rows), len(cols))
		}
	}
	return t, ""
}

// sound tells whether a block has so many legs, each of them possible.
func (b block) sound(legs int) bool {
	if len(b.seconds) != legs || len(b.meters) != legs {
		return false
	}
	for _, x := range b.seconds {
		if x < 0 || x > longestLeg {
			return false
		}
	}
	for _, x := range b.meters {
		if x < 0 || x > 3*halfTheEarth {
			return false
		}
	}
	return true
}

func (t *Table) take(b block, row, col, rows, cols int) {
	for i := range rows {
		for j := range cols {
			from, to := row+i, col+j
			seconds, meters := b.seconds[i*cols+j], b.meters[i*cols+j]
			switch {
			case from == to:
			case math.IsNaN(seconds) || math.IsNaN(meters):
				t.setStraight(from, to, NoWay)
			default:
				t.seconds[from*t.Len()+to], t.meters[from*t.Len()+to] = int32(math.Round(seconds)), int32(math.Round(meters))
			}
		}
	}
}

// line asks for the way through points in their order, in parts of no more than a service takes.
func (s *service) line(caller context.Context, points []orb.Point) (orb.LineString, Reason) {
	ctx, cancel := context.WithTimeout(caller, patience)
	defer cancel()
	var line orb.LineString
	for i := 0; i+1 < len(points); i += s.hops - 1 {
		part, why := guarded(caller, &s.rest, func() (orb.LineString, Reason) {
			return s.ask.lineOf(ctx, points[i:min(i+s.hops, len(points))])
		})
		if why != "" {
			return nil, why
		}
		line = append(line, part...)
	}
	for _, p := range line {
		if !finite(p) {
			return nil, BadAnswer
		}
	}
	if len(line) < 2 {
		return nil, BadAnswer
	}
	return line, ""
}

// answer sends a request and decodes what comes back into v.
func (s *service) answer(req *http.Request, v any) Reason {
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "rounds")
	res, err := s.client.Do(req)
	if err != nil {
		return unanswered(err)
	}
	defer func() { _ = res.Body.Close() }()
	if why := s.statusReason(res); why != "" {
		return why
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, largestAnswer+1))
	switch {
	case len(body) > largestAnswer:
		return TooLarge
	case errors.Is(err, io.ErrUnexpectedEOF):
		return BadAnswer
	case err != nil:
		return unanswered(err)
	case json.Unmarshal(body, v) != nil:
		return BadAnswer
	}
	return ""
}

func unanswered(err error) Reason {
	if e, ok := errors.AsType[net.Error](err); ok && e.Timeout() || errors.Is(err, context.DeadlineExceeded) {
		return TimedOut
	}
	return Unanswered
}

func (s *service) statusReason(res *http.Response) Reason {
	switch {
	case res.StatusCode == http.StatusOK:
		return ""
	case res.StatusCode == http.StatusTooManyRequests || res.StatusCode == http.StatusServiceUnavailable:
		wait, _ := strconv.Atoi(res.Header.Get("Retry-After"))
		s.rest.shut(min(time.Duration(wait)*time.Second, longestRest))
		return Busy
	case res.StatusCode >= 500:
		return Failed
	case res.StatusCode >= 400:
		return Refused
	}
	return BadAnswer
}

// A breaker leaves a service alone for a while after a few failures in a row, then lets one call try.
type breaker struct {
	mu     sync.Mutex
	failed int
	until  time.Time
	trying bool
}

// guarded asks unless the service rests, and notes how it went. A refusal is an answer; a caller who hangs up
// says nothing of the service.
func guarded[T any](caller context.Context, b *breaker, ask func() (T, Reason)) (v T, why Reason) {
	if !b.enter() {
		return v, Resting
	}
	v, why = ask()
	if over(caller) != nil {
		b.giveUp()
	} else {
		b.leave(why == "" || why == Refused)
	}
	return v, why
}

// over is the error of a context that has ended; one whose deadline has passed may not have noticed yet.
func over(ctx context.Context) error {
	if deadline, has := ctx.Deadline(); has && ctx.Err() == nil && !time.Now().Before(deadline) {
		return context.DeadlineExceeded
	}
	return ctx.Err()
}

func (b *breaker) enter() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.trying || time.Now().Before(b.until) {
		return false
	}
	b.trying = !b.until.IsZero()
	return true
}

func (b *breaker) leave(well bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	tried := b.trying
	b.trying = false
	if well {
		b.failed, b.until = 0, time.Time{}
		return
	}
	if b.failed++; tried || b.failed >= failuresToRest {
		b.until = latest(b.until, time.Now().Add(restTime))
	}
}

func (b *breaker) giveUp() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.trying = false
}

// shut leaves the service alone for as long as it asks.
func (b *breaker) shut(wait time.Duration) {
	if wait <= 0 {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.until = latest(b.until, time.Now().Add(wait))
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// orNaN is NaN for a number that is not given.
func orNaN(v *float64) float64 {
	if v == nil {
		return math.NaN()
	}
	return *v
}
