package fieldwork

import (
	"context"
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"rounds"
	"rounds/audit"
	"rounds/store"
)

// frameColumns are those of every frame. Ids are among them, so that whose a retailer was is promised with the rest.
var frameColumns = []string{"code", "retailer_id", "class", "rep", "rep_id", "territory", "territory_id", "unit"}

// askedColumns are in a frame whose specification names them, and in no other: a frame is told, and these say how colleagues work.
var askedColumns = []string{"visits", columnOfRisk}

const columnOfRisk = "risk"

// mostRisk is by how often a retailer may at most be likelier to be drawn than another one; nobody's chance is below a tenth of anybody's.
const mostRisk = 10

// frozenFrame is a frame as it is kept, with its rows by code.
type frozenFrame struct {
	audit.Frame
	text string
	rows map[string][]string // frameColumns first
}

// columnsFor are those of a frame that is drawn from by a specification.
func columnsFor(s audit.Spec) []string {
	return append(slices.Clone(frameColumns), slices.DeleteFunc(slices.Clone(askedColumns), func(name string) bool {
		return s.Size != name && !slices.Contains(s.Strata, name)
	})...)
}

// freeze writes rows as CSV and reads that back, so that the hash is of what is kept.
func freeze(columns []string, rows []store.FrameRow) (frozenFrame, error) {
	var text strings.Builder
	w := csv.NewWriter(&text)
	cells := [][]string{columns}
	for _, r := range rows {
		cells = append(cells, frozenRow(columns, r))
	}
	if err := w.WriteAll(cells); err != nil {
		return frozenFrame{}, err
	}
	return thaw(text.String())
}

// frozenRow has line feeds alone as line breaks: of others one reader of CSV makes line feeds, and another one does not.
func frozenRow(columns []string, r store.FrameRow) []string {
	row := []string{r.Code, r.ID.String(), r.Class, r.Rep, textOrNone(r.RepID), r.Territory, textOrNone(r.TerritoryID), r.Unit}
	asked := []string{strconv.Itoa(r.Visits), strconv.Itoa(min(1+r.Waiting, mostRisk))}
	for i, name := range askedColumns {
		if slices.Contains(columns, name) {
			row = append(row, asked[i])
		}
	}
	for i := range row {
		row[i] = strings.ReplaceAll(row[i], "\r\n", "\n")
	}
	return row
}

func textOrNone[Noun any](id rounds.ID[Noun]) string {
	if id.IsZero() {
		return ""
	}
	return id.String()
}

// thaw reads a frame as it is kept.
func thaw(text string) (frozenFrame, error) {
	cells, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		return frozenFrame{}, err
	}
	if len(cells) == 0 || len(cells[0]) < len(frameColumns) || !slices.Equal(cells[0][:len(frameColumns)], frameColumns) {
		return frozenFrame{}, fmt.Errorf("the frame has other columns than %s", strings.Join(frameColumns, ", "))
	}
	frame, err := audit.NewFrame(cells[0], cells[1:])
	f := frozenFrame{frame, text, make(map[string][]string, len(cells))}
	for _, row := range cells[1:] {
		f.rows[row[0]] = row
	}
	return f, err
}

// picks are what was drawn, each with whose it was when the frame was frozen.
func (f frozenFrame) picks(drawn []audit.Pick) ([]rounds.AuditPick, error) {
	picks := make([]rounds.AuditPick, len(drawn))
	for i, d := range drawn {
		row := f.rows[d.Code]
		p := rounds.AuditPick{
			Code: d.Code, Stratum: d.Stratum, Rank: d.Rank, Probability: d.Probability, Role: rounds.PickRole(d.Role), Standing: rounds.PickIn, Class: row[2],
		}
		if d.Role == audit.Reserve {
			p.Standing = rounds.PickWaiting
		}
		if err := parseIDs(row, &p); err != nil {
			return nil, err
		}
		picks[i] = p
	}
	return picks, nil
}

func parseIDs(row []string, p *rounds.AuditPick) (err error) {
	if p.RetailerID, err = rounds.ParseID[rounds.Retailer](row[1]); err != nil {
		return err
	}
	if row[4] != "" {
		if p.RepID, err = rounds.ParseID[rounds.User](row[4]); err != nil {
			return err
		}
	}
	if row[6] != "" {
		p.TerritoryID, err = rounds.ParseID[rounds.Territory](row[6])
	}
	return err
}

// shares reports whether a frame that is kept could draw one of the same retailers. It reads no further than to the first.
func (f frozenFrame) shares(text string) bool {
	r := csv.NewReader(strings.NewReader(text))
	r.ReuseRecord = true
	for first := true; ; first = false {
		row, err := r.Read()
		if err != nil {
			return false // at its end, or edited until it cannot be read, which its record tells
		}
		if _, both := f.rows[row[0]]; both && !first {
			return true
		}
	}
}

// freezeFrame reads whom an audit may draw as the register is now. It refuses an empty frame, and names what of the scope draws nobody.
func (o *Office) freezeFrame(ctx context.Context, tx *store.Store, a rounds.Actor, u rounds.Audit, s audit.Spec) (frozenFrame, error) {
	f, err := o.frameFilter(ctx, tx, a, u)
	if err != nil {
		return frozenFrame{}, err
	}
	rows, err := tx.FrameRows(ctx, a.OrgID, f)
	if err != nil {
		return frozenFrame{}, err
	}
	if err := drawsNobody(u.Asked, rows); err != nil {
		return frozenFrame{}, err
	}
	frame, err := freeze(columnsFor(s), rows)
	if err != nil {
		return frame, rounds.Errorf(rounds.Conflict,
			"the list of this audit cannot be frozen: %s: a line break is the same in a file whatever its kind; close one of these retailers", err.Error())
	}
	return frame, nil
}

func (o *Office) frameFilter(ctx context.Context, tx *store.Store, a rounds.Actor, u rounds.Audit) (store.FrameFilter, error) {
	f := store.FrameFilter{Day: o.today(a), From: u.From, To: u.To, Asked: u.Asked, OpenSince: o.now().Add(-openTooLong)}
	units, err := tx.Units(ctx, a.Scope())
	if err != nil {
		return f, err
	}
	for _, unit := range units {
		f.Unplaced = f.Unplaced || unit.ID == u.UnitID && unit.ParentID.IsZero()
	}
	if f.Units, err = unitsBelow(ctx, tx, a, u.UnitID); err != nil {
		return f, errAudit().With("/unit_id", "not_found")
	}
	if u.Asked.ApartDays > 0 {
		f.Since = f.Day.Add(-u.Asked.ApartDays)
	}
	return f, nil
}

// drawsNobody is an Invalid error if there is no row, or none for something that the scope names.
func drawsNobody(asked rounds.AuditScope, rows []store.FrameRow) error {
	territories, reps, classes := map[rounds.TerritoryID]bool{}, map[rounds.UserID]bool{}, map[string]bool{}
	for _, r := range rows {
		territories[r.TerritoryID], reps[r.RepID], classes[r.Class] = true, true, true
	}
	problem := errAudit()
	nobodyOf(problem, "/territories", asked.Territories, territories)
	nobodyOf(problem, "/reps", asked.Reps, reps)
	nobodyOf(problem, "/classes", asked.Classes, classes)
	if len(rows) == 0 && len(problem.Fields) == 0 {
		problem.With("", "draws_nobody")
	}
	return orNil(problem)
}

func nobodyOf[T comparable](problem *rounds.Error, pointer string, asked []T, seen map[T]bool) {
	for i, one := range asked {
		if !seen[one] {
			problem.With(fmt.Sprintf("%s/%d", pointer, i), "draws_nobody")
		}
	}
}

func errAudit() *rounds.Error {
	return rounds.Errorf(rounds.Invalid, "this audit cannot be drawn: see the fields")
}
