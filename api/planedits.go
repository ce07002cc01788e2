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
