package locate

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"rounds/geo"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
	"pgregory.net/rapid"
)

const xmlType = "text/xml; charset=utf-8"

func TestGetPositionAsksAsDotNETExpects(t *testing.T) {
	t.Parallel()
	const want = `<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>` +
		`<GetPosition xmlns="http://tempuri.org/"><xml>` +
		`&lt;request&gt;&lt;user&gt;rounds&lt;/user&gt;&lt;password&gt;pa55&amp;amp;word&amp;lt;&lt;/password&gt;` +
		`&lt;msisdn&gt;8613800138000&lt;/msisdn&gt;&lt;/request&gt;` +
		`</xml></GetPosition></soap:Body></soap:Envelope>`
	server := serve(t, func(w http.ResponseWriter, r *http.Request, body string) {
		if diff := cmp.Diff(want, body); diff != "" {
			t.Error(diff)
		}
		got := []string{r.Method, r.Header.Get("Content-Type"), r.Header.Get("SOAPAction"), r.Header.Get("Authorization")}
		if diff := cmp.Diff([]string{"POST", xmlType, `"http://tempuri.org/GetPosition"`, token}, got); diff != "" {
			t.Error(diff)
		}
		_, _ = w.Write([]byte(soapAnswer("GetPosition", found)))
	})
	s := settings(GetPosition, server.URL)
	s.MaxAge = 50
	p, err := bare(t, s).locator().Locate(t.Context(), seen)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Position{
		Point: &orb.Point{120.1468, 30.2597}, Datum: geo.GCJ02, Accuracy: 150, AccuracyKind: geo.UnknownKind,
		Source: geo.SourceCell, Time: now.Add(-time.Minute), Old: true, Service: "north", Now: true,
	}, p); diff != "" {
		t.Error(diff)
	}
}

// Whatever a value holds, the carrier reads it as it was, escaped or as CDATA.
func TestWhatIsSentCanBeReadBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.StringMatching(`[ -~]{1,40}`).Draw(t, "value") + rapid.SampledFrom([]string{"", "]]>", "&lt;", "移动", "<![CDATA["}).Draw(t, "end")
		s := Service{Kind: GetPosition, Password: Secret(value)}.withDefaults()
		s.Schema.CDATA = rapid.Bool().Draw(t, "cdata")
		made := newService(s, nil)
		outer, err := parse(s.Schema.envelope(made.request(Query{Subscriber: "1"})))
		if err != nil {
			t.Fatal(err)
		}
		argument, err := outer.value("xml")
		if err != nil {
			t.Fatal(err)
		}
		inner, err := parse(argument)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := inner.value("password"); err != nil || got != strings.TrimSpace(value) {
			t.Fatalf("%q became %q (%v)", value, got, err)
		}
	})
}

func TestAnswersOfGetPosition(t *testing.T) {
	t.Parallel()
	point := func(lat, lon string) string {
		return `<r><latitude>` + lat + `</latitude><longitude>` + lon + `</longitude></r>`
	}
	accurate := func(m string) string {
		return strings.Replace(found, "<accuracy>150<", "<accuracy>"+m+"<", 1)
	}
	result := func(code string) string { return `<r><result>` + code + `</result></r>` }
	for name, c := range map[string]struct {
		document string
		class    error // nil: a position
		reason   Reason
	}{
		"a good one":                    {found, nil, ""},
		"with its own declaration":      {`<?xml version="1.0" encoding="gb2312"?>` + found, nil, ""},
		"coordinates and nothing else":  {point("30.2597", "120.1468"), nil, ""},
		"not a number":                  {point("NaN", "120.1468"), ErrNotFound, NoPlace},
		"infinite":                      {point("30.2597", "1e999"), ErrNotFound, NoPlace},
		"north of the pole":             {point("91", "120.1468"), ErrNotFound, NoPlace},
		"swapped":                       {point("120.1468", "30.2597"), ErrNotFound, NoPlace},
		"null island":                   {point("0", "-0.0"), ErrNotFound, NullIsland},
		"the other hemisphere":          {point("-30.2597", "120.1468"), ErrNotFound, OutOfBounds},
		"degrees and minutes":           {point("30°15'N", "120°8'E"), ErrTemporary, BadAnswer},
		"one coordinate":                {`<r><latitude>30.2597</latitude></r>`, ErrTemporary, BadAnswer},
		"no coordinates":                {`<r/>`, ErrTemporary, BadAnswer},
		"two latitudes":                 {strings.Replace(found, "<accuracy>", "<latitude>31</latitude><accuracy>", 1), ErrTemporary, BadAnswer},
		"a circle of a country":         {accurate("600000"), ErrNotFound, TooWide},
		"a datum nobody knows":          {strings.Replace(found, "GCJ-02", "Beijing54", 1), ErrTemporary, BadAnswer},
		"the carrier does not know":     {result("4"), ErrNotFound, Unknown},
		"the carrier is busy":           {result("7"), ErrTemporary, Refused},
		"the carrier refuses":           {result("9"), ErrPermanent, Refused},
		"truncated":                     {found[:len(found)/2], ErrTemporary, BadAnswer},
		"two documents":                 {found + found, ErrTemporary, BadAnswer},
		"nothing":                       {"", ErrTemporary, BadAnswer},
		"words":                         {"system error: 8613800138000", ErrTemporary, BadAnswer},
		"a document type of its own":    {`<!DOCTYPE r [<!ENTITY a "1">]>` + point("&a;", "2"), ErrTemporary, BadAnswer},
		"an entity of somebody's file":  {`<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]>` + point("1", "&a;"), ErrTemporary, BadAnswer},
		"an entity nobody declared":     {point("&a;", "2"), ErrTemporary, BadAnswer},
		"nested deeper than any answer": {strings.Repeat("<a>", maxDepth) + found + strings.Repeat("</a>", maxDepth), ErrTemporary, BadAnswer},
		"more elements than any answer": {"<r>" + found + strings.Repeat("<a/>", maxElements) + "</r>", ErrTemporary, BadAnswer},
		"a document type and no more":   {`<!DOCTYPE response>` + found, ErrTemporary, BadAnswer},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := settings(GetPosition, answering(t, 200, xmlType, soapAnswer("GetPosition", c.document)).URL)
			s.Bounds = &Bounds{South: 18, West: 73, North: 54, East: 135}
			p, err := bare(t, s).locator().Locate(t.Context(), seen)
			if c.class != nil {
				wantFailure(t, err, c.class, c.reason)
				return
			}
			if err != nil || p.Point == nil || *p.Point != (orb.Point{120.1468, 30.2597}) {
				t.Errorf("got %v, %v", p, err)
			}
		})
	}
}

func TestAccuracyThatIsNoLengthIsUnknown(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]geo.Meters{"150": 150, "100000": 100_000, "0": 0, "-5": 0, "NaN": 0, "-Inf": 0, "about 100": 0, "": 0} {
		document := strings.Replace(found, ">150<", ">"+given+"<", 1)
		p, err := bare(t, settings(GetPosition, answering(t, 200, xmlType, soapAnswer("GetPosition", document)).URL)).locator().Locate(t.Context(), seen)
		if err != nil || p.Accuracy != want {
			t.Errorf("%q: %v %v, want %v", given, p.Accuracy, err, want)
		}
	}
}

func TestTimesOfAnswers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		written string
		want    time.Time
		old     bool
	}{
		"a local time in the carrier's zone": {"2026-03-04 10:29:30", now.Add(-30 * time.Second), false},
		"exactly as old as may be":           {"2026-03-04 10:29:00", now.Add(-time.Minute), false},
		"older: told, and still a position":  {"2026-03-04 10:28:59", now.Add(-61 * time.Second), true},
		"ahead of our clock":                 {"2026-03-04 10:31:00", now.Add(time.Minute), false},
		"no time at all":                     {"yesterday", time.Time{}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			document := strings.Replace(found, "2026-03-04T10:29:00+08:00", c.written, 1)
			s := settings(GetPosition, answering(t, 200, xmlType, soapAnswer("GetPosition", document)).URL)
			s.MaxAge, s.Schema.TimeForm, s.Schema.TimeZone = 60, "2006-01-02 15:04:05", "Asia/Shanghai"
			p, err := bare(t, s).locator().Locate(t.Context(), seen)
			if err != nil || !p.Time.Equal(c.want) || p.Old != c.old {
				t.Errorf("%v %v, %v", p.Time, p.Old, err)
			}
		})
	}
}

func TestAnswersOfGetAddress(t *testing.T) {
	t.Parallel()
	const address = "杭州市西湖区北山街"
	for name, c := range map[string]struct {
		document string
		point    bool
		class    error
		reason   Reason
	}{
		"an address only":            {`<r><address>` + address + `</address></r>`, false, nil, ""},
		"an address and coordinates": {`<r><address>` + address + `</address><latitude>30.1</latitude><longitude>120.1</longitude></r>`, true, nil, ""},
		"an address in CDATA":        {`<r><address><![CDATA[` + address + `]]></address></r>`, false, nil, ""},
		"half a position":            {`<r><address>` + address + `</address><latitude>30.1</latitude></r>`, false, ErrTemporary, BadAnswer},
		"an empty address":           {`<r><address> </address></r>`, false, ErrNotFound, Unknown},
		"another element":            {`<r><adress>` + address + `</adress></r>`, false, ErrTemporary, BadAnswer},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := answering(t, 200, xmlType, soapAnswer("GetAddress", c.document))
			p, err := bare(t, settings(GetAddress, server.URL)).locator().Locate(t.Context(), seen)
			if c.class != nil {
				wantFailure(t, err, c.class, c.reason)
				return
			}
			if _, ok := p.Fix(); err != nil || p.Address != address || ok != c.point {
				t.Errorf("got %+v, %v", p, err)
			}
		})
	}
}

func TestEnvelopes(t *testing.T) {
	t.Parallel()
	good := soapAnswer("GetPosition", found)
	for name, c := range map[string]struct {
		body   string
		reason Reason // empty: a position
	}{
		"of .NET":                  {good, ""},
		"of Axis":                  {strings.ReplaceAll(good, "GetPositionResult", "GetPositionReturn"), ""},
		"with CDATA":               {strings.Replace(good, escaped(found), "<![CDATA["+found+"]]>", 1), ""},
		"with a byte order mark":   {"\uFEFF" + good, ""},
		"with the document inside": {strings.Replace(good, escaped(found), found, 1), BadAnswer},
		"of another operation":     {strings.ReplaceAll(good, "GetPosition", "GetWeather"), BadAnswer},
		"truncated":                {good[:len(good)-20], BadAnswer},
		"empty":                    {"", BadAnswer},
		"two bodies":               {strings.ReplaceAll(good, "</s:Body>", "</s:Body><s:Body/>"), BadAnswer},
		"a page of a gateway":      {"<!DOCTYPE html><html><body>Bad Gateway</body></html>", BadAnswer},
		"a bomb of entities":       {`<!DOCTYPE s [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>` + strings.Replace(good, "150", "&b;", 1), BadAnswer},
		"a megabyte and a byte":    {strings.Repeat(" ", maxAnswer+1-len(good)) + good, TooLarge},
		"exactly a megabyte":       {good + strings.Repeat(" ", maxAnswer-len(good)), ""},
		"a bomb of depth":          {strings.Repeat("<a>", maxAnswer/3), BadAnswer},
		"pieces by the thousand":   {strings.Replace(good, "&lt;", strings.Repeat("<!---->", 100_000)+"&lt;", 1), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := bare(t, settings(GetPosition, answering(t, 200, "text/xml", c.body).URL)).locator().Locate(t.Context(), seen)
			if c.reason != "" {
				wantFailure(t, err, ErrTemporary, c.reason)
				return
			}
			if err != nil || p.Accuracy != 150 {
				t.Errorf("got %v, %v", p, err)
			}
		})
	}
}

func TestCharsets(t *testing.T) {
	t.Parallel()
	const address = "杭州市西湖区北山街㐂" // the last one is in GB18030 and not in GBK
	body := func(declaration string) string {
		return declaration + strings.TrimPrefix(soapAnswer("GetAddress", `<r><address>`+address+`</address></r>`), `<?xml version="1.0"?>`)
	}
	gb := func(s string) string { s, _ = simplifiedchinese.GB18030.NewEncoder().String(s); return s }
	utf16, _ := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(body(`<?xml version="1.0" encoding="utf-16"?>`))
	for name, c := range map[string]struct {
		contentType, body string
		fine              bool
	}{
		"UTF-8, nothing said":                        {"text/xml", body(""), true},
		"GB18030 by the header":                      {"text/xml; charset=GB18030", gb(body("")), true},
		"GBK by the header, over the declaration":    {`text/xml; charset="gbk"`, gb(body(`<?xml version="1.0" encoding="utf-8"?>`)), true},
		"GB2312 by the declaration":                  {"text/xml", gb(body(`<?xml version='1.0' encoding='GB2312'?>`)), true},
		"UTF-16 by its mark":                         {"text/xml", utf16, true},
		"UTF-8 by its mark, whatever the header":     {"text/xml; charset=gbk", "\uFEFF" + body(""), true},
		"GB18030 that says UTF-8":                    {xmlType, gb(body("")), false},
		"GB18030 that says nothing":                  {"text/xml", gb(body("")), false},
		"a charset nobody knows":                     {"text/xml; charset=ebcdic", body(""), false},
		"bytes that are not of the charset they say": {"text/xml; charset=gb18030", body("") + "\xff\xff", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := bare(t, settings(GetAddress, answering(t, 200, c.contentType, c.body).URL)).locator().Locate(t.Context(), seen)
			if !c.fine {
				wantFailure(t, err, ErrTemporary, BadAnswer)
				return
			}
			if err != nil || p.Address != address {
				t.Errorf("got %q, %v", p.Address, err)
			}
		})
	}
}

func TestTextIsUTF8OrNone(t *testing.T) {
	t.Parallel()
	for _, c := range []string{"", "gbk", "iso-8859-1", "us-ascii"} {
		got, ok := text([]byte("a\xff"), "text/xml; charset="+c)
		if ok != (c == "iso-8859-1") || (ok && got != "aÿ") {
			t.Errorf("%s: %q %v", c, got, ok)
		}
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	fault := func(code string) string {
		return `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault><faultcode>` + code +
			`</faultcode><faultstring>no subscriber 8613800138000 at 30.2597</faultstring></s:Fault></s:Body></s:Envelope>`
	}
	for name, c := range map[string]struct {
		status int
		code   string
		class  error
		want   string
	}{
		"the server's":            {500, "s:Server", ErrTemporary, "Server"},
		"the client's":            {500, "soap:Client", ErrPermanent, "Client"},
		"the client's, qualified": {500, "Client.Authentication", ErrPermanent, "Client.Authentication"},
		"with status 200":         {200, "s:Server", ErrTemporary, "Server"},
		"with a secret for code":  {500, "s:8613800138000", ErrTemporary, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := bare(t, settings(GetPosition, answering(t, c.status, xmlType, fault(c.code)).URL)).locator().Locate(t.Context(), seen)
			wantFailure(t, err, c.class, SOAPFault)
			f, ok := errors.AsType[*Fault](err)
			if !ok || f.Code != c.want || !strings.Contains(string(f.Text), subscriber) {
				t.Errorf("got %v", f)
			}
		})
	}
}

func TestCarriersAreNotAskedAboutNobody(t *testing.T) {
	t.Parallel()
	for _, s := range []Secret{"", Secret(strings.Repeat("1", 65)), "1\n2", "\xff"} {
		_, err := bare(t, settings(GetPosition, "https://carrier.invalid/")).locator().Locate(context.Background(), Query{Subscriber: s})
		wantFailure(t, err, ErrPermanent, NothingToAsk)
	}
}
