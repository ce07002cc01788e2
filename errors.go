package rounds

import (
	"errors"
	"fmt"
)

// Code says what kind of failure a caller may be told about; the api package maps each to one HTTP status.
type Code string

// The whole vocabulary of failures. Anything that is not an *Error is internal: logged, and answered
// without detail.
const (
	Invalid         Code = "invalid"         // the request can never succeed as it stands
	Unauthenticated Code = "unauthenticated" // who is asking is not known (any more)
	Forbidden       Code = "forbidden"       // known, but not allowed
	NotFound        Code = "not_found"       // not there, or not for this caller's eyes
	Conflict        Code = "conflict"        // true of what is stored, and the request says otherwise
	TooMany         Code = "too_many"        // too often; try later
	TooLarge        Code = "too_large"       // more than one request may carry
	Unavailable     Code = "unavailable"     // a dependency is down; the same request may succeed later
	Internal        Code = "internal"        // a defect; never shown in detail
)

// Error is a failure that a caller may be told. Format is an English sentence that says what to do
// next; it doubles as the key of its translation, so it is constant and its arguments stand apart.
type Error struct {
	Code   Code
	Format string
	Args   []any
	Fields []Field // the failing fields, if any
}

// Field names one bad value by its JSON pointer, with a stable snake_case code that programs may match.
type Field struct {
	Pointer string
	Code    string
	Args    []any // for the text of the code, e.g. a limit
}

// Errorf makes an Error of the given code.
func Errorf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Format: format, Args: args}
}

// Error is the English text.
func (e *Error) Error() string { return fmt.Sprintf(e.Format, e.Args...) }

// With adds a failing field and returns the same error.
func (e *Error) With(pointer, code string, args ...any) *Error {
	e.Fields = append(e.Fields, Field{Pointer: pointer, Code: code, Args: args})
	return e
}

// CodeOf is the code of the first *Error in the chain, Internal if there is none, and "" for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return Internal
}
