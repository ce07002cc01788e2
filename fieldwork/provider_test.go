package fieldwork

import (
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
)

// provider is a real server that answers as it is told to, and remembers what it was asked.
type provider struct {
	*httptest.Server
	mu     sync.Mutex
	asked  []string
	status int
	answer string
	header http.Header
	first  func() // what happens while it is asked; nil: nothing
}

func newProvider(t testing.TB, status int, answer string) *provider {
	t.Helper()
	p := &provider{status: status, answer: answer, header: http.Header{}}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if p.first != nil {
			p.first()
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		p.asked = append(p.asked, html.UnescapeString(string(body)))
		for name, values := range p.header {
			w.Header()[name] = values
		}
		w.WriteHeader(p.status)
		_, _ = io.WriteString(w, p.answer)
	}))
	t.Cleanup(p.Close)
	return p
}

func (p *provider) says(status int, answer string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.status, p.answer = status, answer
}

func (p *provider) questions() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.asked)
}

// ichnaea answers coordinates as Ichnaea does, carrier as a .NET service does.
func ichnaea(lat, lon, accuracy float64) string {
	return fmt.Sprintf(`{"location": {"lat": %v, "lng": %v}, "accuracy": %v}`, lat, lon, accuracy)
}

func carrier(operation, document string) string {
	return fmt.Sprintf(`<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><%[1]sResponse><%[1]sResult>%[2]s</%[1]sResult></%[1]sResponse></s:Body></s:Envelope>`,
		operation, html.EscapeString(document))
}
