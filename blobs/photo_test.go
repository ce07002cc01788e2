package blobs_test

import (
	"bytes"
	"encoding/binary"
	"image"
	_ "image/jpeg"
	_ "image/png"
	"reflect"
	"strings"
	"testing"
	"time"

	"rounds"
	"rounds/blobs"
	"rounds/geo"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/paulmach/orb"
)

func inspect(t testing.TB, data []byte) *blobs.Photo {
	t.Helper()
	p, err := blobs.Inspect(data, blobs.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

var bundTaken = blobs.Taken{
	Clock: time.Date(2026, 3, 5, 14, 30, 15, 0, time.UTC),
	At:    time.Date(2026, 3, 5, 6, 30, 15, 0, time.UTC),
	Fix: &geo.Fix{
		Point: orb.Point{121 + 29./60 + 12.34/3600, 31 + 14./60 + 23.45/3600}, Datum: geo.WGS84, Accuracy: 4.7,
		AccuracyKind: geo.UnknownKind, Time: time.Date(2026, 3, 5, 6, 30, 14, 0, time.UTC),
	},
}

// nearly is a hundredth of a millimetre.
var nearly = cmpopts.EquateApprox(0, 1e-10)

// littered are pictures with the same place, time and orientation in them, and with everything else that gives
// somebody away.
func littered(t testing.TB, order binary.AppendByteOrder, orientation uint16) map[blobs.Type][]byte {
	tiff := oriented(order, orientation).bytes()
	xmp := `<x:xmpmeta exif:GPSLatitude="31,14.39N">SECRET</x:xmpmeta>`
	return map[blobs.Type][]byte{
		blobs.JPEG: append(withSegments(plainJPEG(t, 33, 17),
			segment(0xe0, "JFIF\x00\x01\x01\x01\x00\x48\x00\x48\x01\x01SECRET"[:17]), segment(0xe0, "JFXX\x00\x10SECRET"),
			exifSegment(tiff), segment(0xe1, "http://ns.adobe.com/xap/1.0/\x00"+xmp), exifSegment(tiff),
			segment(0xe2, "ICC_PROFILE\x00\x01\x01profile"), segment(0xe2, "MPF\x00SECRET"), segment(0xed, "Photoshop 3.0\x00SECRET"),
			segment(0xee, "Adobe\x00\x64\x00\x00\x00\x00\x01SECRET"), segment(0xfe, "SECRET"), []byte{0xff, 0xff, 0xff}), "SECRET"...),
		blobs.PNG: append(withChunks(plainPNG(t, 33, 17),
			pngChunk("gAMA", "\x00\x00\xb1\x8f"), pngChunk("eXIf", string(tiff)), pngChunk("tEXt", "Comment\x00SECRET"),
			pngChunk("zTXt", "Raw profile type exif\x00\x00SECRET"), pngChunk("iTXt", "XML:com.adobe.xmp\x00\x00\x00\x00\x00"+xmp),
			pngChunk("tIME", "\x07\xea\x03\x05\x0e\x1e\x0f"), pngChunk("zzZz", "SECRET")), "SECRET"...),
		blobs.WebP: append(riff(extendedHeader(0x3c), riffChunk("ICCP", "profile"), riffChunk("ALPH", "\x00\x01"),
			riffChunk("VP8 ", lossyDot), riffChunk("EXIF", string(tiff)), riffChunk("XMP ", xmp), riffChunk("ABCD", "SECRET")), "SECRET"...),
	}
}

func TestWhatAPictureSaysIsReadAndTakenOut(t *testing.T) {
	t.Parallel()
	for name, order := range map[string]binary.AppendByteOrder{"big-endian": binary.BigEndian, "little-endian": binary.LittleEndian} {
		for _, orientation := range []uint16{1, 6} {
			for kind, data := range littered(t, order, orientation) {
				p := inspect(t, data)
				if p.Type != kind || p.Orientation != int(orientation) || p.Original != blobs.SumOf(data) || p.Sum != blobs.SumOf(p.Stripped) {
					t.Errorf("%s %s: %+v", name, kind, p)
				}
				if diff := cmp.Diff(bundTaken, p.Taken, nearly); diff != "" {
					t.Errorf("%s %s: %s", name, kind, diff)
				}
				checkClean(t, p)
				checkPixels(t, data, p.Stripped)
			}
		}
	}
}

// checkClean looks for whatever the test has hidden, coordinates in both byte orders included, and finds an
// EXIF in no other picture than one that lies on its side, where it is 26 bytes long.
func checkClean(t *testing.T, p *blobs.Photo) {
	t.Helper()
	found := bytes.ToLower(p.Stripped)
	for _, secret := range []string{"secret", "xmp", "2026:03:05", "maker", "model", "wgs", "\x00\x00\x09\x29\x00\x00\x00\x64", "\x29\x09\x00\x00\x64\x00\x00\x00", "mpf", "jfxx"} {
		if bytes.Contains(found, []byte(secret)) {
			t.Errorf("%s: %q is still there", p.Type, secret)
		}
	}
	minimal := "MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00" + string(rune(p.Orientation)) + "\x00\x00\x00\x00\x00\x00"
	rest := bytes.ReplaceAll(p.Stripped, []byte(minimal), nil)
	if again := len(p.Stripped)-len(rest) == len(minimal); again != (p.Orientation != 1) {
		t.Errorf("%s: orientation %d, and an EXIF for it: %v", p.Type, p.Orientation, again)
	}
	frame := map[blobs.Type]string{blobs.JPEG: "exif\x00\x00", blobs.PNG: "exif", blobs.WebP: "exif"}[p.Type]
	if n := bytes.Count(found, []byte(frame)); (n == 1) != (p.Orientation != 1) || n > 1 {
		t.Errorf("%s: orientation %d, and %d times %q", p.Type, p.Orientation, n, frame)
	}
	again := inspect(t, p.Stripped)
	if !bytes.Equal(again.Stripped, p.Stripped) || again.Taken != (blobs.Taken{}) || again.Orientation != p.Orientation {
		t.Errorf("%s: inspected again it is another: %+v", p.Type, again)
	}
}

// checkPixels decodes both with the standard library; of WebP, which it does not know, it compares what is coded.
func checkPixels(t *testing.T, before, after []byte) {
	t.Helper()
	if strings.HasPrefix(string(before), "RIFF") {
		if !bytes.Contains(after, []byte(lossyDot)) && !bytes.Contains(after, []byte(losslessDot)) {
			t.Error("the coded pixels are others")
		}
		return
	}
	a, _, err := image.Decode(bytes.NewReader(before))
	if err != nil {
		t.Fatal(err)
	}
	b, _, err := image.Decode(bytes.NewReader(after))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(a, b) { // which, unlike go-cmp, compares bytes quickly
		t.Error("the pixels are others")
	}
}

func TestWhatIsNeededToShowAPictureStays(t *testing.T) {
	t.Parallel()
	pictures := littered(t, binary.BigEndian, 1)
	for kind, needed := range map[blobs.Type][]string{
		blobs.JPEG: {"ICC_PROFILE\x00\x01\x01profile", "Adobe\x00\x64\x00\x00\x00\x00\x01", "JFIF\x00\x01\x01\x01\x00\x48\x00\x48\x00\x00"},
		blobs.PNG:  {"gAMA\x00\x00\xb1\x8f"},
		blobs.WebP: {"ICCP\x07\x00\x00\x00profile\x00", "ALPH", "VP8X\x0a\x00\x00\x00\x30"},
	} {
		for _, want := range needed {
			if !bytes.Contains(inspect(t, pictures[kind]).Stripped, []byte(want)) {
				t.Errorf("%s: %q is gone", kind, want)
			}
		}
	}
}

func TestPlainPicturesStayAsTheyAre(t *testing.T) {
	t.Parallel()
	for name, data := range map[string][]byte{
		"JPEG": plainJPEG(t, 5, 9), "PNG": plainPNG(t, 5, 9),
		"lossless WebP": riff(riffChunk("VP8L", losslessDot)), "lossy WebP": riff(riffChunk("VP8 ", lossyDot)),
	} {
		if p := inspect(t, data); !bytes.Equal(p.Stripped, data) || p.Taken != (blobs.Taken{}) {
			t.Errorf("%s: %+v", name, p)
		}
	}
}

func TestPositions(t *testing.T) {
	t.Parallel()
	fix := func(lon, lat float64) *geo.Fix {
		f := *bundTaken.Fix
		f.Point = orb.Point{lon, lat}
		return &f
	}
	lon, lat := bundTaken.Fix.Point.Lon(), bundTaken.Fix.Point.Lat()
	noTime, noAccuracy, shifted, noDatum := fix(lon, lat), fix(lon, lat), fix(lon, lat), fix(lon, lat)
	noTime.Time, noAccuracy.Accuracy, shifted.Datum, noDatum.Datum = time.Time{}, 0, geo.GCJ02, ""
	for _, row := range []struct {
		name string
		id   uint16
		tag  *tag
		want *geo.Fix
	}{
		{"south", 1, new(text(1, "S")), fix(lon, -lat)},
		{"west", 3, new(text(3, "W")), fix(-lon, lat)},
		{"more seconds than a minute has", 2, new(rationals(2, 31, 1, 0, 1, 86345, 100)), nil},
		{"decimal minutes", 2, new(rationals(2, 31, 1, 14390833, 1000000, 0, 1)), fix(lon, 31+14.390833/60)},
		{"the antimeridian", 4, new(rationals(4, 180, 1, 0, 1, 0, 1)), fix(180, lat)},
		{"beyond the antimeridian", 4, new(rationals(4, 180, 1, 0, 1, 1, 100)), nil},
		{"the pole", 2, new(rationals(2, 90, 1, 0, 1, 0, 1)), fix(lon, 90)},
		{"beyond the pole", 2, new(rationals(2, 121, 1, 0, 1, 0, 1)), nil},
		{"seconds over nothing", 2, new(rationals(2, 31, 1, 14, 1, 0, 0)), nil},
		{"degrees over nothing", 4, new(rationals(4, 121, 0, 29, 1, 0, 1)), nil},
		{"neither north nor south", 1, new(text(1, "X")), nil},
		{"no word on north or south", 1, nil, nil},
		{"no longitude", 4, nil, nil},
		{"degrees alone", 2, new(rationals(2, 31, 1)), nil},
		{"a latitude in words", 2, new(text(2, "31 degrees and 14 minutes north")), nil},
		{"no accuracy", 0x1f, nil, noAccuracy},
		{"an accuracy over nothing", 0x1f, new(rationals(0x1f, 5, 0)), noAccuracy},
		{"no date of the satellites", 0x1d, nil, noTime},
		{"hour 24", 7, new(rationals(7, 24, 1, 0, 1, 0, 1)), noTime},
		{"no datum", 0x12, nil, noDatum},
		{"the datum of Chinese maps", 0x12, new(text(0x12, "GCJ-02")), shifted},
		{"a datum that nobody here can convert", 0x12, new(text(0x12, "TOKYO")), nil},
	} {
		for _, order := range []binary.AppendByteOrder{binary.BigEndian, binary.LittleEndian} {
			f := bund(order).with(row.id, row.tag)
			got := inspect(t, withSegments(plainJPEG(t, 8, 8), exifSegment(f.bytes()))).Taken
			if diff := cmp.Diff(row.want, got.Fix, cmpopts.EquateApprox(0, 1e-8)); diff != "" {
				t.Errorf("%s, %v: %s", row.name, order, diff)
			}
			if got.At != bundTaken.At {
				t.Errorf("%s: the time is gone", row.name)
			}
		}
	}
}

func TestTimes(t *testing.T) {
	t.Parallel()
	clock := bundTaken.Clock
	for _, row := range []struct {
		name string
		tags []tag
		want blobs.Taken
	}{
		{"without an offset", []tag{text(0x9003, "2026:03:05 14:30:15")}, blobs.Taken{Clock: clock}},
		{"west of Greenwich", []tag{text(0x9003, "2026:03:05 14:30:15"), text(0x9011, "-03:30")}, blobs.Taken{Clock: clock, At: clock.Add(3*time.Hour + 30*time.Minute)}},
		{"an offset that is none", []tag{text(0x9003, "2026:03:05 14:30:15"), text(0x9011, "   :  ")}, blobs.Taken{Clock: clock}},
		{"a clock never set", []tag{text(0x9003, "0000:00:00 00:00:00"), text(0x9011, "+08:00")}, blobs.Taken{}},
		{"blanks", []tag{text(0x9003, "    :  :     :  :  "), text(0x9011, "+08:00")}, blobs.Taken{}},
		{"an offset alone", []tag{text(0x9011, "+08:00")}, blobs.Taken{}},
	} {
		f := tiff{order: binary.BigEndian, exif: row.tags}
		if diff := cmp.Diff(row.want, inspect(t, withSegments(plainJPEG(t, 8, 8), exifSegment(f.bytes()))).Taken); diff != "" {
			t.Errorf("%s: %s", row.name, diff)
		}
	}
}

// Cutting an EXIF short at every byte, and setting every byte of it to the largest value, leaves a photograph.
func TestSpoiltMetadataRefuseNothing(t *testing.T) {
	t.Parallel()
	whole := oriented(binary.LittleEndian, 6).bytes()
	picture := plainJPEG(t, 8, 8)
	for i := range whole {
		spoilt := bytes.Clone(whole)
		spoilt[i] = 0xff
		for _, tiff := range [][]byte{whole[:i], spoilt} {
			checkPixels(t, picture, inspect(t, withSegments(picture, exifSegment(tiff))).Stripped)
		}
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	jpg, png := plainJPEG(t, 64, 64), plainPNG(t, 64, 64)
	sof := bytes.Index(jpg, []byte{0xff, 0xc0})
	huge := bytes.Clone(jpg)
	copy(huge[sof+5:], "\xff\xff\xff\xff")
	bomb := withChunks(pngHead(50_000, 50_000), pngChunk("IDAT", "x"), pngChunk("IEND", ""))
	for _, row := range []struct {
		name   string
		data   []byte
		limits blobs.Limits
		want   rounds.Code
	}{
		{"nothing", nil, blobs.Limits{}, rounds.Invalid},
		{"a web page", []byte("<!doctype html><script>alert(1)</script>"), blobs.Limits{}, rounds.Invalid},
		{"a drawing with a script", []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>`), blobs.Limits{}, rounds.Invalid},
		{"a GIF", []byte("GIF89a\x01\x00\x01\x00\x00\x00\x00;"), blobs.Limits{}, rounds.Invalid},
		{"HEIC", []byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"), blobs.Limits{}, rounds.Invalid},
		{"JPEG: one byte over the limit", jpg, blobs.Limits{Bytes: len(jpg) - 1}, rounds.TooLarge},
		{"JPEG: at the limit", jpg, blobs.Limits{Bytes: len(jpg)}, ""},
		{"JPEG: a limit above the most is the most", make([]byte, blobs.MaxBytes+1), blobs.Limits{Bytes: blobs.MaxBytes + 1}, rounds.TooLarge},
		{"JPEG: at the limit of pixels", jpg, blobs.Limits{Pixels: 64 * 64}, ""},
		{"JPEG: one pixel too many", jpg, blobs.Limits{Pixels: 64*64 - 1}, rounds.TooLarge},
		{"JPEG: 65,535 by 65,535", huge, blobs.Limits{}, rounds.TooLarge},
		{"JPEG: cut off", jpg[:len(jpg)-2], blobs.Limits{}, rounds.Invalid},
		{"JPEG: cut off in its tables", jpg[:100], blobs.Limits{}, rounds.Invalid},
		{"JPEG: ends before it begins", []byte("\xff\xd8\xff\xd9"), blobs.Limits{}, rounds.Invalid},
		{"JPEG: two frames", withSegments(jpg, jpg[sof:sof+19]), blobs.Limits{}, rounds.Invalid},
		{"PNG: 50,000 by 50,000", bomb, blobs.Limits{}, rounds.TooLarge},
		{"PNG: no pixel high", withChunks(pngHead(7, 0), pngChunk("IDAT", "x"), pngChunk("IEND", "")), blobs.Limits{}, rounds.Invalid},
		{"PNG: cut off", png[:len(png)-1], blobs.Limits{}, rounds.Invalid},
		{"PNG: a wrong sum", spoil(png, bytes.Index(png, []byte("IDAT"))+9), blobs.Limits{}, rounds.Invalid},
		{"PNG: Apple's own kind", withChunks(png, pngChunk("CgBI", "\x50\x00\x20\x06")), blobs.Limits{}, rounds.Invalid},
		{"WebP: 16 million by 16 million", riff(riffChunk("VP8X", "\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff"), riffChunk("VP8 ", lossyDot)), blobs.Limits{}, rounds.TooLarge},
		{"WebP: 16,384 by 16,384", riff(riffChunk("VP8L", "\x2f\xff\xff\xff\x0f")), blobs.Limits{}, rounds.TooLarge},
		{"WebP: larger than its header says", riff(extendedHeader(0), riffChunk("VP8L", "\x2f\x01\x00\x00\x00")), blobs.Limits{}, rounds.Invalid},
		{"WebP: no picture", riff(extendedHeader(0)), blobs.Limits{}, rounds.Invalid},
		{"WebP: moving", riff(extendedHeader(2), riffChunk("ANIM", "......")), blobs.Limits{}, rounds.Invalid},
		{"WebP: cut off", riff(riffChunk("VP8 ", lossyDot))[:30], blobs.Limits{}, rounds.Invalid},
	} {
		if _, err := blobs.Inspect(row.data, row.limits); rounds.CodeOf(err) != row.want {
			t.Errorf("%s: %v", row.name, err)
		}
	}
}

// pngHead is a PNG of its header alone.
func pngHead(width, height uint32) []byte {
	size := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, width), height)
	return append([]byte("\x89PNG\r\n\x1a\n"), pngChunk("IHDR", string(size)+"\x08\x02\x00\x00\x00")...)
}

func spoil(data []byte, i int) []byte {
	data = bytes.Clone(data)
	data[i] ^= 1
	return data
}

// FuzzInspect feeds arbitrary bytes: what is taken says nothing of itself any more, is the same when inspected
// again, and decodes to the pixels that it came with.
func FuzzInspect(f *testing.F) {
	for _, order := range []binary.AppendByteOrder{binary.BigEndian, binary.LittleEndian} {
		for _, data := range littered(f, order, 6) {
			f.Add(data)
		}
	}
	f.Add(riff(riffChunk("VP8L", losslessDot)))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := blobs.Inspect(data, blobs.Limits{})
		if code := rounds.CodeOf(err); err != nil && code != rounds.Invalid && code != rounds.TooLarge {
			t.Fatal(err)
		}
		if err != nil {
			return
		}
		again := inspect(t, p.Stripped)
		if !bytes.Equal(again.Stripped, p.Stripped) || again.Taken != (blobs.Taken{}) || again.Orientation != p.Orientation {
			t.Fatalf("inspected again: %+v", again)
		}
		if p.Width*p.Height > 1<<16 {
			return
		}
		if before, _, err := image.Decode(bytes.NewReader(data)); err == nil {
			after, _, err := image.Decode(bytes.NewReader(p.Stripped))
			if err != nil || !reflect.DeepEqual(before, after) {
				t.Fatalf("other pixels: %v", err)
			}
		}
	})
}
