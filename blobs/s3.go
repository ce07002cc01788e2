package blobs

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"iter"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"rounds"
)

// S3Config says where a bucket is and who asks. Of its fields, Prefix, PathStyle, SessionToken and Timeout may
// be left out.
type S3Config struct {
	Endpoint     string // the service's URL without the bucket, like https://s3.eu-central-1.amazonaws.com
	Region       string // as the service calls it
	Bucket       string
	Prefix       string // before every key, with a slash between
	PathStyle    bool   // the bucket is the first part of the path, not of the host's name
	AccessKey    string
	SecretKey    Secret
	SessionToken Secret        // of temporary keys
	Timeout      time.Duration // of one call, reading the content included; 0: 30 s
}

// Secret is text that no log shows.
type Secret string

// String hides the secret.
func (s Secret) String() string { return strings.Repeat("*", min(len(s), 3)) }

// GoString hides the secret.
func (s Secret) GoString() string { return s.String() }

// MarshalText hides the secret.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// S3 keeps content in a bucket of a service that speaks Amazon's S3 protocol. It needs the rights to put, get
// and delete objects and to list the bucket: without the last, what is missing counts as unavailable.
type S3 struct {
	base   string // the bucket's URL, with a slash
	prefix string // with its slash, if there is one
	signer signer
	client *http.Client
	now    func() time.Time
}

var (
	bucketName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)
	regionName = regexp.MustCompile(`^[A-Za-z0-9-]+$`)
	prefixName = regexp.MustCompile(`^(?:[A-Za-z0-9_~-][A-Za-z0-9._~-]*(?:/|$))*$`)
)

// NewS3 checks the configuration without asking the service.
func NewS3(c S3Config) (*S3, error) {
	base, err := c.bucketURL()
	if err != nil {
		return nil, err
	}
	prefix := strings.TrimSuffix(c.Prefix, "/")
	if prefix != "" {
		prefix += "/"
	}
	if c.Timeout == 0 {
		c.Timeout = 30 * time.Second
	}
	return &S3{
		base: base, prefix: prefix, client: newClient(c.Timeout), now: time.Now,
		signer: signer{accessKey: c.AccessKey, secretKey: string(c.SecretKey), sessionToken: string(c.SessionToken), region: c.Region},
	}, nil
}

func (c S3Config) bucketURL() (string, error) {
	u, err := url.Parse(c.Endpoint)
	switch {
	case err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "",
		strings.Trim(u.Path, "/") != "" || u.User != nil || u.RawQuery != "":
		return "", errors.New("blobs: the S3 endpoint is a URL like https://s3.eu-central-1.amazonaws.com")
	case !bucketName.MatchString(c.Bucket):
		return "", fmt.Errorf("blobs: %q is no name of an S3 bucket", c.Bucket)
	case !prefixName.MatchString(c.Prefix):
		return "", fmt.Errorf("blobs: the S3 prefix %q is not of letters, digits, '.', '_', '~', '-' and slashes between", c.Prefix)
	case !regionName.MatchString(c.Region):
		return "", fmt.Errorf("blobs: %q is no S3 region", c.Region)
	case c.AccessKey == "" || c.SecretKey == "":
		return "", errors.New("blobs: S3 needs an access key and a secret key")
	}
	if c.PathStyle {
		return u.Scheme + "://" + u.Host + "/" + c.Bucket + "/", nil
	}
	return u.Scheme + "://" + c.Bucket + "." + u.Host + "/", nil
}

// newClient follows no redirect: a signature is good for one address, and an S3 service sends elsewhere only
// who has the region wrong. It leaves bodies as they are stored.
func newClient(timeout time.Duration) *http.Client {
	dialer := &net.Dialer{Timeout: 5 * time.Second}
	return &http.Client{
		Timeout:       timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			Proxy: http.ProxyFromEnvironment, DialContext: dialer.DialContext, ForceAttemptHTTP2: true,
			TLSHandshakeTimeout: 5 * time.Second, ResponseHeaderTimeout: timeout, IdleConnTimeout: time.Minute,
			MaxIdleConnsPerHost: 16, DisableCompression: true,
		},
	}
}

// Close ends idle connections.
func (s *S3) Close() error {
	s.client.CloseIdleConnections()
	return nil
}

// Put uploads the content. The service checks its sum, which is part of the signature.
func (s *S3) Put(ctx context.Context, key Key, mediaType string, content []byte) error {
	if err := key.check(content); err != nil {
		return err
	}
	r, err := s.request(ctx, http.MethodPut, s.prefix+key.String(), content)
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", mediaType)
	return s.discard(s.do(r, key.Sum))
}

// Get opens the object.
func (s *S3) Get(ctx context.Context, key Key) (*Blob, error) {
	r, err := s.request(ctx, http.MethodGet, s.prefix+key.String(), nil)
	if err != nil {
		return nil, err
	}
	answer, err := s.do(r, SumOf(nil))
	if err != nil {
		return nil, err
	}
	if answer.ContentLength < 0 {
		return nil, unavailable{errors.Join(errors.New("S3 gives no length"), answer.Body.Close())}
	}
	return newBlob(answer.Body, answer.ContentLength, key.Sum), nil
}

// Delete removes the object; a bucket with versions keeps it as an old one.
func (s *S3) Delete(ctx context.Context, key Key) error {
	r, err := s.request(ctx, http.MethodDelete, s.prefix+key.String(), nil)
	if err != nil {
		return err
	}
	if err := s.discard(s.do(r, SumOf(nil))); rounds.CodeOf(err) != rounds.NotFound {
		return err
	}
	return nil
}

func (s *S3) request(ctx context.Context, method, name string, body []byte) (*http.Request, error) {
	return http.NewRequestWithContext(ctx, method, s.base+name, bytes.NewReader(body))
}

// do signs, sends, and turns every answer that is not a success into an error.
func (s *S3) do(r *http.Request, body Sum) (*http.Response, error) {
	s.signer.sign(r, body, s.now())
	answer, err := s.client.Do(r)
	if err != nil {
		return nil, unavailable{err}
	}
	if answer.StatusCode == http.StatusOK || answer.StatusCode == http.StatusNoContent {
		return answer, nil
	}
	return nil, refusal(answer)
}

// smallAnswer bounds, in bytes, what is read of an answer that is no content.
const smallAnswer = 4 << 20

// refusal tells a missing object from all else. A missing bucket, or a 404 of something that is no S3 service, says
// nothing of the object.
func refusal(answer *http.Response) error {
	defer answer.Body.Close()
	var told struct{ Code string }
	_ = xml.NewDecoder(io.LimitReader(answer.Body, smallAnswer)).Decode(&told) // a proxy's answer is not XML
	if answer.StatusCode == http.StatusNotFound && told.Code == "NoSuchKey" {
		return notFound()
	}
	return unavailable{fmt.Errorf("S3 answers %d %s", answer.StatusCode, told.Code)}
}

func (s *S3) discard(answer *http.Response, err error) error {
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if _, err := io.Copy(io.Discard, io.LimitReader(answer.Body, smallAnswer)); err != nil {
		return unavailable{err}
	}
	return nil
}

// page is an answer of ListObjectsV2.
type page struct {
	XMLName  xml.Name `xml:"ListBucketResult"`
	Contents []struct {
		Key          string
		LastModified string
	}
	IsTruncated           bool
	NextContinuationToken string
}

// List asks for the org's keys, a thousand at a time. Objects that are not ours are passed over.
func (s *S3) List(ctx context.Context, org rounds.OrgID) iter.Seq2[Listed, error] {
	return func(yield func(Listed, error) bool) {
		for token, more := "", true; more; {
			p, err := s.page(ctx, s.prefix+org.String()+"/", token)
			if err != nil {
				yield(Listed{}, err)
				return
			}
			for _, object := range p.Contents {
				key, err := ParseKey(strings.TrimPrefix(object.Key, s.prefix))
				stored, _ := time.Parse(time.RFC3339, object.LastModified) // zero: not said
				if err == nil && key.Org == org && !yield(Listed{key, stored}, nil) {
					return
				}
			}
			token, more = p.NextContinuationToken, p.IsTruncated
		}
	}
}

func (s *S3) page(ctx context.Context, prefix, token string) (*page, error) {
	r, err := s.request(ctx, http.MethodGet, "", nil)
	if err != nil {
		return nil, err
	}
	query := url.Values{"list-type": {"2"}, "prefix": {prefix}}
	if token != "" {
		query.Set("continuation-token", token)
	}
	r.URL.RawQuery = canonicalQuery(query)
	answer, err := s.do(r, SumOf(nil))
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	var p page
	if err := xml.NewDecoder(io.LimitReader(answer.Body, smallAnswer)).Decode(&p); err != nil {
		return nil, unavailable{fmt.Errorf("S3's list: %w", err)}
	}
	if p.IsTruncated && (p.NextContinuationToken == "" || p.NextContinuationToken == token) {
		return nil, unavailable{errors.New("S3's list has more, and does not say where")}
	}
	return &p, nil
}

// canonicalQuery is sorted, with a blank as %20, as the signature wants it.
func canonicalQuery(v url.Values) string { return strings.ReplaceAll(v.Encode(), "+", "%20") }

var _ Store = (*S3)(nil)
