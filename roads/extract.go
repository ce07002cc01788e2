package roads

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/paulmach/osm"
	"github.com/paulmach/osm/osmpbf"
	"github.com/paulmach/osm/osmxml"
)

// An extract is the roads of a file that a profile may take, as they are drawn. Ways come first, then the nodes they
// name, in two readings; so the order in the file does not matter.
type extract struct {
	ways  []way
	turns []turn
	ids   []int64 // of nodes, ascending
	nodes []node  // of the same
}

type way struct {
	id          int64
	nodes       []int64
	ahead, back float64 // km/h
	crossing    float64 // of a ferry, hours; 0: by its speed
}

type node struct {
	lat, lon int32 // 10⁻⁷ degrees
	known    bool
	stopped  bool // by a barrier
	signals  bool
}

const perDegree = 1e7

// decoders is how many goroutines unpack a PBF file.
const decoders = 2

func read(ctx context.Context, file io.ReadSeeker, p Profile) (*extract, error) {
	xml, err := isXML(file)
	if err != nil {
		return nil, err
	}
	if !xml {
		if err := checkFrames(file); err != nil {
			return nil, err
		}
	}
	x := &extract{}
	if err := scan(ctx, file, xml, x.skipToWays, func(o osm.Object) { x.addWay(o, p); x.addTurn(o, p) }); err != nil {
		return nil, err
	}
	x.sortNodes()
	if err := scan(ctx, file, xml, x.skipToNodes, func(o osm.Object) { x.addNode(o, p) }); err != nil {
		return nil, err
	}
	return x, nil
}

// isXML looks at how the file begins.
func isXML(file io.ReadSeeker) (bool, error) {
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return false, err
	}
	begin := make([]byte, 64)
	n, err := io.ReadFull(file, begin)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return false, err
	}
	begin = bytes.TrimLeft(bytes.TrimPrefix(begin[:n], []byte("\ufeff")), " \t\r\n")
	return bytes.HasPrefix(begin, []byte("<")), nil
}

func scan(ctx context.Context, file io.ReadSeeker, xml bool, skip func(*osmpbf.Scanner), each func(osm.Object)) error {
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	var s osm.Scanner
	if xml {
		s = osmxml.New(ctx, file)
	} else {
		pbf := osmpbf.New(ctx, file, decoders)
		skip(pbf)
		s = pbf
	}
	defer s.Close()
	for s.Scan() {
		each(s.Object())
	}
	if err := s.Err(); err != nil {
		return fmt.Errorf("the file cannot be read on: %w", err)
	}
	return ctx.Err()
}

func (x *extract) skipToWays(s *osmpbf.Scanner) {
	s.SkipNodes = true
	s.FilterRelation = func(r *osm.Relation) bool { return strings.HasPrefix(r.Tags.Find("type"), "restriction") }
}

func (x *extract) addTurn(o osm.Object, p Profile) {
	if r, ok := o.(*osm.Relation); ok {
		if t, ok := p.turn(r); ok {
			x.turns = append(x.turns, t)
		}
	}
}

func (x *extract) skipToNodes(s *osmpbf.Scanner) {
	s.SkipWays, s.SkipRelations = true, true
	s.FilterNode = func(n *osm.Node) bool {
		_, wanted := slices.BinarySearch(x.ids, int64(n.ID))
		return wanted
	}
}

func (x *extract) addWay(o osm.Object, p Profile) {
	w, ok := o.(*osm.Way)
	if !ok || len(w.Nodes) < 2 {
		return
	}
	ahead, back := p.speed(w.Tags)
	if ahead == 0 && back == 0 {
		return
	}
	ids := make([]int64, len(w.Nodes))
	for i, n := range w.Nodes {
		ids[i] = int64(n.ID)
	}
	x.ways = append(x.ways, way{int64(w.ID), ids, ahead, back, crossing(w.Tags)})
	x.ids = append(x.ids, ids...)
}

func (x *extract) sortNodes() {
	slices.Sort(x.ids)
	x.ids = slices.Clip(slices.Compact(x.ids))
	x.nodes = make([]node, len(x.ids))
}

func (x *extract) addNode(o osm.Object, p Profile) {
	n, ok := o.(*osm.Node)
	if !ok || !(math.Abs(n.Lat) <= 90) || !(math.Abs(n.Lon) <= 180) {
		return
	}
	if i, wanted := slices.BinarySearch(x.ids, int64(n.ID)); wanted {
		x.nodes[i] = node{
			lat: int32(math.Round(n.Lat * perDegree)), lon: int32(math.Round(n.Lon * perDegree)), known: true,
			stopped: p.stopped(n.Tags), signals: n.Tags.Find("highway") == "traffic_signals",
		}
	}
}

// at is the position of a node of a way, which is always among the ids.
func (x *extract) at(id int64) int32 {
	i, _ := slices.BinarySearch(x.ids, id)
	return int32(i)
}
