package fieldwork

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"rounds"
	"rounds/fieldwork/eventjson"
	"rounds/fieldwork/forms"
	"rounds/store"
)

// FindingResult is the answer to one uploaded finding.
type FindingResult struct {
	ID      rounds.FindingID // zero: unreadable
	Status  Status           // Created, Exists, Conflict or Rejected
	Pending []string         // the sums of photographs that it names and that have not arrived, in hexadecimal
	Problem *rounds.Error    // of a conflict or a rejected finding

	audit      rounds.AuditID // as far as it could be read, as the next two
	retailer   rounds.RetailerID
	answered   time.Time
	unreadable bool // it is no finding
}

// AddFindings records what the actor saw as an auditor: each finding is stored, with what it says of claimed visits, or refused
// by its fields and kept in quarantine, and none hurts its neighbours. An error means that some may not be stored: send all of
// them again.
func (o *Office) AddFindings(ctx context.Context, a rounds.Actor, raws []json.RawMessage) ([]FindingResult, error) {
	if err := allow(a, visiting); err != nil {
		return nil, err
	}
	sent := make([]sentFinding, len(raws))
	for i, raw := range raws {
		sent[i].Finding, sent[i].problems = eventjson.DecodeFinding(raw)
	}
	results := make([]FindingResult, len(raws))
	for _, i := range correctedFirst(sent) {
		var err error
		if results[i], err = o.addFinding(ctx, a, sent[i]); err != nil {
			return nil, err
		}
		if results[i].Problem == nil {
			continue
		}
		if err := o.keepRefused(ctx, a, raws[i], results[i]); err != nil {
			return nil, err
		}
	}
	return results, nil
}

// sentFinding is a finding as it was read, with what is wrong with how it is written.
type sentFinding struct {
	rounds.Finding
	problems []rounds.Field
}

// correctedFirst are the places of findings in the order in which they were sent, but for those that correct one sent after them: phones
// may send the newest first, and what is corrected must be there before.
func correctedFirst(sent []sentFinding) []int {
	at := map[rounds.FindingID]int{}
	for i, f := range slices.Backward(sent) {
		if !f.ID.IsZero() {
			at[f.ID] = i
		}
	}
	var order []int
	placed := make([]bool, len(sent))
	for i := range sent {
		var chain []int
		for there := true; there && !placed[i]; i, there = at[sent[i].CorrectsID] {
			placed[i], chain = true, append(chain, i)
		}
		slices.Reverse(chain)
		order = append(order, chain...)
	}
	return order
}

// addFinding takes one in. Refusals are results, everything else is an error.
func (o *Office) addFinding(ctx context.Context, a rounds.Actor, read sentFinding) (FindingResult, error) {
	f, problems := read.Finding, read.problems
	result := FindingResult{ID: f.ID, Status: Created, audit: f.AuditID, retailer: f.RetailerID, unreadable: len(problems) > 0, answered: f.AnsweredAt}
	if len(problems) > 0 {
		problem := errFinding()
		problem.Fields = problems
		return result.refused(problem)
	}
	f.AuditorID, f.ReceivedAt = a.UserID, o.now()
	answers, err := spell(&f)
	if err != nil {
		return result.refused(err)
	}
	sent := store.StoredFinding{Finding: f, Hash: eventjson.HashFinding(f)}
	for range 2 { // what another transaction stores under its id meanwhile is there the second time
		result.Status, err = o.storeFinding(ctx, a, sent, answers)
		if rounds.CodeOf(err) != rounds.Conflict {
			break
		}
	}
	if err != nil {
		return result.refused(err)
	}
	form, err := formOf(ctx, o.store, a.OrgID, f.FormID, f.FormVersion)
	if err == nil {
		result.Pending, err = o.missingPhotos(ctx, a, form.Photos(answers))
	}
	return result, err
}

func errFinding() *rounds.Error {
	return rounds.Errorf(rounds.Invalid, "this finding cannot be taken: see its fields")
}

// refused is the result of a finding that cannot be stored as it is.
func (r FindingResult) refused(err error) (FindingResult, error) {
	switch rounds.CodeOf(err) {
	case rounds.Conflict:
		r.Status = Conflict
	case rounds.Invalid, rounds.NotFound:
		r.Status = Rejected
	default:
		return r, err
	}
	r.Problem, _ = errors.AsType[*rounds.Error](err)
	if r.Problem != nil {
		r.Problem.Fields = r.Problem.Fields[:min(len(r.Problem.Fields), maxFaults)]
	}
	return r, nil
}

// maxFaults is how many of a finding are told: an answer must not be much larger than what it answers.
const maxFaults = 100

// maxRefused is as much of a refused finding as is kept, by the table of quarantine.
const maxRefused = 64 << 10

// keepRefused puts a finding that is not taken into quarantine, for somebody to hear of it: it is an auditor's work. The same sent
// again is one item.
func (o *Office) keepRefused(ctx context.Context, a rounds.Actor, raw json.RawMessage, r FindingResult) error {
	item := rounds.Quarantined{
		ID: rounds.NewID[rounds.Quarantined](), RepID: a.UserID, Finding: true, FindingID: r.ID, AuditID: r.audit, RetailerID: r.retailer,
		Code: r.code(), Problem: r.told(), Raw: raw[:min(len(raw), maxRefused)], ReceivedAt: o.now(),
	}
	if r.unreadable && offShiftAt(a, item.ReceivedAt, r.answered) {
		item.Raw = []byte{}
	}
	return o.store.InsertQuarantined(ctx, a.OrgID, []store.NewQuarantined{{Quarantined: item, RawHash: sha256.Sum256(raw)}})
}

func (r FindingResult) code() string {
	if len(r.Problem.Fields) == 0 {
		return string(r.Problem.Code)
	}
	return r.Problem.Fields[0].Code
}

// maxTold is how many of the faults of a refused finding are told to who hears of it.
const maxTold = 5

// told is the problem in words, with where its first faults are. A name in a request may have what no text of the database has.
func (r FindingResult) told() string {
	text := r.Problem.Error()
	for _, f := range r.Problem.Fields[:min(len(r.Problem.Fields), maxTold)] {
		pointer := []rune(strings.ToValidUTF8(strings.ReplaceAll(f.Pointer, "\x00", ""), ""))
		text += "; " + strings.TrimSpace(string(pointer[:min(len(pointer), 100)])+" "+f.Code)
	}
	return text
}

// spell writes a finding's answers in the one way in which they are kept.
func spell(f *rounds.Finding) (forms.Answers, error) {
	text, err := json.Marshal(f.Answers)
	if err != nil {
		return nil, err
	}
	answers, err := forms.ParseAnswers(text)
	if err != nil {
		return nil, err
	}
	f.Answers = map[string]json.RawMessage{}
	for name, answer := range answers {
		if f.Answers[name], err = json.Marshal(answer); err != nil { // larger than any float64
			return nil, errFinding().With("/answers/"+name, "not_a_number")
		}
	}
	return answers, nil
}

// storeFinding stores one in a transaction of its own.
func (o *Office) storeFinding(ctx context.Context, a rounds.Actor, f store.StoredFinding, answers forms.Answers) (status Status, err error) {
	err = o.store.InTx(ctx, func(tx *store.Store) error {
		if status, err = seenBefore(ctx, tx, a, f); err != nil || status == Exists {
			return err
		}
		theirs, err := tx.AuditsAt(ctx, a.OrgID, a.UserID, f.AuditID, f.RetailerID)
		if err != nil {
			return err
		}
		if !theirs {
			return errFinding().With("/retailer_id", "not_on_your_route")
		}
		if err := tx.LockAudit(ctx, a.OrgID, f.AuditID); err != nil { // findings of an audit come one after the other
			return err
		}
		if status, err = seenBefore(ctx, tx, a, f); err != nil || status == Exists {
			return err
		}
		audit, err := tx.Audit(ctx, rounds.Scope{OrgID: a.OrgID}, f.AuditID)
		if err != nil {
			return err
		}
		if err := fits(ctx, tx, a.OrgID, audit, f.Finding, answers); err != nil {
			return err
		}
		if err := takesPlace(ctx, tx, a.OrgID, f.Finding); err != nil {
			return err
		}
		if err := tx.InsertFinding(ctx, a.OrgID, f); err != nil {
			return err
		}
		if err := tx.ResolveFindings(ctx, a.OrgID, a.UserID, f.ID, f.ReceivedAt); err != nil {
			return err
		}
		return o.joinClaims(ctx, tx, a, audit, f.Finding)
	})
	return status, err
}

// seenBefore is Exists if the very same is stored, Created if nothing is; a Conflict names what differs, of one's own alone.
func seenBefore(ctx context.Context, tx *store.Store, a rounds.Actor, f store.StoredFinding) (Status, error) {
	stored, err := tx.Finding(ctx, a.OrgID, f.ID)
	switch {
	case rounds.CodeOf(err) == rounds.NotFound:
		return Created, nil
	case err != nil:
		return "", err
	case stored.AuditorID == a.UserID && bytes.Equal(stored.Hash, f.Hash):
		return Exists, nil
	}
	problem := errOtherUnderID()
	if stored.AuditorID == a.UserID {
		if _, err := spell(&stored.Finding); err != nil { // the database writes JSON in its own way
			return "", err
		}
		for _, pointer := range eventjson.DifferFindings(stored.Finding, f.Finding) {
			problem.With(pointer, "differs")
		}
	}
	return "", problem
}

// fits holds a finding to the form that its audit asks by, in the version that the phone had.
func fits(ctx context.Context, tx *store.Store, org rounds.OrgID, audit rounds.Audit, f rounds.Finding, answers forms.Answers) error {
	if f.FormID != audit.FormID {
		return errFinding().With("/form_id", "not_the_audits_form")
	}
	form, err := formOf(ctx, tx, org, f.FormID, f.FormVersion)
	if rounds.CodeOf(err) == rounds.NotFound || f.FormID.IsZero() && f.FormVersion != DefaultFormVersion {
		return errFinding().With("/form_version", "not_found")
	}
	if err != nil {
		return err
	}
	problem := errFinding()
	if f.Met == rounds.MetVisited {
		problem.Fields = form.Check("/answers", answers)
	} else if len(answers) > 0 {
		problem.With("/answers", "nobody_asked")
	}
	return orNil(problem)
}

// takesPlace lets one finding of an audit and retailer count: the first, and one correction of each by the same auditor.
func takesPlace(ctx context.Context, tx *store.Store, org rounds.OrgID, f rounds.Finding) error {
	if f.CorrectsID.IsZero() {
		first, err := tx.FirstFinding(ctx, org, f.AuditID, f.RetailerID)
		if err != nil || first.IsZero() {
			return err
		}
		return rounds.Errorf(rounds.Conflict, "this audit has a finding of the retailer already: its auditor may send a correction").With("/retailer_id", "found_before")
	}
	corrected, err := tx.Finding(ctx, org, f.CorrectsID)
	other := corrected.AuditID != f.AuditID || corrected.RetailerID != f.RetailerID || corrected.AuditorID != f.AuditorID
	if rounds.CodeOf(err) == rounds.NotFound || err == nil && other {
		return errFinding().With("/corrects_id", "no_such_finding")
	}
	if err != nil {
		return err
	}
	by, err := tx.CorrectionOf(ctx, org, f.CorrectsID)
	if err != nil || by.IsZero() {
		return err
	}
	return rounds.Errorf(rounds.Conflict, "this finding has been corrected already: correct the correction").With("/corrects_id", "corrected_before", by)
}

// missingPhotos are those of the actor's photographs that have not arrived.
func (o *Office) missingPhotos(ctx context.Context, a rounds.Actor, sums []string) ([]string, error) {
	if len(sums) == 0 {
		return nil, nil
	}
	reps, wanted := make([]rounds.UserID, len(sums)), make([][]byte, len(sums))
	for i, sum := range sums {
		reps[i] = a.UserID
		wanted[i], _ = hex.DecodeString(sum) // a form lets nothing else pass
	}
	found, err := o.store.Photos(ctx, a.OrgID, reps, wanted)
	return slices.DeleteFunc(sums, func(sum string) bool {
		return slices.ContainsFunc(found, func(p rounds.Photo) bool { return hex.EncodeToString(p.SHA256) == sum })
	}), err
}

// MyFinding is a finding of the actor's own with the photographs that it names and that have not arrived, as of a FindingResult.
type MyFinding struct {
	store.OwnFinding
	Pending []string
}

// MyFindings are the actor's own by their ids after the given one, of one audit or, where that is zero, of all.
func (o *Office) MyFindings(ctx context.Context, a rounds.Actor, audit rounds.AuditID, after rounds.FindingID, limit int) ([]MyFinding, error) {
	found, err := o.store.FindingsBy(ctx, a.OrgID, a.UserID, audit, after, limit)
	if err != nil {
		return nil, err
	}
	mine, asked := make([]MyFinding, len(found)), map[askedBy]forms.Form{}
	var named []string
	for i, f := range found {
		by := askedBy{f.FormID, f.FormVersion}
		form, known := asked[by]
		if !known {
			if form, err = formOf(ctx, o.store, a.OrgID, f.FormID, f.FormVersion); err != nil {
				return nil, err
			}
			asked[by] = form
		}
		answers, err := spell(&f.Finding)
		if err != nil {
			return nil, err
		}
		mine[i] = MyFinding{f, form.Photos(answers)}
		named = append(named, mine[i].Pending...)
	}
	missing, err := o.missingPhotos(ctx, a, named)
	for i := range mine {
		mine[i].Pending = slices.DeleteFunc(mine[i].Pending, func(sum string) bool { return !slices.Contains(missing, sum) })
	}
	return mine, err
}

// askedBy is a version of a form.
type askedBy struct {
	id      rounds.FormID
	version int
}

// foundPhoto is whose photograph it is that a finding names, where the actor may look at it; that is written down.
func (o *Office) foundPhoto(ctx context.Context, tx *store.Store, a rounds.Actor, sum []byte, purpose string) (rounds.UserID, error) {
	found, err := tx.FoundPhoto(ctx, a.Scope(), hex.EncodeToString(sum))
	if err != nil {
		return found.AuditorID, err
	}
	if err := allow(a, lookingCloser); err != nil {
		return found.AuditorID, err
	}
	if purpose == "" {
		return found.AuditorID, rounds.Errorf(rounds.Invalid, "say what the photograph must be looked at for: it goes into the audit log").With("purpose", "required")
	}
	return found.AuditorID, tx.Log(ctx, a.OrgID, a.UserID, o.now(), store.Action{
		Name: "audit_photo.read", Subject: found.FindingID.String(), Detail: map[string]any{"sha256": hex.EncodeToString(sum), "purpose": purpose},
	})
}
