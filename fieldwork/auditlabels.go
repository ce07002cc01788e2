package fieldwork

import (
	"image"
	"math"
	"slices"
	"strconv"
)

// A number stands on paper with this much room: half its height, half the width of a digit, the radius of a dot.
const (
	labelHalf = 11
	digitHalf = 7
	dotRadius = 6
)

// Where a number may stand about its dot: near to it first, and in each ring above to the right first. Beyond the first ring a line
// leads to it.
var (
	labelRings = []float64{22, 40, 60, 85, 115, 150, 190}
	labelTurns = []float64{-45, 45, -135, 135, 0, 180, -90, 90, -22, 22, -67, 67, -112, 112, -157, 157}
)

// label gives each dot's number a place where it covers neither a dot nor another number, if there is one: shops of one street lie
// nearer to each other than numbers are wide.
func (p *routePage) label() {
	var taken []image.Rectangle
	for _, r := range p.Rows {
		if r.Placed {
			taken = append(taken, around(r.Dot, image.Pt(dotRadius, dotRadius)))
		}
	}
	for i := range p.Rows {
		r := &p.Rows[i]
		if !r.Placed {
			continue
		}
		half := image.Pt(len(strconv.Itoa(r.N))*digitHalf, labelHalf)
		r.Label, r.Led = p.free(r.Dot, half, taken)
		taken = append(taken, around(r.Label, half))
	}
}

func around(at, half image.Point) image.Rectangle {
	return image.Rectangle{Min: at.Sub(half), Max: at.Add(half)}
}

// free is the first place about a dot with room on paper that is not taken, and whether a line leads to it; the dot's own if there is none.
func (p *routePage) free(dot, half image.Point, taken []image.Rectangle) (at image.Point, led bool) {
	paper := image.Rect(0, 0, p.Width, p.Height)
	for i, ring := range labelRings {
		for _, turn := range labelTurns {
			sin, cos := math.Sincos(turn * math.Pi / 180)
			at := dot.Add(image.Pt(int(math.Round(ring*cos)), int(math.Round(ring*sin))))
			if room := around(at, half); room.In(paper) && !slices.ContainsFunc(taken, room.Overlaps) {
				return at, i > 0
			}
		}
	}
	return dot, false
}
