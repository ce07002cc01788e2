package blobs_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"rounds/blobs"
)

const (
	bucketKey    = "AKIDROUNDS"
	bucketSecret = "a secret/with+signs"
	bucketRegion = "test-1"
)

// A bucket is an S3 service of one bucket named photos, which believes no request whose signature, made anew
// from what came over the wire, is another. It lists two keys at a time.
type bucket struct {
	*httptest.Server
	mu        sync.Mutex
	objects   map[string]string
	types     map[string]string
	stored    map[string]time.Time
	interfere func(w http.ResponseWriter, r *http.Request) bool // answers by itself; nil: never
}

func newBucket(t *testing.T) *bucket {
	b := &bucket{objects: map[string]string{}, types: map[string]string{}, stored: map[string]time.Time{}}
	b.Server = httptest.NewServer(b)
	t.Cleanup(b.Close)
	return b
}

func (b *bucket) open(t *testing.T, change func(*blobs.S3Config)) *blobs.S3 {
	t.Helper()
	c := blobs.S3Config{
		Endpoint: b.URL, Region: bucketRegion, Bucket: "photos", Prefix: "rounds/live", PathStyle: true,
		AccessKey: bucketKey, SecretKey: bucketSecret, SessionToken: "for an hour",
	}
	if change != nil {
		change(&c)
	}
	s, err := blobs.NewS3(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func (b *bucket) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if b.interfere != nil && b.interfere(w, r) {
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	if flaw := flawOf(r, body); flaw != "" {
		refuse(w, http.StatusForbidden, flaw)
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	name, ok := strings.CutPrefix(r.URL.Path, "/photos/")
	content, there := b.objects[name]
	switch {
	case !ok:
		refuse(w, http.StatusNotFound, "NoSuchBucket")
	case name == "":
		b.list(w, r.URL.Query())
	case r.Method == http.MethodPut:
		b.objects[name], b.types[name], b.stored[name] = string(body), r.Header.Get("Content-Type"), time.Now().UTC()
	case r.Method == http.MethodDelete:
		delete(b.objects, name)
		w.WriteHeader(http.StatusNoContent)
	case !there:
		refuse(w, http.StatusNotFound, "NoSuchKey")
	default:
		w.Header().Set("Content-Length", fmt.Sprint(len(content)))
		_, _ = io.WriteString(w, content)
	}
}

func refuse(w http.ResponseWriter, status int, code string) {
	w.WriteHeader(status)
	fmt.Fprintf(w, `<?xml version="1.0" encoding="UTF-8"?><Error><Code>%s</Code><Message>no</Message></Error>`, code)
}

func (b *bucket) list(w http.ResponseWriter, query url.Values) {
	var names []string
	for name := range b.objects {
		if strings.HasPrefix(name, query.Get("prefix")) && name > query.Get("continuation-token") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	more := len(names) > 2
	names = names[:min(2, len(names))]
	fmt.Fprintf(w, `<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><IsTruncated>%v</IsTruncated>`, more)
	for _, name := range names {
		fmt.Fprintf(w, "<Contents><Key>%s</Key><LastModified>%s</LastModified></Contents>", name, b.stored[name].Format("2006-01-02T15:04:05.000Z"))
	}
	if more {
		fmt.Fprintf(w, "<NextContinuationToken>%s</NextContinuationToken>", names[1])
	}
	fmt.Fprint(w, "</ListBucketResult>")
}

// flawOf is why S3 would refuse a request, by the rules of Signature Version 4; empty if it would not.
func flawOf(r *http.Request, body []byte) string {
	var credential, names, signature string
	for part := range strings.SplitSeq(strings.TrimPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 "), ",") {
		name, value, _ := strings.Cut(part, "=")
		switch name {
		case "Credential":
			credential = value
		case "SignedHeaders":
			names = value
		case "Signature":
			signature = value
		}
	}
	stamp := r.Header.Get("X-Amz-Date")
	at, err := time.Parse("20060102T150405Z", stamp)
	sum := sha256.Sum256(body)
	scope := stamp[:min(8, len(stamp))] + "/" + bucketRegion + "/s3/aws4_request"
	switch {
	case err != nil || time.Since(at).Abs() > 15*time.Minute:
		return "RequestTimeTooSkewed"
	case credential != bucketKey+"/"+scope:
		return "InvalidAccessKeyId"
	case r.Header.Get("X-Amz-Content-Sha256") != hex.EncodeToString(sum[:]):
		return "XAmzContentSHA256Mismatch"
	case r.Header.Get("X-Amz-Security-Token") != "for an hour":
		return "InvalidToken"
	}
	signed := strings.Split(names, ";")
	for name := range r.Header {
		if lower := strings.ToLower(name); (strings.HasPrefix(lower, "x-amz-") || lower == "content-type") && !slices.Contains(signed, lower) {
			return "AccessDenied"
		}
	}
	path, query, _ := strings.Cut(r.RequestURI, "?")
	canonical := r.Method + "\n" + path + "\n" + query + "\n"
	for _, name := range signed {
		value := r.Header.Get(name)
		if name == "host" {
			value = r.Host
		}
		canonical += name + ":" + value + "\n"
	}
	canonical += "\n" + names + "\n" + hex.EncodeToString(sum[:])
	hashed := sha256.Sum256([]byte(canonical))
	secret := []byte("AWS4" + bucketSecret)
	for part := range strings.SplitSeq(scope, "/") {
		secret = hmacOf(secret, part)
	}
	want := hmacOf(secret, "AWS4-HMAC-SHA256\n"+stamp+"\n"+scope+"\n"+hex.EncodeToString(hashed[:]))
	if !slices.Contains(signed, "host") || !slices.IsSorted(signed) || signature != hex.EncodeToString(want) {
		return "SignatureDoesNotMatch"
	}
	return ""
}

func hmacOf(key []byte, text string) []byte {
	m := hmac.New(sha256.New, key)
	m.Write([]byte(text))
	return m.Sum(nil)
}
