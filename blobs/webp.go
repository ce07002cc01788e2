package blobs

import (
	"bytes"
	"encoding/binary"

	"rounds"
)

func isWebP(data []byte) bool {
	return len(data) >= 12 && string(data[:4]) == "RIFF" && string(data[8:12]) == "WEBP"
}

// Flags of a VP8X chunk, in its first byte (RFC 9649, section 2.7.1).
const (
	webpAnimated = 0x02
	webpExif     = 0x08
	webpAlpha    = 0x10
	webpProfile  = 0x20
)

// webpWalk goes over the chunks of a picture.
type webpWalk struct {
	limits Limits
	rest   []byte
	picture
	extended bool // begins with a VP8X chunk
	flags    byte // to be written into it
	pixels   bool // were seen
}

// stripWebP keeps the picture, its transparency and its colour profile, and makes the header say so.
func stripWebP(data []byte, limits Limits) (*picture, error) {
	size := uint64(binary.LittleEndian.Uint32(data[4:]))
	if size < 4 || size+8 > uint64(len(data)) {
		return nil, damaged()
	}
	w := webpWalk{limits: limits, rest: data[12 : 8+size]}
	w.stripped = append(make([]byte, 0, len(data)+64), data[:12]...)
	for first := true; len(w.rest) > 0; first = false {
		name, body, err := w.chunk()
		if err == nil {
			err = w.keep(name, body, first)
		}
		if err != nil {
			return nil, err
		}
	}
	return w.finish()
}

func (w *webpWalk) chunk() (name string, body []byte, err error) {
	if len(w.rest) < 8 {
		return "", nil, damaged()
	}
	size := uint64(binary.LittleEndian.Uint32(w.rest[4:]))
	if size > uint64(len(w.rest)-8) {
		return "", nil, damaged()
	}
	name, body = string(w.rest[:4]), w.rest[8:8+size]
	w.rest = w.rest[min(8+size+size%2, uint64(len(w.rest))):]
	return name, body, nil
}

func (w *webpWalk) keep(name string, body []byte, first bool) error {
	switch {
	case name == "VP8X" && first:
		return w.header(body)
	case name == "VP8 " && !w.pixels:
		return w.frame(name, body, lossySize)
	case name == "VP8L" && !w.pixels:
		return w.frame(name, body, losslessSize)
	case name == "ALPH" && w.extended && !w.pixels:
		w.write(name, body)
	case name == "ICCP" && w.extended && w.flags&webpProfile == 0:
		w.flags |= webpProfile
		w.write(name, body)
	case name == "EXIF" && w.extended && w.exif.tiff == nil:
		w.exif = exif{tiff: bytes.TrimPrefix(body, []byte("Exif\x00\x00"))} // which some write here too
	case name == "ANMF" || name == "ANIM":
		return moving()
	}
	return nil
}

func moving() error {
	return rounds.Errorf(rounds.Invalid, "this is a moving picture: send one that stands still")
}

func (w *webpWalk) write(name string, body []byte) {
	w.stripped = append(w.stripped, name...)
	w.stripped = binary.LittleEndian.AppendUint32(w.stripped, uint32(len(body)))
	w.stripped = append(w.stripped, body...)
	if len(body)%2 != 0 {
		w.stripped = append(w.stripped, 0)
	}
}

// header reads the extended header, and leaves its flags to finish.
func (w *webpWalk) header(body []byte) error {
	if len(body) < 10 {
		return damaged()
	}
	if body[0]&webpAnimated != 0 {
		return moving()
	}
	w.extended, w.flags = true, body[0]&webpAlpha
	w.width, w.height = 1+uint24(body[4:]), 1+uint24(body[7:])
	w.write("VP8X", append(make([]byte, 4, 10), body[4:10]...))
	return w.limits.checkSize(w.width, w.height)
}

func uint24(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }

// frame keeps the picture itself, which is as large as the extended header says, if there is one.
func (w *webpWalk) frame(name string, body []byte, sizeOf func([]byte) (int, int)) error {
	width, height := sizeOf(body)
	if w.extended && (width != w.width || height != w.height) {
		return damaged()
	}
	w.width, w.height, w.pixels = width, height, true
	w.write(name, body)
	return w.limits.checkSize(width, height)
}

// lossySize is what a VP8 key frame's header says (RFC 6386, section 9.1); zeros if it is none.
func lossySize(body []byte) (width, height int) {
	if len(body) < 10 || body[0]&1 != 0 || string(body[3:6]) != "\x9d\x01\x2a" {
		return 0, 0
	}
	return int(binary.LittleEndian.Uint16(body[6:]) & 0x3fff), int(binary.LittleEndian.Uint16(body[8:]) & 0x3fff)
}

// losslessSize is what a VP8L header says (RFC 9649, section 3.4); zeros if it is none.
func losslessSize(body []byte) (width, height int) {
	if len(body) < 5 || body[0] != 0x2f {
		return 0, 0
	}
	bits := binary.LittleEndian.Uint32(body[1:])
	return 1 + int(bits&0x3fff), 1 + int(bits>>14&0x3fff)
}

// finish adds the orientation, and sets the size and the flags.
func (w *webpWalk) finish() (*picture, error) {
	if !w.pixels {
		return nil, damaged()
	}
	if o := w.exif.orientation(); o != upright {
		w.flags |= webpExif
		w.write("EXIF", orientationOnly(o))
	}
	if w.extended {
		w.stripped[20] = w.flags
	}
	binary.LittleEndian.PutUint32(w.stripped[4:], uint32(len(w.stripped)-8))
	return &w.picture, nil
}
