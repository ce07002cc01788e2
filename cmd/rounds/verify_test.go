package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"rounds/geo"
	"rounds/internal/sheet"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// The shop of these files is at 30.2553, 120.1536; a ten-thousandth of a degree north is 11.1 m.
const fixesHeader = "lat,lon,pin_lat,pin_lon,pin_sigma_m,pin_confirmed,radius_m,accuracy_m,accuracy_kind,source,datum,fix_time,event_id"

// added is what a verification adds to each row.
func added(t *testing.T, out string) []string {
	t.Helper()
	var rows []string
	for _, row := range cellsOf(t, out)[1:] {
		rows = append(rows, strings.Join(row[len(row)-len(verifyResults):], ","))
	}
	return rows
}

func cellsOf(t *testing.T, text string) [][]string {
	t.Helper()
	r := csv.NewReader(strings.NewReader(text))
	r.FieldsPerRecord = -1
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestVerifyJudgesEachRow(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, row, want string }{
		{"at the door", "30.2554,120.1536,30.2553,120.1536,3,yes,,8,android_68,gps,wgs84,2026-03-04T02:30:00Z,", "at_retailer,11.086,1,1,"},
		{"Chinese spelling", "３０．２５５４,120.1536°,30.2553,120.1536,3,是,,8,Android_68,GPS,WGS-84,2026-03-04 02:30:00,", "at_retailer,11.086,1,1,"},
		{"of AMap", "30.2530,120.1582,30.2553,120.1536,3,1,,8,ios,,gcj-02,,", "at_retailer,9.870,1,1,"},
		{"near the edge", "30.2561,120.1536,30.2553,120.1536,3,,,8,web_95,,,,", "at_retailer,88.685,0.994245,1,"},
		{"near the edge, by a vaguer phone", "30.2561,120.1536,30.2553,120.1536,3,,,30,web_95,,,,", "undecided,88.685,0.796603,1,near_edge"},
		{"in a shop of its own radius", "30.2561,120.1536,30.2553,120.1536,3,,250,30,web_95,,,,", "at_retailer,88.685,1,1,"},
		{"far, once", "30.2653,120.1536,30.2553,120.1536,3,true,,8,android_68,,,,", "undecided,1108.568,0,3.26302e-24,far_once;far_outside;outside_radius"},
		{"far from a pin that may be wrong", "30.2653,120.1536,30.2553,120.1536,3,no,,8,android_68,,,,", "undecided,1108.568,0,3.26302e-24,far_outside;outside_radius;pin_unconfirmed"},
		{"accuracy unknown", "30.2554,120.1536,30.2553,120.1536,3,,,,android_68,,,,", "undecided,11.086,,,accuracy_unknown"},
		{"accuracy 0", "30.2554,120.1536,30.2553,120.1536,3,,,0,android_68,,,,", "undecided,11.086,,,accuracy_unknown"},
		{"accuracy of an unknown kind", "30.2554,120.1536,30.2553,120.1536,3,,,8,,,,,", "undecided,11.086,,,accuracy_unknown"},
		{"text for a latitude", "n/a,120.1536,30.2553,120.1536,3,,,8,ios,,,,", "undecided,,,,no_position"},
		{"no number", "NaN,120.1536,30.2553,120.1536,3,,,8,ios,,,,", "undecided,,,,no_position"},
		{"91 degrees north", "91,120.1536,30.2553,120.1536,3,,,8,ios,,,,", "undecided,,,,no_position"},
		{"null island", "0,0,30.2553,120.1536,3,,,8,ios,,,,", "undecided,,,,null_island"},
		{"no fix", ",,30.2553,120.1536,3,,,8,ios,,,,", "undecided,,,,no_position"},
		{"a datum nobody knows", "30.2554,120.1536,30.2553,120.1536,3,,,8,ios,,mars,,", "undecided,,,,no_position"},
		{"no pin", "30.2554,120.1536,,,3,,,8,ios,,,,", "undecided,,,,no_pin"},
		{"a pin that is no place", "30.2554,120.1536,0,0,3,,,8,ios,,,,", "undecided,,,,no_pin"},
		{"nothing", ",,,,,,,,,,,,", "undecided,,,,accuracy_unknown;no_pin;no_position"},
		{"too short", "30.2554,120.1536", "undecided,,,,no_pin;no_position"},
		{"too long", "30.2554,120.1536,30.2553,120.1536,3,,,8,ios,,,,,more", "undecided,,,,no_pin;no_position"},
		{"empty cells beyond the header", "30.2554,120.1536,30.2553,120.1536,3,,,8,ios,,,,,,", "at_retailer,11.086,1,1,"},
	} {
		got := command(t, fixesHeader+"\n"+c.row+"\n", "verify", "-")
		if rows := added(t, got.out); got.status != exitDone || len(rows) != 1 || rows[0] != c.want {
			t.Errorf("%s: exit status %d, %q, want %q; %s", c.name, got.status, rows, c.want, got.err)
		}
	}
}

func TestVerifyJudgesRowsOfOneEventTogether(t *testing.T) {
	t.Parallel()
	const file = "event_id,lat,lon,pin_lat,pin_lon,accuracy_m,accuracy_kind,pin_confirmed,fix_time\n" +
		"far twice,30.2653,120.1536,30.2553,120.1536,8,ios,1,2026-03-04T02:30:00Z\n" +
		"far once,30.2653,120.1536,30.2553,120.1536,8,ios,1,2026-03-04T02:30:00Z\n" +
		"far and near,30.2653,120.1536,30.2553,120.1536,8,ios,1,2026-03-04T02:30:00Z\n" +
		"far and unreadable,30.2653,120.1536,30.2553,120.1536,8,ios,1,2026-03-04T02:30:00Z\n" +
		"two moments unknown,30.2653,120.1536,30.2553,120.1536,8,ios,1,\n" +
		",30.2653,120.1536,30.2553,120.1536,8,ios,1,2026-03-04T02:30:00Z\n" +
		",30.2653,120.1536,30.2553,120.1536,8,ios,1,2026-03-04T02:40:00Z\n" +
		" far twice ,30.2653,120.1536,30.2553,120.1536,8,ios,1,2026-03-04T10:30:20+08:00\n" +
		"two moments unknown,30.2653,120.1536,30.2553,120.1536,8,ios,1,yesterday\n" +
		"far and unreadable,,120.1536,30.2553,120.1536,8,ios,1,2026-03-04T02:31:00Z\n" +
		"far and near,30.2553,120.1536,30.2553,120.1536,8,ios,1,2026-03-04T02:31:00Z\n"
	const far, once = "1108.568,0,3.88566e-23,", "far_once;far_outside;outside_radius"
	want := []string{
		"elsewhere," + far + "far_outside;outside_radius",
		"undecided," + far + once,
		"at_retailer," + far,
		"undecided," + far + once,
		"undecided," + far + once,
		"undecided," + far + once,
		"undecided," + far + once,
		"elsewhere," + far + "far_outside;outside_radius",
		"undecided," + far + once,
		"undecided,,,," + once,
		"at_retailer,0.000,0.999505,1,",
	}
	got := command(t, file, "verify", "-")
	if diff := cmp.Diff(want, added(t, got.out)); diff != "" {
		t.Error(diff)
	}
	got.want(t, exitDone, "", "fix_time not understood, and so unknown: 1 rows, the first on line 10\n")
	got.want(t, exitDone, "", "11 rows, 7 events: 1 at_retailer, 5 undecided, 1 elsewhere.\n")
}

// A map sold in the mainland shifts Hong Kong by 600 m.
func TestVerifyShiftsHongKongIfAsked(t *testing.T) {
	t.Parallel()
	const file = "lat,lon,pin_lat,pin_lon,accuracy_m,accuracy_kind,datum\n22.283,114.158,22.283,114.158,8,ios,gcj02\n"
	command(t, file, "verify", "-").want(t, exitDone, ",at_retailer,0.000,", "")
	command(t, file, "verify", "-", "--hong-kong-macau").want(t, exitDone, ",undecided,597.", "")
}

// What is no row to other programs is none here, and passes through; whatever else is in a file stays.
func TestVerifyKeepsTheColumns(t *testing.T) {
	t.Parallel()
	file := "店名,纬度,经度,Pin Lat,PIN_LON,备注\n" +
		"'=1+1,30.2554,120.1536,30.2553,120.1536,\"一楼,\"\"东门\"\"\r\n二楼\"\n" +
		"\n" +
		"  x ,30.2554,120.1536,30.2553,120.1536,=HYPERLINK(1)\n"
	want := "店名,纬度,经度,Pin Lat,PIN_LON,备注,outcome,distance_m,p_inside,p_honest,reasons\n" +
		"'=1+1,30.2554,120.1536,30.2553,120.1536,\"一楼,\"\"东门\"\"\r\n二楼\",undecided,11.086,,,accuracy_unknown\n" +
		"\n" +
		"\"  x \",30.2554,120.1536,30.2553,120.1536,=HYPERLINK(1),undecided,11.086,,,accuracy_unknown\n"
	gb, err := simplifiedchinese.GB18030.NewEncoder().String(file)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ file, want string }{
		"UTF-8": {file, want}, "GB18030": {gb, want}, "a mark stays": {"\uFEFF" + file, "\uFEFF" + want},
		"a header alone": {"lat,lon,pin_lat,pin_lon", "lat,lon,pin_lat,pin_lon,outcome,distance_m,p_inside,p_honest,reasons\n"},
		"a short row is filled up": {
			"lat,lon,pin_lat,pin_lon,a,b\n1,2,3\n", "lat,lon,pin_lat,pin_lon,a,b,outcome,distance_m,p_inside,p_honest,reasons\n1,2,3,,,,undecided,,,,no_pin;no_position\n",
		},
	} {
		got := command(t, "", "verify", aFile(t, c.file))
		if diff := cmp.Diff(c.want, got.out); diff != "" || got.status != exitDone {
			t.Errorf("%s: exit status %d, %s %s", name, got.status, got.err, diff)
		}
	}
}

func TestVerifySaysWhatItDidNotUnderstand(t *testing.T) {
	t.Parallel()
	got := command(t, fixesHeader+"\n30.2554,120.1536,30.2553,120.1536,near,maybe,big,bad,android,sonar,mars,tomorrow,\n1,2\n", "verify", "-")
	for _, said := range []string{
		"pin_sigma_m no length", "pin_confirmed not", "radius_m no length", "accuracy_m no length", "accuracy_kind not", "source not", "fix_time not",
		"datum not known, and so the position neither: 1 rows, the first on line 2\n",
		"fewer cells than the header has; nothing of them is used: 1 rows, the first on line 3\n",
	} {
		got.want(t, exitDone, "", said)
	}
	const bare = "lat,lon,pin_lat,pin_lon,accuracy_m\n30.2554,120.1536,30.2553,120.1536,8\n"
	command(t, bare, "verify", "-").want(t, exitDone, ",undecided,11.086,,,accuracy_unknown\n", "Without a column accuracy_kind, every accuracy_m is unknown")
	command(t, bare, "verify", "-").want(t, exitDone, "", "Columns used: lat, lon, pin_lat, pin_lon, accuracy_m; absent, and so unknown: pin_sigma_m,")
}

// What is no length counts as absent: no pin and no fix is perfect, and no radius is the policy's.
func TestVerifyTakesWhatIsNoLengthForAbsent(t *testing.T) {
	t.Parallel()
	judged := func(text string) ran {
		const row = "30.2560,120.1536,30.2553,120.1536,%s,,%s,%s,ios,,,,\n"
		return command(t, fixesHeader+"\n"+fmt.Sprintf(row, text, "150", "8")+fmt.Sprintf(row, "3", text, "8")+fmt.Sprintf(row, "3", "150", text), "verify", "-")
	}
	absent := added(t, judged("").out)
	for text, quiet := range map[string]bool{
		"": true, "1.5": true, "40075017": true, "0": false, "0.0": false, "-1": false, "NaN": false, "Inf": false, "8m": false, "40075018": false, "1e999": false,
	} {
		got := judged(text)
		if diff := cmp.Diff(absent, added(t, got.out)); !quiet && diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
		for i, kind := range []string{"pin_sigma_m no length above 0 on Earth, and so unknown", "radius_m no length above 0 on Earth, and so the policy's", "accuracy_m no length above 0 on Earth, and so unknown"} {
			if said := strings.Contains(got.err, fmt.Sprintf("%s: 1 rows, the first on line %d\n", kind, i+2)); said == quiet {
				t.Errorf("%q: said %v: %s", text, said, got.err)
			}
		}
	}
	if slices.Equal(absent, added(t, judged("1.5").out)) {
		t.Error("lengths make no difference here")
	}
}

// An event is a claim to be at one place.
func TestVerifyJudgesEachPinOfAnEvent(t *testing.T) {
	t.Parallel()
	const header = "event_id,lat,lon,pin_lat,pin_lon,accuracy_m,accuracy_kind,pin_confirmed,fix_time\n"
	const a, b, none = "30.2553,120.1536", "30.2753,120.1536", ","
	row := func(id, lat, pin string, second int) string {
		return fmt.Sprintf("%s,%s,120.1536,%s,8,ios,1,2026-03-04T02:30:%02dZ\n", id, lat, pin, second)
	}
	for _, c := range []struct {
		name, file string
		want       []string // outcomes
		said       string
	}{
		{"at the one, once far from the other", row("x", "30.2553", a, 0) + row("x", "30.2553", b, 30), []string{"at_retailer", "undecided"}, "2 rows, the first on line 2"},
		{"far from each, once", row("x", "30.2653", a, 0) + row("x", "30.2653", b, 30), []string{"undecided", "undecided"}, "2 rows, the first on line 2"},
		{"far from the one twice, at the other once", row("y", "1", a, 0) + row("x", "30.2753", a, 0) + row("x", "30.2753", b, 30) + row("x", "30.2753", a, 31), []string{"undecided", "elsewhere", "at_retailer", "elsewhere"}, "3 rows, the first on line 3"},
		{"a row without a pin beside two", row("x", "30.2553", a, 0) + row("x", "30.2553", b, 30) + row("x", "30.2553", none, 31), []string{"at_retailer", "undecided", "undecided"}, "3 rows, the first on line 2"},
		{"a row without a pin goes with the only one", row("x", "30.2553", none, 0) + row("x", "30.2553", a, 30), []string{"at_retailer", "at_retailer"}, ""},
		{"no pin at all", row("x", "30.2553", none, 0) + row("x", "30.2553", "0,0", 30), []string{"undecided", "undecided"}, ""},
		{"one pin, spelt differently", row("x", "30.2653", a, 0) + row("x", "30.2653", "30.255300,120.15360", 30), []string{"elsewhere", "elsewhere"}, ""},
	} {
		got := command(t, header+c.file, "verify", "-")
		var outcomes []string
		for _, row := range added(t, got.out) {
			outcome, _, _ := strings.Cut(row, ",")
			outcomes = append(outcomes, outcome)
		}
		if diff := cmp.Diff(c.want, outcomes); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
		_, said, _ := strings.Cut(got.err, "event_id with several pins, the rows of each judged as an event of their own: ")
		if said, _, _ = strings.Cut(said, "\n"); said != c.said {
			t.Errorf("%s: said %q, want %q", c.name, said, c.said)
		}
	}
}

// A quote that never closes costs its own row at most, and nothing where nobody reads the cell.
func TestVerifyLosesNoRowToAQuote(t *testing.T) {
	t.Parallel()
	const good = ",30.2554,120.1536,30.2553,120.1536,8,ios\n"
	file := "note,lat,lon,pin_lat,pin_lon,accuracy_m,accuracy_kind\na" + good + "\"b" + good + "c" + good + "d,\"30.2554,120.1536,30.2553,120.1536,8,ios\n" + "\"e\nf\"" + good
	const at = "at_retailer,11.086,0.999"
	got := command(t, file, "verify", "-")
	got.want(t, exitDone, "", "a quote opens a cell and never closes, and so is part of it: 2 rows, the first on line 3\n")
	rows := cellsOf(t, got.out)[1:]
	for i, want := range []string{"a " + at, "\"b " + at, "c " + at, "d undecided,,", "e\nf " + at} {
		if len(rows) != 5 || !strings.HasPrefix(rows[i][0]+" "+strings.Join(rows[i][7:], ","), want) {
			t.Errorf("%q, want %q", rows, want)
		}
	}
}

// Whatever a row lacks or has too much of, each result stands under its heading.
func TestVerifyKeepsResultsUnderTheirHeadings(t *testing.T) {
	t.Parallel()
	const header, want = "lat,lon,pin_lat,pin_lon,a", "lat,lon,pin_lat,pin_lon,a,outcome,distance_m,p_inside,p_honest,reasons\n"
	file := header + "\n1,2,3,4,5,6,7\n1,2,3\n1,2,3,4,5,,\n1" + strings.Repeat(",2", 2*sheet.MaxColumns) + "\n"
	got := command(t, file, "verify", "-")
	got.want(t, exitDone, "", "more cells than the header has; nothing of them is used, and those too many are left out: 2 rows, the first on line 2\n")
	got.want(t, exitDone, want+"1,2,3,4,5,undecided,,,,no_pin;no_position\n1,2,3,,,undecided,,,,no_pin;no_position\n1,2,3,4,5,undecided,313", "")
	for _, row := range cellsOf(t, got.out) {
		if len(row) != 10 {
			t.Errorf("%d cells: %q", len(row), row)
		}
	}
}

// aPolicy writes a file of rules.
func aPolicy(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "P.json")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestVerifyByAPolicy(t *testing.T) {
	t.Parallel()
	const file = "lat,lon,pin_lat,pin_lon,pin_sigma_m,accuracy_m,accuracy_kind\n30.2561,120.1536,30.2553,120.1536,3,8,ios\n30.2653,120.1536,30.2553,120.1536,3,8,ios\n"
	for name, c := range map[string]struct {
		policy string
		want   []string
	}{
		"nothing of its own": {"{}", []string{"at_retailer,88.685,0.958456,1,", "undecided,1108.568,0,3.26302e-24,far_outside;outside_radius;pin_unconfirmed"}},
		"a smaller radius":   {`{"radius_m":50}`, []string{"undecided,88.685,5.67556e-10,0.0371161,outside_radius", "undecided"}},
		"plain":              {`{"kind":"plain"}`, []string{"at_retailer,88.685,0.958456,,", "elsewhere,1108.568,0,,far_outside;outside_radius"}},
	} {
		got := command(t, file, "verify", "-", "--policy", aPolicy(t, c.policy))
		rows := added(t, got.out)
		for i, want := range c.want {
			if i >= len(rows) || !strings.HasPrefix(rows[i], want) {
				t.Errorf("%s: %q, want %q; %s", name, rows, c.want, got.err)
			}
		}
	}
	bare := "lat,lon,pin_lat,pin_lon,accuracy_m,accuracy_kind\n30.2561,120.1536,30.2553,120.1536,8,ios\n"
	command(t, bare, "verify", "-", "--policy", aPolicy(t, `{"kind":"plain"}`)).want(t, exitDone, ",at_retailer,88.685,", "")
	for text, said := range map[string]string{
		`{"radius_m":-1,"inside_p":0.3}`:  "P.json: radius_m -1: want more than 0; inside_p 0.3: want 0.5 or more",
		`{"radius":50}`:                   `unknown field "radius"`,
		`{"kind":"plain","inside_p":0.9}`: `kind "plain" takes no numbers of kind "probabilistic"`,
		`{"radius_m":"50"}`:               "P.json: this is no policy",
		``:                                "P.json: this is no policy",
		`null`:                            "P.json: this is no policy",
		`{}{}`:                            "more than one policy",
	} {
		command(t, file, "verify", "-", "--policy", aPolicy(t, text)).want(t, exitFailed, "", said)
	}
	command(t, file, "verify", "-", "--policy", "no-such-file.json").want(t, exitUsage, "", "no-such-file.json")
}

func TestVerifyRefuses(t *testing.T) {
	t.Parallel()
	for file, said := range map[string]string{
		"":                              "no header",
		"lat,lon,pin_lat\n":             "standard input: line 1: there must be one column pin_lon; the headings are: lat, lon, pin_lat",
		"lat,pin_lat,pin_lon\n":         "one column lon",
		"lat,lon,pin_lat,pin_lon,lat\n": "columns 1 and 5 are both lat",
		"\nlat,lon,pin_lat,pin_lon,Event ID,event_id\n": "line 2: columns 5 and 6 are both event_id",
		"lat,lon,pin_lat,pin_lon,Outcome\n":             "there is a column outcome already: give it another name",
		"PK\x03\x04":                                    "save it as CSV UTF-8",
		"lat,lon,pin_lat,pin_lon\n" + strings.Repeat("1,2,3,4\n", 200_000) + "5,\x00":     "line 200002: there is a NUL byte",
		"lat,lon,pin_lat,pin_lon,event_id\n" + strings.Repeat("1,2,3,4,x\n", maxShared+1): `line 10002: more than 10000 rows have the event_id "x"`,
	} {
		got := command(t, file, "verify", "-")
		got.want(t, exitFailed, "", said)
		if got.out != "" {
			t.Errorf("%s: %q was written", said, got.out)
		}
	}
	command(t, "", "verify", "no-such-file.csv").want(t, exitUsage, "", "no-such-file.csv")
}

func TestVerifyStopsWhenToldTo(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	stop()
	var out, errs strings.Builder
	file := fixesHeader + "\n" + strings.Repeat(",", 12) + "\n"
	if status := run(ctx, []string{"verify", "-"}, terminal{strings.NewReader(file), &out, &errs}); status != exitFailed {
		t.Errorf("exit status %d", status)
	}
}

// A full disk behind standard output is a failure.
func TestVerifyThatCannotWriteFails(t *testing.T) {
	t.Parallel()
	var errs strings.Builder
	if status := run(t.Context(), []string{"verify", "-"}, terminal{strings.NewReader(fixesHeader), full{}, &errs}); status != exitFailed {
		t.Errorf("exit status %d", status)
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left") }

// The example of -h says what really comes out.
func TestVerifyHelpIsTrue(t *testing.T) {
	t.Parallel()
	help := command(t, "", "verify", "-h")
	help.want(t, exitDone, "$ rounds verify fixes.csv", "")
	_, example, _ := strings.Cut(verifyCmd{}.Help(), "$ cat fixes.csv\n")
	example, _, _ = strings.Cut(strings.ReplaceAll(example, "    ", ""), "\n\n")
	file, shown, _ := strings.Cut(example, "$ rounds verify fixes.csv | cut -d, -f1,10-\n")
	got := ""
	for _, row := range cellsOf(t, command(t, file, "verify", "-").out) {
		got += strings.Join(slices.Concat(row[:1], row[9:]), ",") + "\n"
	}
	if diff := cmp.Diff(shown+"\n", got); diff != "" {
		t.Error(diff)
	}
}

// Rows of events in any order come out in theirs, each with its event's verdict, as if each event stood alone.
func TestVerifyOfAShuffledFileIsThatOfItsEvents(t *testing.T) {
	t.Parallel()
	d := rand.New(rand.NewPCG(3, 5))
	alone, rows := map[string]string{}, []string{}
	for i := range 300 {
		id, event := fmt.Sprint(i), fixesHeader+"\n"
		for k := range 1 + d.IntN(3) {
			row := fmt.Sprintf("%.6f,120.1536,30.2553,120.1536,3,%d,,%d,ios,gps,,2026-03-04T02:%02d:00Z,%s\n", 30.2553+d.Float64()/80, d.IntN(4), d.IntN(40), 10*k+d.IntN(3), id)
			event, rows = event+row, append(rows, row)
		}
		judged := cellsOf(t, command(t, event, "verify", "-").out)[1]
		alone[id] = judged[13] + " " + judged[17]
	}
	d.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	seen := map[string]int{}
	for i, row := range cellsOf(t, command(t, fixesHeader+"\n"+strings.Join(rows, ""), "verify", "-").out)[1:] {
		if strings.Join(row[:13], ",")+"\n" != rows[i] {
			t.Fatalf("row %d is %v, not %s", i, row, rows[i])
		}
		if verdict := row[13] + " " + row[17]; verdict != alone[row[12]] {
			t.Errorf("event %s: %s, alone %s", row[12], verdict, alone[row[12]])
		}
		seen[row[13]]++
	}
	for _, o := range []geo.Outcome{geo.AtRetailer, geo.Undecided, geo.Elsewhere} {
		if seen[string(o)] < 10 {
			t.Errorf("only %v", seen)
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	const rows = 10_000
	var file strings.Builder
	fmt.Fprintln(&file, fixesHeader)
	for i := range rows {
		fmt.Fprintf(&file, "30.2554,120.1536,30.2553,120.1536,3,1,,%d,ios,gps,,2026-03-04T02:30:00Z,%d\n", i%50, i/2)
	}
	for b.Loop() {
		if status := run(b.Context(), []string{"verify", "-"}, terminal{strings.NewReader(file.String()), io.Discard, io.Discard}); status != exitDone {
			b.Fatal(status)
		}
	}
	b.ReportMetric(float64(rows*b.N)/b.Elapsed().Seconds(), "rows/s")
}
