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
	"rounds/fieldwork/roster"
	"rounds/geo"
	"rounds/geo/pins"
	"rounds/internal/sheet"
	"rounds/store"
)

// errDry rolls an import back that was only tried.
var errDry = errors.New("dry run")

// ImportRetailers brings in a file, all or nothing: errors in it, or warnings where it is strict, stop it,
// and so does a dry run when everything else is done. The report is the same in either case. A file that
// is no table at all is an Invalid error.
func (o *Office) ImportRetailers(ctx context.Context, a rounds.Actor, r io.Reader, opts ImportOptions) (ImportReport, error) {
	if err := allow(a, keepingRecords); err != nil {
		return ImportReport{}, err
	}
	if opts.Progress == nil {
		opts.Progress = func(string, int, int) {}
	}
	opts.Datums = a.Settings.Datums()
	file, err := parse(r, opts)
	if err != nil {
		return ImportReport{}, err
	}
	im := &importing{office: o, actor: a, opts: opts, file: file}
	err = o.inTurn(ctx, a.OrgID, ours, func(tx *store.Store, t *turn) error { return im.run(ctx, tx, t) })
	if errors.Is(err, errDry) {
		return im.report, nil
	}
	im.report.Imported = err == nil
	return im.report, err
}

// tooLarge are the refusals that another file of the same kind may not meet.
var tooLarge = []sheet.Code{sheet.TooLarge, sheet.TooManyRows, sheet.TooManyColumns, sheet.TooManyCells, sheet.TooMuchText, sheet.UnzipTooLarge}

func parse(r io.Reader, opts ImportOptions) (*roster.File, error) {
	opts.Progress("reading", 0, 0)
	opts.Datum = cmp.Or(opts.Datum, geo.WGS84)
	table, err := sheet.Read(r, "")
	if err == nil {
		var file *roster.File
		if file, err = roster.Parse(table, opts.Options); err == nil {
			return file, nil
		}
	}
	if refusal, ok := errors.AsType[*sheet.Error](err); ok {
		if slices.Contains(tooLarge, refusal.Code) {
			return nil, rounds.Errorf(rounds.TooLarge, "this file is too large: %s", refusal)
		}
		return nil, rounds.Errorf(rounds.Invalid, "this file cannot be read: %s", refusal)
	}
	if finding, ok := errors.AsType[roster.Finding](err); ok {
		return nil, rounds.Errorf(rounds.Invalid, "this file cannot be read: %s", finding)
	}
	return nil, err
}

// importing is one import on its way through its transaction.
type importing struct {
	office *Office
	actor  rounds.Actor
	opts   ImportOptions
	file   *roster.File
	report ImportReport

	known   map[string]rounds.Retailer   // by code
	taken   map[rounds.RetailerID]string // the codes of ids in use
	foreign map[rounds.TerritoryID]bool  // of units that the actor may not see
	reps    map[string]rounds.User       // by lower-case login name; nil until a row names one
	ids     []rounds.RetailerID          // of the rows, in file order
	created []rounds.Retailer
	changed []rounds.Retailer
	pins    []store.NewPin

	asked   map[rounds.RetailerID]rounds.Rhythm // that are stored
	rhythms []rounds.Rhythm                     // that the file changes
}

func (im *importing) run(ctx context.Context, tx *store.Store, t *turn) error {
	*im = importing{office: im.office, actor: im.actor, opts: im.opts, file: im.file}
	im.report = ImportReport{Rows: len(im.file.Rows), Repeats: im.file.Repeats, DryRun: im.opts.DryRun, Findings: slices.Clone(im.file.Findings)}
	if err := im.compare(ctx, tx); err != nil {
		return err
	}
	territories, err := im.territories(ctx, tx)
	if err != nil {
		return err
	}
	im.count()
	if im.report.Errors > 0 || (im.opts.Strict && im.report.Warnings > 0) {
		im.report.Stopped = true
		return errDry
	}
	if err := im.write(ctx, tx, t, territories); err != nil {
		return err
	}
	if im.opts.DryRun {
		return errDry
	}
	return im.log(ctx, tx)
}

// compare makes of each row a retailer that is new, changed or as it was. It compares with the whole
// org's retailers, because a code is unique in the org.
func (im *importing) compare(ctx context.Context, tx *store.Store) error {
	im.opts.Progress("comparing", 0, len(im.file.Rows))
	everything := rounds.Scope{OrgID: im.actor.OrgID}
	stored, err := tx.Retailers(ctx, everything, im.office.today(im.actor), store.RetailerFilter{})
	if err != nil {
		return err
	}
	if im.foreign, err = im.foreignTerritories(ctx, tx); err != nil {
		return err
	}
	im.known = make(map[string]rounds.Retailer, len(stored))
	im.taken = make(map[rounds.RetailerID]string, len(stored))
	for _, r := range stored {
		im.known[r.Code], im.taken[r.ID] = r, r.Code
	}
	if im.asked, err = im.storedRhythms(ctx, tx, stored); err != nil {
		return err
	}
	im.ids = make([]rounds.RetailerID, len(im.file.Rows))
	for i, row := range im.file.Rows {
		im.ids[i] = im.take(row)
	}
	return nil
}

func (im *importing) take(row roster.Row) rounds.RetailerID {
	before, exists := im.known[row.Code]
	im.checkLengths(row)
	if im.foreign[before.TerritoryID] {
		im.fail(row.Line, "not_your_retailer", "code", row.Code)
	}
	after := merge(before, row)
	if exists && row.RetailerID != "" && row.RetailerID != before.ID.String() {
		im.warn(row.Line, "other_retailer_id", "retailer_id", row.Code, before.ID.String())
	}
	if !exists {
		if breaksLines(row.Code) {
			im.fail(row.Line, "control_character", "code", row.Code)
		}
		after.ID = im.newID(row)
		im.created = append(im.created, after)
		im.report.Created++
	}
	pinned := im.takePin(row, before, after.ID)
	rhythm := im.takeRhythm(row, after.ID)
	switch {
	case !exists:
	case !sameRecord(before, after):
		im.changed = append(im.changed, after)
		im.report.Changed++
	case pinned || rhythm:
		im.report.Changed++
	default:
		im.report.Unchanged++
	}
	if before.Pin == nil && !pinned {
		im.report.WithoutPin++
	}
	return after.ID
}

// checkLengths holds a file to the limits of the API's contract, in characters.
func (im *importing) checkLengths(row roster.Row) {
	for _, c := range []struct {
		field, text string
		limit       int
	}{
		{"code", row.Code, 100},
		{"name", row.Name, 200},
		{"address", address(row), 500},
		{"class", row.Class, 50},
		{"rep", row.Rep, 200},
		{"territory", row.Territory, 200},
	} {
		if utf8.RuneCountInString(c.text) > c.limit {
			im.fail(row.Line, "too_long", c.field, c.field, c.limit)
		}
	}
}

// newID is the file's own, so that events that name it find it, or a fresh one.
func (im *importing) newID(row roster.Row) rounds.RetailerID {
	if row.RetailerID == "" {
		return rounds.NewID[rounds.Retailer]()
	}
	id, err := rounds.ParseID[rounds.Retailer](row.RetailerID)
	switch {
	case err != nil:
		im.fail(row.Line, "bad_retailer_id", "retailer_id", row.RetailerID)
	case im.taken[id] != "":
		im.fail(row.Line, "taken_retailer_id", "retailer_id", row.RetailerID, im.taken[id])
	}
	im.taken[id] = row.Code
	return id
}

// takePin adds a pin where the file has a new place for a retailer. A pin that somebody set or that
// visits have taught stays, with a warning: files know places from addresses, and less well.
func (im *importing) takePin(row roster.Row, before rounds.Retailer, id rounds.RetailerID) bool {
	if row.Point == nil || (before.Pin != nil && before.Pin.Point == *row.Point) {
		return false
	}
	version := 1
	if before.Pin != nil {
		if !slices.Contains([]geo.PinSource{geo.Imported, geo.Geocoded}, before.Pin.Source) {
			im.warn(row.Line, "pin_kept", "lat", string(before.Pin.Source))
			return false
		}
		version = before.Pin.Version + 1
	}
	im.pins = append(im.pins, store.NewPin{
		RetailerID: id,
		Pin:        geo.Pin{Point: *row.Point, Sigma: pins.SigmaOf(geo.Imported), Source: geo.Imported, Version: version},
		Reason:     "import",
		CreatedBy:  im.actor.UserID,
		MadeFrom:   maker(im.actor),
		MadeOn:     im.office.today(im.actor),
	})
	return true
}

func (im *importing) warn(line int, code, field string, args ...any) {
	im.report.Findings = append(im.report.Findings, roster.Finding{Line: line, Severity: roster.Warning, Code: code, Field: field, Args: args})
}

func (im *importing) fail(line int, code, field string, args ...any) {
	im.report.Findings = append(im.report.Findings, roster.Finding{Line: line, Severity: roster.Error, Code: code, Field: field, Args: args})
}

func (im *importing) count() {
	slices.SortStableFunc(im.report.Findings, func(a, b roster.Finding) int { return cmp.Compare(a.Line, b.Line) })
	for _, f := range im.report.Findings {
		if f.Severity == roster.Error {
			im.report.Errors++
		} else {
			im.report.Warnings++
		}
	}
}

// merge writes a row over what is stored. A blank cell says nothing, and so erases nothing.
func merge(r rounds.Retailer, row roster.Row) rounds.Retailer {
	if r.ID.IsZero() {
		r = FreshRetailer()
	}
	r.Code, r.Name = row.Code, row.Name
	r.Address = cmp.Or(address(row), r.Address)
	r.Class = cmp.Or(row.Class, r.Class)
	r.Status = cmp.Or(rounds.RetailerStatus(row.Status), r.Status)
	r.ServiceSeconds = or(row.ServiceSeconds, r.ServiceSeconds)
	r.VisitsPer8Weeks = or(row.VisitsPer8Weeks, r.VisitsPer8Weeks)
	r.OrderVolume = or(row.OrderVolume, r.OrderVolume)
	r.Radius = or(row.Radius, r.Radius)
	r.OpeningHours = cmp.Or(row.OpeningHours, r.OpeningHours)
	extra := maps.Clone(r.Extra)
	if extra == nil {
		extra = map[string]string{}
	}
	maps.Copy(extra, row.Extra)
	r.Extra = extra
	return r
}

func address(row roster.Row) string {
	parts := slices.DeleteFunc([]string{row.Address, row.City, row.Zip}, func(s string) bool { return s == "" })
	return strings.Join(parts, ", ")
}

func or[T any](value *T, otherwise T) T {
	if value == nil {
		return otherwise
	}
	return *value
}

// sameRecord compares what a file can change, but for the pin.
func sameRecord(a, b rounds.Retailer) bool {
	return a.Name == b.Name && a.Address == b.Address && a.Class == b.Class && a.Status == b.Status &&
		a.ServiceSeconds == b.ServiceSeconds && a.VisitsPer8Weeks == b.VisitsPer8Weeks &&
		a.OrderVolume == b.OrderVolume && a.Radius == b.Radius && a.OpeningHours == b.OpeningHours && maps.Equal(a.Extra, b.Extra)
}

func (im *importing) write(ctx context.Context, tx *store.Store, t *turn, territories map[string]rounds.TerritoryID) error {
	org, now := im.actor.OrgID, im.office.now()
	im.opts.Progress("writing", 0, len(im.file.Rows))
	if err := tx.InsertRetailers(ctx, org, im.created, now); err != nil {
		return err
	}
	if err := im.analyze(ctx, tx); err != nil { // before the rows that refer to them are checked
		return err
	}
	for batch := range slices.Chunk(im.changed, 1000) {
		if err := tx.UpdateRetailers(ctx, org, batch, now); err != nil {
			return err
		}
	}
	if err := tx.InsertPins(ctx, org, im.pins, now); err != nil {
		return err
	}
	if err := tx.SaveRhythms(ctx, org, im.rhythms); err != nil {
		return err
	}
	if err := im.place(ctx, tx, territories); err != nil {
		return err
	}
	taken, err := im.office.takeWaiting(ctx, tx, t, im.actor, im.ids)
	im.report.EventsTaken = taken
	if err != nil {
		return err
	}
	im.opts.Progress("writing", len(im.file.Rows), len(im.file.Rows))
	return im.analyze(ctx, tx)
}

func (im *importing) analyze(ctx context.Context, tx *store.Store) error {
	if len(im.created) == 0 {
		return nil
	}
	return tx.AnalyzeRegister(ctx)
}

func (im *importing) log(ctx context.Context, tx *store.Store) error {
	return tx.Log(ctx, im.actor.OrgID, im.actor.UserID, im.office.now(), store.Action{
		Name: "retailers.import", Subject: "retailers",
		Detail: map[string]any{"rows": im.report.Rows, "created": im.report.Created, "changed": im.report.Changed, "assigned": im.report.Assigned},
	})
}
