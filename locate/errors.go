package locate

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"
	"time"
)

// The three classes of failure, for errors.Is. Every [*Error] is exactly one of them.
var (
	ErrTemporary = errors.New("try again later")
	ErrPermanent = errors.New("this query never works here")
	ErrNotFound  = errors.New("the service does not know")
)

// ErrOpen is a call not made, because the service failed too often just now. It is temporary.
var ErrOpen = errors.New("the circuit is open")

// Reason is one stable snake_case cause of a failure.
type Reason string

// The causes. Which class a cause has is said where it arises.
const (
	Unanswered   Reason = "unanswered"   // nothing came back: no connection, or a broken one
	TimedOut     Reason = "timed_out"    // no answer within the attempt's time
	GivenUp      Reason = "given_up"     // the caller's context ended
	CircuitOpen  Reason = "circuit_open" // see [ErrOpen]
	HTTPStatus   Reason = "http_status"  // see Status
	Redirected   Reason = "redirected"   // not followed
	LimitReached Reason = "limit_reached"
	SOAPFault    Reason = "soap_fault"     // see [Fault]
	Refused      Reason = "refused"        // the carrier's own result code says no
	BadAnswer    Reason = "bad_answer"     // not in the service's form
	TooLarge     Reason = "too_large"      // an answer of more than 1 MiB
	NothingToAsk Reason = "nothing_to_ask" // nothing of the query may or can be sent to this service
	NoService    Reason = "no_service"     // none is configured for this network
	Unknown      Reason = "unknown"        // the service says that it does not know
	NoPlace      Reason = "no_place"       // the answer is no place on Earth
	NullIsland   Reason = "null_island"    // 0, 0
	OutOfBounds  Reason = "out_of_bounds"  // not where this service's answers can be
	TooWide      Reason = "too_wide"       // see [MaxAccuracy]
	ByAddress    Reason = "by_address"     // derived from a network address or a whole location area
)

// Error is one service's failure to say where a phone is. Nothing of the query or the answer shows in it.
type Error struct {
	Service string
	Class   error // ErrTemporary, ErrPermanent or ErrNotFound
	Reason  Reason
	Status  int           // of HTTP; 0: there was none
	After   time.Duration // not worth trying sooner; 0: the service did not say
	Cause   error         // nil, a *Fault, ErrOpen, or what went wrong below HTTP
}

// Error is for logs: service, reason, cause.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("locate: ")
	if e.Service != "" {
		b.WriteString(e.Service + ": ")
	}
	b.WriteString(string(e.Reason))
	if e.Status != 0 {
		fmt.Fprintf(&b, " (HTTP %d)", e.Status)
	}
	if e.Cause != nil {
		fmt.Fprintf(&b, ": %v", e.Cause)
	}
	return b.String()
}

// Unwrap gives errors.Is and errors.As the class and the cause.
func (e *Error) Unwrap() []error {
	if e.Cause == nil {
		return []error{e.Class}
	}
	return []error{e.Class, e.Cause}
}

// Fault is a SOAP 1.1 fault (W3C Note, section 4.4). Its text may name the subscriber, so it is secret.
type Fault struct {
	Code string // local name, e.g. Client, Server; empty if it is not a plain word
	Text Secret
}

// Error names the code only.
func (f *Fault) Error() string { return "SOAP fault " + f.Code }

func (s *service) fail(class error, reason Reason) *Error {
	return &Error{Service: s.Name, Class: class, Reason: reason}
}

// unanswered sorts what http.Client and body readers return. Their texts quote URLs and answers, so only causes
// that are known to quote neither are kept.
func (s *service) unanswered(ctx context.Context, err error) *Error {
	e := s.fail(ErrTemporary, Unanswered)
	e.Cause = harmless(err)
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded), timeout(err):
		e.Reason, e.Cause = TimedOut, context.DeadlineExceeded
	case ctx.Err() != nil:
		e.Reason, e.Cause = GivenUp, ctx.Err()
	}
	return e
}

func timeout(err error) bool {
	t, ok := errors.AsType[net.Error](err)
	return ok && t.Timeout()
}

func harmless(err error) error {
	if e, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return e
	}
	if e, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return e
	}
	if e, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return errors.New("tls: " + e.Msg)
	}
	if e, ok := errors.AsType[*net.DNSError](err); ok {
		return e
	}
	if e, ok := errors.AsType[syscall.Errno](err); ok {
		return e
	}
	return nil
}
