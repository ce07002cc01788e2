package blobs

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"iter"
	"time"

	"rounds"
)

// Store keeps content under its key, durably once Put has returned nil. Failures that the same call may outlive
// are Unavailable, and what is not there is NotFound.
type Store interface {
	// Put stores content under the key that [KeyOf] gives it; storing it again changes nothing. The media
	// type is a label for whoever looks into the store by other means.
	Put(ctx context.Context, key Key, mediaType string, content []byte) error
	// Get opens what is stored. Its Content must be closed.
	Get(ctx context.Context, key Key) (*Blob, error)
	// Delete removes what is stored; it is no failure if nothing is.
	Delete(ctx context.Context, key Key) error
	// List is all that an org has stored, in no particular order. It ends after the first error.
	List(ctx context.Context, org rounds.OrgID) iter.Seq2[Listed, error]
}

// Listed is a key and when its content was stored; zero: not said. Content stored twice may say either time.
type Listed struct {
	Key
	StoredAt time.Time
}

// Blob is stored content being read. Reading fails with [ErrCorrupt], before the last byte is handed out, when
// the content is not what its key says.
type Blob struct {
	Content io.ReadCloser
	Size    int64 // in bytes
}

// ErrCorrupt is stored content that differs from what was stored. It is no rounds.Error: somebody has to look.
var ErrCorrupt = errors.New("blobs: the stored content is not what its key says")

// unavailable is a failure of the store that the same request may outlive. It keeps its cause for the log.
type unavailable struct{ cause error }

func (e unavailable) Error() string { return "photographs unavailable: " + e.cause.Error() }

func (e unavailable) Unwrap() []error {
	return []error{rounds.Errorf(rounds.Unavailable, "the photographs cannot be reached just now: try again"), e.cause}
}

func notFound() error {
	return rounds.Errorf(rounds.NotFound, "there is no such photograph, or its time is over")
}

// check finds the mistake of storing something under another thing's name.
func (k Key) check(content []byte) error {
	if got := SumOf(content); got != k.Sum {
		return fmt.Errorf("blobs: content with the sum %s cannot be put as %s", got, k)
	}
	return nil
}

// verified reads content of a known size and sum.
type verified struct {
	io.ReadCloser
	left   int64
	sum    Sum
	hash   hash.Hash
	failed error
}

func newBlob(content io.ReadCloser, size int64, sum Sum) *Blob {
	return &Blob{Content: &verified{ReadCloser: content, left: size, sum: sum, hash: sha256.New()}, Size: size}
}

// Read withholds the end of content that is not what it should be.
func (v *verified) Read(p []byte) (int, error) {
	if v.failed != nil {
		return 0, v.failed
	}
	n, err := v.ReadCloser.Read(p)
	v.hash.Write(p[:n])
	v.left -= int64(n)
	v.failed = v.verdict(err)
	if v.failed != nil && v.failed != io.EOF {
		return 0, v.failed
	}
	return n, v.failed
}

func (v *verified) verdict(err error) error {
	switch {
	case err != nil && err != io.EOF:
		return unavailable{err}
	case v.left > 0 && err == nil:
		return nil
	case Sum(v.hash.Sum(nil)) != v.sum:
		return ErrCorrupt
	}
	return err
}
