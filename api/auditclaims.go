package api

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"rounds"
	"rounds/fieldwork"
	"rounds/fieldwork/forms"
	"rounds/store"
)

// ListAuditFindings lists what auditors saw.
func (s *Server) ListAuditFindings(ctx context.Context, r ListAuditFindingsRequestObject) (ListAuditFindingsResponseObject, error) {
	p := r.Params
	f, n, err := reportFilter(p.Rep, p.Says, p.Limit, p.After)
	if err != nil {
		return nil, err
	}
	f.Replaced = orZero(p.Replaced)
	if isFile(p.Format) {
		f.Limit = maxFileRows
	}
	found, err := s.office.AuditFindings(ctx, actor(ctx), rounds.AuditID(r.ID), f)
	if err != nil {
		return nil, err
	}
	if isFile(p.Format) {
		return findingFile(found, *p.Format, about(ctx).lang, actor(ctx).Zone), nil
	}
	items, next := page(found.Findings, n, func(l store.ListedFinding) []string { return []string{l.RetailerCode, l.ID.String()} })
	return ListAuditFindings200JSONResponse{Items: mapped(items, wireFinding), Next: next}, nil
}

// ListAuditClaims lists what findings say of claimed visits.
func (s *Server) ListAuditClaims(ctx context.Context, r ListAuditClaimsRequestObject) (ListAuditClaimsResponseObject, error) {
	p := r.Params
	f, n, err := reportFilter(p.Rep, p.Says, p.Limit, p.After)
	if err != nil {
		return nil, err
	}
	f.Waiting = orZero(p.Waiting)
	if isFile(p.Format) {
		f.Limit = maxFileRows
	}
	audit, found, err := s.office.AuditClaims(ctx, actor(ctx), rounds.AuditID(r.ID), f)
	if err != nil {
		return nil, err
	}
	if isFile(p.Format) {
		zone := actor(ctx).Zone
		return asFile(auditFile("claims", audit), "claims", *p.Format, claimColumns, found, func(c store.ListedClaim) []any { return claimRow(c, zone) }), nil
	}
	items, next := page(found, n, func(c store.ListedClaim) []string { return []string{c.RetailerCode, c.VisitID.String()} })
	return ListAuditClaims200JSONResponse{Items: mapped(items, wireClaim), Next: next}, nil
}

// reportFilter reads what both lists are narrowed by, and says how many items a page has.
func reportFilter(rep *ID, says *ClaimSays, l *Limit, next *Cursor) (f store.ReportFilter, n int, err error) {
	n = limit(l)
	f = store.ReportFilter{RepID: nounID[rounds.User](rep), Says: rounds.Says(orZero(says)), Limit: n + 1}
	after, err := readCursor(next, 2)
	if err != nil || next == nil {
		return f, n, err
	}
	f.After.Code = after[0]
	if f.After.ID, err = rounds.ParseID[store.ReportKey](after[1]); err != nil || f.After.Code == "" {
		return f, n, errCursor()
	}
	return f, n, nil
}

// auditFile names a file by the audit's number and its days.
func auditFile(what string, a rounds.Audit) string {
	return fmt.Sprintf("audit-%d-%s-%s", a.Number, what, span(a.From, a.To, a.To))
}

// VisitListAuditFindingsResponse writes the file.
func (d download) VisitListAuditFindingsResponse(w http.ResponseWriter) error {
	return d.VisitListVisitsResponse(w)
}

// VisitListAuditClaimsResponse writes the file.
func (d download) VisitListAuditClaimsResponse(w http.ResponseWriter) error {
	return d.VisitListVisitsResponse(w)
}

// findingFile has the questions that were asked as columns between what is known of the retailer and what was made of it. A question
// of several versions of the form is one column; a finding's answer is read by its own.
func findingFile(found fieldwork.FoundAt, format FileFormat, l lang, zone *time.Location) download {
	asked := askedIn(found)
	columns := []any{"retailer_code", "retailer_name", "class", "stratum", "rep", "auditor", "answered_at", "check_in_outcome", "met"}
	for _, q := range asked {
		columns = append(columns, l.label(q.Label, q.Name))
	}
	columns = append(columns, "confirmed", "refuted", "cannot_tell", "note", "received_at", "replaced", "id", "corrects_id")
	return asFile(auditFile("findings", found.Audit), "findings", format, columns, found.Findings, func(f store.ListedFinding) []any {
		row := []any{f.RetailerCode, f.RetailerName, f.Class, f.Stratum, f.RepName, f.AuditorName, local(&f.AnsweredAt, zone), f.Outcome, string(f.Met)}
		form := found.Forms[f.FormVersion]
		for _, q := range asked {
			row = append(row, l.answer(form.Question(q.Name), f.Answers[q.Name]))
		}
		return append(row, f.Confirmed, f.Refuted, f.CannotTell, f.Note, local(&f.ReceivedAt, zone), f.Replaced, f.ID.String(), maybeID(f.CorrectsID))
	})
}

// askedIn are the questions of the audit's own version of the form, and then those that other versions have beside them.
func askedIn(found fieldwork.FoundAt) []forms.Question {
	var asked []forms.Question
	for _, version := range append([]int{found.Audit.FormVersion}, slices.Sorted(maps.Keys(found.Forms))...) {
		for _, q := range found.Forms[version].Questions {
			if q.Kind != forms.Note && !slices.ContainsFunc(asked, func(o forms.Question) bool { return o.Name == q.Name }) {
				asked = append(asked, q)
			}
		}
	}
	return asked
}

// label is a text in the language, in English, or in any; the name where there is none.
func (l lang) label(texts forms.Texts, name string) string {
	tags := slices.Sorted(maps.Keys(texts))
	for _, wanted := range []string{string(l), string(english)} {
		for _, tag := range tags {
			if languageOf(tag) == lang(wanted) && strings.HasPrefix(tag, wanted) {
				return texts[tag]
			}
		}
	}
	if len(tags) > 0 {
		return texts[tags[0]]
	}
	return name
}

// answer is one as a person reads it, for a cell: choices by their labels. A question that was not asked is nil.
func (l lang) answer(q *forms.Question, raw json.RawMessage) any {
	var value any
	if q == nil || len(raw) == 0 || json.Unmarshal(raw, &value) != nil {
		return ""
	}
	switch value := value.(type) {
	case string:
		return l.choice(q, value)
	case []any:
		words := mapped(value, func(v any) string { return l.choice(q, fmt.Sprint(v)) })
		return strings.Join(words, "; ")
	}
	return value
}

func (l lang) choice(q *forms.Question, name string) string {
	for _, c := range q.Choices {
		if c.Name == name {
			return l.label(c.Label, c.Name)
		}
	}
	return name
}

var claimColumns = []any{
	"retailer_code", "retailer_name", "date", "started_at", "rep", "outcome", "credited", "credited_now", "says", "auditor", "answered_at", "waits",
	"visit_id", "finding_id",
}

func claimRow(c store.ListedClaim, zone *time.Location) []any {
	return []any{
		c.RetailerCode, c.RetailerName, string(c.Day), local(c.StartedAt, zone), c.RepName, c.Outcome, c.Credited, c.Counts, string(c.Says),
		c.AuditorName, local(&c.AnsweredAt, zone), c.Waits, c.VisitID.String(), c.FindingID.String(),
	}
}

func wireClaim(c store.ListedClaim) ListedClaim {
	return ListedClaim{
		VisitID: wireID(c.VisitID), AuditID: wireID(c.AuditID), RetailerID: wireID(c.RetailerID), RetailerCode: c.RetailerCode, RetailerName: c.RetailerName,
		RepID: wireID(c.RepID), RepName: c.RepName, Date: Day(c.Day), StartedAt: c.StartedAt, Credited: c.Credited, CreditedNow: c.Counts,
		Outcome: Outcome(c.Outcome), Says: ClaimSays(c.Says), FindingID: wireID(c.FindingID), AuditorName: c.AuditorName, AnsweredAt: c.AnsweredAt, Waits: c.Waits,
	}
}

func wireKeptFinding(f rounds.Finding) KeptFinding {
	answers, says := map[string]any{}, map[string]ClaimSays{}
	for name, answer := range f.Answers {
		answers[name] = answer
	}
	for visit, word := range f.Says {
		says[visit.String()] = ClaimSays(word)
	}
	return KeptFinding{
		ID: wireID(f.ID), AuditID: wireID(f.AuditID), RetailerID: wireID(f.RetailerID), AuditorID: wireID(f.AuditorID), CorrectsID: maybeID(f.CorrectsID),
		CheckInID: maybeID(f.CheckInID), FormID: maybeID(f.FormID), FormVersion: f.FormVersion, Met: KeptFindingMet(f.Met), Answers: answers, Says: says,
		Note: f.Note, AnsweredAt: f.AnsweredAt, ReceivedAt: f.ReceivedAt,
	}
}

func wireFinding(f store.ListedFinding) ListedFinding {
	kept := wireKeptFinding(f.Finding)
	w := ListedFinding{
		ID: kept.ID, AuditID: kept.AuditID, RetailerID: kept.RetailerID, AuditorID: kept.AuditorID, CorrectsID: kept.CorrectsID, CheckInID: kept.CheckInID,
		FormID: kept.FormID, FormVersion: kept.FormVersion, Met: ListedFindingMet(kept.Met), Answers: kept.Answers, Says: kept.Says, Note: kept.Note,
		AnsweredAt: kept.AnsweredAt, ReceivedAt: kept.ReceivedAt,
		RetailerCode: f.RetailerCode, RetailerName: f.RetailerName, Class: f.Class, Stratum: f.Stratum, RepID: maybeID(f.RepID), RepName: maybe(f.RepName),
		AuditorName: f.AuditorName, Replaced: f.Replaced, Confirmed: f.Confirmed, Refuted: f.Refuted, CannotTell: f.CannotTell,
	}
	if f.Outcome != "" {
		w.CheckInOutcome = new(Outcome(f.Outcome))
	}
	return w
}

// GetMyAuditClaims tells a rep what audits that have ended said of their visits.
func (s *Server) GetMyAuditClaims(ctx context.Context, r GetMyAuditClaimsRequestObject) (GetMyAuditClaimsResponseObject, error) {
	n := limit(r.Params.Limit)
	after, err := claimKey(r.Params.After)
	if err != nil {
		return nil, err
	}
	a := actor(ctx)
	found, err := s.store.ClaimsOf(ctx, a.OrgID, a.UserID, after, n+1)
	found, next := page(found, n, func(c store.ListedClaim) []string {
		return []string{string(c.Day), c.VisitID.String(), c.AuditID.String()}
	})
	return GetMyAuditClaims200JSONResponse{Items: mapped(found, wireMyClaim), Next: next}, err
}

func claimKey(c *Cursor) (key store.ClaimKey, err error) {
	after, err := readCursor(c, 3)
	if err != nil || c == nil {
		return key, err
	}
	var errs [3]error
	key.Day, errs[0] = rounds.ParseDay(after[0])
	key.VisitID, errs[1] = rounds.ParseID[rounds.Visit](after[1])
	key.AuditID, errs[2] = rounds.ParseID[rounds.Audit](after[2])
	if errs != [3]error{} {
		return key, errCursor()
	}
	return key, nil
}

func wireMyClaim(c store.ListedClaim) MyAuditClaim {
	return MyAuditClaim{
		VisitID: wireID(c.VisitID), AuditID: wireID(c.AuditID), AuditNumber: c.AuditNumber, RetailerID: wireID(c.RetailerID),
		RetailerCode: c.RetailerCode, RetailerName: c.RetailerName, Date: Day(c.Day), Credited: c.Credited, Outcome: Outcome(c.Outcome), Says: ClaimSays(c.Says),
	}
}

func claimsAfter(ctx context.Context, s *store.Store, a rounds.Actor, last *store.ListedClaim) ([]store.ListedClaim, error) {
	var after store.ClaimKey
	if last != nil {
		after = store.ClaimKey{Day: last.Day, VisitID: last.VisitID, AuditID: last.AuditID}
	}
	return s.ClaimsOf(ctx, a.OrgID, a.UserID, after, myPage)
}
