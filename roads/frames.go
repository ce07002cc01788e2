package roads

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// The frames of a PBF file (https://wiki.openstreetmap.org/wiki/PBF_Format): four bytes with the size of a header, the
// header, and a blob of the size that the header says. No header is larger than 64 KiB.
const largestHeader = 64 << 10

var errNoPBF = errors.New("this is no OSM file: want a .osm.pbf or .osm file, as extracts are sold and given away")

// checkFrames walks over a PBF file without reading its blobs, and says where it ends before its time. A file
// cut off between two frames looks whole.
func checkFrames(r io.ReadSeeker) error {
	size, err := r.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	if size == 0 {
		return errors.New("the file is empty")
	}
	at, kind := int64(0), ""
	for first := true; at < size; first = false {
		if at, kind, err = frame(r, at, size); err != nil {
			return err
		}
		if first && kind != "OSMHeader" {
			return errNoPBF
		}
	}
	return nil
}

// frame is where the next one begins.
func frame(r io.ReadSeeker, at, size int64) (next int64, kind string, err error) {
	if _, err := r.Seek(at, io.SeekStart); err != nil {
		return 0, "", err
	}
	prefix := make([]byte, 4)
	if _, err := io.ReadFull(r, prefix); err != nil {
		return 0, "", cut(at, size, err)
	}
	length := binary.BigEndian.Uint32(prefix)
	if length > largestHeader {
		return 0, "", errNoPBF
	}
	header := make([]byte, length)
	if _, err := io.ReadFull(r, header); err != nil {
		return 0, "", cut(at, size, err)
	}
	kind, blob, ok := frameHeader(header)
	if !ok {
		return 0, "", errNoPBF
	}
	if next = at + 4 + int64(length) + blob; next > size {
		return 0, "", cut(at, size, io.ErrUnexpectedEOF)
	}
	return next, kind, nil
}

func cut(at, size int64, err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("the file is cut off: it has %d bytes, and the block that begins at %d goes on beyond; fetch it again", size, at)
	}
	return err
}

// frameHeader reads the two fields that matter of a protocol buffer: 1, the kind, and 3, the size of the blob.
func frameHeader(b []byte) (kind string, blob int64, ok bool) {
	for len(b) > 0 {
		key, n := binary.Uvarint(b)
		if n <= 0 {
			return "", 0, false
		}
		b = b[n:]
		value, n := binary.Uvarint(b)
		if n <= 0 {
			return "", 0, false
		}
		b = b[n:]
		switch key & 7 {
		case 0:
			if key>>3 == 3 {
				blob = int64(value & 0xffffffff)
			}
		case 2:
			if value > uint64(len(b)) {
				return "", 0, false
			}
			if key>>3 == 1 {
				kind = string(b[:value])
			}
			b = b[value:]
		default:
			return "", 0, false
		}
	}
	return kind, blob, kind != ""
}
