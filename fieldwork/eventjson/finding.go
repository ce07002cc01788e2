package eventjson

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"rounds"
)

// MaxFinding is how many bytes a finding may have: of long answers to many questions.
const MaxFinding = 256 << 10

// DecodeFinding reads what an auditor saw. Problems are the bad fields, by JSON pointer, and leave the finding unusable but for its
// id, which is read even of one that is too large or no JSON; fields that are not known are among them. Answers are as they were
// sent: what fits them is for the form to say.
func DecodeFinding(raw json.RawMessage) (f rounds.Finding, problems []rounds.Field) {
	d := &decoder{unknown: map[string]json.RawMessage{}}
	if len(raw) > MaxFinding {
		d.problems = []rounds.Field{{Code: "finding_too_large", Args: []any{MaxFinding}}}
	} else if top, ok := d.object("", raw); ok {
		f = finding(top)
		switch pointer, _ := d.checkNames(raw); pointer {
		case "/id":
			f.ID = rounds.FindingID{}
		case "/retailer_id":
			f.RetailerID = rounds.RetailerID{}
		}
		return f, append(d.problems, d.warnings...)
	}
	f.ID, _ = rounds.ParseID[rounds.Finding](idIn(raw))
	return f, d.problems
}

func finding(o *object) rounds.Finding {
	f := rounds.Finding{
		ID:         id[rounds.Finding](o, "id", required),
		AuditID:    id[rounds.Audit](o, "audit_id", required),
		RetailerID: id[rounds.Retailer](o, "retailer_id", required),
		CorrectsID: id[rounds.Finding](o, "corrects_id", optional),
		CheckInID:  id[rounds.VisitEvent](o, "check_in_id", optional),
		FormID:     id[rounds.AuditForm](o, "form_id", optional),
		Met:        rounds.Met(o.oneOf("met", required, "visited", "closed", "refused", "not_found")),
		Note:       o.text("note", optional, maxNote),
		AnsweredAt: o.instant("answered_at", required, firstYear, lastYear),
		Answers:    map[string]json.RawMessage{},
		Says:       map[rounds.VisitID]rounds.Says{},
	}
	f.FormVersion = int(min(max(o.whole("form_version", required), 0), 1<<30))
	if f.CorrectsID == f.ID && !f.ID.IsZero() {
		o.problem("corrects_id", "corrects_itself")
	}
	if answers, ok := o.child("answers", optional); ok {
		f.Answers = answers.raw
	}
	if says, ok := o.child("says", optional); ok {
		for _, visit := range slices.Sorted(maps.Keys(says.raw)) {
			visitID, err := rounds.ParseID[rounds.Visit](visit)
			if err != nil || visitID.IsZero() {
				says.problem(visit, "not_a_uuid")
			}
			f.Says[visitID] = rounds.Says(says.oneOf(visit, required, "confirmed", "refuted", "cannot_tell"))
		}
	}
	o.done()
	return f
}

// The canonical form of a finding: names in this order, absent fields left out, instants in UTC to the microsecond.
type wireFinding struct {
	ID          rounds.FindingID               `json:"id"`
	AuditID     rounds.AuditID                 `json:"audit_id"`
	RetailerID  rounds.RetailerID              `json:"retailer_id"`
	CorrectsID  *rounds.FindingID              `json:"corrects_id,omitempty"`
	CheckInID   *rounds.EventID                `json:"check_in_id,omitempty"`
	FormID      *rounds.FormID                 `json:"form_id,omitempty"`
	FormVersion int                            `json:"form_version"`
	Met         rounds.Met                     `json:"met"`
	Answers     map[string]json.RawMessage     `json:"answers"`
	Says        map[rounds.VisitID]rounds.Says `json:"says"`
	Note        string                         `json:"note,omitempty"`
	AnsweredAt  time.Time                      `json:"answered_at"`
}

func toWireFinding(f rounds.Finding) wireFinding {
	return wireFinding{
		ID: f.ID, AuditID: f.AuditID, RetailerID: f.RetailerID, CorrectsID: present(f.CorrectsID), CheckInID: present(f.CheckInID),
		FormID: present(f.FormID), FormVersion: f.FormVersion, Met: f.Met, Answers: f.Answers, Says: f.Says, Note: f.Note,
		AnsweredAt: microsecond(f.AnsweredAt),
	}
}

// HashFinding is SHA-256 of what an auditor said, to tell a repeat from something else under the same id. Answers count as they
// are written, so they are to be written in one way.
func HashFinding(f rounds.Finding) []byte {
	sum := sha256.Sum256(mustMarshal(toWireFinding(f)))
	return sum[:]
}

// DifferFindings is the JSON pointers of what two findings do not say alike.
func DifferFindings(a, b rounds.Finding) []string {
	first, second := members(toWireFinding(a)), members(toWireFinding(b))
	var pointers []string
	for _, name := range slices.Sorted(maps.Keys(merged(first, second))) {
		if name != "answers" && name != "says" {
			if !bytes.Equal(first[name], second[name]) {
				pointers = append(pointers, "/"+name)
			}
			continue
		}
		x, y := members(first[name]), members(second[name])
		for _, part := range slices.Sorted(maps.Keys(merged(x, y))) {
			if !bytes.Equal(x[part], y[part]) {
				pointers = append(pointers, "/"+name+"/"+escape(part))
			}
		}
	}
	return pointers
}

// members are those of an object.
func members(v any) map[string]json.RawMessage {
	var m map[string]json.RawMessage
	if err := json.Unmarshal(mustMarshal(v), &m); err != nil {
		panic("eventjson: internal error: " + err.Error())
	}
	return m
}

func merged(a, b map[string]json.RawMessage) map[string]json.RawMessage {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}
