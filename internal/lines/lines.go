// Package lines reads text line by line and knows the number of each, so that whoever finds one wrong can name it. It does not know
// what lines mean.
package lines

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

// Reader reads the lines of a text that are not blank.
type Reader struct {
	scanner *bufio.Scanner
	longest int
	number  int
}

// NewReader reads lines of at most so many bytes; a longer one is an error.
func NewReader(in io.Reader, longest int) *Reader {
	r := &Reader{scanner: bufio.NewScanner(in), longest: longest}
	r.scanner.Buffer(nil, longest)
	return r
}

// Next is the next line that is not blank, without what is blank around it, or the text's byte order mark. At the end of the text it
// is io.ErrUnexpectedEOF.
func (r *Reader) Next() (string, error) {
	for r.number++; r.scanner.Scan(); r.number++ {
		line := r.scanner.Text()
		if r.number == 1 {
			line = strings.TrimPrefix(line, "\uFEFF")
		}
		if line = strings.TrimSpace(line); line != "" {
			return line, nil
		}
	}
	if err := r.scanner.Err(); errors.Is(err, bufio.ErrTooLong) {
		return "", fmt.Errorf("longer than %d bytes", r.longest)
	} else if err != nil {
		return "", err
	}
	return "", io.ErrUnexpectedEOF
}

// Numbers are those in the next line that is not blank, each at most so far from 0.
func (r *Reader) Numbers(most float64) ([]float64, error) {
	line, err := r.Next()
	if err != nil {
		return nil, err
	}
	words := strings.Fields(line)
	numbers := make([]float64, len(words))
	for i, word := range words {
		x, err := strconv.ParseFloat(word, 64)
		if err != nil || !(math.Abs(x) <= most) {
			return nil, fmt.Errorf("%.20q: want a number of at most %g", word, most)
		}
		numbers[i] = x
	}
	return numbers, nil
}

// End is an error if there is anything left but blank lines; after says behind what.
func (r *Reader) End(after string) error {
	_, err := r.Next()
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	if err == nil {
		err = fmt.Errorf("the file goes on after %s", after)
	}
	return err
}

// Number is that of the line which was asked for last; the first has 1.
func (r *Reader) Number() int { return r.number }

// Here says of an error that it is in the line which was asked for last.
func (r *Reader) Here(err error) error { return fmt.Errorf("line %d: %w", r.number, err) }

// Whole is a number of a file that is to be whole and within limits.
func Whole(x, least, most float64) (int64, error) {
	if !(x >= least && x <= most && x == math.Trunc(x)) {
		return 0, fmt.Errorf("%g: want a whole number of %g to %g", x, least, most)
	}
	return int64(x), nil
}
