package districting

import (
	"cmp"
	"html/template"
	"math"
	"slices"
	"strconv"

	"rounds/routing/plane"
	"rounds/routing/territory"

	"github.com/paulmach/orb"
)

// palette tells territories apart that are beside each other. Each colour stands out from white and from near black (a contrast of
// 3 or more); names on the map say the same without colour.
var palette = []template.CSS{"#0072b2", "#d55e00", "#008a64", "#b8589a", "#8a6d00", "#6a5acd", "#b23a48", "#6f7780"}

// pageMap is a map of dots, all of a territory in one path.
type pageMap struct {
	Caption       string
	Width, Height int
	Shapes        []pageShape
	Moved, Walls  string
}

type pageShape struct {
	Name, Short, Dots, Area string // paths
	Colour, X, Y            int
}

// drawing lays the plane on paper, 2000 wide or high.
type drawing struct {
	*Region
	of, before []int32
	low, high  plane.Point
	scale      float64
	colours    []int
	crowded    bool // some names have no room
}

const paper, margin = 2000, 40

func (r *Region) drawing(of []int32) *drawing {
	d := &drawing{Region: r, of: of, before: r.today()}
	d.low = r.Problem.Units[0].At
	d.high = d.low
	for _, u := range r.Problem.Units {
		d.low.X, d.low.Y = min(d.low.X, u.At.X), min(d.low.Y, u.At.Y)
		d.high.X, d.high.Y = max(d.high.X, u.At.X), max(d.high.Y, u.At.Y)
	}
	d.scale = paper / float64(max(1, d.high.X-d.low.X, d.high.Y-d.low.Y))
	d.colours = r.colours(d.before, of)
	return d
}

// on is where a point lies on paper; north is up.
func (d *drawing) on(p plane.Point) (x, y int) {
	return margin + int(math.Round(float64(p.X-d.low.X)*d.scale)), margin + int(math.Round(float64(d.high.Y-p.Y)*d.scale))
}

func (d *drawing) maps() (maps []pageMap) {
	if d.before != nil {
		maps = append(maps, d.draw("Today", d.before))
	}
	return append(maps, d.draw("Proposed", d.of))
}

func (d *drawing) draw(caption string, of []int32) pageMap {
	right, bottom := d.on(plane.Point{X: d.high.X, Y: d.low.Y})
	m := pageMap{Caption: caption, Width: right + margin, Height: bottom + margin, Walls: d.walls(right+margin, bottom+margin)}
	dots := make([][]byte, len(d.City.Territories))
	var moved, none []byte
	for i, t := range of {
		x, y := d.on(d.Problem.Units[i].At)
		if d.before != nil && d.before[i] != d.of[i] && d.before[i] != territory.None {
			moved = dot(moved, x, y)
		}
		if t == territory.None {
			none = dot(none, x, y)
			continue
		}
		dots[t] = dot(dots[t], x, y)
	}
	m.Moved = string(moved)
	middles, grounds := d.cutMiddles(of), d.mesh.Outlines(of, len(d.City.Territories))
	for t, asked := range d.City.Territories {
		s := pageShape{Name: asked.Name, Short: short(asked.Name), Dots: string(dots[t]), Area: d.area(grounds[t]), Colour: d.colours[t]}
		s.X, s.Y = d.on(middles[t])
		m.Shapes = append(m.Shapes, s)
	}
	d.uncrowd(m.Shapes, d.grounds(of))
	if len(none) > 0 {
		x, y := d.on(plane.Point{})
		m.Shapes = append(m.Shapes, pageShape{Name: "no territory", Dots: string(none), Colour: len(palette) - 1, X: x, Y: y})
	}
	return m
}

// grounds is how much of the plane is nearest to the retailers of each territory.
func (d *drawing) grounds(of []int32) []float64 {
	areas, all := make([]float64, len(d.City.Territories)), d.mesh.Areas()
	for i, t := range of {
		if t != territory.None {
			areas[t] += all[i]
		}
	}
	return areas
}

// dot adds a line of no length, which is drawn with a round end.
func dot(path []byte, x, y int) []byte {
	return append(point(append(path, 'M'), x, y), "h0"...)
}

func point(path []byte, x, y int) []byte {
	path = strconv.AppendInt(path, int64(x), 10)
	return strconv.AppendInt(append(path, ' '), int64(y), 10)
}

// area is the ground of a territory; corners that are too near on paper to be told apart are one.
func (d *drawing) area(polygons []plane.Polygon) string {
	var path []byte
	for _, polygon := range polygons {
		for _, ring := range polygon {
			var lastX, lastY int
			for i, v := range ring {
				x, y := d.on(plane.Point{X: int64(math.Round(v.X)), Y: int64(math.Round(v.Y))})
				if i > 0 && x == lastX && y == lastY {
					continue
				}
				path = point(append(path, "ML"[min(i, 1)]), x, y)
				lastX, lastY = x, y
			}
			path = append(path, 'z')
		}
	}
	return string(path)
}

// cutMiddles is where the names go: at the retailer nearest to the middle of each territory.
func (d *drawing) cutMiddles(of []int32) []plane.Point {
	sums, counts := make([]plane.Point, len(d.City.Territories)), make([]int64, len(d.City.Territories))
	for i, t := range of {
		if t != territory.None {
			at := d.Problem.Units[i].At
			sums[t], counts[t] = plane.Point{X: sums[t].X + at.X, Y: sums[t].Y + at.Y}, counts[t]+1
		}
	}
	nearest, best := make([]plane.Point, len(sums)), make([]float64, len(sums))
	for i, t := range of {
		if t == territory.None {
			continue
		}
		at := d.Problem.Units[i].At
		far := 1 + math.Hypot(float64(at.X-sums[t].X/counts[t]), float64(at.Y-sums[t].Y/counts[t]))
		if best[t] == 0 || far < best[t] {
			nearest[t], best[t] = at, far
		}
	}
	return nearest
}

// walls are the barriers, as far as they are on or near the paper.
func (d *drawing) walls(width, height int) string {
	var path []byte
	for _, line := range d.City.Barriers {
		drawn := -1 // the last point that was
		for i := 1; i < len(line); i++ {
			fromX, fromY := d.onPaper(line[i-1])
			x, y := d.onPaper(line[i])
			if near := within(fromX, width) && within(fromY, height) || within(x, width) && within(y, height); !near || x == fromX && y == fromY {
				continue
			}
			if drawn < 0 || drawn != i-1 {
				path = point(append(path, 'M'), fromX, fromY)
			}
			path = point(append(path, 'L'), x, y)
			drawn = i
		}
	}
	return string(path)
}

func (d *drawing) onPaper(p orb.Point) (x, y int) {
	east, north := d.Plane.offset(p)
	return d.on(plane.Point{X: int64(east), Y: int64(north)})
}

func within(x, size int) bool { return x >= -size && x <= 2*size }

// size is how wide a dot is drawn, so many times: the more there are the smaller.
func (d *drawing) size(times float64) string {
	width := min(16, max(4, 0.45*paper/math.Sqrt(float64(len(d.of)))))
	return strconv.FormatFloat(times*width, 'f', 1, 64)
}

func (d *drawing) font(times float64) string {
	return strconv.FormatFloat(times*d.fontHeight(), 'f', 1, 64)
}

func (d *drawing) fontHeight() float64 {
	return min(60, max(18, 0.2*paper/math.Sqrt(float64(len(d.City.Territories)))))
}

// uncrowd leaves out names that would lie on others; the largest territories have their place first.
func (d *drawing) uncrowd(shapes []pageShape, ground []float64) {
	order := make([]int, len(shapes))
	for t := range order {
		order[t] = t
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(ground[b], ground[a]) })
	var placed []pageShape
	for _, t := range order {
		s := &shapes[t]
		if s.Dots == "" {
			continue
		}
		if slices.ContainsFunc(placed, func(other pageShape) bool { return d.collide(*s, other) }) {
			s.Short, d.crowded = "", true
			continue
		}
		placed = append(placed, *s)
	}
}

// collide tells whether two names overlap; digits are somewhat more than half as wide as high.
func (d *drawing) collide(a, b pageShape) bool {
	width := func(name string) (ems float64) {
		for _, letter := range name {
			ems += 0.65
			if letter >= 0x2e80 {
				ems += 0.35
			}
		}
		return ems
	}
	high := d.fontHeight()
	return math.Abs(float64(a.X-b.X)) < high*(width(a.Short)+width(b.Short))/2 && math.Abs(float64(a.Y-b.Y)) < high
}

// short is as much of a name as fits on a map.
func short(name string) string {
	const most = 8
	if letters := []rune(name); len(letters) > most {
		return string(letters[:most-1]) + "…"
	}
	return name
}

// colours gives territories that are beside each other, today or as proposed, different ones: the most crowded first, each the one that
// is used least.
func (r *Region) colours(cuts ...[]int32) []int {
	beside := r.territoriesBeside(cuts...)
	order := make([]int, len(beside))
	for t := range order {
		order[t] = t
	}
	slices.SortStableFunc(order, func(a, b int) int { return len(beside[b]) - len(beside[a]) })
	colours, used := make([]int, len(beside)), make([]int, len(palette))
	for t := range colours {
		colours[t] = -1
	}
	for _, t := range order {
		taken := make([]int, len(palette))
		for other := range beside[t] {
			if c := colours[other]; c >= 0 {
				taken[c]++
			}
		}
		best := 0
		for c := range palette {
			if taken[c] < taken[best] || taken[c] == taken[best] && used[c] < used[best] {
				best = c
			}
		}
		colours[t] = best
		used[best]++
	}
	return colours
}

func (r *Region) territoriesBeside(cuts ...[]int32) []map[int]bool {
	beside := make([]map[int]bool, len(r.City.Territories))
	for t := range beside {
		beside[t] = map[int]bool{}
	}
	all := r.mesh.Beside() // across barriers too
	for _, of := range cuts {
		for i, t := range of {
			for _, j := range all.Of(i) {
				if other := of[j]; t != other && t != territory.None && other != territory.None {
					beside[t][int(other)] = true
				}
			}
		}
	}
	return beside
}
