// Package plane knows who lies beside whom on a flat map: the Delaunay triangulation of points, lines that cut it, and
// outlines of parts of it. Points are whole numbers, so every test of which side a point lies on is exact; what a unit of
// length is, is the caller's. It knows neither the globe nor what stands at a point.
package plane

// Point is a place, in whole units east and north of somewhere. Decimetres keep a city of 1,600 km apart well inside [Most].
type Point struct{ X, Y int64 }

// Most is how far from zero a coordinate may lie, so that the exact tests fit into 128 bits.
const Most = 1 << 24

// Graph is who lies beside whom: those beside i are Next[First[i]:First[i+1]], in rising order. Whoever is
// beside another has the other beside it.
type Graph struct{ First, Next []int32 }

// Of are those beside i; they must not be changed.
func (g Graph) Of(i int) []int32 { return g.Next[g.First[i]:g.First[i+1]] }

// Len is how many there are.
func (g Graph) Len() int { return max(0, len(g.First)-1) }
