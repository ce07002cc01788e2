package roster

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// codes gives every row its code, in file order.
type codes struct {
	lines   map[string]int // the line a code of the file stands on first
	times   map[string]int // how often a derived code came up
	repeats int
}

func newCodes() codes { return codes{lines: map[string]int{}, times: map[string]int{}} }

// given checks a code of the file.
func (c *codes) given(line int, code string) (Finding, bool) {
	if code == "" {
		return problem(line, "no_code", "code"), false
	}
	if first, repeated := c.lines[code]; repeated {
		return problem(line, "repeated_code", "code", code, first), false
	}
	c.lines[code] = line
	return Finding{}, true
}

// derive makes a code from what the row says: ten hex digits of SHA-256 over its normalised
// name|address|city|zip, and -2, -3 behind them where an earlier row says the same.
func (c *codes) derive(row Row) string {
	parts := []string{normal(row.Name), normal(row.Address), normal(row.City), normal(row.Zip)}
	sum := sha256.Sum256([]byte(strings.Join(parts, "|")))
	code := hex.EncodeToString(sum[:5])
	c.times[code]++
	if times := c.times[code]; times > 1 {
		c.repeats++
		return fmt.Sprintf("%s-%d", code, times)
	}
	return code
}

// normal makes text equal that people take for equal: NFKC, one space for any white space, upper case.
func normal(text string) string {
	return strings.ToUpper(strings.Join(strings.Fields(norm.NFKC.String(text)), " "))
}
