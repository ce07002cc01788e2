package api

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strconv"
	"time"

	"rounds"
	"rounds/fieldwork"
	"rounds/fieldwork/eventjson"
	"rounds/geo"
)

// maxEvents is how many events one batch may carry.
const maxEvents = 500

// PostVisitEvent takes one event.
func (s *Server) PostVisitEvent(ctx context.Context, r PostVisitEventRequestObject) (PostVisitEventResponseObject, error) {
	if len(*r.Body) == 0 {
		return nil, notJSON(io.ErrUnexpectedEOF)
	}
	var header *Sent
	if r.Params.RoundsSent != nil {
		header = new(Sent(*r.Params.RoundsSent))
	}
	sent := sentOf(header)
	results, err := s.office.Upload(ctx, actor(ctx), sent, []json.RawMessage{*r.Body})
	if err != nil {
		return s.notTaken(ctx, err)
	}
	result := results[0]
	if result.Problem != nil {
		status := http.StatusUnprocessableEntity
		if result.Status == fieldwork.Conflict {
			status = http.StatusConflict
		}
		return s.eventProblem(ctx, status, string(result.Status), maybeID(result.ID), result.Problem), nil
	}
	wire := wireResult(result, about(ctx).lang)
	wire.Time = new(s.now())
	if result.Status == fieldwork.Created {
		return PostVisitEvent201JSONResponse(wire), nil
	}
	return PostVisitEvent200JSONResponse(wire), nil
}

// sentOf reads the device's clock at sending. One that cannot be read is no reason to refuse an event.
func sentOf(raw *Sent) rounds.Sent {
	if raw == nil {
		return rounds.Sent{}
	}
	sent, _ := eventjson.DecodeSent(*raw)
	return sent
}

// notTaken answers a failure that says nothing about the event with retry.
func (s *Server) notTaken(ctx context.Context, err error) (PostVisitEventResponseObject, error) {
	status, failure := translate(err)
	if failure.Code != rounds.Unavailable {
		return nil, err
	}
	return s.eventProblem(ctx, status, string(fieldwork.Retry), nil, failure), nil
}

// eventProblem is an EventProblem of any status; the generated answers differ in nothing else.
type eventProblem struct{ EventProblem }

// VisitPostVisitEventResponse writes the problem.
func (p eventProblem) VisitPostVisitEventResponse(w http.ResponseWriter) error {
	if seconds, ok := retryAfter[rounds.Code(p.Code)]; ok {
		w.Header().Set("Retry-After", strconv.Itoa(seconds))
	}
	return writeProblem(w, p.Status, p.EventProblem)
}

func (s *Server) eventProblem(ctx context.Context, status int, result string, id *ID, e *rounds.Error) eventProblem {
	p := problemOf(about(ctx).lang, about(ctx).requestID, status, e)
	return eventProblem{EventProblem{
		Type: p.Type, Title: p.Title, Status: p.Status, Code: EventProblemCode(p.Code), Detail: p.Detail,
		RequestID: p.RequestID, Errors: p.Errors,
		ID: id, Result: EventProblemResult(result), Time: s.now(),
	}}
}

// PostVisitEvents takes a batch.
func (s *Server) PostVisitEvents(ctx context.Context, r PostVisitEventsRequestObject) (PostVisitEventsResponseObject, error) {
	if r.Body.Events == nil {
		return nil, errNoEvents()
	}
	if len(r.Body.Events) > maxEvents {
		return nil, rounds.Errorf(rounds.TooLarge, "a batch has at most %d events: send the rest in the next; nothing was stored", maxEvents)
	}
	sent := sentOf(r.Body.Sent)
	results, err := s.office.Upload(ctx, actor(ctx), sent, r.Body.Events)
	if err != nil {
		return nil, err
	}
	return PostVisitEvents200JSONResponse{Time: s.now(), Results: wireResults(ctx, results)}, nil
}

// UnmarshalJSON holds the envelope to its names, each given once and in its own case: encoding/json would take the
// last of two lists of events, and nobody would say what became of the first.
func (b *PostVisitEventsJSONRequestBody) UnmarshalJSON(raw []byte) error {
	if err := holdToNames(raw, "events", "sent"); err != nil {
		return err
	}
	type envelope PostVisitEventsJSONRequestBody // without this method
	return json.Unmarshal(raw, (*envelope)(b))
}

// holdToNames refuses names of an object that it should not have, or has twice.
func holdToNames(raw []byte, names ...string) error {
	problem := rounds.Errorf(rounds.Invalid, "the request is not as /docs says: see the fields")
	given := map[string]bool{}
	for _, name := range eventjson.Names(raw) {
		switch pointer := "/" + pointerEscapes.Replace(name); {
		case given[name]:
			problem.With(pointer, "given_twice")
		case !slices.Contains(names, name):
			problem.With(pointer, "unknown_field")
		}
		given[name] = true
	}
	if len(problem.Fields) > 0 {
		return problem
	}
	return nil
}

// takeApart reads a batch of which some items are no JSON.
func (b *PostVisitEventsJSONRequestBody) takeApart(raw []byte) bool {
	events, beside, ok := eventjson.Batch(raw, "events", "sent")
	if ok {
		b.Events = events
	}
	if sent := beside["sent"]; sent != nil && json.Valid(sent) {
		b.Sent = &sent
	}
	return ok
}

// errNoEvents keeps a phone from taking an answer to nothing for an answer to what it meant to send.
func errNoEvents() error {
	return rounds.Errorf(rounds.Invalid, "the request is not as /docs says: see the fields").With("/events", "required")
}

// PostVisitEventStatus says what became of events.
func (s *Server) PostVisitEventStatus(ctx context.Context, r PostVisitEventStatusRequestObject) (PostVisitEventStatusResponseObject, error) {
	results, err := s.office.EventStatus(ctx, actor(ctx), nounIDs[rounds.VisitEvent](r.Body.Ids))
	return PostVisitEventStatus200JSONResponse{Time: s.now(), Results: wireResults(ctx, results)}, err
}

func wireResults(ctx context.Context, results []fieldwork.Result) []EventResult {
	return mapped(results, func(r fieldwork.Result) EventResult { return wireResult(r, about(ctx).lang) })
}

func wireResult(r fieldwork.Result, l lang) EventResult {
	wire := EventResult{ID: maybeID(r.ID), Result: EventResultResult(r.Status), Warnings: l.fields(r.Warnings)}
	if r.Judgement != nil {
		wire.Credited, wire.CreditedBy = new(r.CreditedBy != ""), creditedBy(r.CreditedBy)
		wire.Verdict, wire.Proofs = new(wireVerdict(*r.Judgement)), mapped(r.Proofs, wireProof)
		wire.Verdict.SettleBy = mapped(r.SettleBy, func(s geo.Settlement) VerdictSettleBy { return VerdictSettleBy(s) })
	}
	if p := r.Problem; p != nil {
		wire.Problem = &ItemProblem{Code: itemCode(p), Detail: l.text(p.Format, p.Args), Errors: l.fields(p.Fields)}
	}
	return wire
}

// itemCode is that of the first bad field; a conflict with somebody else's event names none.
func itemCode(p *rounds.Error) string {
	if len(p.Fields) == 0 {
		return string(p.Code)
	}
	return p.Fields[0].Code
}

func creditedBy(by rounds.CreditedBy) *CreditedBy {
	if by == "" {
		return nil
	}
	return new(CreditedBy(by))
}

func wireVerdict(j rounds.Judgement) Verdict {
	v := Verdict{
		Outcome:   Outcome(j.Outcome),
		DistanceM: rounded(j.Distance, 3), SigmaM: rounded(j.Sigma, 3), RadiusM: float64(orZero(j.Radius)), PInside: rounded(j.PInside, 6), PHonest: rounded(j.PHonest, 6),
		Reasons: mapped(j.AllReasons(), func(r geo.Reason) string { return string(r) }),
		Policy:  j.PolicyVersion,
	}
	if j.PinVersion > 0 {
		v.PinVersion = &j.PinVersion
	}
	return v
}

// GetMyEvents gives a phone its events back.
func (s *Server) GetMyEvents(ctx context.Context, r GetMyEventsRequestObject) (GetMyEventsResponseObject, error) {
	n, since := limit(r.Params.Limit), r.Params.Since
	after, err := readCursor(r.Params.After, 2)
	if err != nil {
		return nil, err
	}
	var last rounds.EventID
	if r.Params.After != nil {
		var err1, err2 error
		since, err1 = time.Parse(time.RFC3339Nano, after[0])
		last, err2 = rounds.ParseID[rounds.VisitEvent](after[1])
		if err1 != nil || err2 != nil {
			return nil, errCursor()
		}
	}
	found, err := s.office.MyEvents(ctx, actor(ctx), since, last, n+1)
	found, next := page(found, n, func(e fieldwork.StoredEvent) []string {
		return []string{e.ReceivedAt.Format(time.RFC3339Nano), e.ID.String()}
	})
	items := mapped(found, func(e fieldwork.StoredEvent) StoredEvent {
		return StoredEvent{Event: eventjson.Encode(e.VisitEvent), ReceivedAt: e.ReceivedAt, Result: wireResult(e.Result, about(ctx).lang)}
	})
	return GetMyEvents200JSONResponse{Time: s.now(), Items: items, Next: next}, err
}
