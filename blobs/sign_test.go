package blobs

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"rounds"
)

// The examples of "Authenticating Requests: Using the Authorization Header" in the S3 API reference, with the
// signatures printed there.
func TestSignaturesAreThoseOfTheReference(t *testing.T) {
	t.Parallel()
	s := signer{accessKey: "AKIAIOSFODNN7EXAMPLE", secretKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", region: "us-east-1"}
	for _, row := range []struct {
		name, method, target string
		headers              map[string]string
		body, want           string
	}{
		{"get object", "GET", "/test.txt", map[string]string{"Range": "bytes=0-9"}, "", "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"},
		{
			"put object", "PUT", "/test%24file.text",
			map[string]string{"Date": "Fri, 24 May 2013 00:00:00 GMT", "X-Amz-Storage-Class": "REDUCED_REDUNDANCY"},
			"Welcome to Amazon S3.", "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
		},
		{"get bucket lifecycle", "GET", "/?lifecycle=", nil, "", "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"},
		{"list objects", "GET", "/?max-keys=2&prefix=J", nil, "", "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"},
	} {
		r, err := http.NewRequest(row.method, "https://examplebucket.s3.amazonaws.com"+row.target, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		for name, value := range row.headers {
			r.Header.Set(name, value)
		}
		s.sign(r, SumOf([]byte(row.body)), time.Date(2013, 5, 24, 0, 0, 0, 0, time.UTC))
		if got := r.Header.Get("Authorization"); !strings.HasSuffix(got, ",Signature="+row.want) {
			t.Errorf("%s: %s", row.name, got)
		}
	}
}

func TestAddressesOfObjects(t *testing.T) {
	t.Parallel()
	key := Key{Org: rounds.OrgID{15: 7}}
	tail := "00000000-0000-0000-0000-000000000007/" + strings.Repeat("0", 64)
	for _, row := range []struct {
		name      string
		endpoint  string
		prefix    string
		pathStyle bool
		want      string
	}{
		{"bucket in the host's name", "https://s3.eu-central-1.amazonaws.com", "", false, "https://photos.s3.eu-central-1.amazonaws.com/" + tail},
		{"bucket in the path", "http://127.0.0.1:9000/", "", true, "http://127.0.0.1:9000/photos/" + tail},
		{"with a prefix", "https://s3.example", "rounds/live", false, "https://photos.s3.example/rounds/live/" + tail},
		{"with a prefix that ends in a slash", "https://s3.example", "rounds/", true, "https://s3.example/photos/rounds/" + tail},
	} {
		s, err := NewS3(S3Config{
			Endpoint: row.endpoint, Region: "r", Bucket: "photos", Prefix: row.prefix, PathStyle: row.pathStyle, AccessKey: "a", SecretKey: "s",
		})
		if err != nil {
			t.Fatal(err)
		}
		r, err := s.request(t.Context(), http.MethodGet, s.prefix+key.String(), nil)
		if err != nil || r.URL.String() != row.want {
			t.Errorf("%s: %v, %v", row.name, r.URL, err)
		}
	}
}
