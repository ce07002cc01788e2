package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"rounds/internal/sheet"

	"github.com/paulmach/orb/geojson"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
	"pgregory.net/rapid"
)

// cutUp runs the command on a file, and decodes its one line and the plan.
func cutUp(t *testing.T, file string, args ...string) (territoriesAnswer, ran, [][]string) {
	t.Helper()
	plan := filepath.Join(t.TempDir(), "plan.csv")
	if !slices.ContainsFunc(args, func(a string) bool { return strings.HasPrefix(a, "--check") }) {
		args = append(args, "--out="+plan)
	}
	line, r := oneLine[territoriesAnswer](t, file, append([]string{"territories", "-"}, args...))
	return line, r, planOf(t, plan)
}

func planOf(t *testing.T, path string) (rows [][]string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return nil
	}
	table, err := sheet.Read(bytes.NewReader(text), "")
	if err != nil || !slices.Equal(table.Header, []string{"code", "territory"}) {
		t.Fatalf("%v, %v", table, err)
	}
	for _, row := range table.Rows {
		rows = append(rows, row.Cells)
	}
	return rows
}

// kiosks are n shops on 20 km by 20 km: a code, where it is, minutes and boxes a month, and which of four quarters it is in.
func kiosks(n int) string {
	r := rand.New(rand.NewPCG(9, 0))
	file := &strings.Builder{}
	fmt.Fprintln(file, "许可证号,纬度,经度,minutes,boxes,territory")
	for i := range n {
		x, y := r.Float64(), r.Float64()
		fmt.Fprintf(file, "K%04d,%.6f,%.6f,%.2f,%d,%s\n", i, 30+y/5, 120+x/5, 5+20*r.Float64(), 1+r.IntN(20),
			[]string{"东南", "东北", "西南", "西北"}[int(2*x*x)*2+int(2*y)])
	}
	return file.String()
}

func written(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Every row has a territory, in the order of the file, and what is said of them is so.
func TestTerritoriesAreFair(t *testing.T) {
	t.Parallel()
	file := kiosks(600)
	line, r, plan := cutUp(t, file, "--k=6", "--balance=minutes:3%,boxes:4%,retailers", "--iterations=100000")
	if r.status != exitDone || !line.Met || line.Broken != 0 || line.Moved != nil || line.MovedBound != nil || line.Seconds != nil || r.err != "" {
		t.Fatalf("%+v", r)
	}
	table, err := sheet.Read(strings.NewReader(file), "")
	if err != nil || len(plan) != 600 {
		t.Fatal(len(plan), err)
	}
	loads := map[string][2]float64{}
	for i, row := range table.Rows {
		number := func(column int) float64 { x, _ := strconv.ParseFloat(row.Cells[column], 64); return x }
		if plan[i][0] != row.Cells[0] {
			t.Fatalf("row %d is %s in the plan, and %s in the file", i+1, plan[i][0], row.Cells[0])
		}
		had := loads[plan[i][1]]
		loads[plan[i][1]] = [2]float64{had[0] + number(3), had[1] + number(4)}
		loads["all"] = [2]float64{loads["all"][0] + number(3), loads["all"][1] + number(4)}
	}
	for k, name := range []string{"minutes", "boxes"} {
		worst := 0.
		for i := range 6 {
			worst = max(worst, math.Abs(loads[strconv.Itoa(i+1)][k]*6/loads["all"][k]-1))
		}
		if math.Abs(worst-line.Worst[name]) > 1e-5 || worst > []float64{0.03, 0.04}[k] {
			t.Errorf("%s: the largest deviation is %g, and said to be %g", name, worst, line.Worst[name])
		}
	}
}

// With iterations, the order of rows, and whatever else is in the file, changes nothing.
func TestTerritoriesAreTheSameInAnyOrder(t *testing.T) {
	t.Parallel()
	file := kiosks(400)
	args := []string{"-k5", "--balance=minutes:2%,boxes:5%", "--iterations=40000"}
	first, r, plan := cutUp(t, file, args...)
	rows := strings.Split(strings.TrimSpace(file), "\n")
	rand.New(rand.NewPCG(1, 1)).Shuffle(len(rows)-1, func(i, j int) { rows[i+1], rows[j+1] = rows[j+1], rows[i+1] })
	_, shuffled, other := cutUp(t, "\n"+strings.Join(rows, "\r\n\r\n"), args...)
	byCode := func(a, b []string) int { return strings.Compare(a[0], b[0]) }
	slices.SortFunc(other, byCode)
	slices.SortFunc(plan, byCode)
	if shuffled.out != r.out || !slices.EqualFunc(plan, other, slices.Equal) {
		t.Errorf("first %s, then %s", r.out, shuffled.out)
	}
	if again, _, _ := cutUp(t, file, append(args, "--seed=2")...); again.D2 == first.D2 {
		t.Error("another seed, the same plan")
	}
}

// Today's names stay, and what changes hands is what the plan says.
func TestTerritoriesOfToday(t *testing.T) {
	t.Parallel()
	file := kiosks(400)
	args := []string{"--today=territory", "--balance=minutes:5%", "--iterations=60000"}
	line, r, plan := cutUp(t, file, args...)
	if r.status != exitDone || line.K != 4 || line.Moved == nil || !(*line.MovedBound > 0.1) || *line.Moved > 1.3**line.MovedBound {
		t.Fatalf("%+v", r)
	}
	table, _ := sheet.Read(strings.NewReader(file), "")
	moved, all, today := 0., 0., map[string]float64{}
	for i, row := range table.Rows {
		x, _ := strconv.ParseFloat(row.Cells[3], 64)
		today[row.Cells[5]] += x
		if all += x; plan[i][1] != row.Cells[5] {
			moved += x
		}
	}
	if math.Abs(moved/all-*line.Moved) > 1e-9 {
		t.Errorf("%g changes hands, and is said to be %g", moved/all, *line.Moved)
	}
	above, below := 0., 0.
	for _, load := range today {
		above, below = above+max(0, load/all-1.05/4), below+max(0, 0.95/4-load/all)
	}
	if least := max(above, below); math.Abs(*line.MovedLeast-least) > 1e-6 || *line.MovedBound < least-1e-6 {
		t.Errorf("no plan changes less than %g, and %g is said, %g between neighbours", least, *line.MovedLeast, *line.MovedBound)
	}
	free, _, _ := cutUp(t, file, append(args, "--change=0")...)
	if *free.Moved <= *line.Moved || free.D2 >= line.D2 {
		t.Errorf("at no price %g changes hands, at the usual one %g", *free.Moved, *line.Moved)
	}
	few, r, _ := cutUp(t, file, append(args, "--most-change=1%")...)
	if r.status != exitLimit || few.Met || *few.Moved > 0.01 || few.Why[0].Reason != "change_budget" {
		t.Errorf("%+v", r)
	}
	more, _, plan := cutUp(t, file, "--today=territory", "--balance=minutes:5%", "-k5", "--without=东南", "--iterations=60000")
	if got := names(plan); more.K != 5 || !slices.Equal(got, []string{"new 1", "new 2", "东北", "西北", "西南"}) {
		t.Errorf("%v, %+v", got, more)
	}
}

func names(plan [][]string) (names []string) {
	for _, row := range plan {
		names = append(names, row[1])
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// For more change the balance is never worse, and never more changes hands than might.
func TestTerritoriesCurve(t *testing.T) {
	t.Parallel()
	line, r, _ := cutUp(t, kiosks(400), "--today=territory", "--balance=minutes:5%,boxes:20%", "--iterations=100000", "--curve")
	if len(line.Curve) != 10 || strings.Count(r.err, "\n") != 12 || !strings.HasPrefix(r.err, "changes hands  minutes    boxes\n0.00 %") {
		t.Fatalf("%+v", r)
	}
	worst := 1.
	for i, point := range line.Curve {
		if point.Worst["minutes"] > worst || point.Moved > point.Most+1e-6 {
			t.Errorf("point %d: %+v after %g", i, point, worst)
		}
		worst = point.Worst["minutes"]
	}
	if worst > 0.1 {
		t.Errorf("for all of the change minutes are within %g", worst)
	}
}

// What is asked for besides balance is kept.
func TestTerritoriesKeepWhatIsAsked(t *testing.T) {
	t.Parallel()
	file := "code,lat,lon,boxes,only,pair,rivals\n"
	for i := range 40 {
		row := []string{"", "", ""}
		switch i {
		case 3:
			row[0] = "乙"
		case 10, 25:
			row[1] = "mall"
		case 18, 19, 20:
			row[2] = "x"
		}
		file += fmt.Sprintf("s%02d,30,%.3f,1,%s\n", i, 120+float64(i)/100, strings.Join(row, ","))
	}
	reps := written(t, "reps.csv", "territory,share,lat,lon\n甲,1,30,120\n乙,0.5,30,120.2\n丙,,30,120.39\n")
	line, r, plan := cutUp(t, file, "--homes="+reps, "--balance=boxes:30%", "--capacity=boxes:18", "--lock=only", "--together=pair", "--apart=rivals", "--iterations=20000")
	if line.K != 3 || plan == nil {
		t.Fatalf("%+v", r)
	}
	count := map[string]int{}
	for _, row := range plan {
		count[row[1]]++
	}
	if plan[3][1] != "乙" || plan[10][1] != plan[25][1] || len(names(plan[18:21])) != 3 || max(count["甲"], count["丙"]) > 18 {
		t.Errorf("%v of %v, %s", plan, count, r.err)
	}
	sides := written(t, "rail.geojson", `{"type":"FeatureCollection","features":[{"type":"Feature","properties":{},"geometry":{"type":"LineString","coordinates":[[120.195,29],[120.195,31]]}}]}`)
	_, r, plan = cutUp(t, file, "--shares=1,1", "--balance=boxes:1%", "--barriers="+sides, "--iterations=20000")
	if r.status != exitDone || len(names(plan[:20])) != 1 || len(names(plan[20:])) != 1 || plan[0][1] == plan[39][1] {
		t.Errorf("%v, %+v", plan, r)
	}
}

// Where tolerances cannot be met, the plan is there, with what it meets and why.
func TestTerritoriesThatCannotBeFair(t *testing.T) {
	t.Parallel()
	file := "code,lat,lon,orders\n"
	for i := range 30 {
		file += fmt.Sprintf("s%02d,30,%.3f,%d\n", i, 120+float64(i)/100, map[bool]int{true: 100, false: 1}[i == 7])
	}
	line, r, plan := cutUp(t, file, "--k=3", "--balance=orders:5%", "--iterations=5000")
	r.want(t, exitLimit, `"met":false`, "This plan meets")
	if len(plan) != 30 || line.BestReachable["orders"] != line.Worst["orders"] {
		t.Errorf("%s", r.out)
	}
	if w := line.Why[0]; w.Reason != "one_unit" || !slices.Equal(w.Codes, []string{"s07"}) || !(w.Floor > 1.3 && w.Floor <= line.Worst["orders"]) {
		t.Errorf("%+v", w)
	}
	again, r, _ := cutUp(t, file, "--k=3", fmt.Sprintf("--balance=orders:%.4f%%", 100*line.BestReachable["orders"]), "--iterations=5000")
	if r.status != exitDone || !again.Met {
		t.Errorf("best_reachable %v is not: %+v", line.BestReachable, r)
	}
}

// A plan that is looked at has the figures that it was given; one that does not fit is refused.
func TestTerritoriesChecked(t *testing.T) {
	t.Parallel()
	file := kiosks(200)
	args := []string{"--k=4", "--balance=minutes：5％，boxes:10%"}
	_, made, plan := cutUp(t, file, append(args, "--iterations=20000")...)
	text := textOf(plan)
	_, looked, _ := cutUp(t, file, append(args, "--check="+written(t, "plan.csv", text))...)
	if looked.status != made.status || looked.out != made.out {
		t.Errorf("%+v, then %+v", made, looked)
	}
	plan[0][1], plan[1][1] = plan[1][1], "4"
	worse, r, _ := cutUp(t, file, append(args, "--check="+written(t, "plan.csv", textOf(plan)))...)
	if r.status != exitLimit || worse.Met {
		t.Errorf("%+v", r)
	}
	for says, c := range map[string]struct{ plan, want string }{
		"a row too few":         {strings.Join(strings.SplitAfter(text, "\n")[:200], ""), "line 201 (K0199): not in the plan"},
		"a row twice":           {text + "K0007,1\n", "line 202 (K0007): the same code more than once"},
		"a stranger":            {text + "K0777,1\n", "line 202 (K0777): no retailer of standard input"},
		"no territory":          {strings.Replace(text, "K0007,", "K0007,,", 1), "line 9: 3 cells where the header has 2"},
		"one that there is not": {strings.Replace(text, "K0007,", "K0007,9", 1), "line 9 (K0007): in territory 9"},
		"another table":         {"a,b\n1,2\n", "one column code and one column territory"},
	} {
		r := command(t, file, append([]string{"territories", "-", "--check=" + written(t, "plan.csv", c.plan)}, args...)...)
		if r.status != exitFailed || r.out != "" || !strings.Contains(r.err, c.want) {
			t.Errorf("%s: %+v, want %s", says, r, c.want)
		}
	}
	rows := strings.Split(strings.TrimSpace(file), "\n")
	locked := rows[0] + ",must\n" + rows[1] + "," + map[string]string{"1": "2", "2": "3", "3": "4", "4": "1"}[plan[0][1]] + "\n" +
		strings.Join(rows[2:], ",\n") + ","
	r = command(t, locked, append([]string{"territories", "-", "--lock=must", "--check=" + written(t, "plan.csv", textOf(plan))}, args...)...)
	r.want(t, exitFailed, "", "not in the territory that it is locked to: line 2 (K0000)")
}

func textOf(plan [][]string) string {
	text := "code,territory\n"
	for _, row := range plan {
		text += strings.Join(row, ",") + "\n"
	}
	return text
}

// Files are what people's programs write.
func TestTerritoriesReadsAnyFile(t *testing.T) {
	t.Parallel()
	file := strings.ReplaceAll(kiosks(60), "K00", "=店00")
	file = strings.Replace(file, "boxes", "订货量", 1)
	gb, err := simplifiedchinese.GB18030.NewEncoder().String(file)
	if err != nil {
		t.Fatal(err)
	}
	wide, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(file)
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"--k=3", "--balance=minutes:10%,volume:20%", "--iterations=5000"}
	_, want, plan := cutUp(t, file, args...)
	if want.status != exitDone || plan[5][0] != "=店0005" {
		t.Fatalf("%+v, %v", want, plan)
	}
	for says, text := range map[string]string{"GB18030": gb, "UTF-16": wide, "semicolons": strings.ReplaceAll(file, ",", ";"), "XLSX": workbook(t, file)} {
		if _, r, other := cutUp(t, text, args...); r.out != want.out || !slices.EqualFunc(plan, other, slices.Equal) {
			t.Errorf("%s: %+v, want %+v", says, r, want)
		}
	}
	out := filepath.Join(t.TempDir(), "plan.csv")
	command(t, file, append([]string{"territories", "-", "--out=" + out}, args...)...)
	if text, _ := os.ReadFile(out); !strings.Contains(string(text), "\n'=店0005,") {
		t.Errorf("a spreadsheet would run %.80s", text)
	}
}

func workbook(t *testing.T, file string) string {
	t.Helper()
	table, err := sheet.Read(strings.NewReader(file), "")
	if err != nil {
		t.Fatal(err)
	}
	text := &strings.Builder{}
	out, err := sheet.XLSX(text, "shops")
	if err != nil {
		t.Fatal(err)
	}
	rows := append([]sheet.Row{{Cells: table.Header}}, table.Rows...)
	for _, row := range rows {
		cells := make([]any, len(row.Cells))
		for i, cell := range row.Cells {
			cells[i] = cell
		}
		if err := out.Row(cells...); err != nil {
			t.Fatal(err)
		}
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

// Rows with nothing of a measure count, and are named; so are locks against each other.
func TestTerritoriesSaysWhatIsOdd(t *testing.T) {
	t.Parallel()
	const shops = "code,lat,lon,orders,pair,must\na,30,120,0,x,1\nb,30.1,120,1,x,2\nc,30.2,120,1,,\nd,30.3,120,1,,\n"
	r := command(t, shops, "territories", "-", "-k2", "--balance=orders:50%", "--iterations=1000")
	r.want(t, exitDone, `"met":true`, "orders is 0: line 2 (a)")
	r = command(t, shops, "territories", "-", "-k2", "--together=pair", "--lock=must", "--iterations=1000")
	r.want(t, exitFailed, "", "territory 1, 2: they stay together, and are locked to different territories: line 2 (a), line 3 (b)")
	r = command(t, shops, "territories", "-", "-k3", "--iterations=1000")
	r.want(t, exitDone, `"worst":{"retailers":0.5}`, "without --balance retailers are shared out evenly, to 50 %")
}

func TestTerritoriesStopsWithTheBestSoFar(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out, errs bytes.Buffer
	path := filepath.Join(t.TempDir(), "plan.csv")
	status := run(ctx, []string{"territories", "-", "-k4", "--balance=minutes:5%", "--out=" + path}, terminal{strings.NewReader(kiosks(300)), &out, &errs})
	if status != exitLimit || !strings.Contains(errs.String(), "Stopped early") || len(planOf(t, path)) != 300 {
		t.Errorf("%d, %s, %s", status, out.String(), errs.String())
	}
}

// Whatever the file and the flags, a plan has every row, and its figures are found again; or it is said why there is none.
func TestTerritoriesOfAnything(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		n, k := rapid.IntRange(1, 25).Draw(rt, "retailers"), rapid.IntRange(1, 5).Draw(rt, "k")
		near := rapid.SampledFrom([]float64{120, 180, -180, 0}).Draw(rt, "near")
		file := "code,lat,lon,w,today,must,pair,rival\n"
		name := rapid.SampledFrom([]string{"", "", "", "1", "2", "3"})
		for i := range n {
			lon := math.Remainder(near+float64(rapid.IntRange(-3, 3).Draw(rt, "lon"))/1000, 360)
			file += fmt.Sprintf("%d,%g,%g,%g,%s,%s,%s,%s\n", i, 51+float64(rapid.IntRange(-3, 3).Draw(rt, "lat"))/1000, lon,
				rapid.SampledFrom([]float64{0, 0.001, 1, 2.5, 40, 1e6}).Draw(rt, "w"),
				name.Draw(rt, "today"), name.Draw(rt, "must"), name.Draw(rt, "pair"), name.Draw(rt, "rival"))
		}
		args := []string{"-k" + strconv.Itoa(k), "--balance=w:" + rapid.SampledFrom([]string{"0%", "5%", "100%"}).Draw(rt, "tolerance")}
		for _, flag := range []string{"--today=today", "--lock=must", "--together=pair", "--apart=rival", "--capacity=w:30"} {
			if rapid.Bool().Draw(rt, flag) {
				args = append(args, flag)
			}
		}
		dir, err := os.MkdirTemp(t.TempDir(), "")
		if err != nil {
			rt.Fatal(err)
		}
		plan := filepath.Join(dir, "plan.csv")
		made := command(t, file, append([]string{"territories", "-", "--iterations=500", "--out=" + plan, "--html=" + filepath.Join(dir, "p.html")}, args...)...)
		if made.status == exitFailed || made.status == exitUsage {
			if made.err == "" || made.out != "" {
				rt.Fatalf("%v: %+v", args, made)
			}
			return
		}
		if rows := planOf(t, plan); len(rows) != n {
			rt.Fatalf("%d rows of %d: %+v", len(rows), n, made)
		}
		looked := command(t, file, append([]string{"territories", "-", "--check=" + plan}, args...)...)
		if strings.Contains(made.out, "not_kept") {
			looked.want(t, exitFailed, "", "")
		} else if looked.status != made.status || looked.out != made.out {
			rt.Fatalf("%v of %s: made %+v, looked at %+v", args, file, made, looked)
		}
	})
}

// The files are all there, whole, and nothing else.
func TestTerritoriesWritesFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	args := []string{"territories", "-", "-k3", "--balance=minutes:5%", "--iterations=5000"}
	for _, name := range []string{"out", "html", "geojson", "kml"} {
		args = append(args, "--"+name+"="+filepath.Join(dir, name))
	}
	if err := os.WriteFile(filepath.Join(dir, "kml"), []byte("an old one"), 0o600); err != nil {
		t.Fatal(err)
	}
	command(t, kiosks(50), args...).want(t, exitDone, `"met":true`, "")
	for name, want := range map[string]string{"out": "K0049,", "html": "</html>", "kml": "</kml>", "geojson": "FeatureCollection"} {
		if text, err := os.ReadFile(filepath.Join(dir, name)); err != nil || !strings.Contains(string(text), want) {
			t.Errorf("%s: %v, %.100s", name, err, text)
		}
	}
	text, _ := os.ReadFile(filepath.Join(dir, "geojson"))
	if all, err := geojson.UnmarshalFeatureCollection(text); err != nil || len(all.Features) != 3+50 {
		t.Errorf("%v, %.200s", err, text)
	}
	if files, _ := os.ReadDir(dir); len(files) != 4 {
		t.Errorf("%v", files)
	}
}

func TestTerritoriesInOrder(t *testing.T) {
	t.Parallel()
	sorted := []string{"1", "2", "02", "10", "100", "East", "East 2", "East 10", "East 10 b", "North", "区1", "区2", "区10", "西区"}
	for i, a := range sorted {
		for j, b := range sorted {
			if got := byName(a, b); got != cmp.Compare(i, j) {
				t.Errorf("%s and %s: %d", a, b, got)
			}
		}
	}
}
