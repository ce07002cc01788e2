package locate

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	maxAnswer       = 1 << 20  // bytes, unpacked
	maxAnswerHeader = 64 << 10 // bytes
)

// longestPause caps what a service may ask for, so that a slip of its clock does not shut it for a year.
const longestPause = time.Hour

// answer is a whole HTTP answer.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// newClient follows no redirect: the answer that redirects is the answer.
func newClient(transport http.RoundTripper) *http.Client {
	return &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func newTransport() *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxResponseHeaderBytes = maxAnswerHeader
	return t
}

// post sends a body and reads the answer, whatever its status, up to maxAnswer.
func (s *service) post(ctx context.Context, url string, body []byte, header http.Header) (answer, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return answer{}, s.fail(ErrPermanent, Unanswered)
	}
	for name, value := range s.Headers {
		req.Header.Set(name, string(value))
	}
	for name, values := range header {
		req.Header[name] = values
	}
	res, err := s.client.Do(req)
	if err != nil {
		return answer{}, s.unanswered(ctx, err)
	}
	defer func() { _ = res.Body.Close() }()
	read, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	switch {
	case len(read) > maxAnswer:
		return answer{}, s.fail(ErrTemporary, TooLarge)
	case err != nil:
		return answer{}, s.unanswered(ctx, err)
	}
	return answer{status: res.StatusCode, header: res.Header, body: read}, nil
}

// refusal is what a status other than 200 means; nil for 200.
func (s *service) refusal(a answer) *Error {
	if a.status == http.StatusOK {
		return nil
	}
	e := s.fail(ErrPermanent, HTTPStatus)
	e.Status = a.status
	switch {
	case a.status < 300:
		e.Class, e.Reason = ErrTemporary, BadAnswer
	case a.status < 400:
		e.Reason = Redirected
	case again(a.status):
		e.Class, e.After = ErrTemporary, s.retryAfter(a.header)
	}
	if a.status == http.StatusTooManyRequests {
		e.Reason = LimitReached
	}
	return e
}

func again(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return true
	}
	return status >= 500
}

// retryAfter reads both forms of RFC 9110, 10.2.3; what is neither, or past, is 0.
func (s *service) retryAfter(h http.Header) time.Duration {
	value := strings.TrimSpace(h.Get("Retry-After"))
	if n, err := strconv.ParseUint(value, 10, 64); err == nil || errors.Is(err, strconv.ErrRange) {
		return time.Duration(min(n, uint64(longestPause/time.Second))) * time.Second
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	return min(max(at.Sub(s.now()), 0), longestPause)
}
