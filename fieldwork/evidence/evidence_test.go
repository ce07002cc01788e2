package evidence

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"rounds/geo"

	"github.com/google/go-cmp/cmp"
)

// The vectors of RFC 6238, appendix B, for SHA-1; they have eight digits.
func TestRotatingCodesAreThoseOfTheStandard(t *testing.T) {
	t.Parallel()
	secret := []byte("12345678901234567890")
	for _, tt := range []struct {
		unix int64
		want string
	}{
		{59, "94287082"},
		{1111111109, "07081804"},
		{1111111111, "14050471"},
		{1234567890, "89005924"},
		{2000000000, "69279037"},
		{20000000000, "65353130"},
	} {
		at := time.Unix(tt.unix, 0)
		if got := hotp(secret, counter(at), 8); got != tt.want {
			t.Errorf("at %d: %s, want %s", tt.unix, got, tt.want)
		}
		if got := Rotating(secret, at); got != tt.want[2:] {
			t.Errorf("at %d: %s, want %s", tt.unix, got, tt.want[2:])
		}
	}
}

func TestACodeIsGoodForTwoSpansEitherWay(t *testing.T) {
	t.Parallel()
	secret, at := NewSecret(), time.Unix(1_800_000_015, 0) // in the middle of a span
	for spans := -4; spans <= 4; spans++ {
		code := Rotating(secret, at.Add(time.Duration(spans)*Step))
		if got, want := Shown(secret, code, at), spans >= -2 && spans <= 2; got != want {
			t.Errorf("%d spans away: %t", spans, got)
		}
		if Shown(NewSecret(), code, at) {
			t.Errorf("%d spans away: a display of another secret shows it", spans)
		}
	}
}

func TestOTPAuthURI(t *testing.T) {
	t.Parallel()
	secret := []byte("12345678901234567890")
	u, err := url.Parse(OTPAuthURI("烟草 & Co", "R 1/2:3", secret))
	if err != nil {
		t.Fatal(err)
	}
	if got := []string{u.Scheme, u.Host, u.Path, u.Query().Get("secret"), u.Query().Get("issuer")}; !slices.Equal(got,
		[]string{"otpauth", "totp", "/烟草 & Co:R 1/2:3", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "烟草 & Co"}) {
		t.Errorf("%q", got)
	}
}

func TestPrintedCodes(t *testing.T) {
	t.Parallel()
	codes := NewCodes(2000)
	seen, letters := map[string]bool{}, map[rune]bool{}
	for _, code := range codes {
		seen[code] = true
		for _, r := range code {
			letters[r] = true
		}
		if canonicalCode(strings.ToLower(code[:4]+"-"+code[4:])) != code || IsRotating(code) {
			t.Errorf("%s typed in small letters is %q", code, canonicalCode(strings.ToLower(code)))
		}
	}
	if len(seen) != 2000 || len(letters) != 32 || letters['O'] || letters['I'] || letters['L'] || letters['U'] {
		t.Errorf("%d codes of %d letters", len(seen), len(letters))
	}
	if a, b := CodeHash(NewSecret(), codes[0]), CodeHash(NewSecret(), codes[0]); string(a) == string(b) || len(a) != 32 {
		t.Error("the same code of two lists has one hash")
	}
}

func TestItems(t *testing.T) {
	t.Parallel()
	uri, payload := NewTag()
	sum := strings.Repeat("0a", 32)
	for _, tt := range []struct {
		name, raw string
		want      []Item
	}{
		{"nothing", ``, nil},
		{"no list", `{"kind":"code"}`, nil},
		{"other kinds", `[{"kind":"wifi","value":"x"},{"kind":7},{},{"value":"123456"}]`, nil},
		{"a rotating code", `[{"kind":"code","value":"123 456"}]`, []Item{{0, geo.EvidenceCode, "123456"}}},
		{"a printed code, misread", `[{"kind":"code","value":"oil-0abcd"}]`, []Item{{0, geo.EvidenceCode, "0110ABCD"}}},
		{"the place in the list counts others", `[{"kind":"wifi"},{"kind":"code","value":"123456"}]`, []Item{{1, geo.EvidenceCode, "123456"}}},
		{"a code as a number", `[{"kind":"code","value":123456}]`, []Item{{0, geo.EvidenceCode, ""}}},
		{"digits of another script", `[{"kind":"code","value":"１２３４５６"}]`, []Item{{0, geo.EvidenceCode, ""}}},
		{"a code of five digits", `[{"kind":"code","value":"12345"}]`, []Item{{0, geo.EvidenceCode, ""}}},
		{"a tag as it is read", `[{"kind":"tag","value":"` + uri + `"}]`, []Item{{0, geo.EvidenceTag, payload}}},
		{"its payload alone", `[{"kind":"tag","value":"` + strings.ToLower(payload) + `"}]`, []Item{{0, geo.EvidenceTag, payload}}},
		{"another address", `[{"kind":"tag","value":"https://tag/` + payload + `"}]`, []Item{{0, geo.EvidenceTag, ""}}},
		{"a photograph", `[{"kind":"photo","sha256":"` + strings.ToUpper(sum) + `"}]`, []Item{{0, geo.EvidencePhoto, sum}}},
		{"a path for a photograph", `[{"kind":"photo","sha256":"../../etc/passwd"}]`, []Item{{0, geo.EvidencePhoto, ""}}},
	} {
		if diff := cmp.Diff(tt.want, Items(json.RawMessage(tt.raw))); diff != "" {
			t.Errorf("%s:\n%s", tt.name, diff)
		}
	}
}
