package api

import (
	"context"
	"slices"

	"rounds"
	"rounds/fieldwork"
)

// workingWeek is Monday to Friday.
const workingWeek rounds.Weekdays = 31

// PostVisitDays shares out a territory's retailers to days of the week.
func (s *Server) PostVisitDays(ctx context.Context, r PostVisitDaysRequestObject) (PostVisitDaysResponseObject, error) {
	b := r.Body
	n := fieldwork.NewVisitDays{
		TerritoryID: rounds.TerritoryID(r.ID), Name: orZero(b.Name), Weekdays: workingWeek,
		Ask: cutAsk(NewTerritoryProposal{
			Measures: b.Measures, Together: b.Together, Apart: b.Apart, Barriers: b.Barriers, Travel: b.Travel, ChangePrice: b.ChangePrice,
			MostChangePercent: b.MostChangePercent, Curve: b.Curve, Seconds: b.Seconds, Iterations: b.Iterations, Seed: b.Seed,
		}),
	}
	if b.Weekdays != nil {
		n.Weekdays = nounWeekdays(b.Weekdays)
	}
	for _, l := range b.Locks {
		n.Locks = append(n.Locks, fieldwork.DayLock{RetailerID: rounds.RetailerID(l.RetailerID), Weekday: slices.Index(wireDays, l.Weekday)})
	}
	p, err := s.office.ProposeVisitDays(ctx, actor(ctx), n)
	if err != nil {
		return nil, err
	}
	location := "/v1/territory-proposals/" + p.ID.String()
	return PostVisitDays202JSONResponse{
		Body: wireCut(p, about(ctx).lang), Headers: PostVisitDays202ResponseHeaders{Location: &location},
	}, nil
}
