package districting

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"rounds/internal/browser"
	"rounds/routing/territory"

	"github.com/paulmach/orb"
)

// striped is a city cut into stripes from west to east, which today are two thirds of a stripe further east.
func striped(t *testing.T, n, k int) (*Region, []int32, *Answer) {
	t.Helper()
	c := town(n, k, orb.Point{120, 30})
	for i := range c.Places {
		c.Places[i].Today = c.Territories[min(k-1, int((c.Places[i].At.Lon()-120+0.13/float64(k))*5*float64(k)))].Name
	}
	c.Barriers = []orb.LineString{{{-120, 30.1}, {120.1, 30.15}, {121, 30.1}}}
	r, faults := New(c)
	if r == nil {
		t.Fatal(faults)
	}
	of := make([]int32, n)
	for i, p := range r.City.Places {
		of[i] = int32(min(k-1, int((p.At.Lon()-120)*5*float64(k))))
	}
	plan, broken, err := r.Check(of)
	if err != nil || broken != nil {
		t.Fatal(broken, err)
	}
	return r, of, r.Answer(plan)
}

// drawn is a page as text.
func drawn(t *testing.T, r *Region, title string, of []int32, a *Answer) string {
	t.Helper()
	text := &strings.Builder{}
	if err := r.Page(text, title, of, a); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

// Names are shown as they are, whatever they are, and the page asks nobody for anything.
func TestPageIsSelfContained(t *testing.T) {
	t.Parallel()
	r, of, _ := striped(t, 300, 4)
	r.City.Territories[0].Name, r.City.Territories[1].Name = "北桥片区 & 梅园", `<script>alert("1")</script>`
	r.City.Measures[0].Name = `"><img src=x>`
	plan, _, err := r.Check(of)
	if err != nil {
		t.Fatal(err)
	}
	text := drawn(t, r, "栖澜市 <3", of, r.Answer(plan))
	for _, want := range []string{"<title>栖澜市 &lt;3: territories</title>", "北桥片区 &amp; 梅园", "&lt;script&gt;alert(", "&lt;img src=x&gt;", "default-src &#39;none&#39;"} {
		if want = strings.ReplaceAll(want, "&#39;", "'"); !strings.Contains(text, want) {
			t.Errorf("there is no %s", want)
		}
	}
	if found := regexp.MustCompile(`(?i)<script|<img|<link|@import|url\(|\b(src|href)=|ZgotmplZ`).FindString(strings.ReplaceAll(text, "&lt;img src=x", "")); found != "" {
		t.Errorf("the page has %s", found)
	}
}

// What must change hands is on the page, by both ways to reckon it.
func TestPageSaysHowLittleMustChange(t *testing.T) {
	t.Parallel()
	r, of, a := striped(t, 200, 4)
	a.Change = &Change{Retailers: 12, Moved: 0.07, Bound: 0.05, Least: 0.03}
	for _, want := range []string{"12 retailers change hands, 7.00 % of minutes.", "no less than 5.00 % must when work passes only between", "no less than 3.00 % whoever gives to whom."} {
		if !strings.Contains(drawn(t, r, "a city", of, a), want) {
			t.Errorf("there is no %s", want)
		}
	}
}

// The curve is on the page if there is one.
func TestPageHasTheCurve(t *testing.T) {
	t.Parallel()
	r, of, a := striped(t, 200, 4)
	if strings.Contains(drawn(t, r, "a city", of, a), "If less changes hands") {
		t.Error("there is a curve that nobody asked for")
	}
	a.Curve = r.Curve(t.Context(), territory.Options{Seed: 1, Iterations: 20_000})
	text := drawn(t, r, "a city", of, a)
	for _, point := range a.Curve {
		if want := "<tr><td>" + percent(point.Moved) + "</td><td>" + percent(point.Worst["minutes"]); !strings.Contains(text, want) {
			t.Errorf("there is no %s", want)
		}
	}
	if len(a.Curve) != 10 || a.Curve[9].Worst["minutes"] >= a.Curve[0].Worst["minutes"] {
		t.Errorf("%+v", a.Curve)
	}
}

// A page of as many retailers as a city has can be sent by mail.
func TestPageIsSmall(t *testing.T) {
	t.Parallel()
	r, of, a := striped(t, 20_000, 100)
	if size := len(drawn(t, r, "a city", of, a)); size > 4<<20 {
		t.Errorf("%d bytes", size)
	}
}

// Territories beside each other, today or as proposed, have different colours; each stands out from both papers.
func TestColoursTellTerritoriesApart(t *testing.T) {
	t.Parallel()
	r, of, _ := striped(t, 3000, 40)
	for i, p := range r.City.Places { // stripes that are cut again across, so that there are neighbours on all sides
		of[i] = int32(int((p.At.Lon()-120)*25)%5*8 + int((p.At.Lat()-30)*40)%8)
	}
	colours := r.colours(r.today(), of)
	for one, others := range r.territoriesBeside(r.today(), of) {
		for other := range others {
			if r.territoriesBeside(of)[one][other] && colours[one] == colours[other] {
				t.Errorf("territories %d and %d are beside each other, and both %s", one, other, palette[colours[one]])
			}
		}
	}
	for _, c := range palette {
		for _, paper := range []string{"#ffffff", "#14171a"} {
			if ratio := contrast(string(c), paper); ratio < 3 {
				t.Errorf("%s on %s: a contrast of %.2f", c, paper, ratio)
			}
		}
	}
}

// contrast is that of the Web Content Accessibility Guidelines 2.2.
func contrast(a, b string) float64 {
	light := func(colour string) float64 {
		rgb, _ := strconv.ParseUint(colour[1:], 16, 32)
		channel := func(shift int, weight float64) float64 {
			x := float64(rgb>>shift&255) / 255
			if x <= 0.04045 {
				return weight * x / 12.92
			}
			return weight * math.Pow((x+0.055)/1.055, 2.4)
		}
		return channel(16, 0.2126) + channel(8, 0.7152) + channel(0, 0.0722)
	}
	x, y := light(a), light(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// TestPageInABrowser looks at a page as a planner would. Where there is no browser it is skipped, but not in CI.
func TestPageInABrowser(t *testing.T) {
	t.Parallel()
	r, of, a := striped(t, 500, 5)
	file := filepath.Join(t.TempDir(), "plan.html")
	if err := os.WriteFile(file, []byte(drawn(t, r, "栖澜市", of, a)), 0o600); err != nil {
		t.Fatal(err)
	}
	dom := browser.Shown(t, "file://"+file, 5*time.Second)
	if dots := strings.Count(dom, "h0"); dots != 500*2+2*a.Change.Retailers {
		t.Errorf("%d dots, want 500 twice and a ring twice around each of %d", dots, a.Change.Retailers)
	}
	for _, want := range []string{"栖澜市", "Proposed", fmt.Sprintf("%d retailers change hands", a.Change.Retailers), a.Moves[0].Code, "</html>"} {
		if !strings.Contains(dom, want) {
			t.Errorf("the browser does not show %q", want)
		}
	}
}

// The names of strips that are narrower than they are long have no room; one that has none lies on a larger territory's.
func TestNamesDoNotOverlap(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ retailers, territories int }{{300, 4}, {2000, 60}, {2000, 200}} {
		r, of, a := striped(t, c.retailers, c.territories)
		d := r.drawing(of)
		shown := d.maps()[1].Shapes
		shown = slices.DeleteFunc(shown, func(s pageShape) bool { return s.Short == "" || s.Dots == "" })
		for i, s := range shown {
			for _, other := range shown[:i] {
				if d.collide(s, other) {
					t.Errorf("%+v: %s lies on %s", c, s.Short, other.Short)
				}
			}
		}
		if len(shown) == 0 || d.crowded != strings.Contains(drawn(t, r, "", of, a), "no room") || !d.crowded && len(shown) < c.territories {
			t.Errorf("%+v: %d names, crowded: %t", c, len(shown), d.crowded)
		}
	}
}

func TestNumbersStandBelowEachOther(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		xs   []float64
		want []string
	}{
		"whole numbers":          {[]float64{1, 11, 999}, []string{"1", "11", "999"}},
		"one has a decimal":      {[]float64{11, 10.5, -3}, []string{"11.0", "10.5", "-3.0"}},
		"a large one leaves out": {[]float64{1116.4, 529.3, 12.1}, []string{grouped("1116"), "529", "12"}},
		"nothing":                {nil, nil},
	} {
		if got := column(c.xs); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q", name, got)
		}
	}
	if got := []string{metres(-2970), metres(-915), metres(-0.2), metres(843), metres(1792)}; !slices.Equal(got, []string{"−2.97 km", "−915 m", "0 m", "843 m", "1.79 km"}) {
		t.Errorf("%q", got)
	}
}

// Where a shop is too big for any territory, those with too little are told of it as another's.
func TestTooLittleBecauseOfAnothersShop(t *testing.T) {
	t.Parallel()
	rest := Why{Territory: "B", Measure: "minutes", Load: 300, Low: 400, High: 500, Reason: territory.OneUnit, Codes: []string{"BIG"}, Floor: 0.25}
	own := rest
	own.Territory, own.Load = "A", 700
	for _, c := range []struct {
		Why
		want string
	}{
		{rest, "Territory B, minutes: 300, where at least 400 was asked for: one retailer of another territory, or those that stay together there, " +
			"is alone more than a territory may have, and too little is left (BIG); no plan keeps minutes within 25.0 %."},
		{own, "Territory A, minutes: 700, where at most 500 was asked for: one retailer, or those that stay together, " +
			"is alone more than a territory may have (BIG); no plan keeps minutes within 25.0 %."},
	} {
		if got := c.String(); got != c.want {
			t.Error(got)
		}
	}
}

// What holds for paper comes last, so that nothing for screens holds there: a table in a box that scrolls would be cut.
func TestPaperHasTheLastWord(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"page.html", "../auditmap.html"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		style, _, _ := strings.Cut(string(text), "</style>")
		if _, last, _ := strings.Cut(style, "@media print {"); last == "" || strings.Count(strings.TrimSpace(last), "\n") > 0 {
			t.Errorf("%s: behind what holds for paper stands more: %.200s", file, last)
		}
	}
}
