package blobs

import (
	"encoding/binary"
	"math"
	"strings"
	"time"

	"rounds/geo"

	"github.com/paulmach/orb"
)

// exif is the TIFF structure that cameras write into their pictures (CIPA DC-008). Everything in it may be
// wrong: whatever cannot be read is as good as missing. No directory is followed to another, so that none can
// lead in a circle.
type exif struct{ tiff []byte }

// The tags that are read.
const (
	tagOrientation   = 0x0112
	tagExif          = 0x8769 // where the second directory lies
	tagGPS           = 0x8825 // where the third lies
	tagTaken         = 0x9003 // DateTimeOriginal
	tagTakenOffset   = 0x9011 // OffsetTimeOriginal
	tagLatRef        = 0x01
	tagLat           = 0x02
	tagLonRef        = 0x03
	tagLon           = 0x04
	tagTime          = 0x07
	tagDatum         = 0x12
	tagDate          = 0x1d
	tagAccuracy      = 0x1f // GPSHPositioningError
	typeASCII        = 2
	typeShort        = 3
	typeLong         = 4
	typeRational     = 5
	upright          = 1
	directoryEntries = 256 // more than any camera writes
)

// entry is one value of a directory, still in the file's byte order.
type entry struct {
	kind  uint16
	count int
	value []byte
}

// directory is its entries by tag. Of two with one tag, the first counts.
type directory struct {
	order   binary.ByteOrder
	entries map[uint16]entry
}

func (e exif) order() binary.ByteOrder {
	if len(e.tiff) < 8 {
		return nil
	}
	switch string(e.tiff[:4]) {
	case "II*\x00":
		return binary.LittleEndian
	case "MM\x00*":
		return binary.BigEndian
	}
	return nil
}

// main is the first directory; an empty one if there is none.
func (e exif) main() directory {
	order := e.order()
	if order == nil {
		return directory{}
	}
	return e.directory(order, order.Uint32(e.tiff[4:]))
}

// below is the directory that a tag of the main one points to.
func (e exif) below(tag uint16) directory {
	d := e.main()
	at, ok := d.entries[tag]
	if !ok || at.kind != typeLong || at.count != 1 {
		return directory{}
	}
	return e.directory(d.order, d.order.Uint32(at.value))
}

func (e exif) directory(order binary.ByteOrder, offset uint32) directory {
	if uint64(offset)+2 > uint64(len(e.tiff)) {
		return directory{}
	}
	at := e.tiff[offset:]
	n := min(int(order.Uint16(at)), (len(at)-2)/12, directoryEntries)
	d := directory{order: order, entries: make(map[uint16]entry, n)}
	for i := range n {
		raw := at[2+12*i:][:12]
		tag := order.Uint16(raw)
		if _, twice := d.entries[tag]; twice {
			continue
		}
		if v, ok := e.entry(order, raw); ok {
			d.entries[tag] = v
		}
	}
	return d
}

var widths = map[uint16]uint64{typeASCII: 1, typeShort: 2, typeLong: 4, typeRational: 8}

// entry reads the kinds of value that are looked at; those of more than four bytes lie elsewhere.
func (e exif) entry(order binary.ByteOrder, raw []byte) (entry, bool) {
	kind, count := order.Uint16(raw[2:]), order.Uint32(raw[4:])
	size := widths[kind] * uint64(count)
	value := raw[8:12]
	if size > 4 {
		offset := uint64(order.Uint32(value))
		if offset+size > uint64(len(e.tiff)) {
			return entry{}, false
		}
		value = e.tiff[offset:]
	}
	if size == 0 {
		return entry{}, false
	}
	return entry{kind: kind, count: int(count), value: value[:size]}, true
}

// text is a string up to its first NUL, without blanks around it.
func (d directory) text(tag uint16) string {
	v := d.entries[tag]
	if v.kind != typeASCII {
		return ""
	}
	text, _, _ := strings.Cut(string(v.value), "\x00")
	return strings.TrimSpace(text)
}

// numbers are exactly so many rationals, none of them with a denominator of 0; nil if it is not so.
func (d directory) numbers(tag uint16, count int) []float64 {
	v := d.entries[tag]
	if v.kind != typeRational || v.count != count {
		return nil
	}
	found := make([]float64, count)
	for i := range found {
		above, under := d.order.Uint32(v.value[8*i:]), d.order.Uint32(v.value[8*i+4:])
		if under == 0 {
			return nil
		}
		found[i] = float64(above) / float64(under)
	}
	return found
}

// orientation is upright unless one of the seven others is said.
func (e exif) orientation() int {
	d := e.main()
	v := d.entries[tagOrientation]
	if v.kind != typeShort || v.count != 1 {
		return upright
	}
	if o := int(d.order.Uint16(v.value)); o >= 1 && o <= 8 {
		return o
	}
	return upright
}

// orientationOnly is an EXIF that says nothing but the orientation.
func orientationOnly(orientation int) []byte {
	return []byte{
		'M', 'M', 0, '*', 0, 0, 0, 8,
		0, 1, tagOrientation >> 8, tagOrientation & 0xff, 0, typeShort, 0, 0, 0, 1, 0, byte(orientation), 0, 0,
		0, 0, 0, 0,
	}
}

func (e exif) taken() Taken {
	d := e.below(tagExif)
	t := Taken{Fix: e.fix()}
	clock, err := time.Parse("2006:01:02 15:04:05", d.text(tagTaken))
	if err != nil || clock.Year() < 1 {
		return t
	}
	t.Clock = clock
	if zone, err := time.Parse("-07:00", d.text(tagTakenOffset)); err == nil {
		_, offset := zone.Zone()
		t.At = clock.Add(-time.Duration(offset) * time.Second)
	}
	return t
}

// fix is nil unless both coordinates are there with their signs and within their bounds, in no datum or in a
// known one. What its accuracy means is not said in the standard, and so unknown. Its time is the satellites'.
func (e exif) fix() *geo.Fix {
	d := e.below(tagGPS)
	lat := d.angle(tagLat, tagLatRef, "N", "S")
	lon := d.angle(tagLon, tagLonRef, "E", "W")
	datum, known := d.datum()
	if !(math.Abs(lat) <= 90) || !(math.Abs(lon) <= 180) || !known {
		return nil
	}
	f := &geo.Fix{Point: orb.Point{lon, lat}, Datum: datum, AccuracyKind: geo.UnknownKind, Time: d.satelliteTime()}
	if accuracy := d.numbers(tagAccuracy, 1); accuracy != nil {
		f.Accuracy = geo.Meters(accuracy[0])
	}
	return f
}

// angle is in degrees; NaN if it cannot be read.
func (d directory) angle(tag, ref uint16, positive, negative string) float64 {
	v := d.numbers(tag, 3)
	if v == nil || v[1] > 60 || v[2] > 60 {
		return math.NaN()
	}
	degrees := v[0] + v[1]/60 + v[2]/3600
	switch d.text(ref) {
	case positive:
		return degrees
	case negative:
		return -degrees
	}
	return math.NaN()
}

// datum is empty if none is said, and not known if one is that nobody here can convert.
func (d directory) datum() (geo.Datum, bool) {
	said := d.text(tagDatum)
	if said == "" {
		return "", true
	}
	datum, err := geo.ParseDatum(strings.NewReplacer("-", "", " ", "", "_", "").Replace(strings.ToLower(said)))
	return datum, err == nil
}

// satelliteTime is zero unless date and time are both said.
func (d directory) satelliteTime() time.Time {
	date, err := time.Parse("2006:01:02", d.text(tagDate))
	clock := d.numbers(tagTime, 3)
	if err != nil || date.Year() < 1 || clock == nil || clock[0] >= 24 || clock[1] >= 60 || clock[2] >= 60 {
		return time.Time{}
	}
	seconds := clock[0]*3600 + clock[1]*60 + clock[2]
	return date.Add(time.Duration(math.Round(seconds*1000)) * time.Millisecond)
}
