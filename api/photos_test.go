package api_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash/crc32"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"rounds"
	"rounds/blobs"
	"rounds/geo"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
)

// picture is a small PNG of its own, with something behind its end of which nobody is to be shown.
func picture(t testing.TB, seed int) []byte {
	t.Helper()
	img := image.NewGray(image.Rect(0, 0, 9, 9))
	for i := range 81 {
		img.Set(i%9, i/9, color.Gray{byte(i*seed + seed)})
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func hexOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// keeping is an org on a server that keeps photographs.
func keeping(t *testing.T) *fixture {
	t.Helper()
	f := alone(t)
	dir, err := blobs.OpenDir(t.TempDir())
	f.must(err)
	t.Cleanup(func() { _ = dir.Close() })
	f.office.KeepPhotos(dir)
	return f
}

func (c client) sendPhoto(data []byte) answer {
	c.t.Helper()
	return c.with("Content-Type", "image/png").post("/v1/photos", data)
}

func TestAPhotographIsShownToItsRepAndReviewers(t *testing.T) {
	t.Parallel()
	f := keeping(t)
	data := picture(t, 1)
	path := "/v1/photos/" + hexOf(data)
	id := f.visit("rep1", f.first("rep1"), 0, unsure, shown(object{"kind": "photo", "sha256": hexOf(data)}))
	a := f.as("rep1").sendPhoto(data).want(201)
	if diff := cmp.Diff(object{"sha256": hexOf(data), "type": "image/png", "size": float64(len(data))}, a.json()); diff != "" {
		t.Error(diff)
	}
	f.as("rep1").sendPhoto(data).want(200)
	visit := f.as("supervisor").get("/v1/visits/" + id).want(200)
	if got := []any{visit.at("events", 0, "proofs", 0, "status"), visit.at("events", 0, "proofs", 0, "photo")}; !cmp.Equal(got, []any{"pending", hexOf(data)}) {
		t.Error(got)
	}
	for _, query := range []struct {
		who, query string
		status     int
	}{
		{"rep1", "", 200},
		{"supervisor", "?purpose=case+7", 200},
		{"rep2", "?purpose=case+7", 404},
		{"sibling", "?purpose=case+7", 404},
		{"planner", "?purpose=case+7", 403},
	} {
		a := f.as(query.who).get(path + query.query).want(query.status)
		if query.status != 200 {
			continue
		}
		got := []string{a.header.Get("Content-Type"), a.header.Get("Cache-Control"), a.header.Get("X-Content-Type-Options")}
		if !slices.Equal(got, []string{"image/png", "private, max-age=300", "nosniff"}) || !bytes.Equal(a.body, data) {
			t.Errorf("%s: %v, %d bytes", query.who, got, len(a.body))
		}
	}
	f.as("supervisor").get(path).want(400).wantField("purpose", "required")
	if diff := cmp.Diff([]string{"supervisor " + id + " case 7"}, f.reads("rep1")); diff != "" {
		t.Error(diff)
	}
	held := f.as("rep1").get("/v1/me/data").want(200)
	if got := []any{held.at("photos", 0, "sha256"), held.at("photos", 0, "width"), held.at("photos", 0, "deleted_at")}; !cmp.Equal(got, []any{hexOf(data), 9.0, nil}) {
		t.Error(got)
	}
}

func TestWhatIsNoPhotograph(t *testing.T) {
	t.Parallel()
	f := keeping(t)
	rep := f.as("rep1").breaking()
	large := picture(t, 1)
	copy(large[16:], "\x00\x00\xff\xff\x00\x00\xff\xff") // wide and high, by its header
	binary.BigEndian.PutUint32(large[29:], crc32.ChecksumIEEE(large[12:29]))
	for _, tt := range []struct {
		name, contentType string
		body              []byte
		want              int
	}{
		{"nothing", "image/jpeg", nil, 400},
		{"PHP by the name of a JPEG", "image/jpeg", []byte("<?php system($_GET['c']); ?>"), 400},
		{"PHP behind the first bytes of a JPEG", "image/jpeg", []byte("\xff\xd8\xff\xe0<?php system($_GET['c']); ?>"), 400},
		{"a page", "image/png", []byte("<!doctype html><script>alert(1)</script>"), 400},
		{"SVG", "image/svg+xml", []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>`), 400},
		{"65,535 by 65,535", "image/png", large, 413},
		{"cut off", "image/png", picture(t, 1)[:60], 400},
		{"11 MB", "image/jpeg", make([]byte, 11<<20), 413},
		{"a hundred megabytes, well packed", "image/jpeg", nil, 413},
	} {
		c := rep.with("Content-Type", tt.contentType)
		if strings.Contains(tt.name, "packed") {
			c, tt.body = c.with("Content-Encoding", "gzip"), packed(t, 100, "")
		}
		if a := c.do("POST", "/v1/photos", tt.body); a.status != tt.want {
			t.Errorf("%s: %s", tt.name, a)
		}
	}
	if held := f.as("rep1").get("/v1/me/data").want(200).at("photos"); len(list(held)) != 0 {
		t.Errorf("%v", held)
	}
}

func TestNamesOfPhotographs(t *testing.T) {
	t.Parallel()
	f, other := keeping(t), keeping(t)
	data := picture(t, 1)
	f.as("rep1").sendPhoto(data).want(201)
	rep := f.as("rep1").breaking()
	for _, name := range []string{
		"..%2f..%2fetc%2fpasswd", "../" + hexOf(data), strings.ToUpper(hexOf(data)), hexOf(data) + "0", hexOf(data)[1:],
		hexOf(data) + "%00", strings.Repeat("z", 64), f.org.ID.String() + "%2f" + hexOf(data),
	} {
		if a := rep.get("/v1/photos/" + name); a.status != http.StatusBadRequest && a.status != http.StatusNotFound {
			t.Errorf("%s: %s", name, a)
		}
	}
	there, nowhere := other.as("admin").get("/v1/photos/"+hexOf(data)+"?purpose=x").want(404), other.as("admin").get("/v1/photos/"+hexOf([]byte("x"))+"?purpose=x").want(404)
	if diff := cmp.Diff(essence(there), essence(nowhere)); diff != "" {
		t.Error(diff)
	}
}

func TestPhotographsWithoutTheirStore(t *testing.T) {
	t.Parallel()
	f := alone(t)
	rep := f.as("rep1")
	rep.failing = true
	rep.sendPhoto(picture(t, 1)).want(503)
	down, err := blobs.NewS3(blobs.S3Config{
		Endpoint: "http://127.0.0.1:1", Region: "r", Bucket: "photos", AccessKey: "a", SecretKey: "s", PathStyle: true, Timeout: time.Second,
	})
	f.must(err)
	t.Cleanup(func() { _ = down.Close() })
	f.office.KeepPhotos(down)
	rep.sendPhoto(picture(t, 1)).want(503)
	if held := rep.get("/v1/me/data").want(200).at("photos"); len(list(held)) != 0 {
		t.Errorf("%v", held)
	}
}

// A camera's GCJ-02 in Hong Kong is what the org says that it is.
func TestMyPhotographsAreWhereTheSettingSays(t *testing.T) {
	t.Parallel()
	f := setup(t)
	central := orb.Point{114.1577, 22.2849}
	written := geo.Datums{ShiftHongKongMacau: true}.FromWGS84(central, geo.GCJ02)
	sum := sha256.Sum256([]byte("x"))
	f.must(f.store.InsertPhoto(context.Background(), f.org.ID, rounds.Photo{
		RepID: f.users["rep1"].ID, SHA256: sum[:], StoredSum: sum[:], Type: "image/png", Bytes: 1, Width: 1, Height: 1, ReceivedAt: f.now(),
		Fix: &geo.Fix{Point: written, Datum: geo.GCJ02},
	}))
	for _, shifts := range []bool{false, true} {
		settings := rounds.DefaultSettings()
		settings.ShiftHongKongMacau = shifts
		f.must(f.office.ChangeSettings(context.Background(), f.actor("admin"), settings, "AMap"))
		held := f.as("rep1").get("/v1/me/data").want(200)
		at := orb.Point{held.at("photos", 0, "position", "lon").(float64), held.at("photos", 0, "position", "lat").(float64)}
		if away := geo.Distance(at, central); (away < 1) != shifts {
			t.Errorf("with the setting %t it is %.0f m away", shifts, float64(away))
		}
	}
}
