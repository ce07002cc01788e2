package fieldwork

import (
	"cmp"
	"context"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"rounds"
	"rounds/internal/sheet"
	"rounds/store"
)

// An owner file has a row for each retailer, under headings in English or Chinese.
var ownerHeadings = map[string][]string{
	"code":      {"retailercode", "code", "licence", "license", "licencecode", "零售户编码", "零售戶編碼", "客户编码", "许可证号", "专卖证号", "编码"},
	"territory": {"territory", "territoryname", "owner", "area", "route", "片区", "片區", "片区名称", "区域", "区域名称", "线路", "归属", "所属片区"},
}

// longestName is that of a territory, as the API's contract has it, in characters.
const longestName = 200

// OwnerImport is what came of an owner file: a proposal, or what keeps it out.
type OwnerImport struct {
	Rows     int
	Proposal rounds.TerritoryProposal
	Findings []BeatFinding
}

// ownerFile is such a file on its way to a proposal.
type ownerFile struct {
	table    *sheet.Table
	column   map[string]int
	of       map[string]string // territory, by code
	line     map[string]int
	findings []BeatFinding
}

// ImportTerritories makes a proposal of a file that says whose each retailer is, to be looked at and accepted like any other:
// all or nothing. Names that no territory of the unit has are territories that open; who is not in the file stays.
func (o *Office) ImportTerritories(ctx context.Context, a rounds.Actor, r io.Reader, n NewTerritoryProposal) (OwnerImport, error) {
	if err := allow(a, keepingRecords); err != nil {
		return OwnerImport{}, err
	}
	f, err := readOwners(r)
	if err != nil {
		return OwnerImport{}, err
	}
	im := OwnerImport{Rows: len(f.table.Rows), Findings: f.findings}
	if len(im.Findings) > 0 {
		return im, nil
	}
	err = o.store.InTx(ctx, func(tx *store.Store) error {
		f.findings = nil
		im.Proposal, err = o.proposeOwners(ctx, tx, a, n, f)
		im.Findings = f.findings
		return err
	})
	slices.SortStableFunc(im.Findings, func(a, b BeatFinding) int { return cmp.Compare(a.Line, b.Line) })
	return im, err
}

func readOwners(r io.Reader) (*ownerFile, error) {
	table, err := sheet.Read(r, "")
	if refusal, ok := errors.AsType[*sheet.Error](err); ok {
		if slices.Contains(tooLarge, refusal.Code) {
			return nil, rounds.Errorf(rounds.TooLarge, "this file is too large: %s", refusal)
		}
		return nil, rounds.Errorf(rounds.Invalid, "this file cannot be read: %s", refusal)
	}
	if err != nil {
		return nil, err
	}
	f := &ownerFile{table: table, column: map[string]int{}, of: map[string]string{}, line: map[string]int{}}
	for field, names := range ownerHeadings {
		f.column[field] = slices.IndexFunc(table.Header, func(h string) bool { return slices.Contains(names, simpleText(h)) })
		if f.column[field] < 0 {
			return nil, rounds.Errorf(rounds.Invalid, "an owner file has the columns code and territory; this file has: %s", strings.Join(table.Header, ", "))
		}
	}
	for _, bad := range table.Bad {
		f.findings = append(f.findings, BeatFinding{Line: bad.Line, Code: "not_readable"})
	}
	for _, row := range table.Rows {
		f.row(row)
	}
	if len(table.Rows) == 0 {
		f.findings = append(f.findings, BeatFinding{Line: table.Line, Code: "too_few"})
	}
	return f, nil
}

func (f *ownerFile) found(line int, field, code string, args ...any) {
	f.findings = append(f.findings, BeatFinding{line, f.table.Header[f.column[field]], code, args})
}

func (f *ownerFile) row(row sheet.Row) {
	code, territory := strings.TrimSpace(row.Cells[f.column["code"]]), strings.TrimSpace(row.Cells[f.column["territory"]])
	switch {
	case code == "":
		f.found(row.Line, "code", "required")
	case f.line[code] > 0:
		f.found(row.Line, "code", "given_twice")
	case territory == "":
		f.found(row.Line, "territory", "required")
	case utf8.RuneCountInString(territory) > longestName:
		f.found(row.Line, "territory", "too_long", longestName)
	}
	f.of[code], f.line[code] = territory, row.Line
}

// proposeOwners stores the proposal, unless there are findings.
func (o *Office) proposeOwners(ctx context.Context, tx *store.Store, a rounds.Actor, n NewTerritoryProposal, f *ownerFile) (rounds.TerritoryProposal, error) {
	var none rounds.TerritoryProposal
	n.Unplaced = new(true)
	d, r, err := o.begin(ctx, tx, a, n)
	if err != nil {
		return none, err
	}
	closed, err := tx.NotActive(ctx, a.OrgID, r.day, r.purpose, r.units, true, slices.Collect(maps.Keys(f.of)))
	if err != nil {
		return none, err
	}
	f.match(r, &n, closed)
	n.Ask.Measures = measuresWithLoad(r.retailers)
	d.proposal.Ask = n.Ask
	if len(f.findings) > 0 {
		return none, nil
	}
	if err := d.read(n, *r); err != nil {
		return none, err
	}
	of := f.owners(d)
	c, faults := newCut(d.proposal.Ask, d.territories, d.retailers)
	if c.region == nil {
		withFaults(d.problem, faults)
		return none, d.problem
	}
	text, _, faults, err := figuresOf(c.region, of, nil)
	if withFaults(d.problem, faults); err != nil || len(faults) > 0 {
		return none, errors.Join(err, d.problem)
	}
	p := d.proposal
	p.Origin, p.Status, p.FinishedAt = rounds.CutByFile, rounds.CutProposed, &p.CreatedAt
	if err := tx.InsertTerritoryProposal(ctx, a.OrgID, p, d.territories, d.retailers, text); err != nil {
		return none, err
	}
	return p, o.logProposal(ctx, tx, a, "territory_proposal.import", p, map[string]any{"rows": len(f.table.Rows)})
}

// measuresWithLoad are those that a file's territories are compared by.
func measuresWithLoad(retailers []rounds.Retailer) []rounds.CutMeasure {
	measures := []rounds.CutMeasure{{Name: rounds.MeasureRetailers}}
	for _, name := range []string{rounds.MeasureVisits, rounds.MeasureWorkload, rounds.MeasureOrders} {
		if slices.ContainsFunc(retailers, func(r rounds.Retailer) bool { load, _ := loadOf(name, r); return r.Pin != nil && load > 0 }) {
			measures = append(measures, rounds.CutMeasure{Name: name})
		}
	}
	return measures
}

// match finds the retailers and territories that the file names; those of no territory that it does not name are left out.
func (f *ownerFile) match(r *registerToCut, n *NewTerritoryProposal, closed []string) {
	own, name := map[string]bool{}, map[rounds.TerritoryID]string{}
	for _, t := range r.territories {
		own[t.Name], name[t.ID] = true, t.Name
		n.Territories = append(n.Territories, TerritoryAsk{TerritoryID: t.ID})
	}
	known := map[string]bool{}
	r.retailers = slices.DeleteFunc(r.retailers, func(s rounds.Retailer) bool {
		to, given := f.of[s.Code]
		known[s.Code] = true
		if given && s.Pin == nil && to != name[s.TerritoryID] {
			f.found(f.line[s.Code], "code", "pinless")
		}
		return !given && s.TerritoryID.IsZero()
	})
	opened := map[string]bool{}
	for _, row := range f.table.Rows {
		code := strings.TrimSpace(row.Cells[f.column["code"]])
		to := f.of[code]
		switch {
		case !known[code] && slices.Contains(closed, code):
			f.found(row.Line, "code", "closed_retailer")
		case !known[code]:
			f.found(row.Line, "code", "unknown_retailer")
		case own[to] || opened[to]:
		case r.taken[to]:
			f.found(row.Line, "territory", "not_found")
		default:
			opened[to] = true
			n.Open = append(n.Open, OpenAsk{Name: to})
		}
	}
}

// owners is where the file puts each retailer.
func (f *ownerFile) owners(d *draft) []int32 {
	number := map[string]int{}
	for _, t := range d.territories {
		number[t.Name] = t.N
	}
	of := make([]int32, len(d.retailers))
	for i := range d.retailers {
		r := &d.retailers[i]
		r.Now = r.Was
		if to, given := f.of[r.Code]; given {
			r.Now = number[to]
		}
		of[i] = int32(r.Now)
	}
	return of
}
