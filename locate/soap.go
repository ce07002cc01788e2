package locate

import (
	"context"
	"encoding/xml"
	"net/http"
	"regexp"
	"strings"
)

// Schema is what a carrier calls things. The carriers publish no schema, so every name is data; the defaults are those
// of a .NET service written by the book. Names are local names, found anywhere in the document.
type Schema struct {
	Namespace  string `json:"namespace"`   // http://tempuri.org/
	SOAPAction string `json:"soap_action"` // namespace + operation
	Operation  string `json:"operation"`   // GetPosition or GetAddress, by kind
	Argument   string `json:"argument"`    // xml
	CDATA      bool   `json:"cdata"`       // send the document as a CDATA section in place of escaping it

	// Of the document that is sent.
	Request    string `json:"request"`    // request
	Subscriber string `json:"subscriber"` // msisdn
	User       string `json:"user"`       // user
	Password   string `json:"password"`   // password

	// Of the document that is answered.
	Result   string   `json:"result"`    // result: the carrier's code; an absent one is fine
	Fine     []string `json:"fine"`      // 0
	NotFound []string `json:"not_found"` // codes of "no such subscriber", "phone is off"; none
	TryLater []string `json:"try_later"` // codes of "busy"; none
	Lat      string   `json:"lat"`       // latitude, decimal degrees
	Lon      string   `json:"lon"`       // longitude, decimal degrees
	Accuracy string   `json:"accuracy"`  // accuracy, metres
	Datum    string   `json:"datum"`     // datum; absent: the service's datum
	Time     string   `json:"time"`      // time
	TimeForm string   `json:"time_form"` // Go layout; 2006-01-02T15:04:05Z07:00
	TimeZone string   `json:"time_zone"` // of times that name none; UTC
	Address  string   `json:"address"`   // address
}

func (s Schema) withDefaults(operation string) Schema {
	for field, name := range map[*string]string{
		&s.Namespace: "http://tempuri.org/", &s.Operation: operation, &s.Argument: "xml",
		&s.Request: "request", &s.Subscriber: "msisdn", &s.User: "user", &s.Password: "password",
		&s.Result: "result", &s.Lat: "latitude", &s.Lon: "longitude", &s.Accuracy: "accuracy", &s.Datum: "datum",
		&s.Time: "time", &s.TimeForm: "2006-01-02T15:04:05Z07:00", &s.TimeZone: "UTC", &s.Address: "address",
	} {
		if *field == "" {
			*field = name
		}
	}
	if s.SOAPAction == "" {
		s.SOAPAction = s.Namespace + s.Operation
	}
	if s.Fine == nil {
		s.Fine = []string{"0"}
	}
	return s
}

// call runs the operation: one string argument that holds an XML document, answered by a string that holds one.
// Out, the document is escaped once; back, the envelope is parsed here and its string by the caller.
func (s *service) call(ctx context.Context, document string) (string, error) {
	a, err := s.post(ctx, s.URL, []byte(s.Schema.envelope(document)), http.Header{
		"Content-Type": {"text/xml; charset=utf-8"},
		"Accept":       {"text/xml"},
		"Soapaction":   {`"` + s.Schema.SOAPAction + `"`},
	})
	if err != nil {
		return "", err
	}
	return s.open(a)
}

const (
	head = `<?xml version="1.0" encoding="utf-8"?>` +
		`<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>`
	tail = `</soap:Body></soap:Envelope>`
)

func (s Schema) envelope(document string) string {
	argument := escaped(document)
	if s.CDATA {
		argument = "<![CDATA[" + strings.ReplaceAll(document, "]]>", "]]]]><![CDATA[>") + "]]>"
	}
	return head + `<` + s.Operation + ` xmlns="` + escaped(s.Namespace) + `">` +
		`<` + s.Argument + `>` + argument + `</` + s.Argument + `>` +
		`</` + s.Operation + `>` + tail
}

func escaped(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a Builder never fails
	return b.String()
}

// open is the string in the envelope of an answer. A fault comes with status 500 and is told from other failures by
// its body.
func (s *service) open(a answer) (string, error) {
	body, refused := s.body(a), s.refusal(a)
	if body != nil && (a.status == http.StatusOK || a.status == http.StatusInternalServerError) {
		if f := body.child("Fault"); f != nil {
			return "", s.fault(a, f)
		}
	}
	switch {
	case refused != nil:
		return "", refused
	case body == nil:
		return "", s.fail(ErrTemporary, BadAnswer)
	}
	returned, ok := s.Schema.returned(body)
	if !ok {
		return "", s.fail(ErrTemporary, BadAnswer)
	}
	return returned, nil
}

// body is the envelope's, nil where there is none.
func (s *service) body(a answer) *element {
	document, ok := text(a.body, a.header.Get("Content-Type"))
	if !ok {
		return nil
	}
	envelope, err := parse(document)
	if err != nil || envelope.name != "Envelope" {
		return nil
	}
	return envelope.child("Body")
}

// returned is the answer's string: .NET calls it GetPositionResult, Axis GetPositionReturn or return.
func (s Schema) returned(body *element) (string, bool) {
	response := body.child(s.Operation + "Response")
	if response == nil {
		return "", false
	}
	result := response.child(s.Operation+"Result", s.Operation+"Return", "return")
	if result == nil || len(result.children) > 0 {
		return "", false
	}
	return string(result.text), true
}

// word admits no digit: a code made of them could be a subscriber's number.
var word = regexp.MustCompile(`^[A-Za-z][A-Za-z.]{0,63}$`)

// fault of the client's making never goes away; any other may.
func (s *service) fault(a answer, f *element) *Error {
	code, _ := f.value("faultcode")
	words, _ := f.value("faultstring")
	_, local, prefixed := strings.Cut(code, ":")
	if !prefixed {
		local = code
	}
	if !word.MatchString(local) {
		local = ""
	}
	e := s.fail(ErrTemporary, SOAPFault)
	e.Status, e.After, e.Cause = a.status, s.retryAfter(a.header), &Fault{Code: local, Text: Secret(words)}
	switch first, _, _ := strings.Cut(local, "."); first {
	case "Client", "VersionMismatch", "MustUnderstand":
		e.Class = ErrPermanent
	}
	return e
}
