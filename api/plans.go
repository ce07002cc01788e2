package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"

	"rounds"
	"rounds/fieldwork"
	"rounds/geo"
	"rounds/store"
)

// ListPlans lists the plans of a day.
func (s *Server) ListPlans(ctx context.Context, r ListPlansRequestObject) (ListPlansResponseObject, error) {
	a := actor(ctx)
	date, err := day(r.Params.Date, "date", s.today(a))
	if err != nil {
		return nil, err
	}
	found, err := s.store.Plans(ctx, a.Scope(), date, nounID[rounds.User](r.Params.Rep))
	return ListPlans200JSONResponse{Items: mapped(found, func(p store.ListedPlan) PlanSummary {
		return wireSummary(p.Plan, p.StopsCount)
	})}, err
}

// PostPlan plans a rep's day.
func (s *Server) PostPlan(ctx context.Context, r PostPlanRequestObject) (PostPlanResponseObject, error) {
	date, err := day(&r.Body.Date, "/date", "")
	if err != nil {
		return nil, err
	}
	plan, err := s.office.MakePlan(ctx, actor(ctx), fieldwork.NewPlan{
		RepID: rounds.UserID(r.Body.RepID), Day: date, Retailers: nounIDs[rounds.Retailer](r.Body.RetailerIds),
		RoundTrip: r.Body.RoundTrip == nil || *r.Body.RoundTrip, Replace: orZero(r.Body.Replace), Reason: orZero(r.Body.Reason),
	})
	return PostPlan201JSONResponse(wirePlan(plan)), err
}

// GetPlan shows a plan.
func (s *Server) GetPlan(ctx context.Context, r GetPlanRequestObject) (GetPlanResponseObject, error) {
	a := actor(ctx)
	plan, err := s.store.Plan(ctx, a.Scope(), rounds.PlanID(r.ID))
	if err != nil {
		return nil, err
	}
	cards, err := s.cards(ctx, a, plan)
	if err != nil {
		return nil, err
	}
	w := wirePlan(plan)
	for i, stop := range plan.Stops {
		w.Stops[i].Links = cards.links(stop)
	}
	return GetPlan200JSONResponse(w), nil
}

// PutPlanStops puts a plan into an order made by hand.
func (s *Server) PutPlanStops(ctx context.Context, r PutPlanStopsRequestObject) (PutPlanStopsResponseObject, error) {
	plan, err := s.office.OrderByHand(ctx, actor(ctx), rounds.PlanID(r.ID), r.Body.Revision, nounIDs[rounds.Stop](r.Body.StopIds), orZero(r.Body.Reason))
	return PutPlanStops200JSONResponse(wirePlan(plan)), err
}

func wireSummary(p rounds.Plan, stops int) PlanSummary {
	return PlanSummary{
		ID: wireID(p.ID), RepID: wireID(p.RepID), Date: string(p.Day), Revision: p.Revision, OrderedBy: PlanSummaryOrderedBy(p.OrderedBy),
		RoundTrip: p.RoundTrip, StopsCount: stops, DistanceM: float64(p.Distance), BeforeM: float64(p.Before),
		OptimisedM: float64(p.Optimised), AddedM: float64(p.Distance - p.Optimised),
		TravelS: p.TravelSeconds, BeforeS: p.BeforeSeconds, OptimisedS: p.OptimisedSeconds, AddedS: p.TravelSeconds - p.OptimisedSeconds,
		Travel: wireTravel(p.Travel), JourneyPlanID: maybeID(p.JourneyID),
	}
}

// wireTravel names what was wanted only where something else was had.
func wireTravel(t rounds.Travel) Travel {
	w := Travel{Source: TravelSource(t.Source)}
	if t.Wanted != t.Source {
		w.Wanted = new(TravelWanted(t.Wanted))
	}
	if t.Fallback != "" {
		w.Fallback = &t.Fallback
	}
	return w
}

func wirePlan(p rounds.Plan) Plan {
	w := wireSummary(p, len(p.Stops))
	return Plan{
		ID: w.ID, RepID: w.RepID, Date: w.Date, Revision: w.Revision, OrderedBy: PlanOrderedBy(w.OrderedBy), RoundTrip: w.RoundTrip,
		StopsCount: w.StopsCount, DistanceM: w.DistanceM, BeforeM: w.BeforeM, OptimisedM: w.OptimisedM, AddedM: w.AddedM,
		TravelS: w.TravelS, BeforeS: w.BeforeS, OptimisedS: w.OptimisedS, AddedS: w.AddedS, Travel: w.Travel, JourneyPlanID: w.JourneyPlanID,
		Stops: mapped(p.Stops, func(s rounds.Stop) Stop {
			w := wireStop(s)
			w.Locked = &s.Locked
			return w
		}),
		LeftOut: mapped(p.LeftOut, func(l rounds.Unserved) Unserved {
			return Unserved{RetailerID: wireID(l.RetailerID), Reason: UnservedReason(l.Reason)}
		}),
	}
}

func wireStop(s rounds.Stop) Stop {
	return Stop{
		StopID: wireID(s.ID), RetailerID: wireID(s.RetailerID), PlannedAt: s.PlannedAt, ServiceS: s.ServiceSeconds,
		LegM: float64(s.Leg), LegS: s.LegSeconds, LegStraight: s.LegStraight, OutsideHours: s.OutsideHours,
	}
}

// planDays is how far from today a handset may look, either way.
const planDays = 7

// handsetDay is the day that a handset asks for: today, unless it says which.
func (s *Server) handsetDay(a rounds.Actor, d *Day) (rounds.Day, error) {
	date, err := day(d, "date", s.today(a))
	if err != nil {
		return "", err
	}
	if away := s.today(a).Until(date); away < -planDays || away > planDays {
		return "", rounds.Errorf(rounds.Invalid, "a handset sees %d days before and after today", planDays).With("date", "too_far")
	}
	return date, nil
}

// GetMyPlan gives a handset its day.
func (s *Server) GetMyPlan(ctx context.Context, r GetMyPlanRequestObject) (GetMyPlanResponseObject, error) {
	a := actor(ctx)
	date, err := s.handsetDay(a, r.Params.Date)
	if err != nil {
		return nil, err
	}
	bundle, err := s.handsetPlan(ctx, a, date, chartOf(a, r.Params.Datum))
	if err != nil {
		return nil, err
	}
	tag, err := etag(bundle)
	if err != nil {
		return nil, err
	}
	if matches(orZero(r.Params.IfNoneMatch), tag) {
		return notModified{tag}, nil
	}
	bundle.Time = s.now() // no part of the ETag
	return GetMyPlan200JSONResponse{Body: bundle, Headers: GetMyPlan200ResponseHeaders{ETag: tag}}, nil
}

// matches compares as RFC 9110 13.1.2 says: any of a list will do, and W/, which proxies that pack answers put
// before a tag, counts for nothing.
func matches(ifNoneMatch, tag string) bool {
	for known := range strings.SplitSeq(ifNoneMatch, ",") {
		if strings.TrimPrefix(strings.TrimSpace(known), "W/") == tag {
			return true
		}
	}
	return false
}

// notModified is a 304 with its ETag, as RFC 9110 wants it.
type notModified struct{ tag string }

// VisitGetMyPlanResponse writes the answer.
func (n notModified) VisitGetMyPlanResponse(w http.ResponseWriter) error {
	w.Header().Set("ETag", n.tag)
	w.WriteHeader(http.StatusNotModified)
	return nil
}

func etag(v any) (string, error) {
	b, err := json.Marshal(v)
	sum := sha256.Sum256(b)
	return `"` + hex.EncodeToString(sum[:12]) + `"`, err
}

func (s *Server) handsetPlan(ctx context.Context, a rounds.Actor, date rounds.Day, c chart) (HandsetPlan, error) {
	policy, err := s.store.Policy(ctx, a.OrgID)
	if err != nil {
		return HandsetPlan{}, err
	}
	bundle := HandsetPlan{Date: string(date), TimeZone: a.Zone.String(), Datum: Datum(c.datum), Policy: policy.Version, Stops: []HandsetStop{}}
	plan, err := s.store.PlanOfDay(ctx, a.OrgID, a.UserID, date)
	if rounds.CodeOf(err) == rounds.NotFound {
		return bundle, nil
	}
	if err != nil {
		return bundle, err
	}
	bundle.PlanID, bundle.Revision, bundle.DistanceM = maybeID(plan.ID), &plan.Revision, new(float64(plan.Distance))
	bundle.TravelS, bundle.Travel = &plan.TravelSeconds, new(wireTravel(plan.Travel))
	cards, err := s.cards(ctx, a, plan)
	if err != nil {
		return bundle, err
	}
	for _, stop := range plan.Stops {
		bundle.Stops = append(bundle.Stops, cards.stop(stop, policy.Radius, c))
	}
	return bundle, nil
}

// cards are what a handset shows of the retailers of a plan.
type cards struct {
	retailers map[rounds.RetailerID]rounds.Retailer
	last      map[rounds.RetailerID]rounds.Day
	profile   string
}

// links lead to a stop, if it is known where it is.
func (c cards) links(stop rounds.Stop) *MapLinks {
	r := c.retailers[stop.RetailerID]
	if r.Pin == nil {
		return nil
	}
	return mapLinks(&r.Pin.Point, r.Name, c.profile)
}

func (s *Server) cards(ctx context.Context, a rounds.Actor, plan rounds.Plan) (cards, error) {
	ids := mapped(plan.Stops, func(s rounds.Stop) rounds.RetailerID { return s.RetailerID })
	found, err := s.store.RetailersByID(ctx, rounds.Scope{OrgID: a.OrgID}, plan.Day, ids)
	if err != nil {
		return cards{}, err
	}
	c := cards{retailers: map[rounds.RetailerID]rounds.Retailer{}, profile: s.office.Profile()}
	for _, r := range found {
		c.retailers[r.ID] = r
	}
	c.last, err = s.store.LastVisits(ctx, a.OrgID, ids, plan.Day)
	return c, err
}

func (c cards) stop(stop rounds.Stop, radius geo.Meters, on chart) HandsetStop {
	r := c.retailers[stop.RetailerID]
	if r.Radius > 0 {
		radius = r.Radius
	}
	w := HandsetStop{
		StopID: wireID(stop.ID), PlannedAt: stop.PlannedAt, ServiceS: stop.ServiceSeconds, LegM: float64(stop.Leg), LegS: stop.LegSeconds, Links: c.links(stop), RadiusM: float64(radius),
		Retailer: RetailerCard{
			ID: wireID(r.ID), Code: r.Code, Name: r.Name, Address: r.Address, Class: r.Class, Status: RetailerStatus(r.Status), OpeningHours: maybe(r.OpeningHours),
		},
	}
	if last, ok := c.last[r.ID]; ok {
		w.LastVisit = new(string(last))
	}
	if r.Pin != nil {
		p := on.write(r.Pin.Point)
		w.Retailer.Pin = &CardPin{Lat: p.Lat(), Lon: p.Lon(), Version: r.Pin.Version}
	}
	return w
}
