package api

import (
	"context"

	"rounds"
	"rounds/fieldwork"
)

// PostPlanEdit changes one stop of a plan.
func (s *Server) PostPlanEdit(ctx context.Context, r PostPlanEditRequestObject) (PostPlanEditResponseObject, error) {
	b := r.Body
	to, err := day(b.Date, "/date", "")
	if err != nil {
		return nil, err
	}
	edited, err := s.office.EditPlan(ctx, actor(ctx), rounds.PlanID(r.ID), fieldwork.PlanEdit{
		Revision: b.Revision, Action: fieldwork.EditAction(b.Action), StopID: nounID[rounds.Stop](b.StopID),
		RetailerID: nounID[rounds.Retailer](b.RetailerID), Position: orZero(b.Position), Day: to, Reason: orZero(b.Reason),
	})
	if err != nil {
		return nil, err
	}
	return PostPlanEdit200JSONResponse(wireEdited(edited)), nil
}

// PostPlanOptimize puts what is left of a plan in order.
func (s *Server) PostPlanOptimize(ctx context.Context, r PostPlanOptimizeRequestObject) (PostPlanOptimizeResponseObject, error) {
	edited, err := s.office.OptimizePlan(ctx, actor(ctx), rounds.PlanID(r.ID), r.Body.Revision, orZero(r.Body.Reason))
	if err != nil {
		return nil, err
	}
	return PostPlanOptimize200JSONResponse(wireEdited(edited)), nil
}

func wireEdited(e fieldwork.EditedPlan) EditedPlan {
	w := EditedPlan{Plan: wirePlan(e.Plan), Before: wireLength(e.Before), After: wireLength(e.After)}
	if e.Other != nil {
		w.OtherPlan = new(wirePlan(*e.Other))
	}
	return w
}

func wireLength(w fieldwork.WayLength) WayLength {
	return WayLength{TravelS: w.Seconds, DistanceM: float64(w.Meters)}
}

// GetPlanActual compares a plan with how its day was worked.
func (s *Server) GetPlanActual(ctx context.Context, r GetPlanActualRequestObject) (GetPlanActualResponseObject, error) {
	d, err := s.office.ActualDay(ctx, actor(ctx), rounds.PlanID(r.ID))
	if err != nil {
		return nil, err
	}
	w := ActualDay{
		PlanID: wireID(d.Plan.ID), RepID: wireID(d.Plan.RepID), Date: Day(d.Plan.Day), PlannedCount: len(d.Plan.Stops),
		Planned: wireLength(d.Planned), Worked: wireLength(d.Worked),
		Skipped: mapped(d.Skipped, func(r rounds.Retailer) SkippedStop {
			return SkippedStop{RetailerID: wireID(r.ID), Code: r.Code, Name: r.Name}
		}),
	}
	w.Visited = mapped(d.Visited, func(v fieldwork.ActualVisit) ActualVisit {
		visit := ActualVisit{VisitID: wireID(v.VisitID), RetailerID: wireID(v.ID), Code: v.Code, Name: v.Name, StartedAt: v.StartedAt}
		if v.Position > 0 {
			visit.PlannedPosition = new(v.Position)
		} else {
			w.UnplannedCount++
		}
		return visit
	})
	return GetPlanActual200JSONResponse(w), nil
}
