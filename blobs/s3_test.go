package blobs_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"rounds"
	"rounds/blobs"

	"github.com/google/go-cmp/cmp"
)

func TestObjectsLieUnderTheirPrefixWithTheirType(t *testing.T) {
	t.Parallel()
	b := newBucket(t)
	key := put(t, b.open(t, nil), rounds.NewID[rounds.Org](), "picture")
	name := "rounds/live/" + key.String()
	if b.objects[name] != "picture" || b.types[name] != "image/jpeg" {
		t.Errorf("%v, %v", b.objects, b.types)
	}
}

func TestABucketIsListedToItsEnd(t *testing.T) {
	t.Parallel()
	b := newBucket(t)
	s, org := b.open(t, nil), rounds.NewID[rounds.Org]()
	want := []string{}
	for i := range 7 {
		want = append(want, put(t, s, org, fmt.Sprint(i)).String())
	}
	b.objects["rounds/live/"+org.String()+"/notes.txt"] = "somebody else's"
	slices.Sort(want)
	if diff := cmp.Diff(want, list(t, s, org)); diff != "" {
		t.Error(diff)
	}
}

func TestTheBucketRefusesAnyOtherSignature(t *testing.T) {
	t.Parallel()
	b := newBucket(t)
	for name, change := range map[string]func(*blobs.S3Config){
		"another secret": func(c *blobs.S3Config) { c.SecretKey += "x" },
		"another key":    func(c *blobs.S3Config) { c.AccessKey += "x" },
		"another region": func(c *blobs.S3Config) { c.Region += "x" },
		"another bucket": func(c *blobs.S3Config) { c.Bucket += "x" },
		"no token":       func(c *blobs.S3Config) { c.SessionToken = "" },
	} {
		s := b.open(t, change)
		key := blobs.KeyOf(rounds.NewID[rounds.Org](), []byte("x"))
		for call, err := range everyCall(t, s, key, "x") {
			if rounds.CodeOf(err) != rounds.Unavailable || strings.Contains(err.Error(), bucketSecret) {
				t.Errorf("%s, %s: %v", name, call, err)
			}
		}
	}
}

// everyCall makes each of the calls once.
func everyCall(t *testing.T, s blobs.Store, key blobs.Key, content string) map[string]error {
	t.Helper()
	_, got := get(t, s, key)
	var listed error
	for _, listed = range s.List(t.Context(), key.Org) {
	}
	return map[string]error{
		"put": s.Put(t.Context(), key, "image/png", []byte(content)), "get": got, "delete": s.Delete(t.Context(), key), "list": listed,
	}
}

// Whatever a service, a proxy or a network does wrong is a failure that passes, and never a missing photograph.
func TestFailuresOfTheServiceAreUnavailable(t *testing.T) {
	t.Parallel()
	over := make(chan struct{})
	t.Cleanup(func() { close(over) })
	answer := func(status int, code string) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, _ *http.Request) bool { refuse(w, status, code); return true }
	}
	for name, interfere := range map[string]func(http.ResponseWriter, *http.Request) bool{
		"internal error":          answer(500, "InternalError"),
		"too busy":                answer(503, "SlowDown"),
		"not allowed":             answer(403, "AccessDenied"),
		"no such bucket":          answer(404, "NoSuchBucket"),
		"no S3 service":           func(w http.ResponseWriter, r *http.Request) bool { http.NotFound(w, r); return true },
		"an answer without end":   func(w http.ResponseWriter, _ *http.Request) bool { w.WriteHeader(404); endless(w, over); return true },
		"sent elsewhere":          elsewhere,
		"hangs up":                func(http.ResponseWriter, *http.Request) bool { panic(http.ErrAbortHandler) },
		"stalls before answering": func(_ http.ResponseWriter, r *http.Request) bool { stall(r, over); return true },
		"stalls in the middle":    func(w http.ResponseWriter, r *http.Request) bool { half(w); stall(r, over); return true },
		"cut off in the middle":   func(w http.ResponseWriter, _ *http.Request) bool { half(w); panic(http.ErrAbortHandler) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBucket(t)
			b.interfere = interfere
			b.Config.ErrorLog = nil
			s := b.open(t, func(c *blobs.S3Config) { c.Timeout = 300 * time.Millisecond })
			for call, err := range everyCall(t, s, blobs.KeyOf(rounds.NewID[rounds.Org](), []byte("whole")), "whole") {
				if rounds.CodeOf(err) != rounds.Unavailable {
					t.Errorf("%s: %v", call, err)
				}
			}
		})
	}
}

// elsewhere answers well to whoever follows it there.
func elsewhere(w http.ResponseWriter, r *http.Request) bool {
	if r.URL.Path == "/elsewhere" {
		_, _ = io.WriteString(w, "whole")
	} else {
		http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
	}
	return true
}

func endless(w io.Writer, over <-chan struct{}) {
	for {
		if _, err := w.Write(make([]byte, 1<<16)); err != nil {
			return
		}
		select {
		case <-over:
			return
		default:
		}
	}
}

// half promises five bytes and sends two.
func half(w http.ResponseWriter) {
	w.Header().Set("Content-Length", "5")
	_, _ = io.WriteString(w, "wh")
	w.(http.Flusher).Flush()
}

func stall(r *http.Request, over <-chan struct{}) {
	_, _ = io.Copy(io.Discard, r.Body) // so that the server notices when the client leaves
	select {
	case <-r.Context().Done():
	case <-over:
	}
}

func TestNoServiceAtAllIsUnavailable(t *testing.T) {
	t.Parallel()
	b := newBucket(t)
	s := b.open(t, nil)
	b.Close()
	for call, err := range everyCall(t, s, blobs.KeyOf(rounds.NewID[rounds.Org](), []byte("x")), "x") {
		if rounds.CodeOf(err) != rounds.Unavailable {
			t.Errorf("%s: %v", call, err)
		}
	}
}

func TestContentThatTheServiceSpoiltIsFound(t *testing.T) {
	t.Parallel()
	b := newBucket(t)
	s := b.open(t, nil)
	key := put(t, s, rounds.NewID[rounds.Org](), "whole")
	for _, spoilt := range []string{"whale", "whol", "wholes", ""} {
		b.objects["rounds/live/"+key.String()] = spoilt
		if got, err := get(t, s, key); !errors.Is(err, blobs.ErrCorrupt) || rounds.CodeOf(err) != rounds.Internal || got == spoilt && got != "" {
			t.Errorf("%q: read %q, %v", spoilt, got, err)
		}
	}
}

func TestAListThatDoesNotEndIsAFailure(t *testing.T) {
	t.Parallel()
	for _, answer := range []string{
		"<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>",
		"<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>again</NextContinuationToken></ListBucketResult>",
		"<ListBucketResult><IsTruncated>fal",
		"<html><body>Welcome</body></html>",
		"",
	} {
		b := newBucket(t)
		b.interfere = func(w http.ResponseWriter, _ *http.Request) bool { _, _ = io.WriteString(w, answer); return true }
		var failed error
		for _, failed = range b.open(t, nil).List(t.Context(), rounds.NewID[rounds.Org]()) {
		}
		if rounds.CodeOf(failed) != rounds.Unavailable {
			t.Errorf("%q: %v", answer, failed)
		}
	}
}

func TestConfigurationsThatAreNone(t *testing.T) {
	t.Parallel()
	good := blobs.S3Config{Endpoint: "https://s3.example", Region: "r", Bucket: "photos", AccessKey: "a", SecretKey: "s"}
	if _, err := blobs.NewS3(good); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*blobs.S3Config){
		"no endpoint":                func(c *blobs.S3Config) { c.Endpoint = "" },
		"an endpoint without scheme": func(c *blobs.S3Config) { c.Endpoint = "s3.example" },
		"an endpoint with a path":    func(c *blobs.S3Config) { c.Endpoint += "/photos" },
		"an endpoint with a user":    func(c *blobs.S3Config) { c.Endpoint = "https://me:pass@s3.example" },
		"no region":                  func(c *blobs.S3Config) { c.Region = "" },
		"a bucket with a slash":      func(c *blobs.S3Config) { c.Bucket = "photos/x" },
		"no bucket":                  func(c *blobs.S3Config) { c.Bucket = "" },
		"a prefix that leads up":     func(c *blobs.S3Config) { c.Prefix = "a/../b" },
		"a prefix from the root":     func(c *blobs.S3Config) { c.Prefix = "/a" },
		"a prefix with blanks":       func(c *blobs.S3Config) { c.Prefix = "a b" },
		"two slashes":                func(c *blobs.S3Config) { c.Prefix = "a//b" },
		"no access key":              func(c *blobs.S3Config) { c.AccessKey = "" },
		"no secret key":              func(c *blobs.S3Config) { c.SecretKey = "" },
	} {
		c := good
		change(&c)
		if _, err := blobs.NewS3(c); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

func TestNoLogShowsASecret(t *testing.T) {
	t.Parallel()
	c := blobs.S3Config{SecretKey: "hush", SessionToken: "hush"}
	asJSON, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{string(asJSON), fmt.Sprint(c), fmt.Sprintf("%+v %#v %s %q", c, c, c.SecretKey, c.SecretKey)} {
		if strings.Contains(text, "hush") {
			t.Error(text)
		}
	}
}
