package blobs

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
)

const pngMagic = "\x89PNG\r\n\x1a\n"

func isPNG(data []byte) bool { return bytes.HasPrefix(data, []byte(pngMagic)) }

// kept are the chunks of PNG that say what the pixels are or how to show them.
var kept = map[string]bool{
	"IHDR": true, "PLTE": true, "IDAT": true, "tRNS": true,
	"gAMA": true, "cHRM": true, "sRGB": true, "iCCP": true, "pHYs": true,
}

// pngWalk goes over the chunks of a picture.
type pngWalk struct {
	limits Limits
	rest   []byte
	picture
	pixels bool // some were seen
}

// stripPNG keeps chunks by name, whole and in their order, and drops whatever follows the end.
func stripPNG(data []byte, limits Limits) (*picture, error) {
	p := pngWalk{limits: limits, rest: data[len(pngMagic):]}
	p.stripped = append(make([]byte, 0, len(data)+64), pngMagic...)
	for {
		name, body, err := p.chunk()
		if err != nil {
			return nil, err
		}
		if name == "IEND" && p.pixels {
			p.stripped = appendChunk(p.stripped, name, nil)
			return &p.picture, nil
		}
		if err := p.keep(name, body); err != nil {
			return nil, err
		}
	}
}

func (p *pngWalk) chunk() (name string, body []byte, err error) {
	if len(p.rest) < 12 {
		return "", nil, damaged()
	}
	size := binary.BigEndian.Uint32(p.rest)
	if uint64(size) > uint64(len(p.rest)-12) {
		return "", nil, damaged()
	}
	name, body = string(p.rest[4:8]), p.rest[8:8+size]
	sum := binary.BigEndian.Uint32(p.rest[8+size:])
	if kept[name] && sum != crc32.ChecksumIEEE(p.rest[4:8+size]) {
		return "", nil, damaged()
	}
	p.rest = p.rest[12+size:]
	return name, body, nil
}

func (p *pngWalk) keep(name string, body []byte) error {
	critical := name[0]&0x20 == 0
	switch {
	case (name == "IHDR") != (p.width == 0): // it comes first, and once
		return damaged()
	case name == "IHDR":
		return p.header(body)
	case kept[name]:
		p.pixels = p.pixels || name == "IDAT"
		p.stripped = appendChunk(p.stripped, name, body)
	case name == "eXIf":
		p.readExif(body)
	case critical:
		return damaged()
	}
	return nil
}

func (p *pngWalk) header(body []byte) error {
	if len(body) != 13 {
		return damaged()
	}
	width, height := binary.BigEndian.Uint32(body), binary.BigEndian.Uint32(body[4:])
	p.width, p.height = int(width&0x7fffffff), int(height&0x7fffffff)
	p.stripped = appendChunk(p.stripped, "IHDR", body)
	if width>>31 != 0 || height>>31 != 0 {
		return damaged()
	}
	return p.limits.checkSize(p.width, p.height)
}

// readExif reads the first EXIF there is, and leaves the orientation in its place.
func (p *pngWalk) readExif(body []byte) {
	if p.exif.tiff != nil {
		return
	}
	p.exif = exif{tiff: body}
	if o := p.exif.orientation(); o != upright {
		p.stripped = appendChunk(p.stripped, "eXIf", orientationOnly(o))
	}
}

func appendChunk(to []byte, name string, body []byte) []byte {
	to = binary.BigEndian.AppendUint32(to, uint32(len(body)))
	start := len(to)
	to = append(append(to, name...), body...)
	return binary.BigEndian.AppendUint32(to, crc32.ChecksumIEEE(to[start:]))
}
