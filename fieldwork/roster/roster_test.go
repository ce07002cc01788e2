package roster

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"rounds/geo"
	"rounds/internal/cputime"
	"rounds/internal/sheet"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
)

// parse reads a CSV text that must be a roster, in WGS-84 unless the options say otherwise.
func parse(t testing.TB, text string, options Options) *File {
	t.Helper()
	file, err := tryParse(t, text, options)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func tryParse(t testing.TB, text string, options Options) (*File, error) {
	t.Helper()
	table, err := sheet.Read(strings.NewReader(text), "")
	if err != nil {
		t.Fatal(err)
	}
	if options.Datum == "" {
		options.Datum = geo.WGS84
	}
	return Parse(table, options)
}

// said lists findings as "line code".
func said(file *File) []string {
	var said []string
	for _, f := range file.Findings {
		said = append(said, fmt.Sprintf("%d %s", f.Line, f.Code))
	}
	return said
}

func to[T any](value T) *T { return &value }

func TestParseReadsEveryField(t *testing.T) {
	t.Parallel()
	want := Row{
		Line: 2, Code: "0042", Name: "乐购", Address: "人民路1号", City: "上海", Zip: "02000", Class: "A", Status: Active,
		ServiceSeconds: to(450), VisitsPer8Weeks: to(5), OrderVolume: to(int64(1200)), Radius: to(geo.Meters(80.5)),
		Point: &orb.Point{121.5, 31.25}, Rep: "张三", Territory: "东片", RetailerID: "r-1",
		Extra: map[string]string{"备注": "x"},
	}
	const values = "0042,乐购,人民路1号,上海,02000,A,%s,7.5,2.5,1200,80.5,31.25,１２１.5,张三,东片,r-1,x,\n"
	for header, status := range map[string]string{
		"code,name,address,city,zip,class,status,service_minutes,visit_frequency,volume,radius_m,lat,lon,rep,territory,retailer_id,备注,空":                                    "ACTIVE",
		"LICENSE NO.,Operation Name,ADDRESS,City,ZIP CODE,Segment,Status,Service Minutes,Visit-Frequency,order volume,Radius_M,Latitude,Lng,Rep,Territory,Retailer ID,备注,空": "Open",
		"零售户编码,店名,经营地址,市,邮编,档位,状态,服务时长（分钟）,拜访频次,订货量,半径(米),纬度,经度,客户经理,片区,retailer_id,备注,空":                                                                                   "正常",
		"許可證號,客戶名稱,經營地址,城市,郵遞區號,等級,狀態,服務時長,拜訪頻次,訂貨量,半徑,緯度,經度,客戶經理,片區,Retailer-Id,备注,空":                                                                                      "營業中",
	} {
		file := parse(t, header+"\n"+fmt.Sprintf(values, status), Options{})
		if diff := cmp.Diff([]Row{want}, file.Rows); diff != "" || file.Findings != nil {
			t.Errorf("%s: %s%v", header, diff, file.Findings)
		}
	}
}

func TestOpeningHours(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ header, cells, want string }{
		{"opening_hours", "Mo-Fr 09:00-18:00; PH off", "Mo-Fr 09:00-18:00; PH off"},
		{"营业时间", "周一至周五 09:00-18:00", "周一至周五 09:00-18:00"},
		{"opening_hours", " ", ""},
		{"开门时间,关门时间", "8:30,21:00", "8:30-21:00"},
		{"opening hours,opens,closes", "24/7,8:30,21:00", "24/7"},
		{"opening hours,opens,closes", ",8:30,21:00", "8:30-21:00"},
		{"monday hours,tuesday hours,Sat Hours", "09:00-12:00,09:00-12:00,休息", "Mo-Tu 09:00-12:00; Sa 休息"},
		{"周一营业时间,周日营业时间", "09:00-12:00,10:00-11:00", "Mo 09:00-12:00; Su 10:00-11:00"},
	} {
		file := parse(t, "name,"+tt.header+"\nx,"+tt.cells+"\n", Options{})
		if len(file.Rows) != 1 || file.Rows[0].OpeningHours != tt.want {
			t.Errorf("%s: %s: %+v %v", tt.header, tt.cells, file.Rows, file.Findings)
		}
	}
	for _, tt := range []struct{ header, cells, field, en, zh string }{
		{"Opening Hours", "Mo-Fr sunrise-18:00", "opening_hours", `Opening Hours: at character 7, "sunrise" depends on the sun`, `Opening Hours: 第 7 个字符处的 "sunrise" 取决于日出日落`},
		{"opens,closes", "8:30,", "opens", `opens: at character 1, the time "8:30" has no end`, "没有结束时间"},
		{"周一营业时间,周日营业时间", "9:00-10:00,perhaps", "hours_sun", `周日营业时间: is no opening hours: at character 1, "perhaps"`, "无法识别"},
	} {
		file := parse(t, "name,"+tt.header+"\nx,"+tt.cells+"\n", Options{})
		i := slices.IndexFunc(file.Findings, func(f Finding) bool { return f.Code == "bad_hours" })
		if len(file.Rows) != 0 || i < 0 {
			t.Errorf("%s: %s: %+v %v", tt.header, tt.cells, file.Rows, file.Findings)
			continue
		}
		f := file.Findings[i]
		if f.Line != 2 || f.Severity != Error || f.Field != tt.field || !strings.Contains(f.Text("en"), tt.en) || !strings.Contains(f.Text("zh"), tt.zh) {
			t.Errorf("%s: %s: %+v: %s, %s", tt.header, tt.cells, f, f.Text("en"), f.Text("zh"))
		}
	}
}

func TestMapOverridesTheHeadings(t *testing.T) {
	t.Parallel()
	text := "name,label,lat_gcj02,lon_gcj02\nlegal,shown,31.2295,121.4960\n"
	file := parse(t, text, Options{
		Map:   map[string]string{"name": "LABEL", "lat": "lat_gcj02", "lon": "lon GCJ02"},
		Datum: geo.GCJ02,
	})
	row := file.Rows[0]
	if row.Name != "shown" || row.Extra["name"] != "legal" {
		t.Errorf("row %+v", row)
	}
	moved := geo.Distance(*row.Point, orb.Point{121.4960, 31.2295})
	if !(moved > 300 && moved < 700) {
		t.Errorf("the datum moved the pin by %.0f m", moved)
	}
	renamed := parse(t, text, Options{Map: map[string]string{"name": "label", "rep": "name"}})
	if row := renamed.Rows[0]; row.Name != "shown" || row.Rep != "legal" || said(renamed)[0] != "1 no_position_columns" {
		t.Errorf("row %+v, %v", row, said(renamed))
	}
	if unmapped := parse(t, text, Options{}); unmapped.Rows[0].Point != nil {
		t.Error("a heading that names a datum was used without being mapped")
	}
}

func TestParseRefusesTables(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, text string
		options    Options
		want       string
	}{
		{"no name", "shop,where\nx,y\n", Options{}, "line 1: no heading says which column is the retailer's name; the headings are: shop, where. Say --map name=HEADING"},
		{"a heading twice", "name,City,CITY\nx,y,z\n", Options{}, `line 1: the heading "CITY" stands over columns 2 and 3`},
		{"mapping a field that is none", "name\nx\n", Options{Map: map[string]string{"nom": "name"}}, `line 1: --map: there is no field "nom"; the fields are: ` + strings.Join(Fields(), ", ")},
		{"mapping a heading that is not there", "name,b\nx,y\n", Options{Map: map[string]string{"zip": "c"}}, `line 1: --map: there is no heading "c"; the headings are: name, b`},
		{"an unknown datum", "name\nx\n", Options{Datum: "mars"}, `the coordinates' datum "mars" is unknown: say wgs84, gcj02 or bd09`},
	} {
		_, err := tryParse(t, c.text, c.options)
		if finding, ok := err.(Finding); !ok || finding.Error() != c.want {
			t.Errorf("%s: got  %v\nwant %s", c.name, err, c.want)
		}
	}
}

func TestFindings(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, text string
		want       []string
		rows       int
	}{
		{"nothing to say", "code,name,lat,lon\n1,a,31,121\n", nil, 1},
		{"no name", "code,name,lat,lon\n1,,31,121\n", []string{"2 no_name"}, 0},
		{"no code", "code,name,lat,lon\n,a,31,121\n", []string{"2 no_code"}, 0},
		{"a code twice", "code,name,lat,lon\n1,a,31,121\n1,b,32,121\n", []string{"3 repeated_code"}, 1},
		{"a short row", "code,name,lat,lon\n1,a\n2,b,32,121\n", []string{"2 unreadable_row"}, 1},
		{"words for a number", "name,lat,lon,volume\na,31,121,many\n", []string{"2 bad_number"}, 0},
		{"a number past all sense", "name,lat,lon,service_minutes\na,31,121,90000\n", []string{"2 out_of_range"}, 0},
		{"a frequency between two", "name,lat,lon,frequency\na,31,121,0.3\n", []string{"2 off_step"}, 0},
		{"infinite latitude", "name,lat,lon\na,Inf,121\n", []string{"2 bad_number"}, 0},
		{"a decimal comma", "name;lat;lon\na;31,5;121\n", []string{"2 bad_number"}, 0},
		{"no coordinates", "name,lat,lon\na,,\n", []string{"2 no_coordinates"}, 1},
		{"half of them", "name,lat,lon\na,31,\n", []string{"2 incomplete_coordinates"}, 1},
		{"no coordinate columns", "name\na\nb\n", []string{"1 no_position_columns"}, 2},
		{"only a latitude column", "name,lat\na,31\n", []string{"1 half_position"}, 1},
		{"null island", "name,lat,lon\na,0,0.0\n", []string{"2 null_island"}, 1},
		{"swapped beyond doubt", "name,lat,lon\na,121,31\n", []string{"2 swapped_lat_lon"}, 1},
		{"no place on Earth", "name,lat,lon\na,500,31\n", []string{"2 invalid_coordinates"}, 1},
		{"three on one point", "name,lat,lon\na,31,121\nb,31,121\nB ,31,121\nc,32,121\n", []string{"2 shared_point"}, 4},
		{"the same name on one point", "name,lat,lon\na,31,121\nＡ,31,121\n", nil, 2},
		{"unknown statuses, one finding a word", "name,lat,lon,status\na,31,121,9\nb,32,121,9\nc,33,121,8\n", []string{"2 unknown_status", "4 unknown_status"}, 3},
		{"two columns for one field", "name,dba,lat,lon\na,b,31,121\n", []string{"1 column_not_used"}, 1},
		{"everything wrong", "code,name,lat,lon,volume\n,,x,,y\n", []string{"2 bad_number", "2 incomplete_coordinates", "2 no_name"}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			file := parse(t, c.text, Options{})
			if diff := cmp.Diff(c.want, said(file)); diff != "" || len(file.Rows) != c.rows {
				t.Errorf("%d rows, want %d; %s", len(file.Rows), c.rows, diff)
			}
			for _, f := range file.Findings {
				for _, lang := range []string{"en", "zh-Hans"} {
					if text := f.Text(lang); text == "" || strings.Contains(text, "%!") {
						t.Errorf("%s in %s: %q", f.Code, lang, text)
					}
				}
			}
		})
	}
}

func TestEveryCodeHasBothTexts(t *testing.T) {
	t.Parallel()
	for code, both := range texts {
		if both[0] == "" || both[1] == "" || strings.Count(both[0], "%") != strings.Count(both[1], "%") {
			t.Errorf("%s: %q", code, both)
		}
	}
}

func TestFindingsNameTheirReasons(t *testing.T) {
	t.Parallel()
	file := parse(t, "code,name,lat,lon\n7,a,31,121\n7,b,31,122\n8\n", Options{})
	for i, want := range []string{
		`line 3: the code "7" already stands on line 2`,
		"line 4: the row cannot be read: 1 cells where the header has 4",
	} {
		if got := file.Findings[i].Error(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	if got := file.Findings[1].Text("zh"); got != "此行无法读取：有 1 个单元格，而表头有 4 个" {
		t.Error(got)
	}
}

func TestDerivedCodes(t *testing.T) {
	t.Parallel()
	file := parse(t, "source_row,name,address,city,zip\n"+
		"1,Joe's  Deli,1 Main St,Ávila,14464\n"+
		"2, JOE’S DELI,1 main st,ávila,14464\n"+
		"3,joe's deli ,１ Main\u00a0St,A\u0301VILA,14464\n"+
		"4,Joe's Deli,1 Main St,,Ávila|14464\n", Options{})
	var codes []string
	for _, row := range file.Rows {
		codes = append(codes, row.Code)
	}
	first, third := codes[0], codes[2]
	if len(first) != 10 || third != first+"-2" || file.Repeats != 1 {
		t.Errorf("codes %q, %d repeats: spacing, width and case should not matter", codes, file.Repeats)
	}
	if codes[1] == first {
		t.Error("another apostrophe is another name")
	}
}

func TestLocationCells(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][2]string{
		"1712 NORTH LAKE  ROAD\nHAMLIN, NY 14464\n(43.29516601000006, -77.92043201499996)": {"43.29516601000006", "-77.92043201499996"},
		"(43.5,-77)":             {"43.5", "-77"},
		"43.5, -77":              {"43.5", "-77"},
		"POINT (-77.92 43.29)":   {"43.29", "-77.92"},
		"12 Main St (rear), NY":  {"", ""},
		"12 Main St, 14464":      {"", ""},
		"":                       {"", ""},
		"(1, 2) and then (3, 4)": {"3", "4"},
	} {
		if lat, lon := splitLocation(text); lat != want[0] || lon != want[1] {
			t.Errorf("%q gave %q, %q", text, lat, lon)
		}
	}
}

func TestLatAndLonWinOverLocation(t *testing.T) {
	t.Parallel()
	const text = "name,location,lat,lon\na,\"(40, -77)\",41,-78\n"
	row := parse(t, text, Options{}).Rows[0]
	if *row.Point != (orb.Point{-78, 41}) || row.Extra["location"] != "(40, -77)" {
		t.Errorf("row %+v", row)
	}
	row = parse(t, text, Options{Map: map[string]string{"location": "location"}}).Rows[0]
	if *row.Point != (orb.Point{-77, 40}) {
		t.Errorf("the mapped location lost: %v", row.Point)
	}
}

// Ten times the rows take ten times as long; a step that looks at all rows for each would take a hundred times. Nothing runs beside it in
// this process, so that the processor's time is its own.
func TestFiftyThousandRowsAreQuick(t *testing.T) {
	took := func(n int) time.Duration {
		text := shops(n)
		start := cputime.Process()
		if file := parse(t, text, Options{Datum: geo.GCJ02}); len(file.Rows) != n {
			t.Errorf("%d rows of %d", len(file.Rows), n)
		}
		return cputime.Process() - start
	}
	if few, many := took(5_000), took(50_000); many > 40*few {
		t.Errorf("5000 rows in %v, 50000 in %v", few, many)
	}
}

func BenchmarkParse50k(b *testing.B) {
	text := shops(50_000)
	for b.Loop() {
		parse(b, text, Options{Datum: geo.GCJ02})
	}
}

// FuzzParse feeds arbitrary bytes: the rows that come out have names, codes of their own, and pins on Earth.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"name,lat,lon\na,31,121\n", "code,name,location\n1,a,\"x\n(43.2, -77.9)\"\n", "店名,状态,服务时长\na,停业,5\n",
		shops(12, "x,far,48,2", "y,far,48"), "name,name2,lat\n,,\na,b\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		table, err := sheet.Read(strings.NewReader(string(data)), "")
		if err != nil {
			return
		}
		file, err := Parse(table, Options{Datum: geo.BD09, Bounds: &orb.Bound{Max: orb.Point{180, 90}}})
		if err != nil {
			return
		}
		codes := map[string]bool{}
		for _, row := range file.Rows {
			if row.Name == "" || row.Code == "" || codes[row.Code] || row.Point != nil && !isPlace(row.Point.Lat(), row.Point.Lon()) {
				t.Fatalf("row %+v", row)
			}
			codes[row.Code] = true
		}
		for _, finding := range file.Findings {
			if text := finding.Text("zh"); text == "" {
				t.Fatalf("finding %+v says nothing", finding)
			}
		}
	})
}
