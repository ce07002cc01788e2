package locate

import (
	"context"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"rounds/geo"

	"github.com/paulmach/orb"
)

// getPosition is a carrier that answers GetPosition(xml) with coordinates:
//
//	<request><user>…</user><password>…</password><msisdn>…</msisdn></request>
//	<response><result>0</result><latitude>30.25</latitude><longitude>120.15</longitude>
//	  <accuracy>150</accuracy><datum>wgs84</datum><time>2026-03-04T10:30:00+08:00</time></response>
type getPosition struct{ *service }

// Locate fails with nothing_to_ask where the subscriber is not known.
func (c getPosition) Locate(ctx context.Context, q Query) (Position, error) {
	document, err := c.ask(ctx, q)
	if err != nil {
		return Position{}, err
	}
	return c.read(document)
}

func (c getPosition) read(document string) (Position, error) {
	answer, err := c.agreed(document)
	if err != nil {
		return Position{}, err
	}
	p, err := c.position(answer)
	if err != nil || p.Point == nil {
		return Position{}, c.fail(ErrTemporary, BadAnswer)
	}
	return c.judged(p)
}

// ask sends the subscriber and returns the document that is answered.
func (s *service) ask(ctx context.Context, q Query) (string, error) {
	if !askable(string(q.Subscriber)) {
		return "", s.fail(ErrPermanent, NothingToAsk)
	}
	return s.call(ctx, s.request(q))
}

// agreed is an answered document whose result code says that all went well.
func (s *service) agreed(document string) (*element, error) {
	answer, err := parse(document)
	if err != nil {
		return nil, s.fail(ErrTemporary, BadAnswer)
	}
	return answer, s.result(answer)
}

// maxSubscriber is far beyond the 15 digits of an MSISDN (ITU-T E.164).
const maxSubscriber = 64

func askable(subscriber string) bool {
	return subscriber != "" && len(subscriber) <= maxSubscriber && utf8.ValidString(subscriber) &&
		!strings.ContainsFunc(subscriber, unicode.IsControl)
}

func (s *service) request(q Query) string {
	var b strings.Builder
	put := func(name string, value Secret) {
		if value != "" {
			b.WriteString("<" + name + ">" + escaped(string(value)) + "</" + name + ">")
		}
	}
	b.WriteString("<" + s.Schema.Request + ">")
	put(s.Schema.User, s.User)
	put(s.Schema.Password, s.Password)
	put(s.Schema.Subscriber, q.Subscriber)
	b.WriteString("</" + s.Schema.Request + ">")
	return b.String()
}

// result is nil if the carrier says that all went well, or nothing.
func (s *service) result(answer *element) error {
	code, err := answer.value(s.Schema.Result)
	switch {
	case err != nil:
		return s.fail(ErrTemporary, BadAnswer)
	case code == "" || slices.Contains(s.Schema.Fine, code):
		return nil
	case slices.Contains(s.Schema.NotFound, code):
		return s.fail(ErrNotFound, Unknown)
	case slices.Contains(s.Schema.TryLater, code):
		return s.fail(ErrTemporary, Refused)
	}
	return s.fail(ErrPermanent, Refused)
}

// position reads what both carriers may answer; without coordinates the point is nil.
func (s *service) position(answer *element) (Position, error) {
	r := reader{answer: answer}
	lat, lon := r.text(s.Schema.Lat), r.text(s.Schema.Lon)
	p := Position{Source: geo.SourceCell, Datum: s.Datum, Now: true, Address: clipped(r.text(s.Schema.Address))}
	p.Accuracy = r.accuracy(s.Schema.Accuracy)
	p.Time = r.time(s.Schema.Time, s.Schema.TimeForm, s.zone)
	p.Datum = r.datum(s.Schema.Datum, s.Datum)
	if lat != "" || lon != "" {
		p.Point = &orb.Point{r.degrees(lon), r.degrees(lat)}
	}
	return p, r.err
}

const maxAddress = 500 // characters

func clipped(s string) string {
	if r := []rune(s); len(r) > maxAddress {
		return string(r[:maxAddress])
	}
	return s
}

// reader takes values out of an answer and keeps the first failure.
type reader struct {
	answer *element
	err    error
}

func (r *reader) note(err error) {
	if r.err == nil {
		r.err = err
	}
}

func (r *reader) text(name string) string {
	v, err := r.answer.value(name)
	r.note(err)
	return v
}

// degrees are decimal; a number too large for a float64 is infinite, and so no place.
func (r *reader) degrees(s string) float64 {
	f, err := number(s)
	r.note(err)
	return f
}

// accuracy that is no number is unknown, which is 0.
func (r *reader) accuracy(name string) geo.Meters {
	f, err := number(r.text(name))
	if err != nil || math.IsNaN(f) {
		return 0
	}
	return geo.Meters(f)
}

func number(s string) (float64, error) {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil && !math.IsInf(f, 0) {
		return 0, errXML
	}
	return f, nil
}

// time that cannot be read is unknown.
func (r *reader) time(name, form string, zone *time.Location) time.Time {
	t, err := time.ParseInLocation(form, r.text(name), zone)
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}

// datum that is not known here is an error: taking it for another moves the place by hundreds of metres.
func (r *reader) datum(name string, otherwise geo.Datum) geo.Datum {
	v := r.text(name)
	if v == "" {
		return otherwise
	}
	d, err := geo.ParseDatum(strings.NewReplacer("-", "", "_", "", " ", "").Replace(strings.ToLower(v)))
	if err != nil {
		r.note(errXML)
	}
	return d
}
