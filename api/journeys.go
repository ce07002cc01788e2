package api

import (
	"context"
	"encoding/hex"
	"strings"

	"rounds"
	"rounds/fieldwork"
	"rounds/store"
)

// ListJourneyPlans lists journey plans.
func (s *Server) ListJourneyPlans(ctx context.Context, r ListJourneyPlansRequestObject) (ListJourneyPlansResponseObject, error) {
	before, err := idCursor[rounds.JourneyPlan](r.Params.After)
	if err != nil {
		return nil, err
	}
	n := limit(r.Params.Limit)
	found, err := s.store.Journeys(ctx, actor(ctx).Scope(), rounds.JourneyStatus(orZero(r.Params.Status)), before, n+1)
	found, next := page(found, n, func(j store.ListedJourney) []string { return []string{j.ID.String()} })
	return ListJourneyPlans200JSONResponse{Items: mapped(found, wireJourney), Next: next}, err
}

// idCursor is the id after which a page begins; zero for the first.
func idCursor[Noun any](c *Cursor) (rounds.ID[Noun], error) {
	parts, err := readCursor(c, 1)
	if err != nil || c == nil {
		return rounds.ID[Noun]{}, err
	}
	id, err := rounds.ParseID[Noun](parts[0])
	if err != nil {
		return id, errCursor()
	}
	return id, nil
}

// Prices and kicks of a plan that nobody chose.
const (
	defaultUnevenness = 5
	defaultChange     = 300
	defaultWishes     = 100
	defaultSeed       = 1
)

// PostJourneyPlan plans weeks of visits.
func (s *Server) PostJourneyPlan(ctx context.Context, r PostJourneyPlanRequestObject) (PostJourneyPlanResponseObject, error) {
	b := r.Body
	from, err := day(&b.From, "/from", "")
	if err != nil {
		return nil, err
	}
	prices := orZero(b.Prices)
	a := actor(ctx)
	planned, err := s.office.PlanJourney(ctx, a, fieldwork.NewJourney{
		Name: strings.TrimSpace(orZero(b.Name)), From: from, Weeks: b.Weeks, Reps: nounIDs[rounds.User](b.RepIds),
		TerritoryID: nounID[rounds.Territory](b.TerritoryID), UnitID: nounID[rounds.Unit](b.UnitID), BaseID: nounID[rounds.JourneyPlan](b.BasePlanID),
		Options: rounds.JourneyOptions{
			Unevenness: or(prices.Unevenness, defaultUnevenness), Change: or(prices.Change, defaultChange), Wishes: or(prices.Wishes, defaultWishes),
			DaySeconds: or(b.DayS, a.Settings.DayLength()), Seconds: orZero(b.Seconds), Kicks: orZero(b.Kicks),
			Seed: uint64(or(b.Seed, defaultSeed)), RoundTrip: or(b.RoundTrip, true),
		},
	})
	return PostJourneyPlan202JSONResponse(wireJourney(planned)), err
}

func or[T any](given *T, otherwise T) T {
	if given == nil {
		return otherwise
	}
	return *given
}

// GetJourneyPlan shows how far a plan is.
func (s *Server) GetJourneyPlan(ctx context.Context, r GetJourneyPlanRequestObject) (GetJourneyPlanResponseObject, error) {
	found, err := s.store.Journey(ctx, actor(ctx).Scope(), rounds.JourneyPlanID(r.ID))
	return GetJourneyPlan200JSONResponse(wireJourney(found)), err
}

// PostJourneyCancel stops planning.
func (s *Server) PostJourneyCancel(ctx context.Context, r PostJourneyCancelRequestObject) (PostJourneyCancelResponseObject, error) {
	left, err := s.office.CancelJourney(ctx, actor(ctx), rounds.JourneyPlanID(r.ID), r.Body.Reason)
	return PostJourneyCancel200JSONResponse(wireJourney(left)), err
}

// PostJourneyDiscard lets go of a proposal.
func (s *Server) PostJourneyDiscard(ctx context.Context, r PostJourneyDiscardRequestObject) (PostJourneyDiscardResponseObject, error) {
	left, err := s.office.DiscardJourney(ctx, actor(ctx), rounds.JourneyPlanID(r.ID), r.Body.Reason)
	return PostJourneyDiscard200JSONResponse(wireJourney(left)), err
}

// PostJourneyAccept lets a proposal be in force.
func (s *Server) PostJourneyAccept(ctx context.Context, r PostJourneyAcceptRequestObject) (PostJourneyAcceptResponseObject, error) {
	from, err := day(&r.Body.From, "/from", "")
	if err != nil {
		return nil, err
	}
	accepted, err := s.office.AcceptJourney(ctx, actor(ctx), rounds.JourneyPlanID(r.ID), from, r.Body.Reason, orZero(r.Body.SkipChanged))
	return PostJourneyAccept200JSONResponse(wireJourney(accepted)), err
}

func wireJourney(j store.ListedJourney) JourneyPlan {
	o := j.Options
	return JourneyPlan{
		ID: wireID(j.ID), Name: j.Name, From: Day(j.From), Weeks: j.Weeks, Origin: JourneyPlanOrigin(j.Origin), Status: JourneyStatus(j.Status),
		Progress: JourneyProgress{
			Reps: j.Reps, Done: j.Reps - j.Waiting, Failed: j.Failed, Share: float64(j.Reps-j.Waiting) / float64(max(1, j.Reps)),
		},
		Visits: j.Visits, BasePlanID: maybeID(j.BaseID),
		Prices: JourneyPrices{Unevenness: &o.Unevenness, Change: &o.Change, Wishes: &o.Wishes},
		DayS:   o.DaySeconds, Seconds: o.Seconds, Kicks: o.Kicks, Seed: int64(o.Seed), RoundTrip: o.RoundTrip,
		CreatedAt: j.CreatedAt, CreatedBy: wireID(j.CreatedBy), FinishedAt: j.FinishedAt, DecidedAt: j.DecidedAt, DecidedBy: maybeID(j.DecidedBy),
		Reason: maybe(j.Reason),
	}
}

// seen is the plan, if the caller may see any of it.
func (s *Server) seenJourney(ctx context.Context, id ID) (store.ListedJourney, error) {
	return s.store.Journey(ctx, actor(ctx).Scope(), rounds.JourneyPlanID(id))
}

// ListJourneyReps lists the shares of a plan.
func (s *Server) ListJourneyReps(ctx context.Context, r ListJourneyRepsRequestObject) (ListJourneyRepsResponseObject, error) {
	after, err := idCursor[rounds.User](r.Params.After)
	if err != nil {
		return nil, err
	}
	if _, err := s.seenJourney(ctx, r.ID); err != nil {
		return nil, err
	}
	n := limit(r.Params.Limit)
	found, err := s.store.JourneyReps(ctx, actor(ctx).Scope(), rounds.JourneyPlanID(r.ID), after, n+1)
	found, next := page(found, n, func(p store.ListedJourneyRep) []string { return []string{p.RepID.String()} })
	return ListJourneyReps200JSONResponse{Items: mapped(found, func(p store.ListedJourneyRep) JourneyRep { return wireJourneyRep(p, about(ctx).lang) }), Next: next}, err
}

func wireJourneyRep(p store.ListedJourneyRep, l lang) JourneyRep {
	w := JourneyRep{
		RepID: wireID(p.RepID), RepName: p.RepName, Status: JourneyRepStatus(p.Status), TakenAt: p.TakenAt, InputHash: maybe(hex.EncodeToString(p.InputHash)),
		BasePlanID: maybeID(p.BaseID), Days: p.Days, Visits: p.Visits, TravelS: p.TravelSeconds, ServiceS: p.ServiceSeconds, DistanceM: float64(p.Distance),
		Cv: *rounded(&p.CV, 6), Cost: p.Cost, Moved: p.Moved, LeftOut: p.LeftOut, UnknownYears: append([]int{}, p.UnknownYears...),
		ValidFrom: maybe(string(p.ValidFrom)),
	}
	if p.Failure != "" {
		w.Failure = &PlanFailure{Code: PlanFailureCode(p.Failure), Detail: l.field(rounds.Field{Code: p.Failure})}
	}
	if p.Travel.Source != "" {
		w.Travel = new(wireTravel(p.Travel))
	}
	if p.ValidTo != "" {
		w.ValidUntil = new(string(p.ValidTo.Add(-1)))
	}
	return w
}

// ListBeats is the calendar of a plan.
func (s *Server) ListBeats(ctx context.Context, r ListBeatsRequestObject) (ListBeatsResponseObject, error) {
	f, err := beatFilter(r.Params)
	if err != nil {
		return nil, err
	}
	j, err := s.seenJourney(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	if isFile(r.Params.Format) {
		return s.beatFile(ctx, j.JourneyPlan, f, *r.Params.Format)
	}
	n := limit(r.Params.Limit)
	f.Limit = n + 1
	found, err := s.store.Beats(ctx, actor(ctx).Scope(), j.ID, f)
	found, next := page(found, n, func(b store.ListedBeat) []string { return []string{b.RepID.String(), string(b.Day)} })
	return ListBeats200JSONResponse{Items: mapped(found, func(b store.ListedBeat) Beat { return wireBeat(j.JourneyPlan, b) }), Next: next}, err
}

func beatFilter(p ListBeatsParams) (f store.BeatFilter, err error) {
	f.RepID = nounID[rounds.User](p.Rep)
	if f.From, err = day(p.From, "from", ""); err != nil {
		return f, err
	}
	if f.Until, err = day(p.Until, "until", ""); err != nil {
		return f, err
	}
	after, err := readCursor(p.After, 2)
	if err != nil || p.After == nil {
		return f, err
	}
	var err1, err2 error
	f.After.RepID, err1 = rounds.ParseID[rounds.User](after[0])
	f.After.Day, err2 = rounds.ParseDay(after[1])
	if err1 != nil || err2 != nil {
		return f, errCursor()
	}
	return f, nil
}

func wireBeat(j rounds.JourneyPlan, b store.ListedBeat) Beat {
	return Beat{
		RepID: wireID(b.RepID), RepName: b.RepName, Date: Day(b.Day), Week: j.From.Until(b.Day)/7 + 1, StopsCount: len(b.Listed),
		TravelS: b.TravelSeconds, ServiceS: b.ServiceSeconds, TotalS: b.TravelSeconds + b.ServiceSeconds, DistanceM: float64(b.Distance),
		Stops: mapped(b.Listed, func(t store.ListedStop) BeatStop {
			return BeatStop{
				RetailerID: wireID(t.RetailerID), Code: t.Code, Name: t.Name, PlannedAt: t.PlannedAt, ServiceS: t.ServiceSeconds, LegM: float64(t.Leg), LegS: t.LegSeconds,
			}
		}),
	}
}

// ListLeftOut lists who gets too few visits.
func (s *Server) ListLeftOut(ctx context.Context, r ListLeftOutRequestObject) (ListLeftOutResponseObject, error) {
	after, err := readCursor(r.Params.After, 2)
	if err != nil {
		return nil, err
	}
	var rep rounds.UserID
	var retailer rounds.RetailerID
	if r.Params.After != nil {
		var err1, err2 error
		rep, err1 = rounds.ParseID[rounds.User](after[0])
		retailer, err2 = rounds.ParseID[rounds.Retailer](after[1])
		if err1 != nil || err2 != nil {
			return nil, errCursor()
		}
	}
	if _, err := s.seenJourney(ctx, r.ID); err != nil {
		return nil, err
	}
	n := limit(r.Params.Limit)
	found, err := s.store.LeftOut(ctx, actor(ctx).Scope(), rounds.JourneyPlanID(r.ID), nounID[rounds.User](r.Params.Rep), rep, retailer, n+1)
	found, next := page(found, n, func(l store.ListedLeftOut) []string { return []string{l.RepID.String(), l.RetailerID.String()} })
	return ListLeftOut200JSONResponse{Items: mapped(found, wireLeftOut), Next: next}, err
}

func wireLeftOut(l store.ListedLeftOut) LeftOut {
	return LeftOut{
		RepID: wireID(l.RepID), RetailerID: wireID(l.RetailerID), Code: l.Code, Name: l.Name, Reason: LeftOutReason(l.Reason), Wanted: l.Wanted, Planned: l.Planned,
	}
}

// GetRhythm is what a retailer asks of its days.
func (s *Server) GetRhythm(ctx context.Context, r GetRhythmRequestObject) (GetRhythmResponseObject, error) {
	found, err := s.office.Rhythm(ctx, actor(ctx), rounds.RetailerID(r.ID))
	return GetRhythm200JSONResponse(wireRhythm(found)), err
}

// PutRhythm replaces it.
func (s *Server) PutRhythm(ctx context.Context, r PutRhythmRequestObject) (PutRhythmResponseObject, error) {
	b := r.Body
	rhythm := rounds.Rhythm{
		RetailerID: rounds.RetailerID(r.ID), Weekdays: rounds.EveryDay, Wished: nounWeekdays(b.Wished), WishPrice: orZero(b.WishPriceS),
		MinDays: orZero(b.MinDays), MaxDays: orZero(b.MaxDays),
	}
	if b.Weekdays != nil {
		rhythm.Weekdays = nounWeekdays(b.Weekdays)
	}
	changed, err := s.office.ChangeRhythm(ctx, actor(ctx), rhythm)
	return PutRhythm200JSONResponse(wireRhythm(changed)), err
}

var wireDays = []DayOfWeek{DayOfWeekMon, DayOfWeekTue, DayOfWeekWed, DayOfWeekThu, DayOfWeekFri, DayOfWeekSat, DayOfWeekSun}

func nounWeekdays(days []DayOfWeek) (set rounds.Weekdays) {
	for _, d := range days {
		for i, known := range wireDays {
			if d == known {
				set |= 1 << i
			}
		}
	}
	return set
}

func wireWeekdays(set rounds.Weekdays) []DayOfWeek {
	days := []DayOfWeek{}
	for i, d := range wireDays {
		if set>>i&1 == 1 {
			days = append(days, d)
		}
	}
	return days
}

func wireRhythm(r rounds.Rhythm) Rhythm {
	w := Rhythm{Weekdays: wireWeekdays(r.Weekdays), Wished: wireWeekdays(r.Wished), WishPriceS: &r.WishPrice}
	if r.MinDays > 0 {
		w.MinDays = &r.MinDays
	}
	if r.MaxDays > 0 {
		w.MaxDays = &r.MaxDays
	}
	return w
}
