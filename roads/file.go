package roads

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"math"
	"slices"

	"rounds/geo"
	"rounds/routing"
)

// A file of a network, all numbers little endian:
//
//	"rounds roads\n"                                          13 bytes
//	version                                                   uint32, 2
//	length of the profile's name, the name                    uint32, bytes
//	ways missing streets nodes arcs components turns m kept   9 × float64, as in Counts
//	kept nodes                                                uint32
//	arrays, each: length, numbers                             uint32, int32 …
//	   streets: ahead back first
//	   arcs: from to street, ^street against its shape
//	   shapes: lat lon
//	   preparation: rank, first head cost via up, the same down
//	CRC-32C of all before                                     uint32
const (
	magic   = "rounds roads\n"
	version = 2
)

// arrays are what is stored of the network itself.
const streetArrays, arcArrays, shapeArrays, preparedArrays = 3, 3, 2, 9

const allArrays = streetArrays + arcArrays + shapeArrays + preparedArrays

var (
	castagnoli = crc32.MakeTable(crc32.Castagnoli)
	errNoRound = errors.New("this is no road network of rounds: make one with rounds roads import")
	errDamaged = errors.New("the road network's file is damaged or cut off: import it again")
)

// WriteTo writes the network and its preparation for [Read].
func (n *Network) WriteTo(w io.Writer) (int64, error) {
	o := &output{w: bufio.NewWriterSize(w, chunk), sum: crc32.New(castagnoli)}
	o.bytes([]byte(magic))
	o.number(version)
	o.number(uint32(len(n.Profile)))
	o.bytes([]byte(n.Profile))
	for _, c := range n.Counts.numbers() {
		o.bytes(binary.LittleEndian.AppendUint64(nil, math.Float64bits(c)))
	}
	o.number(uint32(n.nodes))
	for _, a := range n.arrays() {
		o.array(a)
	}
	o.number(o.sum.Sum32())
	return o.n, errors.Join(o.err, o.w.Flush())
}

func (c Counts) numbers() []float64 {
	return []float64{
		float64(c.Ways), float64(c.MissingNodes), float64(c.Streets), float64(c.Nodes),
		float64(c.Arcs), float64(c.Components), float64(c.Turns), float64(c.Meters), float64(c.KeptMeters),
	}
}

func countsOf(f []float64) Counts {
	return Counts{int(f[0]), int(f[1]), int(f[2]), int(f[3]), int(f[4]), int(f[5]), int(f[6]), geo.Meters(f[7]), geo.Meters(f[8])}
}

func (n *Network) arrays() [][]int32 {
	arrays := make([][]int32, streetArrays+arcArrays, allArrays)
	for _, s := range n.streets {
		for i, value := range []int32{s.ahead, s.back, s.first} {
			arrays[i] = append(arrays[i], value)
		}
	}
	for i, a := range n.arcs.list {
		for k, value := range []int32{a.From, a.To, n.arcs.of[i]} {
			arrays[streetArrays+k] = append(arrays[streetArrays+k], value)
		}
	}
	r := n.hierarchy.Ranked()
	return append(arrays, n.lat, n.lon, r.Rank, r.UpFirst, r.UpHead, r.UpCost, r.UpVia, r.DownFirst, r.DownHead, r.DownCost, r.DownVia)
}

// chunk is how many bytes are read and written at once: a file that lies about a length
// makes nobody reserve more than it holds.
const chunk = 1 << 16

type output struct {
	w   *bufio.Writer
	sum hash.Hash32
	n   int64
	err error
}

func (o *output) bytes(b []byte) {
	if o.err == nil {
		o.sum.Write(b)
		_, o.err = o.w.Write(b)
		o.n += int64(len(b))
	}
}

func (o *output) number(v uint32) { o.bytes(binary.LittleEndian.AppendUint32(nil, v)) }

func (o *output) array(a []int32) {
	o.number(uint32(len(a)))
	buffer := make([]byte, 0, chunk)
	for part := range slices.Chunk(a, chunk/4) {
		buffer = buffer[:0]
		for _, v := range part {
			buffer = binary.LittleEndian.AppendUint32(buffer, uint32(v))
		}
		o.bytes(buffer)
	}
}

// Read is the network of a file, ready for questions. What is no such file, of another version, damaged, or
// cut off is an error. Memory is some small multiple of what the file really holds.
func Read(r io.Reader) (*Network, error) {
	in := &input{r: bufio.NewReaderSize(r, chunk), sum: crc32.New(castagnoli)}
	if string(in.bytes(len(magic))) != magic {
		return nil, errors.Join(errNoRound, in.failure)
	}
	if v := in.number(); in.failure == nil && v != version {
		return nil, fmt.Errorf("the road network's file has version %d, this program reads %d: import it again", v, version)
	}
	n := &Network{Profile: string(in.bytes(int(min(in.number(), 64))))}
	counts := make([]float64, len(Counts{}.numbers()))
	for i := range counts {
		counts[i] = math.Float64frombits(binary.LittleEndian.Uint64(in.bytes(8)))
	}
	n.Counts = countsOf(counts)
	nodes := in.number()
	arrays := make([][]int32, allArrays)
	for i := range arrays {
		arrays[i] = in.array()
	}
	want := in.sum.Sum32()
	if in.number() != want || in.failure != nil || nodes > math.MaxInt32 {
		return nil, errors.Join(errDamaged, in.failure)
	}
	n.nodes = int(nodes)
	if err := n.take(arrays); err != nil {
		return nil, errors.Join(errDamaged, err)
	}
	return n, nil
}

type input struct {
	r       *bufio.Reader
	sum     hash.Hash32
	failure error // that of the reader, but no end before its time
	ended   bool
}

// bytes are the next few; zeros once the file has ended.
func (in *input) bytes(n int) []byte {
	b := make([]byte, n)
	if in.ended {
		return b
	}
	if _, err := io.ReadFull(in.r, b); err != nil {
		in.ended = true
		in.failure = err
		return make([]byte, n)
	}
	in.sum.Write(b)
	return b
}

func (in *input) number() uint32 { return binary.LittleEndian.Uint32(in.bytes(4)) }

func (in *input) array() []int32 {
	var a []int32
	for left := int64(in.number()) * 4; left > 0 && !in.ended; {
		b := in.bytes(int(min(left, chunk)))
		left -= int64(len(b))
		for i := 0; i < len(b); i += 4 {
			a = append(a, int32(binary.LittleEndian.Uint32(b[i:])))
		}
	}
	return a
}

// take makes the network of its arrays, and believes none of them.
func (n *Network) take(arrays [][]int32) error {
	ahead, back, first := arrays[0], arrays[1], arrays[2]
	from, to, of := arrays[streetArrays], arrays[streetArrays+1], arrays[streetArrays+2]
	shapes, p := arrays[streetArrays+arcArrays:], arrays[streetArrays+arcArrays+shapeArrays:]
	n.lat, n.lon = shapes[0], shapes[1]
	count := len(first)
	if count == 0 || len(p[0]) != n.nodes || len(ahead) != count || len(back) != count || len(from) != len(of) || len(to) != len(of) || len(n.lat) != len(n.lon) {
		return errors.New("arrays of different lengths")
	}
	n.streets = make([]street, count)
	for i := range n.streets {
		n.streets[i] = street{ahead[i], back[i], first[i]}
	}
	if err := n.check(); err != nil {
		return err
	}
	if err := n.takeArcs(from, to, of); err != nil {
		return err
	}
	g, err := n.graph()
	if err != nil {
		return err
	}
	n.hierarchy, err = routing.Restore(g, routing.Ranked{
		Rank:    p[0],
		UpFirst: p[1], UpHead: p[2], UpCost: p[3], UpVia: p[4],
		DownFirst: p[5], DownHead: p[6], DownCost: p[7], DownVia: p[8],
	})
	if err == nil {
		n.index()
	}
	return err
}

// takeArcs makes sure that arcs are directions of streets that are open, and all of these.
func (n *Network) takeArcs(from, to, of []int32) error {
	open := make([]bool, 2*len(n.streets))
	for i, o := range of {
		street := max(o, ^o)
		if int(street) >= len(n.streets) || from[i] < 0 || to[i] < 0 || int(max(from[i], to[i])) >= n.nodes {
			return fmt.Errorf("arc %d of street %d", i, street)
		}
		cost := n.streets[street].ahead
		if o < 0 {
			cost = n.streets[street].back
		}
		if cost == shut {
			return fmt.Errorf("arc %d of street %d", i, street)
		}
		open[direction(o)] = true
		n.arcs.add(from[i], to[i], cost, o)
	}
	for i, s := range n.streets {
		if (s.ahead != shut) != open[2*i] || (s.back != shut) != open[2*i+1] {
			return fmt.Errorf("street %d without its arcs", i)
		}
	}
	return nil
}

// check makes sure of shapes with two points or more, on Earth, and of costs.
func (n *Network) check() error {
	if n.streets[0].first != 0 {
		return errors.New("shapes that begin late")
	}
	for i, s := range n.streets {
		first, end := n.shape(int32(i))
		if int64(end)-int64(first) < 2 || first < 0 || int(end) > len(n.lat) {
			return fmt.Errorf("street %d has a shape from %d to %d", i, first, end)
		}
		if s.ahead < shut || s.back < shut {
			return fmt.Errorf("street %d costs %d and %d", i, s.ahead, s.back)
		}
	}
	for i := range n.lat {
		if !finite(n.point(int32(i))) {
			return fmt.Errorf("point %d is not on Earth", i)
		}
	}
	return nil
}
