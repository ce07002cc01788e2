package fieldwork

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"rounds"
	"rounds/fieldwork/roster"
	"rounds/geo"
	"rounds/store"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
)

// register opens a file of real retailers. They are not part of the project: they are looked for as
// shared/data/retailers in every directory above, and the test is skipped where there is none.
func register(t testing.TB, name string) *os.File {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if f, err := os.Open(filepath.Join(dir, "shared", "data", "retailers", name)); err == nil {
			t.Cleanup(func() { _ = f.Close() })
			return f
		}
	}
	t.Skipf("no shared/data/retailers/%s above the repository", name)
	return nil
}

func (o *town) importText(opts ImportOptions, lines ...string) ImportReport {
	o.t.Helper()
	report, err := o.ImportRetailers(context.Background(), o.admin, strings.NewReader(strings.Join(lines, "\n")), opts)
	o.must(err)
	return report
}

// counted is what a report counts, for people.
func counted(r ImportReport) string {
	return fmt.Sprintf("%d rows: %d created, %d changed, %d unchanged, %d pinless, %d assigned, %d taken, %d errors, %d warnings, imported %v",
		r.Rows, r.Created, r.Changed, r.Unchanged, r.WithoutPin, r.Assigned, r.EventsTaken, r.Errors, r.Warnings, r.Imported)
}

func (o *town) wantImport(what string, r ImportReport, want string) {
	o.t.Helper()
	if got := counted(r); got != want {
		o.t.Errorf("%s:\n got %s\nwant %s\n%v", what, got, want, r.Findings[:min(5, len(r.Findings))])
	}
}

func TestImportTheRegistersOfNewYork(t *testing.T) {
	t.Parallel()
	const tidy, original = "nys_tobacco_upstate.csv", "nys_tobacco_upstate_original_columns.csv"
	o := newTownIn(t, openDatabase(t), "America/New_York")
	bring := func(name string, opts ImportOptions) ImportReport {
		t.Helper()
		report, err := o.ImportRetailers(context.Background(), o.admin, register(t, name), opts)
		o.must(err)
		return report
	}
	rows := func() string {
		return o.texts(`
			select (select count(*) from retailers where org_id = $1) || ' ' || (select count(*) from pins where org_id = $1) || ' ' ||
				(select count(*) from audit_log where org_id = $1 and action = 'retailers.import')`, o.org.ID)[0]
	}
	dry := bring(tidy, ImportOptions{DryRun: true})
	if got := rows(); got != "0 0 0" {
		t.Errorf("the dry run wrote %s", got)
	}
	first := bring(tidy, ImportOptions{})
	o.wantImport("the first", first, "7508 rows: 7508 created, 0 changed, 0 unchanged, 0 pinless, 0 assigned, 0 taken, 0 errors, 118 warnings, imported true")
	dry.DryRun, dry.Imported = first.DryRun, first.Imported
	if diff := cmp.Diff(first, dry); diff != "" {
		t.Errorf("the dry run reports otherwise: %s", diff)
	}
	o.wantImport("the first again", bring(tidy, ImportOptions{}), "7508 rows: 0 created, 0 changed, 7508 unchanged, 0 pinless, 0 assigned, 0 taken, 0 errors, 118 warnings, imported true")
	second := bring(original, ImportOptions{})
	if second.Created != 0 || second.Changed+second.Unchanged != 7508 {
		t.Errorf("the second: %s", counted(second))
	}
	o.wantImport("the second again", bring(original, ImportOptions{}), "7508 rows: 0 created, 0 changed, 7508 unchanged, 0 pinless, 0 assigned, 0 taken, 0 errors, 118 warnings, imported true")
	if got := rows(); got != "7508 7508 4" {
		t.Errorf("in the end there are %s", got)
	}
}

func TestImportStops(t *testing.T) {
	t.Parallel()
	const header = "code,name,lat,lon,service_minutes,rep,territory"
	const good = "1,Shop 1,31.2397,121.4903,10,,"
	for _, tt := range []struct {
		name string
		opts ImportOptions
		row  string
		code string // of the finding that stops it
	}{
		{"a warning", ImportOptions{}, "2,Shop 2,,,10,,", ""},
		{"a warning, strictly", ImportOptions{Strict: true}, "2,Shop 2,,,10,,", "no_coordinates"},
		{"a bad number", ImportOptions{}, "2,Shop 2,31.2,121.4,ten,,", "bad_number"},
		{"a code twice", ImportOptions{}, "1,Shop 2,31.2,121.4,10,,", "repeated_code"},
		{"a line break in a code", ImportOptions{}, "\"2\r\n3\",Shop 2,31.2,121.4,10,,", "control_character"},
		{"a rep that is none", ImportOptions{}, "2,Shop 2,31.2,121.4,10,nobody,", "unknown_rep"},
		{"an administrator as a rep", ImportOptions{}, "2,Shop 2,31.2,121.4,10,admin,", "unknown_rep"},
	} {
		o := newTown(t)
		report := o.importText(tt.opts, header, good, tt.row)
		stored := o.texts(`select code from retailers where org_id = $1`, o.org.ID)
		stopped := tt.code != ""
		if report.Stopped != stopped || report.Imported == stopped || (len(stored) > 0) == stopped {
			t.Errorf("%s: stopped %v, imported %v, stored %v", tt.name, report.Stopped, report.Imported, stored)
		}
		if stopped && !slices.ContainsFunc(report.Findings, func(f roster.Finding) bool { return f.Code == tt.code }) {
			t.Errorf("%s: %v", tt.name, report.Findings)
		}
	}
	o := newTown(t)
	for name, text := range map[string]string{"no table": "\x00\x01", "no name column": "a,b\n1,2", "nothing": ""} {
		_, err := o.ImportRetailers(context.Background(), o.admin, strings.NewReader(text), ImportOptions{})
		wantCode(t, name, err, rounds.Invalid)
	}
	_, err := o.ImportRetailers(context.Background(), o.rep("rep"), strings.NewReader(header), ImportOptions{})
	wantCode(t, "a rep", err, rounds.Forbidden)
}

func TestImportGivesTerritoriesAndReps(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	o.rep("Anna")
	o.rep("ben")
	const header = "code,name,lat,lon,rep,territory"
	whose := func() string {
		retailers, err := o.store.Retailers(context.Background(), o.admin.Scope(), o.today(o.admin), store.RetailerFilter{})
		o.must(err)
		territories, err := o.store.Territories(context.Background(), o.admin.Scope(), o.today(o.admin), "", rounds.TerritoryID{})
		o.must(err)
		users, err := o.store.Users(context.Background(), o.admin.Scope(), "", "", 100)
		o.must(err)
		name := map[fmt.Stringer]string{}
		for _, u := range users {
			name[u.ID] = u.Name
		}
		for _, t := range territories {
			name[t.ID] = t.Name + "/" + name[t.RepID]
		}
		var lines []string
		for _, r := range retailers {
			lines = append(lines, r.Code+" "+name[r.TerritoryID])
		}
		return strings.Join(lines, ", ")
	}
	step := func(what, want, holds string, lines ...string) {
		t.Helper()
		o.wantImport(what, o.importText(ImportOptions{}, append([]string{header}, lines...)...), want)
		if got := whose(); got != holds {
			t.Errorf("%s: %s, want %s", what, got, holds)
		}
	}
	file := []string{"1,S1,31.2,121.41,anna,north", "2,S2,31.2,121.42,ANNA,north", "3,S3,31.2,121.43,ben,", "4,S4,31.2,121.44,,"}
	step("the first", "4 rows: 4 created, 0 changed, 0 unchanged, 0 pinless, 3 assigned, 0 taken, 0 errors, 0 warnings, imported true",
		"1 north/Anna, 2 north/Anna, 3 ben/ben, 4 ", file...)
	step("the same again on the same day", "4 rows: 0 created, 0 changed, 4 unchanged, 0 pinless, 0 assigned, 0 taken, 0 errors, 0 warnings, imported true",
		"1 north/Anna, 2 north/Anna, 3 ben/ben, 4 ", file...)
	o.pass(24 * time.Hour)
	step("one moves, one joins, one is not mentioned, and Ben takes over the north",
		"3 rows: 0 created, 0 changed, 3 unchanged, 0 pinless, 2 assigned, 0 taken, 0 errors, 0 warnings, imported true",
		"1 north/ben, 2 ben/ben, 3 ben/ben, 4 ben/ben", "1,S1,31.2,121.41,ben,north", "2,S2,31.2,121.42,Ben,", "4,S4,31.2,121.44,BEN,ben")
	if got, err := o.store.Retailers(context.Background(), o.admin.Scope(), o.today(o.admin).Add(-1), store.RetailerFilter{}); err != nil || got[0].TerritoryID != got[1].TerritoryID || !got[3].TerritoryID.IsZero() {
		t.Errorf("yesterday was rewritten: %v", err)
	}
	report := o.importText(ImportOptions{}, header, "1,S1,31.2,121.41,anna,north", "2,S2,31.2,121.42,ben,north")
	if report.Errors != 1 || report.Findings[0].Code != "two_reps" || report.Findings[0].Line != 3 || report.Imported {
		t.Errorf("two reps for one territory: %v", report.Findings)
	}
}

func TestImportIntoSomebodyElsesTerritory(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	o.territory("north", o.rep("anna"))
	unit, err := o.AddUnit(context.Background(), o.admin, rounds.Unit{ParentID: o.admin.UnitID, Name: "south"})
	o.must(err)
	there := o.admin
	there.UnitID = unit.ID
	planner := o.person(there, "planner", rounds.RolePlanner)
	report, err := o.ImportRetailers(context.Background(), planner, strings.NewReader("code,name,territory\n1,S1,north"), ImportOptions{})
	o.must(err)
	if report.Imported || report.Errors != 1 || !slices.ContainsFunc(report.Findings, func(f roster.Finding) bool { return f.Code == "not_your_territory" }) {
		t.Errorf("%v", report.Findings)
	}
}

func TestImportErasesNothing(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	const header = "code,name,address,class,status,lat,lon,service_minutes,visit_frequency,volume,radius_m,opening_hours,note"
	o.importText(ImportOptions{}, header, "1,Shop,1 Rd,A,suspended,31.2,121.4,15,2,1000,150,24/7,corner")
	read := func() rounds.Retailer {
		all, err := o.store.Retailers(context.Background(), o.admin.Scope(), o.today(o.admin), store.RetailerFilter{})
		o.must(err)
		return all[0]
	}
	before := read()
	if before.Class != "A" || before.Status != rounds.RetailerSuspended || before.ServiceSeconds != 900 || before.VisitsPer8Weeks != 4 ||
		before.OrderVolume != 1000 || before.Radius != 150 || before.OpeningHours != "24/7" || before.Extra["note"] != "corner" {
		t.Errorf("%+v", before)
	}
	o.wantImport("blank cells", o.importText(ImportOptions{}, header, "1,Shop,,,,,,,,,,,"), "1 rows: 0 created, 0 changed, 1 unchanged, 0 pinless, 0 assigned, 0 taken, 0 errors, 1 warnings, imported true")
	o.wantImport("no columns", o.importText(ImportOptions{}, "code,name", "1,Shop"), "1 rows: 0 created, 0 changed, 1 unchanged, 0 pinless, 0 assigned, 0 taken, 0 errors, 1 warnings, imported true")
	if diff := cmp.Diff(before, read()); diff != "" {
		t.Error(diff)
	}
	o.wantImport("zeros, which are no blanks", o.importText(ImportOptions{}, header, "1,Shop,,,,,,0,0,0,,,"), "1 rows: 0 created, 1 changed, 0 unchanged, 0 pinless, 0 assigned, 0 taken, 0 errors, 1 warnings, imported true")
	if r := read(); r.ServiceSeconds != 0 || r.VisitsPer8Weeks != 0 || r.OrderVolume != 0 || r.Radius != 150 {
		t.Errorf("%+v", r)
	}
}

func TestImportChangesOpeningHours(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	const one = "1 rows: %s, 1 pinless, 0 assigned, 0 taken, %s"
	o.wantImport("new", o.importText(ImportOptions{}, "code,name,营业时间", "1,Shop,周一至周五 9:00-18:00"), fmt.Sprintf(one, "1 created, 0 changed, 0 unchanged", "0 errors, 1 warnings, imported true"))
	o.wantImport("others", o.importText(ImportOptions{}, "code,name,营业时间", "1,Shop,24/7"), fmt.Sprintf(one, "0 created, 1 changed, 0 unchanged", "0 errors, 1 warnings, imported true"))
	report, err := o.ImportRetailers(context.Background(), o.admin, strings.NewReader("code,name,营业时间\n1,Shop,SH off\n"), ImportOptions{})
	o.must(err)
	if report.Imported || report.Errors != 1 || !slices.ContainsFunc(report.Findings, func(f roster.Finding) bool { return f.Code == "bad_hours" && f.Field == "opening_hours" && f.Line == 2 }) {
		t.Errorf("%+v", report)
	}
	if got := o.texts(`select opening_hours from retailers where org_id = $1`, o.org.ID); !slices.Equal(got, []string{"24/7"}) {
		t.Errorf("stored %v", got)
	}
}

func TestImportKeepsThePinThatSomebodySet(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		source geo.PinSource
		kept   bool
	}{
		{geo.Imported, false},
		{geo.Geocoded, false},
		{geo.FirstVisit, true},
		{geo.Learned, true},
		{geo.Surveyed, true},
		{geo.Manual, true},
	} {
		o := newTown(t)
		o.retailer("1", bund)
		o.do(`update pins set source = $2 where org_id = $1`, o.org.ID, string(tt.source))
		report := o.importText(ImportOptions{}, "code,name,lat,lon", "1,Shop 1,31.25,121.5")
		all, err := o.store.Retailers(context.Background(), o.admin.Scope(), o.today(o.admin), store.RetailerFilter{})
		o.must(err)
		want, version := orb.Point{121.5, 31.25}, 2
		if tt.kept {
			want, version = bund, 1
		}
		warned := slices.ContainsFunc(report.Findings, func(f roster.Finding) bool { return f.Code == "pin_kept" })
		if p := all[0].Pin; p.Point != want || p.Version != version || warned != tt.kept || (report.Changed == 0) != tt.kept {
			t.Errorf("%s: %v, warned %v, %s", tt.source, *p, warned, counted(report))
		}
	}
}

func TestImportTakesEventsThatWaited(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	rep, id := o.rep("rep"), rounds.NewID[rounds.Retailer]()
	in := checkIn(id, morning)
	_, err := o.upload(rep, in, in.out(morning.Add(time.Minute)))
	o.must(err)
	row := fmt.Sprintf("1,Shop,31.2397,121.4903,%s", id)
	const header = "code,name,lat,lon,retailer_id"
	report := o.importText(ImportOptions{DryRun: true}, header, row)
	if left := len(o.visits()); report.EventsTaken != 2 || left != 0 {
		t.Errorf("the dry run took %d and left %d visits", report.EventsTaken, left)
	}
	o.wantImport("the import", o.importText(ImportOptions{}, header, row), "1 rows: 1 created, 0 changed, 0 unchanged, 0 pinless, 0 assigned, 2 taken, 0 errors, 0 warnings, imported true")
	if got := o.visits(); !slices.Equal(got, []string{"1 10:30-10:31 1min by position"}) {
		t.Error(got)
	}
	o.wantImport("again", o.importText(ImportOptions{}, header, row), "1 rows: 0 created, 0 changed, 1 unchanged, 0 pinless, 0 assigned, 0 taken, 0 errors, 0 warnings, imported true")
}

// cityReps have 200 retailers each.
var cityReps = 250

// A city: 50,000 retailers of 250 reps, and the same file once more.
func TestImportACity(t *testing.T) {
	if testing.Short() {
		t.Skip("50,000 rows take some seconds")
	}
	t.Parallel()
	o := newTownIn(t, openDatabase(t), "Asia/Shanghai") // of its own: what it takes shall not depend on others' rows
	var file strings.Builder
	file.WriteString("code,name,address,lat,lon,rep,territory\n")
	for i := range cityReps {
		o.rep(fmt.Sprint("rep", i))
	}
	rows := 200 * cityReps
	for i := range rows {
		fmt.Fprintf(&file, "%06d,Shop %d,%d Road,%.6f,%.6f,rep%d,T%d\n", i, i, i, 31+float64(i%223)/1000, 121+math.Floor(float64(i)/223)/1000, i/200, i/200)
	}
	began := time.Now()
	for _, want := range []string{
		fmt.Sprintf("%d rows: %[1]d created, 0 changed, 0 unchanged, 0 pinless, %[1]d assigned, 0 taken, 0 errors, 0 warnings, imported true", rows),
		fmt.Sprintf("%d rows: 0 created, 0 changed, %[1]d unchanged, 0 pinless, 0 assigned, 0 taken, 0 errors, 0 warnings, imported true", rows),
	} {
		o.wantImport("a city", o.importText(ImportOptions{}, file.String()), want)
		t.Logf("%v; 20 s are the aim for each on a machine of its own", time.Since(began))
	}
}

// What a file says of ids and how long it says things is answered row by row.
func TestImportChecksIDsAndLengths(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	known := o.retailer("K", bund)
	fresh := rounds.NewID[rounds.Retailer]()
	report := o.importText(ImportOptions{}, "code,name,lat,lon,retailer_id",
		fmt.Sprintf("A,one,31.24,121.49,%s", fresh),
		fmt.Sprintf("B,the same id,31.24,121.48,%s", fresh),
		fmt.Sprintf("C,somebody's id,31.24,121.47,%s", known),
		"D,no id,31.24,121.46,4711",
		strings.Repeat("E", 101)+",long,31.24,121.45,",
		fmt.Sprintf("K,another id,31.24,121.44,%s", rounds.NewID[rounds.Retailer]()),
	)
	var got []string
	for _, f := range report.Findings {
		got = append(got, fmt.Sprint(f.Line, " ", f.Code))
	}
	want := []string{"3 taken_retailer_id", "4 taken_retailer_id", "5 bad_retailer_id", "6 too_long", "7 other_retailer_id", "7 pin_kept"}
	if !slices.Equal(got, want) || !report.Stopped {
		t.Errorf("%q, stopped %v", got, report.Stopped)
	}
}
