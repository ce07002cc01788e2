package blobs

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// signer signs requests with AWS Signature Version 4, as "Authenticating Requests: Using the Authorization
// Header" of the S3 API reference has it, for bodies whose sum is known beforehand.
type signer struct {
	accessKey    string
	secretKey    string
	sessionToken string // empty: the keys are no temporary ones
	region       string
}

const (
	algorithm = "AWS4-HMAC-SHA256"
	basicTime = "20060102T150405Z"
)

// sign adds the signature to the request's headers, all of which it covers. Parameters of the query must be
// in the order and the encoding of [canonicalQuery].
func (s signer) sign(r *http.Request, body Sum, now time.Time) {
	stamp := now.UTC().Format(basicTime)
	r.Header.Set("X-Amz-Date", stamp)
	r.Header.Set("X-Amz-Content-Sha256", body.String())
	if s.sessionToken != "" {
		r.Header.Set("X-Amz-Security-Token", s.sessionToken)
	}
	names, canonical := canonicalRequest(r, body)
	scope := strings.Join([]string{stamp[:8], s.region, "s3", "aws4_request"}, "/")
	toSign := strings.Join([]string{algorithm, stamp, scope, SumOf([]byte(canonical)).String()}, "\n")
	signature := hex.EncodeToString(mac(s.key(stamp[:8]), toSign))
	r.Header.Set("Authorization", fmt.Sprintf("%s Credential=%s/%s,SignedHeaders=%s,Signature=%s",
		algorithm, s.accessKey, scope, names, signature))
}

// canonicalRequest is the names of the signed headers, and the text that both sides agree on.
func canonicalRequest(r *http.Request, body Sum) (names, text string) {
	values := map[string]string{"host": r.URL.Host}
	for name, v := range r.Header {
		values[strings.ToLower(name)] = strings.TrimSpace(strings.Join(v, ","))
	}
	sorted := slices.Sorted(maps.Keys(values))
	var headers strings.Builder
	for _, name := range sorted {
		headers.WriteString(name + ":" + values[name] + "\n")
	}
	names = strings.Join(sorted, ";")
	return names, strings.Join([]string{r.Method, r.URL.EscapedPath(), r.URL.RawQuery, headers.String(), names, body.String()}, "\n")
}

// key is the secret key narrowed to a day, a region and this service.
func (s signer) key(date string) []byte {
	key := []byte("AWS4" + s.secretKey)
	for _, part := range []string{date, s.region, "s3", "aws4_request"} {
		key = mac(key, part)
	}
	return key
}

func mac(key []byte, text string) []byte {
	m := hmac.New(sha256.New, key)
	m.Write([]byte(text))
	return m.Sum(nil)
}
