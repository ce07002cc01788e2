package locate

import (
	"fmt"
	"io"
	"log/slog"
)

// Secret is text that never shows in an error, a log or JSON: a credential, a subscriber number, a
// service's own words. Convert it to a string to use it.
type Secret string

const hidden = "[hidden]"

// Format writes that something is hidden, whatever the verb.
func (Secret) Format(w fmt.State, _ rune) { _, _ = io.WriteString(w, hidden) }

// LogValue is what slog writes.
func (Secret) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalText is what encoders write; reading gives the text itself.
func (Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }
