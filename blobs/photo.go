package blobs

import (
	"strings"
	"time"

	"rounds"
	"rounds/geo"
)

// Limits of one photograph. A caller may ask for less, not for more; 0 asks for the most.
type Limits struct {
	Bytes  int
	Pixels int
}

// The most that a photograph may have.
const (
	MaxBytes  = 10 << 20
	MaxPixels = 50_000_000
)

func (l Limits) or() Limits {
	return Limits{Bytes: lower(l.Bytes, MaxBytes), Pixels: lower(l.Pixels, MaxPixels)}
}

func lower(asked, most int) int {
	if asked <= 0 || asked > most {
		return most
	}
	return asked
}

// Type is a media type.
type Type string

// The types of photographs that are taken: those that every browser shows.
const (
	JPEG Type = "image/jpeg"
	PNG  Type = "image/png"
	WebP Type = "image/webp"
)

// Photo is a picture without what it said of its own making, and that apart. Everything in Taken is a claim:
// whoever sent the picture may have written it.
type Photo struct {
	Type          Type
	Width, Height int // in pixels, as stored: Orientation may lay them on their side
	Orientation   int // EXIF's 1 to 8; 1 is upright, and stands for no or no valid orientation
	Taken         Taken
	Original      Sum    // of the data as they came
	Sum           Sum    // of Stripped
	Stripped      []byte // the same pixels, without anything else than how to show them
}

// Taken is when and where a picture says that it was taken.
type Taken struct {
	Clock time.Time // DateTimeOriginal: what the camera's clock showed, in UTC for want of a zone; zero: not said
	At    time.Time // the same as an instant, by OffsetTimeOriginal; zero: the offset is not said
	Fix   *geo.Fix  // nil: no position, or one that cannot be read
}

// format is a kind of container: how to know it, and how to take it apart.
type format struct {
	Type
	magic func(data []byte) bool
	strip func(data []byte, limits Limits) (*picture, error)
}

var formats = []format{{JPEG, isJPEG, stripJPEG}, {PNG, isPNG, stripPNG}, {WebP, isWebP, stripWebP}}

// picture is what stripping a container yields.
type picture struct {
	width, height int
	exif          exif
	stripped      []byte
}

// Inspect takes a photograph apart without decoding it. What it is, is decided by its first bytes. Metadata that
// cannot be read count as missing; a picture too large is TooLarge, and one that cannot be shown is Invalid.
func Inspect(data []byte, limits Limits) (*Photo, error) {
	limits = limits.or()
	if len(data) > limits.Bytes {
		return nil, rounds.Errorf(rounds.TooLarge, "a photograph has at most %d KiB: send a smaller one", limits.Bytes>>10)
	}
	for _, f := range formats {
		if !f.magic(data) {
			continue
		}
		p, err := f.strip(data, limits)
		if err != nil {
			return nil, err
		}
		return &Photo{
			Type: f.Type, Width: p.width, Height: p.height, Orientation: p.exif.orientation(), Taken: p.exif.taken(),
			Original: SumOf(data), Sum: SumOf(p.stripped), Stripped: p.stripped,
		}, nil
	}
	return nil, unknownFormat(data)
}

const heicBrands = "heic heix heim heis hevc hevx mif1 msf1"

func unknownFormat(data []byte) error {
	if len(data) >= 12 && string(data[4:8]) == "ftyp" && strings.Contains(heicBrands, string(data[8:12])) {
		return rounds.Errorf(rounds.Invalid, "few browsers show HEIC: send JPEG (iPhone: Settings, Camera, Formats, Most Compatible)")
	}
	return rounds.Errorf(rounds.Invalid, "this is no photograph in JPEG, PNG or WebP: send one of these")
}

func damaged() error {
	return rounds.Errorf(rounds.Invalid, "the photograph is damaged or cut off: send it again, or take a new one")
}

// checkSize refuses what a viewer could not unpack.
func (l Limits) checkSize(width, height int) error {
	if width <= 0 || height <= 0 {
		return damaged()
	}
	if width > l.Pixels/height {
		return rounds.Errorf(rounds.TooLarge,
			"a photograph has at most %d pixels, this one is %d wide and %d high: send a smaller one", l.Pixels, width, height)
	}
	return nil
}
