package blobs

import (
	"bytes"
	"encoding/binary"
)

// The markers that a JPEG from a camera has (ITU-T T.81, table B.1). Other kinds of JPEG no browser shows.
const (
	markBaseline    = 0xc0 // SOF0
	markExtended    = 0xc1 // SOF1
	markProgressive = 0xc2 // SOF2
	markHuffman     = 0xc4
	markRestart     = 0xd0 // RST0 to RST7
	markStart       = 0xd8 // SOI
	markEnd         = 0xd9 // EOI
	markScan        = 0xda // SOS
	markQuantize    = 0xdb
	markLines       = 0xdc // DNL
	markInterval    = 0xdd // DRI
	markApp0        = 0xe0
	markApp1        = 0xe1
	markApp2        = 0xe2
	markApp14       = 0xee
	markApp15       = 0xef
	markComment     = 0xfe
	markTemporary   = 0x01
)

func isJPEG(data []byte) bool { return bytes.HasPrefix(data, []byte{0xff, markStart, 0xff}) }

// jpegWalk goes over the segments of a picture and writes those that are needed to show it.
type jpegWalk struct {
	limits Limits
	rest   []byte // still to be read
	picture
	scans bool // one has begun
	done  bool // its end was seen
}

// stripJPEG keeps tables, frames and scans as they are, the JFIF header without its thumbnail, the colour
// profile and Adobe's colour transform. All else goes, and so does what follows the end.
func stripJPEG(data []byte, limits Limits) (*picture, error) {
	j := jpegWalk{limits: limits, rest: data[2:]}
	j.stripped = append(make([]byte, 0, len(data)+64), 0xff, markStart)
	for !j.done {
		if err := j.segment(); err != nil {
			return nil, err
		}
	}
	return &j.picture, nil
}

// segment reads the next marker and what belongs to it. Any number of 0xff may stand before a marker.
func (j *jpegWalk) segment() error {
	trimmed := skipFill(j.rest)
	if len(trimmed) == len(j.rest) || len(trimmed) == 0 {
		return damaged()
	}
	marker := trimmed[0]
	j.rest = trimmed[1:]
	switch {
	case marker == markEnd && j.scans:
		j.stripped = append(j.stripped, 0xff, markEnd)
		j.done = true
		return nil
	case marker == markTemporary, marker >= markRestart && marker < markStart:
		return nil // stands alone, and means nothing here
	}
	body, err := j.body()
	if err != nil {
		return err
	}
	return j.keep(marker, body)
}

func skipFill(data []byte) []byte {
	for len(data) > 0 && data[0] == 0xff {
		data = data[1:]
	}
	return data
}

func (j *jpegWalk) body() ([]byte, error) {
	if len(j.rest) < 2 {
		return nil, damaged()
	}
	n := int(binary.BigEndian.Uint16(j.rest))
	if n < 2 || n > len(j.rest) {
		return nil, damaged()
	}
	body := j.rest[2:n]
	j.rest = j.rest[n:]
	return body, nil
}

// keep decides what becomes of a segment.
func (j *jpegWalk) keep(marker byte, body []byte) error {
	switch marker {
	case markBaseline, markExtended, markProgressive:
		return j.frame(marker, body)
	case markScan:
		return j.scan(body)
	case markHuffman, markQuantize, markInterval:
		j.write(marker, body)
	case markApp0:
		j.jfif(body)
	case markApp1:
		j.readExif(body)
	case markApp2:
		if bytes.HasPrefix(body, []byte("ICC_PROFILE\x00")) {
			j.write(marker, body)
		}
	case markApp14:
		if len(body) >= 12 && bytes.HasPrefix(body, []byte("Adobe")) {
			j.write(marker, body[:12])
		}
	default:
		if marker != markComment && marker != markLines && (marker < markApp0 || marker > markApp15) {
			return damaged()
		}
	}
	return nil
}

func (j *jpegWalk) write(marker byte, body []byte) {
	j.stripped = append(j.stripped, 0xff, marker)
	j.stripped = binary.BigEndian.AppendUint16(j.stripped, uint16(len(body)+2))
	j.stripped = append(j.stripped, body...)
}

func (j *jpegWalk) frame(marker byte, body []byte) error {
	if len(body) < 6 || j.width != 0 {
		return damaged()
	}
	j.height, j.width = int(binary.BigEndian.Uint16(body[1:])), int(binary.BigEndian.Uint16(body[3:]))
	j.write(marker, body)
	return j.limits.checkSize(j.width, j.height)
}

// jfif keeps version and density, and writes that there is no thumbnail.
func (j *jpegWalk) jfif(body []byte) {
	if !bytes.HasPrefix(body, []byte("JFIF\x00")) {
		return
	}
	header := []byte("JFIF\x00\x01\x02\x00\x00\x01\x00\x01\x00\x00")
	if len(body) >= len(header) {
		copy(header[:12], body)
	}
	j.write(markApp0, header)
}

// readExif reads the first EXIF there is, and leaves the orientation in its place.
func (j *jpegWalk) readExif(body []byte) {
	if j.exif.tiff != nil || j.scans || len(body) < 6 || !bytes.HasPrefix(body, []byte("Exif\x00")) {
		return
	}
	j.exif = exif{tiff: body[6:]}
	if o := j.exif.orientation(); o != upright {
		j.write(markApp1, append([]byte("Exif\x00\x00"), orientationOnly(o)...))
	}
}

// scan keeps a scan's header and the coded data up to the next marker that is no restart.
func (j *jpegWalk) scan(header []byte) error {
	if j.width == 0 {
		return damaged()
	}
	j.scans = true
	j.write(markScan, header)
	for i := 0; ; i++ {
		next := bytes.IndexByte(j.rest[i:], 0xff)
		if next < 0 {
			return damaged()
		}
		i += next
		after := skipFill(j.rest[i:])
		if len(after) == 0 {
			return damaged()
		}
		if m := after[0]; m != 0 && (m < markRestart || m >= markStart) {
			j.stripped = append(j.stripped, j.rest[:i]...)
			j.rest = j.rest[i:]
			return nil
		}
		i = len(j.rest) - len(after)
	}
}
