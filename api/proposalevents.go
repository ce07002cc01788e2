package api

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"time"

	"rounds"
)

// How often somebody who watches a proposal hears of it, if something has changed, and at least; and how long one write
// may take.
const (
	cutEventsEvery    = 500 * time.Millisecond
	cutEventsAtLeast  = 10 * time.Second
	cutEventWriteTime = 20 * time.Second
	cutEventLastTime  = time.Second // when the server stops
)

// GetTerritoryEvents lets a caller watch a proposal.
func (s *Server) GetTerritoryEvents(ctx context.Context, r GetTerritoryEventsRequestObject) (GetTerritoryEventsResponseObject, error) {
	id := rounds.TerritoryProposalID(r.ID)
	if _, err := s.office.ProposalHead(ctx, actor(ctx), id); err != nil {
		return nil, err
	}
	return cutEvents{s, ctx, id}, nil
}

// cutEvents are server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html) on a proposal.
type cutEvents struct {
	*Server
	ctx context.Context
	id  rounds.TerritoryProposalID
}

// VisitGetTerritoryEventsResponse writes events until nothing is being cut any more, the caller is gone or may not see it
// any more, or the server stops.
func (e cutEvents) VisitGetTerritoryEventsResponse(w http.ResponseWriter) error {
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no")
	tick := time.NewTicker(cutEventsEvery)
	defer tick.Stop()
	defer e.breakOff(w)()
	var told []byte
	toldAt := time.Time{}
	for {
		text, ends, err := e.look()
		if err != nil {
			return e.unlessGone(err)
		}
		if !bytes.Equal(text, told) {
			if err := e.write(w, "event: progress\ndata: "+string(text)+"\n\n"); err != nil {
				return e.unlessGone(err)
			}
			told, toldAt = text, time.Now()
		}
		if ends {
			return nil
		}
		if time.Since(toldAt) > cutEventsAtLeast {
			if err := e.write(w, ":\n\n"); err != nil {
				return e.unlessGone(err)
			}
			toldAt = time.Now()
		}
		select {
		case <-e.ctx.Done():
			return nil
		case <-e.ending:
			return nil
		case <-tick.C:
		}
	}
}

// look is the proposal as it is now, by the rights that the caller has now.
func (e cutEvents) look() (text []byte, ends bool, err error) {
	a := actor(e.ctx)
	if a, err = e.office.Actor(e.ctx, a.OrgID, a.UserID); err != nil {
		return nil, false, err
	}
	p, err := e.office.ProposalHead(e.ctx, a, e.id)
	if err != nil {
		return nil, false, err
	}
	text, err = json.Marshal(wireCut(p, about(e.ctx).lang))
	return text, p.Status != rounds.CutPlanning, err
}

func (e cutEvents) write(w http.ResponseWriter, text string) error {
	c := http.NewResponseController(w)
	_ = c.SetWriteDeadline(time.Now().Add(cutEventWriteTime)) // where it cannot be set, that of the route holds
	select {
	case <-e.ending: // breakOff may have been before us
		_ = c.SetWriteDeadline(time.Now().Add(cutEventLastTime))
	default:
	}
	if _, err := io.WriteString(w, text); err != nil {
		return err
	}
	return c.Flush()
}

// breakOff ends a write to somebody who does not read when the server stops, until it is undone.
func (e cutEvents) breakOff(w http.ResponseWriter) (undo func()) {
	done := make(chan struct{})
	go func() {
		select {
		case <-e.ending:
			_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(cutEventLastTime))
		case <-done:
		}
	}()
	return func() { close(done) }
}

// unlessGone forgets what went wrong because nobody listens any more.
func (e cutEvents) unlessGone(err error) error {
	if e.ctx.Err() != nil {
		return nil
	}
	return err
}
