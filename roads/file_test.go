package roads

import (
	"bytes"
	"context"
	"encoding/binary"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func written(t testing.TB, n *Network) []byte {
	t.Helper()
	var b bytes.Buffer
	if size, err := n.WriteTo(&b); err != nil || size != int64(b.Len()) {
		t.Fatalf("%d of %d bytes, %v", size, b.Len(), err)
	}
	return b.Bytes()
}

// small is a network of a few streets.
func small(t testing.TB) *Network {
	d := drawing{rows: []string{"abcd", "e  h"}, ways: map[string]string{
		"abcd": "highway=residential oneway=yes", "dhea": "highway=primary", "bec": "highway=service",
	}}
	n, err := drawn(t, Car, d.xml())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestFilesKeepEverything(t *testing.T) {
	t.Parallel()
	for _, n := range []*Network{small(t), imported(t, helsinki, Foot)} {
		file := written(t, n)
		back, err := Read(bytes.NewReader(file))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(file, written(t, back)) {
			t.Error("written again it is another file")
		}
		same := cmp.Options{cmp.AllowUnexported(street{}, grid{}), cmpopts.EquateEmpty()}
		if diff := cmp.Diff(n.Counts, back.Counts) + cmp.Diff(n.streets, back.streets, same) + cmp.Diff(n.arcs.of, back.arcs.of) + cmp.Diff(n.arcs.list, back.arcs.list) + cmp.Diff(n.grid, back.grid, same); diff != "" {
			t.Error(diff)
		}
		if n.Profile != back.Profile || n.Nodes() != back.Nodes() || n.Arcs() != back.Arcs() {
			t.Errorf("%s, %d nodes, %d arcs", back.Profile, back.Nodes(), back.Arcs())
		}
	}
}

func TestDamagedFilesAreRefused(t *testing.T) {
	t.Parallel()
	whole := written(t, small(t))
	for i := range whole {
		if n, err := Read(bytes.NewReader(whole[:i])); err == nil {
			t.Fatalf("cut off after %d of %d bytes: %+v", i, len(whole), n)
		}
		bad := bytes.Clone(whole)
		bad[i] ^= 0x40
		if n, err := Read(bytes.NewReader(bad)); err == nil {
			t.Fatalf("byte %d of %d changed: %+v", i, len(whole), n)
		}
	}
	for text, want := range map[string]string{
		"":                             "no road network",
		"lat,lon\n1,2\n":               "no road network",
		magic + "\x01\x00\x00\x00rest": "version 1",
	} {
		if _, err := Read(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// FuzzRead hands in files whose checksum is right.
func FuzzRead(f *testing.F) {
	whole := written(f, small(f))
	f.Add(whole[:len(whole)-4])
	f.Fuzz(func(t *testing.T, b []byte) {
		sum := crc32.Checksum(b, castagnoli)
		n, err := Read(bytes.NewReader(binary.LittleEndian.AppendUint32(bytes.Clone(b), sum)))
		if err != nil {
			return
		}
		if p, ok := n.Snap(n.point(0), 100); ok {
			n.Route(p, p)
		}
	})
}

// content is a file of the shared data.
func content(t testing.TB, name string) []byte {
	t.Helper()
	b, err := io.ReadAll(shared(t, name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestExtractsThatAreCutOff(t *testing.T) {
	t.Parallel()
	for _, name := range []string{monaco, jingan} {
		whole := content(t, name)
		r := rand.New(rand.NewPCG(1, 2))
		for range 20 {
			size := 1 + r.IntN(len(whole)-1)
			_, err := Import(context.Background(), bytes.NewReader(whole[:size]), Car, nil)
			if err == nil || !strings.Contains(err.Error(), "the file") {
				t.Errorf("%s after %d of %d bytes: %v", name, size, len(whole), err)
			}
		}
	}
}

// The places where a file ends as if nothing were missing, to a reader that takes every end of file for the end.
func TestExtractsThatAreCutOffBetweenHeadersAndBlobs(t *testing.T) {
	t.Parallel()
	whole := content(t, monaco)
	for at := int64(0); at < int64(len(whole)); {
		header := at + 4 + int64(binary.BigEndian.Uint32(whole[at:]))
		for _, size := range []int64{at + 1, at + 4, header} {
			_, err := Import(context.Background(), bytes.NewReader(whole[:size]), Car, nil)
			if err == nil || !strings.Contains(err.Error(), "cut off") {
				t.Errorf("after %d of %d bytes: %v", size, len(whole), err)
			}
		}
		var err error
		if at, _, err = frame(bytes.NewReader(whole), at, int64(len(whole))); err != nil {
			t.Fatal(err)
		}
	}
}

func TestFilesThatAreNoExtracts(t *testing.T) {
	t.Parallel()
	for what, text := range map[string]string{
		"empty":             "",
		"a table":           "lat,lon\n43.7,7.4\n",
		"a few zeros":       strings.Repeat("\x00", 4096),
		"three bytes":       "\x00\x00\x00",
		"XML of other sort": "<gpx><trk/></gpx>",
		"a page":            "<!doctype html><html><body>404</body></html>",
	} {
		if n, err := Import(context.Background(), strings.NewReader(text), Car, nil); err == nil {
			t.Errorf("%s: %+v", what, n)
		}
	}
}
