package roads

import (
	"math"
	"slices"

	"github.com/paulmach/orb"
)

// cellSide is about what a city block measures, in metres. Cells grow where a grid would take more than roomPerPoint
// numbers for each point of a shape: over empty country, and where a street crosses half the map.
const (
	cellSide     = 150.0
	roomPerPoint = 16
	roomAtLeast  = 1024
)

// perLatitude is metres in a degree of latitude, at the equator, where it has the fewest.
const perLatitude = 110_574.0

// A grid tells which pieces of streets lie in which cell of the map. A piece goes from a point of a shape
// to the next.
type grid struct {
	west, south   float64
	width, height float64 // of a cell, degrees
	side          float64 // metres that a cell measures at least
	cols, rows    int
	first         []int32 // of each cell
	pieces        []int32
}

func newGrid(n *Network) grid {
	g := gridOver(n)
	g.first = make([]int32, g.cols*g.rows+1)
	g.eachPiece(n, func(cell int, _ int32) { g.first[cell+1]++ })
	for c := range g.cols * g.rows {
		g.first[c+1] += g.first[c]
	}
	next := slices.Clone(g.first)
	g.pieces = make([]int32, g.first[len(g.first)-1])
	g.eachPiece(n, func(cell int, piece int32) {
		g.pieces[next[cell]] = piece
		next[cell]++
	})
	return g
}

func gridOver(n *Network) grid {
	south, north := float64(slices.Min(n.lat))/perDegree, float64(slices.Max(n.lat))/perDegree
	west, east := float64(slices.Min(n.lon))/perDegree, float64(slices.Max(n.lon))/perDegree
	shrink := math.Max(0.01, math.Cos(math.Max(math.Abs(south), math.Abs(north))*math.Pi/180))
	g := grid{west: west, south: south, side: cellSide}
	for {
		g.height, g.width = g.side/perLatitude, g.side/perLatitude/shrink
		g.cols, g.rows = int((east-west)/g.width)+1, int((north-south)/g.height)+1
		if g.room(n) <= roomAtLeast+roomPerPoint*len(n.lat) {
			return g
		}
		g.side *= 2
	}
}

// room is how many numbers the grid would take.
func (g *grid) room(n *Network) int {
	sum := g.cols * g.rows
	for s := range n.streets {
		first, end := n.shape(int32(s))
		for i := first; i+1 < end; i++ {
			ac, ar := g.cell(n.point(i))
			bc, br := g.cell(n.point(i + 1))
			sum += (max(ac, bc) - min(ac, bc) + 1) * (max(ar, br) - min(ar, br) + 1)
		}
	}
	return sum
}

// cell is where a point lies, outside too.
func (g *grid) cell(p orb.Point) (col, row int) {
	return int(math.Floor((p.Lon() - g.west) / g.width)), int(math.Floor((p.Lat() - g.south) / g.height))
}

func (g *grid) eachPiece(n *Network, do func(cell int, piece int32)) {
	for s := range n.streets {
		first, end := n.shape(int32(s))
		for i := first; i+1 < end; i++ {
			ac, ar := g.cell(n.point(i))
			bc, br := g.cell(n.point(i + 1))
			for row := max(0, min(ar, br)); row <= min(g.rows-1, max(ar, br)); row++ {
				for col := max(0, min(ac, bc)); col <= min(g.cols-1, max(ac, bc)); col++ {
					do(row*g.cols+col, i)
				}
			}
		}
	}
}

// eachNear goes through the pieces around a point, ring after ring, until more tells that a ring at that distance
// in metres cannot hold anything of interest. A piece may come more than once.
func (g *grid) eachNear(p orb.Point, more func(least float64) bool, do func(piece int32)) {
	col, row := g.cell(p)
	for ring := 0; more(float64(ring-1) * g.side); ring++ {
		for r := max(0, row-ring); r <= min(g.rows-1, row+ring); r++ {
			step := 2 * ring
			if r == row-ring || r == row+ring || ring == 0 {
				step = 1
			}
			for c := col - ring; c <= col+ring; c += step {
				if c < 0 || c >= g.cols {
					continue
				}
				cell := r*g.cols + c
				for _, piece := range g.pieces[g.first[cell]:g.first[cell+1]] {
					do(piece)
				}
			}
		}
	}
}
