package api

import (
	"context"
	"io"
	"strings"

	"rounds"
	"rounds/fieldwork"
	"rounds/store"
)

// beatColumns are those of a beat plan file; what imports them goes by their names.
var beatColumns = []any{"rep", "week", "weekday", "date", "position", "retailer_code", "retailer_name", "visits_per_8_weeks", "planned_at", "service_s"}

// beatFile is a plan's calendar as a file, written rep by rep while it is sent.
func (s *Server) beatFile(ctx context.Context, j rounds.JourneyPlan, f store.BeatFilter, format FileFormat) (ListBeatsResponseObject, error) {
	scope := actor(ctx).Scope()
	zone := actor(ctx).Zone
	reps, err := s.store.JourneyReps(ctx, scope, j.ID, rounds.UserID{}, 0)
	if err != nil {
		return nil, err
	}
	body, w := io.Pipe()
	write := func() error {
		out, err := sheetWriter(w, "beats", format)
		if err != nil {
			return err
		}
		if err := out.Row(beatColumns...); err != nil {
			return err
		}
		for _, rep := range reps {
			if !f.RepID.IsZero() && f.RepID != rep.RepID {
				continue
			}
			own := f
			own.RepID, own.After, own.Limit = rep.RepID, store.BeatKey{}, 0
			beats, err := s.store.Beats(ctx, scope, j.ID, own)
			if err != nil {
				return err
			}
			for _, b := range beats {
				for i, stop := range b.Listed {
					if err := out.Row(
						b.RepName, j.From.Until(b.Day)/7+1, strings.ToLower(b.Day.Weekday().String()[:3]), string(b.Day), i+1,
						stop.Code, stop.Name, stop.VisitsPer8Weeks, stop.PlannedAt.In(zone), stop.ServiceSeconds,
					); err != nil {
						return err
					}
				}
			}
		}
		return out.Close()
	}
	go func() { w.CloseWithError(write()) }()
	return download{"beats-" + string(j.From), format, body}, nil
}

// ImportBeats proposes a beat plan from a file.
func (s *Server) ImportBeats(ctx context.Context, r ImportBeatsRequestObject) (ImportBeatsResponseObject, error) {
	from, err := day(&r.Params.From, "from", "")
	if err != nil {
		return nil, err
	}
	a := actor(ctx)
	report, err := s.office.ImportBeats(ctx, a, r.Body, fieldwork.NewJourney{
		Name: strings.TrimSpace(orZero(r.Params.Name)), From: from, Weeks: orZero(r.Params.Weeks),
		Options: rounds.JourneyOptions{DaySeconds: a.Settings.DayLength(), RoundTrip: true},
	})
	if err != nil {
		return nil, err
	}
	wire := wireBeatImport(report, about(ctx).lang)
	if len(report.Findings) > 0 {
		return ImportBeats422JSONResponse(wire), nil
	}
	return ImportBeats201JSONResponse(wire), nil
}

func wireBeatImport(r fieldwork.BeatImport, l lang) BeatImport {
	w := BeatImport{Rows: r.Rows, Findings: mapped(r.Findings[:min(len(r.Findings), maxFindings)], func(f fieldwork.BeatFinding) BeatFinding {
		fields := l.fields([]rounds.Field{{Code: f.Code, Args: f.Args}})
		return BeatFinding{Row: f.Line, Column: maybe(f.Column), Code: f.Code, Detail: fields[0].Detail}
	})}
	if len(r.Findings) == 0 {
		w.Plan = new(wireJourney(r.Plan))
	}
	return w
}
