package blobs_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"testing"
)

// The pictures of these tests are made here: noise, so that no two pixels agree by chance, and metadata written
// byte by byte.

func noise(width, height int) image.Image {
	img := image.NewNRGBA(image.Rect(0, 0, width, height))
	seed := uint32(1)
	for i := range img.Pix {
		seed = seed*1664525 + 1013904223
		img.Pix[i] = byte(seed >> 24)
		if i%4 == 3 {
			img.Pix[i] |= 0x80
		}
	}
	return img
}

func opaque(img image.Image) image.Image {
	flat := image.NewRGBA(img.Bounds())
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			r, g, b, _ := img.At(x, y).RGBA()
			flat.Set(x, y, color.RGBA{byte(r), byte(g), byte(b), 255})
		}
	}
	return flat
}

func plainJPEG(t testing.TB, width, height int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, opaque(noise(width, height)), &jpeg.Options{Quality: 90}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func plainPNG(t testing.TB, width, height int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, noise(width, height)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// withSegments puts segments right after a JPEG's first marker.
func withSegments(picture []byte, segments ...[]byte) []byte {
	return bytes.Join([][]byte{picture[:2], bytes.Join(segments, nil), picture[2:]}, nil)
}

func segment(marker byte, body string) []byte {
	s := binary.BigEndian.AppendUint16([]byte{0xff, marker}, uint16(len(body)+2))
	return append(s, body...)
}

func exifSegment(tiff []byte) []byte { return segment(0xe1, "Exif\x00\x00"+string(tiff)) }

// withChunks puts chunks right after a PNG's header.
func withChunks(picture []byte, chunks ...[]byte) []byte {
	return bytes.Join([][]byte{picture[:33], bytes.Join(chunks, nil), picture[33:]}, nil)
}

func pngChunk(name, body string) []byte {
	c := append(binary.BigEndian.AppendUint32(nil, uint32(len(body))), name+body...)
	return binary.BigEndian.AppendUint32(c, crc32.ChecksumIEEE(c[4:]))
}

// A dot of one pixel in each of WebP's two codings, as its encoder wrote it.
const (
	losslessDot = "\x2f\x00\x00\x00\x10\x07\x10\x11\x11\x88\x88\x08\x00"
	lossyDot    = "\x30\x01\x00\x9d\x01\x2a\x01\x00\x01\x00\x02\x00\x34\x25\xa4\x00\x03\x70\x00\xfe\xfb\xfd\x50\x00"
)

func riff(chunks ...[]byte) []byte {
	body := append([]byte("WEBP"), bytes.Join(chunks, nil)...)
	return append(binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(body))), body...)
}

func riffChunk(name, body string) []byte {
	c := append(binary.LittleEndian.AppendUint32([]byte(name), uint32(len(body))), body...)
	if len(body)%2 != 0 {
		c = append(c, 0)
	}
	return c
}

// extendedHeader is of a picture of one pixel.
func extendedHeader(flags byte) []byte {
	return riffChunk("VP8X", string([]byte{flags, 0, 0, 0, 0, 0, 0, 0, 0, 0}))
}

// A tiff is written in either byte order, its values after its directories.
type tiff struct {
	order           binary.AppendByteOrder
	main, exif, gps []tag
}

type tag struct {
	id, kind uint16
	count    int
	value    any // string, uint16 or []uint32
}

func text(id uint16, s string) tag { return tag{id, 2, len(s) + 1, s + "\x00"} }

func short(id, n uint16) tag { return tag{id, 3, 1, n} }

func rationals(id uint16, parts ...uint32) tag { return tag{id, 5, len(parts) / 2, parts} }

func (f tiff) bytes() []byte {
	main := append([]tag(nil), f.main...)
	sizeOf := func(tags []tag) int { return 2 + 12*len(tags) + 4 }
	at := 8 + 12*(2+len(main)) + 6
	main = append(main, tag{0x8769, 4, 1, []uint32{uint32(at)}}, tag{0x8825, 4, 1, []uint32{uint32(at + sizeOf(f.exif))}})
	values := at + sizeOf(f.exif) + sizeOf(f.gps)
	head := []byte("II*\x00")
	if f.order == binary.BigEndian {
		head = []byte("MM\x00*")
	}
	out := f.order.AppendUint32(head, 8)
	var tail []byte
	for _, tags := range [][]tag{main, f.exif, f.gps} {
		out = f.order.AppendUint16(out, uint16(len(tags)))
		for _, t := range tags {
			value := t.bytes(f.order)
			out = f.order.AppendUint16(f.order.AppendUint16(out, t.id), t.kind)
			out = f.order.AppendUint32(out, uint32(t.count))
			if len(value) > 4 {
				out = f.order.AppendUint32(out, uint32(values+len(tail)))
				tail = append(tail, value...)
				continue
			}
			out = append(out, append(value, 0, 0, 0, 0)[:4]...)
		}
		out = append(out, 0, 0, 0, 0)
	}
	return append(out, tail...)
}

func (t tag) bytes(order binary.AppendByteOrder) (b []byte) {
	switch v := t.value.(type) {
	case string:
		return []byte(v)
	case uint16:
		return order.AppendUint16(nil, v)
	case []uint32:
		for _, n := range v {
			b = order.AppendUint32(b, n)
		}
	}
	return b
}

// bund is a place on the Shanghai Bund, 31°14'23.45" N 121°29'12.34" E, as a phone writes it.
func bund(order binary.AppendByteOrder) tiff {
	return tiff{
		order: order,
		main:  []tag{text(0x010f, "Maker"), text(0x0110, "Model 7")},
		exif:  []tag{text(0x9003, "2026:03:05 14:30:15"), text(0x9011, "+08:00"), text(0x927c, "maker's own")},
		gps: []tag{
			text(1, "N"), rationals(2, 31, 1, 14, 1, 2345, 100), text(3, "E"), rationals(4, 121, 1, 29, 1, 1234, 100),
			rationals(7, 6, 1, 30, 1, 14, 1), text(0x12, "WGS-84"), text(0x1d, "2026:03:05"), rationals(0x1f, 47, 10),
		},
	}
}

// with replaces the tag of this id in the GPS directory, or takes it out if it is nil.
func (f tiff) with(id uint16, replacement *tag) tiff {
	var gps []tag
	for _, t := range f.gps {
		if t.id != id {
			gps = append(gps, t)
		} else if replacement != nil {
			gps = append(gps, *replacement)
		}
	}
	f.gps = gps
	return f
}

func oriented(order binary.AppendByteOrder, orientation uint16) tiff {
	f := bund(order)
	f.main = append([]tag{short(0x0112, orientation)}, f.main...)
	return f
}
