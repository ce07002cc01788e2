package api

import (
	"context"
	"math"
	"strconv"
	"time"

	"rounds"
	"rounds/fieldwork"
	"rounds/fieldwork/integrity"
	"rounds/store"
)

// ListExceptions lists what waits for somebody to look at it.
func (s *Server) ListExceptions(ctx context.Context, r ListExceptionsRequestObject) (ListExceptionsResponseObject, error) {
	p := r.Params
	days, err := visitFilter(p.Date, p.Until, nil)
	if err != nil {
		return nil, err
	}
	n := limit(p.Limit)
	f := store.ExceptionFilter{
		Kind: rounds.ExceptionKind(orZero(p.Kind)), RepID: nounID[rounds.User](p.Rep), From: days.From, Until: days.Until,
		MinSeverity: orZero(p.MinSeverity), Limit: n + 1,
	}
	if f.After, err = exceptionKey(p.After); err != nil {
		return nil, err
	}
	a := actor(ctx)
	if isFile(p.Format) {
		return s.exceptionFile(ctx, a, f, *p.Format)
	}
	found, err := s.office.Exceptions(ctx, a, f)
	found, next := page(found, n, func(e fieldwork.Exception) []string {
		return []string{strconv.Itoa(e.Severity), string(e.Day), e.ID.String(), string(e.Kind)}
	})
	l := about(ctx).lang
	items := mapped(found, func(e fieldwork.Exception) Exception { return wireException(e, l) })
	return ListExceptions200JSONResponse{Items: items, Next: next}, err
}

func (s *Server) exceptionFile(ctx context.Context, a rounds.Actor, f store.ExceptionFilter, format FileFormat) (ListExceptionsResponseObject, error) {
	f.Limit = maxFileRows
	found, err := s.office.Exceptions(ctx, a, f)
	if err != nil {
		return nil, err
	}
	name := "exceptions-" + span(f.From, f.Until, rounds.DayOf(s.now(), a.Zone))
	return asFile(name, "exceptions", format, exceptionColumns, found, exceptionRow), nil
}

var exceptionColumns = []any{
	"severity", "kind", "date", "rep", "retailer_code", "retailer_name", "reasons", "age_s", "distance_m", "p_inside", "p_honest",
	"score", "problem", "visit_id", "id", "audit_id",
}

func exceptionRow(e fieldwork.Exception) []any {
	w := wireException(e, english)
	return []any{
		w.Severity, string(w.Kind), w.Date, w.RepName, w.RetailerCode, w.RetailerName, joined(e.Reasons), w.Numbers.AgeS, cell(e.Distance),
		w.Numbers.PInside, w.Numbers.PHonest, w.Numbers.Score, w.Problem, maybeID(e.VisitID), w.ID.String(), maybeID(e.AuditID),
	}
}

func exceptionKey(c *Cursor) (*store.ExceptionKey, error) {
	parts, err := readCursor(c, 4)
	if err != nil || c == nil {
		return nil, err
	}
	severity, err1 := strconv.ParseInt(parts[0], 10, 16)
	day, err2 := rounds.ParseDay(parts[1])
	id, err3 := rounds.ParseID[rounds.Exception](parts[2])
	if err1 != nil || err2 != nil || err3 != nil || !ExceptionKind(parts[3]).Valid() {
		return nil, errCursor()
	}
	return &store.ExceptionKey{Severity: int(severity), Day: day, ID: id, Kind: rounds.ExceptionKind(parts[3])}, nil
}

func wireException(e fieldwork.Exception, l lang) Exception {
	w := Exception{
		Kind: ExceptionKind(e.Kind), ID: wireID(e.ID), Severity: e.Severity, Reasons: reasons(e.Reasons),
		Numbers: ExceptionNumbers{
			AgeS: math.Round(float64(e.Age)), DistanceM: rounded(e.Distance, 3), PInside: rounded(e.PInside, 6), PHonest: rounded(e.PHonest, 6),
		},
		RepID: wireID(e.RepID), RepName: e.RepName, RetailerID: maybeID(e.RetailerID), Date: Day(e.Day), VisitID: maybeID(e.VisitID),
		RetailerCode: maybe(e.RetailerCode), RetailerName: maybe(e.RetailerName), Problem: maybe(e.Problem), AuditID: maybeID(e.AuditID),
	}
	if len(e.Integrity.Signals) > 0 {
		w.Integrity, w.Numbers.Score = new(wireIntegrity(e.Integrity, l)), new(tenths(e.Integrity.Score))
	}
	return w
}

// maybe is absent for no text.
func maybe(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

func tenths(t integrity.Tenths) float64 { return float64(t) / 10 }

func wireIntegrity(in fieldwork.Integrity, l lang) Integrity {
	families := make(map[string]float64, len(in.Families))
	for family, added := range in.Families {
		families[string(family)] = tenths(added)
	}
	return Integrity{
		Score: tenths(in.Score), Families: families,
		Signals: mapped(in.Signals, func(s integrity.Signal) IntegritySignal { return wireSignal(s, l) }),
	}
}

func wireSignal(s integrity.Signal, l lang) IntegritySignal {
	w := IntegritySignal{
		EventID: wireID(s.EventID), Name: s.Name, Family: IntegritySignalFamily(s.Family), Weight: tenths(s.Weight),
		Detail: s.Detail, Says: l.signal(s),
	}
	if w.Detail == nil {
		w.Detail = map[string]float64{}
	}
	return w
}

// signal says what was noticed, by the row of the table that gave the signal its weight.
func (l lang) signal(s integrity.Signal) string {
	for _, rule := range integrity.Rules() {
		if rule.Name == s.Name && rule.Weight == s.Weight {
			if l == chinese {
				return chineseSignals[rule.Says]
			}
			return rule.Says
		}
	}
	return s.Name // by a table that was
}

// PostExceptionDecisions decides on many items at once.
func (s *Server) PostExceptionDecisions(ctx context.Context, r PostExceptionDecisionsRequestObject) (PostExceptionDecisionsResponseObject, error) {
	items := mapped(r.Body.Items, func(i ExceptionRef) fieldwork.ItemRef {
		return fieldwork.ItemRef{Kind: rounds.ExceptionKind(i.Kind), ID: rounds.ID[rounds.Exception](i.ID)}
	})
	decided, err := s.office.Decide(ctx, actor(ctx), items, rounds.Decision(r.Body.Decision), r.Body.Reason)
	l := about(ctx).lang
	results := mapped(decided, func(d fieldwork.DecidedItem) ExceptionResult {
		w := ExceptionResult{Kind: ExceptionKind(d.Kind), ID: wireID(d.ID), Result: ExceptionResultResultDecided}
		if p := d.Problem; p != nil {
			w.Result, w.Problem = ExceptionResultResultFailed, &ItemProblem{Code: itemCode(p), Detail: l.text(p.Format, p.Args), Errors: l.fields(p.Fields)}
		}
		return w
	})
	return PostExceptionDecisions200JSONResponse{Results: results}, err
}

// GetMyDecisions tells a rep what was decided on their visits.
func (s *Server) GetMyDecisions(ctx context.Context, r GetMyDecisionsRequestObject) (GetMyDecisionsResponseObject, error) {
	n, since := limit(r.Params.Limit), r.Params.Since
	after, err := readCursor(r.Params.After, 2)
	if err != nil {
		return nil, err
	}
	var last rounds.ID[rounds.Decided]
	if r.Params.After != nil {
		var err1, err2 error
		since, err1 = time.Parse(time.RFC3339Nano, after[0])
		last, err2 = rounds.ParseID[rounds.Decided](after[1])
		if err1 != nil || err2 != nil {
			return nil, errCursor()
		}
	}
	a := actor(ctx)
	found, err := s.store.DecisionsOn(ctx, a.OrgID, a.UserID, since, last, n+1)
	found, next := page(found, n, func(d rounds.Decided) []string { return []string{d.At.Format(time.RFC3339Nano), d.ID.String()} })
	return GetMyDecisions200JSONResponse{Time: s.now(), Items: mapped(found, wireDecided), Next: next}, err
}

func wireDecided(d rounds.Decided) MyDecision {
	return MyDecision{
		ID: wireID(d.ID), At: d.At, ByID: wireID(d.By), ByName: d.ByName, Decision: MyDecisionDecision(d.Decision), Reason: d.Reason,
		VisitID: maybeID(d.VisitID), Date: maybe(string(d.Day)), RetailerCode: maybe(d.RetailerCode), RetailerName: maybe(d.RetailerName),
	}
}
