package api

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strconv"

	"rounds"
	"rounds/audit"
	"rounds/fieldwork"
	"rounds/store"
)

// PostAudit commits to an audit.
func (s *Server) PostAudit(ctx context.Context, r PostAuditRequestObject) (PostAuditResponseObject, error) {
	n, err := newAudit(*r.Body)
	if err != nil {
		return nil, err
	}
	w, err := s.office.CommitAudit(ctx, actor(ctx), n)
	if err != nil {
		return nil, err
	}
	location := "/v1/audits/" + w.ID.String()
	return PostAudit201JSONResponse{Body: wireWholeAudit(w, about(ctx).lang), Headers: PostAudit201ResponseHeaders{Location: &location}}, nil
}

func newAudit(b NewAudit) (n fieldwork.NewAudit, err error) {
	n = fieldwork.NewAudit{
		UnitID: nounID[rounds.Unit](b.UnitID), Spec: b.Spec,
		Asked: rounds.AuditScope{
			Territories: nounIDs[rounds.Territory](b.Territories), Reps: nounIDs[rounds.User](b.Reps), Classes: b.Classes,
			ApartDays: orZero(b.ApartDays), Visited: orZero(b.Visited),
		},
	}
	if b.Beacon != nil {
		n.Beacon = &fieldwork.Beacon{Source: b.Beacon.Source, Round: b.Beacon.Round, At: b.Beacon.At}
	}
	if b.Form != nil {
		n.FormID, n.FormVersion = rounds.FormID(b.Form.ID), orZero(b.Form.Version)
	}
	if n.From, err = day(&b.From, "/from", ""); err != nil {
		return n, err
	}
	n.To, err = day(&b.To, "/to", "")
	return n, err
}

// ListAudits lists audits.
func (s *Server) ListAudits(ctx context.Context, r ListAuditsRequestObject) (ListAuditsResponseObject, error) {
	before, err := numberCursor(r.Params.After)
	if err != nil {
		return nil, err
	}
	n := limit(r.Params.Limit)
	found, err := s.office.Audits(ctx, actor(ctx), store.AuditFilter{
		UnitID: nounID[rounds.Unit](r.Params.Unit), Status: rounds.AuditStatus(orZero(r.Params.Status)), Before: before, Limit: n + 1,
	})
	found, next := page(found, n, func(u store.ListedAudit) []string { return []string{strconv.FormatInt(u.Number, 10)} })
	lang := about(ctx).lang
	return ListAudits200JSONResponse{Items: mapped(found, func(u store.ListedAudit) Audit { return wireAudit(u, lang) }), Next: next}, err
}

// numberCursor is 0 for none.
func numberCursor(c *Cursor) (int64, error) {
	parts, err := readCursor(c, 1)
	if err != nil || c == nil {
		return 0, err
	}
	number, err := strconv.ParseInt(parts[0], 10, 64)
	if err != nil || number < 1 {
		return 0, errCursor()
	}
	return number, nil
}

// GetAudit shows an audit.
func (s *Server) GetAudit(ctx context.Context, r GetAuditRequestObject) (GetAuditResponseObject, error) {
	w, err := s.office.Audit(ctx, actor(ctx), rounds.AuditID(r.ID))
	return GetAudit200JSONResponse(wireWholeAudit(w, about(ctx).lang)), err
}

// PostAuditValue adds a value and draws.
func (s *Server) PostAuditValue(ctx context.Context, r PostAuditValueRequestObject) (PostAuditValueResponseObject, error) {
	w, err := s.office.ValueAudit(ctx, actor(ctx), rounds.AuditID(r.ID), r.Body.Value)
	return PostAuditValue200JSONResponse(wireWholeAudit(w, about(ctx).lang)), err
}

// PostAuditBeacon enters a beacon's output and draws.
func (s *Server) PostAuditBeacon(ctx context.Context, r PostAuditBeaconRequestObject) (PostAuditBeaconResponseObject, error) {
	w, err := s.office.RevealBeacon(ctx, actor(ctx), rounds.AuditID(r.ID), r.Body.Output)
	return PostAuditBeacon200JSONResponse(wireWholeAudit(w, about(ctx).lang)), err
}

// PostAuditCancel ends an audit that is not done.
func (s *Server) PostAuditCancel(ctx context.Context, r PostAuditCancelRequestObject) (PostAuditCancelResponseObject, error) {
	w, err := s.office.CancelAudit(ctx, actor(ctx), rounds.AuditID(r.ID), r.Body.Reason)
	return PostAuditCancel200JSONResponse(wireWholeAudit(w, about(ctx).lang)), err
}

// PostAuditFinish ends a drawn audit.
func (s *Server) PostAuditFinish(ctx context.Context, r PostAuditFinishRequestObject) (PostAuditFinishResponseObject, error) {
	w, err := s.office.FinishAudit(ctx, actor(ctx), rounds.AuditID(r.ID), orZero(r.Body.Reason))
	return PostAuditFinish200JSONResponse(wireWholeAudit(w, about(ctx).lang)), err
}

var pickColumns = []any{"stratum", "rank", "code", "inclusion_probability", "role", "standing", "class", "retailer_id", "rep_id", "territory_id"}

// ListAuditPicks lists what an audit visits.
func (s *Server) ListAuditPicks(ctx context.Context, r ListAuditPicksRequestObject) (ListAuditPicksResponseObject, error) {
	audit, picks, err := s.office.AuditPicks(ctx, actor(ctx), rounds.AuditID(r.ID))
	if err != nil {
		return nil, err
	}
	if isFile(r.Params.Format) {
		return asFile(auditFile("picks", audit), "picks", *r.Params.Format, pickColumns, picks, pickRow), nil
	}
	return ListAuditPicks200JSONResponse{Items: mapped(picks, wirePick)}, nil
}

func pickRow(p rounds.AuditPick) []any {
	row := []any{p.Stratum, p.Rank, p.Code, p.Probability, string(p.Role), string(p.Standing), p.Class, p.RetailerID.String(), nil, nil}
	if p.Role == rounds.PickAdded {
		row[1], row[3] = nil, nil
	}
	if !p.RepID.IsZero() {
		row[8] = p.RepID.String()
	}
	if !p.TerritoryID.IsZero() {
		row[9] = p.TerritoryID.String()
	}
	return row
}

// VisitListAuditPicksResponse writes the file.
func (d download) VisitListAuditPicksResponse(w http.ResponseWriter) error {
	return d.VisitListVisitsResponse(w)
}

func wirePick(p rounds.AuditPick) AuditPick {
	w := AuditPick{
		RetailerID: wireID(p.RetailerID), Code: p.Code, Stratum: maybe(p.Stratum), Role: AuditPickRole(p.Role), Standing: AuditPickStanding(p.Standing),
		RepID: maybeID(p.RepID), TerritoryID: maybeID(p.TerritoryID), Class: p.Class,
	}
	if p.Role != rounds.PickAdded {
		w.Rank, w.InclusionProbability = &p.Rank, &p.Probability
	}
	return w
}

func wireAudit(u store.ListedAudit, l lang) Audit {
	w := Audit{
		ID: wireID(u.ID), UnitID: wireID(u.UnitID), Unit: u.Unit, From: Day(u.From), To: Day(u.To), Spec: json.RawMessage(u.Spec),
		Scope: AuditScope{
			Territories: mapped(u.Asked.Territories, wireID[rounds.Territory]), Reps: mapped(u.Asked.Reps, wireID[rounds.User]), Classes: u.Asked.Classes,
			ApartDays: u.Asked.ApartDays, Visited: &u.Asked.Visited,
		},
		Status: AuditStatus(u.Status), Retailers: u.Retailers, In: u.In, Found: u.Found, FormID: maybeID(u.FormID), FormVersion: u.FormVersion,
		CommittedAt: u.CommittedAt, CommittedBy: wireID(u.CommittedBy), CommittedByName: u.Committer, LapsesAt: u.LapsesAt,
		Commitment: wireCommitment(fieldwork.CommitmentOf(u.Audit)), Hash: u.Hash, Protection: protectionOf(u.Audit, l),
		Value: maybe(u.Value), ValuedAt: u.ValuedAt, ValuedBy: maybeID(u.ValuedBy), BeaconOutput: maybe(u.BeaconOutput), Secret: maybe(hex.EncodeToString(u.Secret)),
		Seed: maybe(u.Seed), DrawnAt: u.DrawnAt, DrawnBy: maybeID(u.DrawnBy), EndedAt: u.EndedAt, EndedBy: maybeID(u.EndedBy), Reason: maybe(u.Reason),
	}
	if b, err := fieldwork.BeaconOf(u.Audit); err == nil && b != nil {
		w.Beacon = &AuditBeacon{Source: b.Source, Round: b.Round, At: b.At}
	}
	return w
}

func wireCommitment(c audit.Commitment) AuditCommitment {
	return AuditCommitment{
		Number: c.Number, Previous: c.Previous, By: c.By, At: c.At, Scope: c.Scope, From: c.From, To: c.To, Frame: c.Frame, Spec: c.Spec,
		Secret: c.Secret, Beacon: c.Beacon,
	}
}

func wireWholeAudit(u fieldwork.WholeAudit, l lang) Audit {
	w := wireAudit(u.ListedAudit, l)
	w.Strata, w.Added = wireStrata(u.Strata)
	w.Changes = mapped(u.Changes, wireAuditChange)
	w.Beside = mapped(u.Beside, wireBeside)
	return w
}

// wireStrata adds counts up by stratum; those added by hand are of none.
func wireStrata(counts []store.PickCount) (strata []AuditStratum, added *int) {
	added = new(int)
	for _, c := range counts {
		if c.Role == rounds.PickAdded {
			*added += c.Count
			continue
		}
		if len(strata) == 0 || strata[len(strata)-1].Stratum != c.Stratum {
			strata = append(strata, AuditStratum{Stratum: c.Stratum})
		}
		s := &strata[len(strata)-1]
		*map[rounds.PickRole]*int{rounds.PickDrawn: &s.Drawn, rounds.PickReserve: &s.Reserves}[c.Role] += c.Count
		*map[rounds.PickStanding]*int{rounds.PickIn: &s.In, rounds.PickWaiting: &s.Waiting, rounds.PickOut: &s.Out}[c.Standing] += c.Count
	}
	return strata, added
}

func wireBeside(u rounds.Audit) AuditBeside {
	w := AuditBeside{Number: u.Number, ID: maybeID(u.ID), EndedBy: maybeID(u.EndedBy), Reason: maybe(u.Reason)}
	if u.Status != "" {
		w.Status = new(AuditStatus(u.Status))
	}
	return w
}
