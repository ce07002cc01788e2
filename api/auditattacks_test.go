package api_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"rounds"
	"rounds/audit"
	"rounds/internal/pgtest"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
)

// intruder is somebody who writes to an org's database behind the server's back.
type intruder struct {
	*fixture
	conn *pgx.Conn
}

func withIntruder(t *testing.T) *intruder {
	t.Helper()
	address := pgtest.URL(t)
	f := serve(t, openStore(t, address)).orgFor(t)
	conn, err := pgx.Connect(t.Context(), address)
	f.must(err)
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return &intruder{f, conn}
}

// write runs a statement, whose first parameter is the org.
func (i *intruder) write(q string, args ...any) {
	i.t.Helper()
	_, err := i.conn.Exec(i.t.Context(), q, append([]any{i.org.ID.String()}, args...)...)
	i.must(err)
}

func read[T any](i *intruder, q string, args ...any) (value T) {
	i.t.Helper()
	i.must(i.conn.QueryRow(i.t.Context(), q, append([]any{i.org.ID.String()}, args...)...).Scan(&value))
	return value
}

func (i *intruder) frame(u answer) audit.Frame {
	i.t.Helper()
	text := read[string](i, `select content from audit_frames where org_id = $1 and audit_id = $2`, u.text("id"))
	return frameOf(i.t, text)
}

func frameOf(t testing.TB, text string) audit.Frame {
	t.Helper()
	var rows [][]string
	for line := range strings.Lines(text) {
		rows = append(rows, strings.Split(strings.TrimSpace(line), ","))
	}
	f, err := audit.NewFrame(rows[0], rows[1:])
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func published(t testing.TB, record answer) audit.Published {
	t.Helper()
	p, err := audit.ParsePublished(record.body)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func says(faults []error, part string) bool {
	return slices.ContainsFunc(faults, func(f error) bool { return strings.Contains(f.Error(), part) })
}

// fourOfEight may draw 70 different samples; these are favourites.
var (
	fourOfEight = object{"n": 4}
	favourites  = []string{"R11", "R12", "R21", "R22"}
)

func drawnCodes(picks []audit.Pick) (codes []string) {
	for _, p := range picks {
		if p.Role == audit.Drawn {
			codes = append(codes, p.Code)
		}
	}
	slices.Sort(codes)
	return codes
}

// drawsFavourites is what somebody reckons who believes a secret.
func drawsFavourites(t testing.TB, f audit.Frame, secret []byte, commitment, value string) ([]audit.Pick, bool) {
	t.Helper()
	draw, err := f.Draw(audit.Spec{N: 4}, audit.Seed(secret, commitment, value, ""))
	if err != nil {
		t.Fatal(err)
	}
	return draw.Picks, slices.Equal(drawnCodes(draw.Picks), favourites)
}

// A supervisor tries ten thousand values at home before he adds one. He knows all that the server told and, by some way, the list
// itself. Whoever knows the secret too has his favourites drawn each time.
func TestNobodyFindsAFavourableValueWithoutTheSecret(t *testing.T) {
	t.Parallel()
	const tries = 12
	i := withIntruder(t)
	super := i.as("supervisor")
	successes := func(secretOf func(u answer) []byte) (n int) {
		for range tries {
			u := super.commit(4, "spec", fourOfEight)
			frame, secret := i.frame(u), secretOf(u)
			value := 0
			for ; value < 10_000; value++ {
				if _, ok := drawsFavourites(t, frame, secret, u.text("hash"), fmt.Sprint("dice ", value)); ok {
					break
				}
			}
			super.post(auditPath(u)+"/value", object{"value": fmt.Sprint("dice ", value)}).want(200)
			if p := published(t, super.get(auditPath(u)+"/record").want(200)); slices.Equal(drawnCodes(p.Picks), favourites) {
				n++
			}
		}
		return n
	}
	if n := successes(func(u answer) []byte {
		told, _ := hex.DecodeString(u.text("commitment", "secret"))
		return told
	}); n > 4 { // of 12, each 1 in 70: less than once in a million
		t.Errorf("favourites were drawn %d times of %d", n, tries)
	}
	if n := successes(func(u answer) []byte {
		return read[[]byte](i, `select secret from audits where org_id = $1 and id = $2`, u.text("id"))
	}); n != tries {
		t.Errorf("with the secret favourites were drawn %d times of %d", n, tries)
	}
}

// An administrator writes the secret when the value is known, so that his favourites are drawn.
func TestASecretThatIsPickedLateShows(t *testing.T) {
	t.Parallel()
	i := withIntruder(t)
	super := i.as("supervisor")
	u := super.drawnAudit(4, "dice", "spec", fourOfEight)
	next := super.commit(1, "from", "2026-01-01", "to", "2026-01-02")
	chain := func() audit.Chain {
		c, err := audit.ParseChain(super.get("/v1/audit-chain").want(200).body)
		i.must(err)
		return c
	}
	kept := chain()
	honest := published(t, super.get(auditPath(u)+"/record").want(200))
	if faults := append(honest.Check(), kept.Check(kept.Head, []audit.Published{honest})...); faults != nil {
		t.Fatal(faults)
	}
	i.writeLate(u, honest, u.text("hash"))
	late := published(t, super.get(auditPath(u)+"/record").want(200))
	if faults := late.Check(); len(faults) != 1 || !says(faults, "the secret is not the one committed to") {
		t.Errorf("%v", faults)
	}
	if !slices.Equal(drawnCodes(late.Picks), favourites) {
		t.Error("the attack does not draw the favourites")
	}

	// Whoever does not compare with what was published before takes it for true: the commitment is written late too.
	c := honest.Commitment
	for n := range 10_000 {
		secret := sha(fmt.Sprint("another ", n))
		c.Secret = audit.HashOf(secret)
		if _, ok := drawsFavourites(t, honest.Frame, secret, c.Hash(), "dice"); ok {
			i.write(`update audits set secret = $3, secret_hash = $4, hash = $5 where org_id = $1 and id = $2`, u.text("id"), secret, c.Secret, c.Hash())
			break
		}
	}
	i.writeSeed(u, c.Hash())
	late = published(t, super.get(auditPath(u)+"/record").want(200))
	if faults := late.Check(); faults != nil || !slices.Equal(drawnCodes(late.Picks), favourites) {
		t.Errorf("the record agrees with itself, and says %v", faults)
	}
	if faults := chain().Check("", []audit.Published{late}); !says(faults, "does not follow the one before it") {
		t.Errorf("the commitment after it is %s, and the chain says %v", next.text("hash"), faults)
	}
	if faults := kept.Check("", []audit.Published{late}); !says(faults, "is not in the chain") {
		t.Errorf("the chain that somebody kept says %v", faults)
	}
}

func sha(text string) []byte {
	sum, err := hex.DecodeString(audit.HashOf([]byte(text)))
	if err != nil {
		panic(err)
	}
	return sum
}

// writeLate finds a secret that draws the favourites, and writes what follows from it.
func (i *intruder) writeLate(u answer, p audit.Published, hash string) {
	for n := range 10_000 {
		secret := sha(fmt.Sprint(n))
		if _, ok := drawsFavourites(i.t, p.Frame, secret, hash, "dice"); ok {
			i.write(`update audits set secret = $3 where org_id = $1 and id = $2`, u.text("id"), secret)
			i.writeSeed(u, hash)
			return
		}
	}
	i.t.Fatal("no secret draws the favourites")
}

// writeSeed writes seed and picks by the secret as it stands.
func (i *intruder) writeSeed(u answer, hash string) {
	secret := read[[]byte](i, `select secret from audits where org_id = $1 and id = $2`, u.text("id"))
	picks, _ := drawsFavourites(i.t, i.frame(u), secret, hash, "dice")
	i.write(`update audits set seed = $3 where org_id = $1 and id = $2`, u.text("id"), audit.Seed(secret, hash, "dice", ""))
	i.write(`delete from audit_picks where org_id = $1 and audit_id = $2`, u.text("id"))
	var rows []rounds.AuditPick
	for _, p := range picks {
		row := i.inFrame(u, p.Code)
		row.Stratum, row.Rank, row.Probability, row.Role, row.Standing = p.Stratum, p.Rank, p.Probability, rounds.PickRole(p.Role), rounds.PickIn
		rows = append(rows, row)
	}
	id, err := rounds.ParseID[rounds.Audit](u.text("id"))
	i.must(err)
	i.must(i.store.InsertAuditPicks(i.t.Context(), i.org.ID, id, rows))
}

// inFrame is a pick as the frame has its retailer: code,retailer_id,class,rep,rep_id,territory,territory_id,unit.
func (i *intruder) inFrame(u answer, code string) rounds.AuditPick {
	i.t.Helper()
	text := read[string](i, `select content from audit_frames where org_id = $1 and audit_id = $2`, u.text("id"))
	for line := range strings.Lines(text) {
		if row := strings.Split(line, ","); row[0] == code {
			rep, err := rounds.ParseID[rounds.User](row[4])
			i.must(err)
			territory, err := rounds.ParseID[rounds.Territory](row[6])
			i.must(err)
			return rounds.AuditPick{RetailerID: i.byCode(code).ID, Code: code, Class: row[2], RepID: rep, TerritoryID: territory}
		}
	}
	i.t.Fatalf("the frame has no %s", code)
	return rounds.AuditPick{}
}

func (f *fixture) byCode(code string) rounds.Retailer {
	for _, list := range f.retailers {
		for _, r := range list {
			if r.Code == code {
				return r
			}
		}
	}
	f.t.Fatalf("there is no %s", code)
	return rounds.Retailer{}
}

// Whatever is written after the commitment keeps it from being drawn, and the record names it.
func TestWhatIsEditedAfterTheCommitmentIsNotDrawn(t *testing.T) {
	t.Parallel()
	i := withIntruder(t)
	super := i.as("supervisor")
	for fault, edit := range map[string]string{
		"the frame is not the one committed to":            `update audit_frames set content = regexp_replace(content, '\nR11[^\n]*', '') where org_id = $1 and audit_id = $2`,
		"the specification is not the one committed to":    `update audits set spec = '{"n":3}' where org_id = $1 and id = $2`,
		"the secret is not the one committed to":           `update audits set secret = decode(repeat('00', 32), 'hex') where org_id = $1 and id = $2`,
		"the commitment is not the one that was published": `update audits set from_day = '2026-01-15' where org_id = $1 and id = $2`,
	} {
		u := super.commit(4, "spec", fourOfEight)
		i.write(edit, u.text("id"))
		a := super.post(auditPath(u)+"/value", object{"value": "dice"}).want(409)
		if !strings.Contains(a.text("detail"), "tampered") || !strings.Contains(a.text("detail"), fault) {
			t.Errorf("%s", a)
		}
		if got := super.get(auditPath(u)).want(200).text("status"); got != "committed" {
			t.Errorf("it is %s", got)
		}
		super.post(auditPath(u)+"/cancel", object{"reason": "tampered with"}).want(200)
		if faults := published(t, super.get(auditPath(u)+"/record").want(200)).Check(); len(faults) != 1 || !says(faults, fault) {
			t.Errorf("%v, want %s", faults, fault)
		}
	}
	// Without the comparison the edited frame draws as well as any, and never who was taken out.
	u := super.commit(4, "spec", fourOfEight)
	i.write(`update audit_frames set content = regexp_replace(content, '\nR11[^\n]*', '') where org_id = $1 and audit_id = $2`, u.text("id"))
	if draw, err := i.frame(u).Draw(audit.Spec{N: 7}, "any seed"); err != nil || slices.Contains(drawnCodes(draw.Picks), "R11") {
		t.Errorf("%v %v", draw, err)
	}
}

func TestTheChainShowsWhatWasTakenOutOfIt(t *testing.T) {
	t.Parallel()
	for want, edit := range map[string][]string{
		"commitment 3 stands where 2 should": {
			`delete from audit_frames using audits a where audit_frames.org_id = $1 and a.org_id = $1 and a.id = audit_id and number = 2`,
			`delete from audits where org_id = $1 and number = 2`,
		},
		"commitment 2 does not follow": {
			`delete from audit_frames using audits a where audit_frames.org_id = $1 and a.org_id = $1 and a.id = audit_id and number = 2`,
			`delete from audits where org_id = $1 and number = 2`,
			`update audits set number = 2 where org_id = $1 and number = 3`,
			`update audits set number = 3 where org_id = $1 and number = 4`,
		},
		"not the published head": {
			`delete from audit_frames using audits a where audit_frames.org_id = $1 and a.org_id = $1 and a.id = audit_id and number = 4`,
			`delete from audits where org_id = $1 and number = 4`,
		},
		"the head that was kept is no commitment": {
			`delete from audit_frames using audits a where audit_frames.org_id = $1 and a.org_id = $1 and a.id = audit_id and number = 4`,
			`delete from audits where org_id = $1 and number = 4`,
			`update audit_chains set number = 3, head = (select hash from audits where org_id = $1 and number = 3) where org_id = $1`,
		},
		"commitment 2 is not the one that was published": {`update audits set scope = 'the others' where org_id = $1 and number = 2`},
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			i := withIntruder(t)
			for n := range 4 {
				day := fmt.Sprintf("2026-01-%02d", n+1)
				u := i.as("supervisor").commit(1, "from", day, "to", day)
				i.as("supervisor").post(auditPath(u)+"/cancel", object{"reason": "r"}).want(200)
			}
			rep := i.as("rep1")
			before, err := audit.ParseChain(rep.get("/v1/audit-chain").want(200).body)
			i.must(err)
			if faults := before.Check(before.Head, nil); faults != nil || len(before.Links) != 4 {
				t.Fatal(faults)
			}
			for _, q := range edit {
				i.write(q)
			}
			after, err := audit.ParseChain(rep.get("/v1/audit-chain").want(200).body)
			i.must(err)
			if faults := after.Check(before.Head, nil); !says(faults, want) {
				t.Errorf("%v", faults)
			}
		})
	}
}

// Drawing again until it suits does not stay hidden.
func TestDrawingAgainUntilItSuitsShows(t *testing.T) {
	t.Parallel()
	f := alone(t)
	super := f.as("supervisor")
	first := super.commit(4, "spec", fourOfEight)
	super.post("/v1/audits", newAudit(4, "spec", fourOfEight)).want(409)
	super.post("/v1/audits", newAudit(1, "from", "2026-02-28", "reps", []string{f.users["rep2"].ID.String()})).want(409)
	f.as("admin").post("/v1/audits", newAudit(1)).want(409)
	super.commit(1, "from", "2026-01-01", "to", "2026-01-31")
	f.as("sibling").commit(1)
	super.post(auditPath(first)+"/value", object{"value": "1"}).want(200)
	super.post(auditPath(first)+"/cancel", object{"reason": "a typing error"}).want(200)
	second := super.drawnAudit(4, "2", "spec", fourOfEight)
	b := second.at("beside", 0)
	if got := []any{at(b, "number"), at(b, "status"), at(b, "reason"), at(b, "ended_by"), len(list(second.at("beside")))}; !cmp.Equal(got, []any{1.0, "cancelled", "a typing error", f.users["supervisor"].ID.String(), 1}) {
		t.Errorf("%v", got)
	}
	super.post(auditPath(second)+"/finish", object{"reason": "r"}).want(200)
	f.move(2 * time.Minute)
	records := []audit.Published{
		published(t, f.as("rep1").get(auditPath(first)+"/record").want(200)), published(t, f.as("rep1").get(auditPath(second)+"/record").want(200)),
	}
	if faults, unknown := audit.CheckBeside(records); faults != nil || unknown != nil {
		t.Errorf("%v %v", faults, unknown)
	}
	records[1].Beside = nil
	if faults, _ := audit.CheckBeside(records); !says(faults, "does not say so") {
		t.Errorf("a record that hides the first one: %v", faults)
	}
}

// A record of a time at which the audit beside it was under way could not name it: whoever saved it is not told of a fault.
func TestARecordNamesWhatHadEndedWhenItWasTold(t *testing.T) {
	t.Parallel()
	f := alone(t)
	super := f.as("supervisor")
	first := super.drawnAudit(4, "1", "spec", fourOfEight)
	second := super.drawnAudit(4, "2", "spec", fourOfEight)
	super.post(auditPath(second)+"/finish", object{"reason": "r"}).want(200)
	record := func(u answer) audit.Published {
		return published(t, f.as("rep1").get(auditPath(u)+"/record").want(200))
	}
	early := record(second)
	f.move(time.Hour)
	f.as("supervisor").post(auditPath(first)+"/finish", object{"reason": "r"}).want(200)
	f.move(time.Hour)
	other := record(first)
	if faults, unknown := audit.CheckBeside([]audit.Published{early, other}); faults != nil || !says(unknown, "ask for it again") {
		t.Errorf("%v %v", faults, unknown)
	}
	if faults, unknown := audit.CheckBeside([]audit.Published{record(second), other}); faults != nil || unknown != nil {
		t.Errorf("asked for again: %v %v", faults, unknown)
	}
}

// Before it is drawn or has ended the secret is in no answer, no line of the log and no entry of the audit log.
func TestTheSecretIsToldToNobodyBefore(t *testing.T) {
	t.Parallel()
	i := withIntruder(t)
	super := i.as("supervisor")
	u := super.commit(2, "beacon", object{"source": "s", "round": "1", "at": "2026-03-03T00:00:00Z"})
	secret := read[[]byte](i, `select secret from audits where org_id = $1 and id = $2`, u.text("id"))
	forms := []string{hex.EncodeToString(secret), base64.StdEncoding.EncodeToString(secret), base64.URLEncoding.EncodeToString(secret), string(secret)}
	for _, f := range forms {
		t.Cleanup(logged.forbid(f))
	}
	told := func(a answer) bool {
		body, err := plain(a)
		i.must(err)
		return slices.ContainsFunc(forms, func(f string) bool { return bytes.Contains(body, []byte(f)) })
	}
	path := auditPath(u)
	answers := []answer{u, super.post(path+"/value", object{"value": "6"})}
	for _, who := range []string{"supervisor", "admin", "planner", "sibling", "rep1"} {
		for _, p := range []string{path, "/v1/audits", path + "/picks", path + "/record", path + "/changes", "/v1/audit-chain", "/v1/me/data", "/v1/exceptions"} {
			answers = append(answers, i.as(who).get(p))
		}
	}
	answers = append(answers, super.post(path+"/beacon", object{"output": "1"}).want(409), super.post(path+"/finish", object{}).want(409),
		super.post(path+"/value", object{"value": "7"}).want(409), super.post("/v1/audits", newAudit(2)).want(409))
	for _, a := range answers {
		if told(a) {
			t.Errorf("%s %s tells the secret: %s", a.method, a.path, a)
		}
	}
	logs := read[string](i, `select string_agg(action || ' ' || detail::text, ' ') from audit_log where org_id = $1`)
	if !strings.Contains(logs, "audit.commit") || strings.Contains(logs, forms[0]) || strings.Contains(logs, forms[1]) {
		t.Errorf("the audit log has %s", logs)
	}
	if a := super.post(path+"/cancel", object{"reason": "r"}).want(200); !told(a) {
		t.Error("the secret of what was cancelled is not told")
	}
}
