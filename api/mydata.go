package api

import (
	"bufio"
	"context"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"time"

	"rounds"
	"rounds/fieldwork"
	"rounds/fieldwork/eventjson"
	"rounds/geo"
	"rounds/store"
)

// section is one list of the document of everything that is held about a person. It hands its items over as
// they are read, so that no more than a page of them is in memory.
type section struct {
	name  string
	items func(ctx context.Context, s *store.Store, a rounds.Actor, write func(any) error) error
}

// mySections are the lists in their order. Another one is another line here, and its schema in MyData.
var mySections = []section{
	{"sessions", paged(sessionsAfter, wireSession)},
	{"territories", paged(tenures, wireTenure)},
	{"leave", paged(leaveAfter, wireLeave)},
	{"plans", paged(plansAfter, wirePlan)},
	{"journey_plans", paged(journeysBefore, wireJourney)},
	{"missed_calls", paged(missedAfter, wireMissed)},
	{"audit_routes", paged(auditRoutesAfter, wireHeldRoute)},
	{"events", paged(eventsAfter, wireHeldEvent)},
	{"visits", paged(visitsAfter, wireVisit)},
	{"late_visits", paged(lateVisitsAfter, wireLateVisit)},
	{"photos", paged(photosAfter, wireHeldPhoto)},
	{"signals", paged(signalsAfter, wireHeldSignal)},
	{"reviews", paged(reviewsAfter, wireHeldReview)},
	{"requests", paged(requestsAfter, wireRequest)},
	{"quarantined", paged(quarantinedAfter, wireQuarantined)},
	{"actions", paged(actionsAfter, wireAction)},
	{"position_reads", paged(readsAfter, wireRead)},
	{"pin_proposals", paged(proposalsAfter, wireHeldProposal)},
	{"audit_claims", paged(claimsAfter, wireMyClaim)},
	{"audit_findings", paged(findingsAfter, wireHeldFinding)},
	{"deletions", paged(deletions, same[Deletion])},
}

// myPage is how many items are read at a time.
const myPage = 500

// paged reads page after page. read is given the last item of the page before, nil at first; it ends with the
// first page that is not full.
func paged[T, W any](
	read func(context.Context, *store.Store, rounds.Actor, *T) ([]T, error), wire func(T) W,
) func(context.Context, *store.Store, rounds.Actor, func(any) error) error {
	return func(ctx context.Context, s *store.Store, a rounds.Actor, write func(any) error) error {
		var last *T
		for {
			items, err := read(ctx, s, a, last)
			if err != nil {
				return err
			}
			for _, item := range items {
				if err := write(wire(item)); err != nil {
					return err
				}
			}
			if len(items) < myPage {
				return nil
			}
			last = &items[len(items)-1]
		}
	}
}

// streamed is an answer that is written while it is read. One that breaks off is no JSON.
type streamed func(w io.Writer) error

// VisitGetMyDataResponse writes the answer.
func (s streamed) VisitGetMyDataResponse(w http.ResponseWriter) error {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusOK)
	buffered := bufio.NewWriterSize(w, 64<<10)
	if err := s(buffered); err != nil {
		return err
	}
	return buffered.Flush()
}

// GetMyData gives the caller everything that is held about them.
func (s *Server) GetMyData(ctx context.Context, _ GetMyDataRequestObject) (GetMyDataResponseObject, error) {
	a := actor(ctx)
	person, err := s.office.User(ctx, a, a.UserID)
	if err != nil {
		return nil, err
	}
	return streamed(func(w io.Writer) error { return writeMyData(ctx, w, s, a, wireUser(person)) }), nil
}

func writeMyData(ctx context.Context, w io.Writer, s *Server, a rounds.Actor, person User) error {
	j := &jsonWriter{w: w}
	j.text(`{"time":`)
	j.value(s.now())
	j.text(`,"person":`)
	j.value(person)
	for _, section := range mySections {
		j.text(",\n")
		j.value(section.name)
		j.text(":[")
		separator := ""
		err := section.items(ctx, s.store, a, func(item any) error {
			j.text(separator)
			j.value(item)
			separator = ",\n"
			return j.err
		})
		if err != nil {
			return err
		}
		j.text("]")
	}
	j.text("}\n")
	return j.err
}

// jsonWriter writes until the first failure, and keeps that.
type jsonWriter struct {
	w   io.Writer
	err error
}

func (j *jsonWriter) text(s string) {
	if j.err == nil {
		_, j.err = io.WriteString(j.w, s)
	}
}

func (j *jsonWriter) value(v any) {
	b, err := json.Marshal(v)
	if j.err == nil {
		j.err = err
	}
	j.text(string(b))
}

func sessionsAfter(ctx context.Context, s *store.Store, a rounds.Actor, last *store.SessionSpan) ([]store.SessionSpan, error) {
	return s.SessionsOf(ctx, a.OrgID, a.UserID, orZero(last).ID, myPage)
}

func wireSession(s store.SessionSpan) Session {
	return Session{StartedAt: s.StartedAt, LastUsedAt: s.LastUsedAt, EndedAt: s.EndedAt}
}

func tenures(ctx context.Context, s *store.Store, a rounds.Actor, last *store.Tenure) ([]store.Tenure, error) {
	if last != nil { // all were there
		return nil, nil
	}
	return s.Tenures(ctx, a.OrgID, a.UserID)
}

func wireTenure(t store.Tenure) Tenure {
	return Tenure{TerritoryID: wireID(t.TerritoryID), Name: t.Name, Purpose: Purpose(t.Purpose), From: string(t.From), Until: maybeDay(t.Until)}
}

func maybeDay(d rounds.Day) *Day {
	if d == "" {
		return nil
	}
	return new(Day(d))
}

func leaveAfter(ctx context.Context, s *store.Store, a rounds.Actor, last *rounds.Leave) ([]rounds.Leave, error) {
	return s.LeavesOf(ctx, a.OrgID, a.UserID, orZero(last).ID, myPage)
}

func plansAfter(ctx context.Context, s *store.Store, a rounds.Actor, last *rounds.Plan) ([]rounds.Plan, error) {
	return s.PlansOf(ctx, a.OrgID, a.UserID, orZero(last).Day, myPage)
}

func auditRoutesAfter(ctx context.Context, s *store.Store, a rounds.Actor, last *rounds.AuditRoute) ([]rounds.AuditRoute, error) {
	return s.AuditRoutesOf(ctx, a.OrgID, a.UserID, orZero(last).ID, myPage)
}

func wireHeldRoute(r rounds.AuditRoute) HeldAuditRoute {
	w := wireAuditRoute(r)
	return HeldAuditRoute{
		ID: w.ID, AuditID: w.AuditID, AuditorID: w.AuditorID, Date: w.Date, Revision: w.Revision, StartsAt: w.StartsAt, EndsAt: w.EndsAt,
		DistanceM: w.DistanceM, TravelS: w.TravelS, Travel: w.Travel, Stops: w.Stops, Start: wirePoint(r.Start), End: wirePoint(r.End),
	}
}

func journeysBefore(ctx context.Context, s *store.Store, a rounds.Actor, last *store.ListedJourney) ([]store.ListedJourney, error) {
	return s.Journeys(ctx, mine(a), "", orZero(last).ID, myPage)
}

func missedAfter(ctx context.Context, s *store.Store, a rounds.Actor, last *store.ListedMissed) ([]store.ListedMissed, error) {
	var after store.MissedKey
	if last != nil {
		after = store.MissedKey{Day: last.Day, RepID: last.RepID, RetailerID: last.RetailerID}
	}
	return s.Missed(ctx, mine(a), "0001-01-01", "9999-12-31", a.UserID, after, myPage)
}

func eventsAfter(ctx context.Context, s *store.Store, a rounds.Actor, last *store.Recorded) ([]store.Recorded, error) {
	return s.EventsSince(ctx, a.OrgID, a.UserID, orZero(last).ReceivedAt, orZero(last).ID, myPage)
}

func wireHeldEvent(e store.Recorded) HeldEvent {
	return HeldEvent{
		Event: eventjson.Encode(e.VisitEvent), Date: string(e.Day), ReceivedAt: e.ReceivedAt, PositionsDeletedAt: e.PositionsDeletedAt,
		Verdicts: mapped(e.Verdicts, wireRevision), Proofs: mapped(e.Proofs, wireProof),
	}
}

func wireRevision(j rounds.Judgement) VerdictRevision {
	return VerdictRevision{Revision: j.Revision, JudgedAt: j.JudgedAt, Verdict: wireVerdict(j), Measured: j.Measured}
}

func mine(a rounds.Actor) rounds.Scope { return rounds.Scope{OrgID: a.OrgID, RepID: a.UserID} }

func visitsAfter(ctx context.Context, s *store.Store, a rounds.Actor, last *store.ListedVisit) ([]store.ListedVisit, error) {
	return s.Visits(ctx, mine(a), store.VisitFilter{AfterDay: orZero(last).Day, AfterID: orZero(last).ID, Limit: myPage})
}

func lateVisitsAfter(ctx context.Context, s *store.Store, a rounds.Actor, last *store.LateVisit) ([]store.LateVisit, error) {
	after := orZero(last).After
	return s.LateVisits(ctx, mine(a), store.VisitFilter{AfterDay: after.Day, AfterID: after.ID, Limit: myPage})
}

func signalsAfter(ctx context.Context, s *store.Store, a rounds.Actor, last *store.Signal) ([]store.Signal, error) {
	return s.SignalsOn(ctx, a.OrgID, a.UserID, orZero(last), myPage)
}

func wireHeldSignal(s store.Signal) IntegritySignal {
	return wireSignal(fieldwork.SignalOf(s), english)
}

func photosAfter(ctx context.Context, s *store.Store, a rounds.Actor, last *rounds.Photo) ([]rounds.Photo, error) {
	found, err := s.PhotosOf(ctx, a.OrgID, a.UserID, orZero(last).SHA256, myPage)
	for _, p := range found {
		if p.Fix != nil {
			p.Fix.Point, p.Fix.Datum = a.Settings.Datums().ToWGS84(p.Fix.Point, p.Fix.Datum), geo.WGS84
		}
	}
	return found, err
}

// wireHeldPhoto writes a photograph whose position is in WGS-84.
func wireHeldPhoto(p rounds.Photo) HeldPhoto {
	w := HeldPhoto{
		Sha256: hex.EncodeToString(p.SHA256), Type: p.Type, Size: p.Bytes, Width: p.Width, Height: p.Height,
		ReceivedAt: p.ReceivedAt, TakenAt: p.TakenAt, DeletedAt: p.ExpiredAt,
	}
	if p.Fix != nil {
		w.Position = wirePoint(&p.Fix.Point)
	}
	return w
}

func reviewsAfter(ctx context.Context, s *store.Store, a rounds.Actor, last *store.ListedReview) ([]store.ListedReview, error) {
	return s.ReviewsOf(ctx, a.OrgID, a.UserID, orZero(last).ID, myPage)
}

func wireHeldReview(r store.ListedReview) HeldReview {
	return HeldReview{
		ID: wireID(r.ID), VisitID: wireID(r.VisitID), ReviewerID: wireID(r.ReviewerID), ReviewerName: r.ReviewerName,
		Decision: Decision(r.Decision), Reason: r.Reason, CreatedAt: r.CreatedAt,
	}
}

func requestsAfter(ctx context.Context, s *store.Store, a rounds.Actor, last *store.ListedRequest) ([]store.ListedRequest, error) {
	return s.Requests(ctx, mine(a), store.RequestFilter{AfterDay: orZero(last).Day, AfterID: orZero(last).ID, Limit: myPage})
}

func quarantinedAfter(ctx context.Context, s *store.Store, a rounds.Actor, last *store.ListedItem) ([]store.ListedItem, error) {
	return s.QuarantinedOf(ctx, a.OrgID, a.UserID, orZero(last).ID, myPage)
}

func wireQuarantined(q store.ListedItem) QuarantinedItem {
	w := QuarantinedItem{
		ID: wireID(q.ID), EventID: maybeID(q.EventID), FindingID: maybeID(q.FindingID), Code: q.Code, Problem: q.Problem, ReceivedAt: q.ReceivedAt,
		ResolvedAt: q.ResolvedAt, RawDeletedAt: q.RawDeletedAt,
	}
	if q.RawDeletedAt == nil {
		w.Raw = q.Raw
	}
	return w
}

func actionsAfter(ctx context.Context, s *store.Store, a rounds.Actor, last *store.LoggedAction) ([]store.LoggedAction, error) {
	return s.ActionsOf(ctx, a.OrgID, a.UserID, orZero(last).ID, myPage)
}

func wireAction(l store.LoggedAction) LoggedAction {
	return LoggedAction{At: l.At, ActorID: maybeID(l.ActorID), ActorName: l.ActorName, Action: l.Action, Subject: l.Subject, Detail: l.Detail}
}

func readsAfter(ctx context.Context, s *store.Store, a rounds.Actor, last *store.ListedRead) ([]store.ListedRead, error) {
	return s.PositionReads(ctx, a.OrgID, a.UserID, orZero(last).ID, myPage)
}

func wireRead(r store.ListedRead) PositionRead {
	return PositionRead{
		VisitID: maybeID(r.VisitID), ProposalID: maybeID(r.ProposalID), ReaderID: wireID(r.ReaderID), ReaderName: r.ReaderName,
		Purpose: r.Purpose, At: r.At,
	}
}

func proposalsAfter(ctx context.Context, s *store.Store, a rounds.Actor, last *store.HeldProposal) ([]store.HeldProposal, error) {
	return s.ProposalsMadeFrom(ctx, a.OrgID, a.UserID, orZero(last).ID, myPage)
}

func wireHeldProposal(p store.HeldProposal) HeldProposal {
	w := HeldProposal{
		ID: wireID(p.ID), RetailerID: wireID(p.RetailerID), RetailerCode: p.RetailerCode, RetailerName: p.RetailerName, People: p.Makers,
		Status: ProposalStatus(p.Status), CreatedAt: p.CreatedAt, DecidedAt: p.DecidedAt, DecidedByName: maybe(p.DecidedByName), Reason: maybe(p.Reason),
		PositionDeletedAt: p.DeletedAt,
	}
	if p.Makers == 1 && p.Lat != nil {
		w.Position = &Point{Lat: *p.Lat, Lon: *p.Lon}
	}
	return w
}

// deletions are what goes when, by the settings of now.
func deletions(ctx context.Context, s *store.Store, a rounds.Actor, last *Deletion) ([]Deletion, error) {
	if last != nil { // all were there
		return nil, nil
	}
	found, err := s.Deletions(ctx, a.OrgID, a.UserID)
	return mapped(found, func(d store.Deletion) Deletion {
		w := Deletion{From: string(d.From), Through: string(d.Through), Events: d.Events}
		if d.ClosedAt != nil {
			w.DeletedAt = new(d.ClosedAt.Add(time.Duration(a.Settings.PositionDays) * 24 * time.Hour))
		}
		return w
	}), err
}
