package locate

import (
	"errors"
	"math"
	"net/http"
	"testing"

	"rounds/geo"
)

// sound is what holds for every position, whatever the service said.
func sound(t *testing.T, p Position, err error) {
	t.Helper()
	if err != nil {
		if _, ok := errors.AsType[*Error](err); !ok {
			t.Fatalf("%v is no *Error", err)
		}
		tellsNothing(t, err)
		return
	}
	if p.Point != nil && (!earth.holds(*p.Point) || *p.Point == [2]float64{}) {
		t.Fatalf("%v is a position", *p.Point)
	}
	if !(p.Accuracy >= 0 && p.Accuracy <= MaxAccuracy) && p.Point != nil {
		t.Fatalf("%v is an accuracy", p.Accuracy)
	}
	if math.IsNaN(float64(p.Accuracy)) || p.Service != "north" {
		t.Fatalf("got %+v", p)
	}
	if _, bad := geo.ParseDatum(string(p.Datum)); bad != nil {
		t.Fatal(bad)
	}
}

func fuzzed(kind Kind) *service {
	s := settings(kind, "https://carrier.invalid/").withDefaults()
	return newService(s, nil)
}

func FuzzGetPosition(f *testing.F) {
	f.Add([]byte(soapAnswer("GetPosition", found)), "text/xml; charset=gbk", 200)
	f.Add([]byte(`<Envelope><Body><Fault><faultcode>Client</faultcode></Fault></Body></Envelope>`), "text/xml", 500)
	f.Add([]byte("\xff\xfe<\x00a\x00/\x00>\x00"), "", 200)
	s := fuzzed(GetPosition)
	f.Fuzz(func(t *testing.T, body []byte, contentType string, status int) {
		returned, err := s.open(answer{status: status, header: http.Header{"Content-Type": {contentType}}, body: body})
		if err != nil {
			sound(t, Position{}, err)
			return
		}
		p, err := getPosition{s}.read(returned)
		sound(t, p, err)
	})
}

func FuzzGetPositionDocument(f *testing.F) {
	f.Add(found)
	f.Add(`<r><latitude>NaN</latitude><longitude>0x1p4</longitude><result>4</result></r>`)
	s := fuzzed(GetPosition)
	f.Fuzz(func(t *testing.T, document string) {
		p, err := getPosition{s}.read(document)
		sound(t, p, err)
		if err == nil && p.Point == nil {
			t.Fatal("no point")
		}
	})
}

func FuzzGetAddressDocument(f *testing.F) {
	f.Add(`<r><address><![CDATA[北山街]]></address><latitude>30</latitude><longitude>120</longitude></r>`)
	s := fuzzed(GetAddress)
	f.Fuzz(func(t *testing.T, document string) {
		p, err := getAddress{s}.read(document)
		sound(t, p, err)
		if err == nil && p.Point == nil && p.Address == "" {
			t.Fatal("neither a point nor an address")
		}
	})
}

func FuzzIchnaea(f *testing.F) {
	f.Add([]byte(`{"location":{"lat":30.2597,"lng":120.1468},"accuracy":100,"fallback":""}`), 200)
	f.Add([]byte(`{"error":{"errors":[{"reason":"notFound"}],"code":404}}`), 404)
	s := ichnaea{fuzzed(Ichnaea)}
	f.Fuzz(func(t *testing.T, body []byte, status int) {
		p, err := s.read(answer{status: status, body: body}, geo.SourceCell)
		sound(t, p, err)
	})
}
