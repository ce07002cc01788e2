package roster

import (
	"fmt"
	"math"
	"strings"

	"github.com/paulmach/orb"
)

// doubtfulPlaces looks at all pins together: at most one finding a row for where it is, and one for every
// point that several retailers share.
func doubtfulPlaces(rows []Row, bounds *orb.Bound) []Finding {
	s := surveyOf(rows, bounds)
	var findings []Finding
	for _, row := range rows {
		if row.Point == nil {
			continue
		}
		if finding, doubtful := s.judge(row.Line, *row.Point); doubtful {
			findings = append(findings, finding)
		}
	}
	return append(findings, sharedPoints(rows)...)
}

// survey is what a pin is compared with.
type survey struct {
	bounds *orb.Bound // nil: no country was given
	crowd  *crowd     // nil: too few pins to say what is far
}

func surveyOf(rows []Row, bounds *orb.Bound) survey {
	var points []orb.Point
	for _, row := range rows {
		if row.Point != nil {
			points = append(points, *row.Point)
		}
	}
	return survey{bounds: bounds, crowd: crowdOf(points)}
}

// judge says what is odd about where a pin is. A pin that would be fine with its coordinates exchanged is
// reported as that alone.
func (s survey) judge(line int, p orb.Point) (Finding, bool) {
	outside, far := !s.within(p), s.crowd.far(p)
	switch {
	case !outside && !far:
		return Finding{}, false
	case s.fits(orb.Point{p.Lat(), p.Lon()}):
		return doubt(line, "swapped_lat_lon", "", p.Lat(), p.Lon()), true
	case outside:
		return doubt(line, "outside_country", "", p.Lat(), p.Lon()), true
	}
	return doubt(line, "far_from_others", "", int(math.Round(float64(s.crowd.distance(p))/1000))), true
}

// fits reports whether a pin at p would raise no doubt; without anything to compare with none is sure to.
func (s survey) fits(p orb.Point) bool {
	return isPlace(p.Lat(), p.Lon()) && s.within(p) && s.crowd.near(p) && (s.bounds != nil || s.crowd != nil)
}

func (s survey) within(p orb.Point) bool { return s.bounds == nil || s.bounds.Contains(p) }

// sharedPoints finds points that retailers of different names stand on, in file order.
func sharedPoints(rows []Row) []Finding {
	groups := map[orb.Point][]Row{}
	var order []orb.Point
	for _, row := range rows {
		if row.Point == nil {
			continue
		}
		if groups[*row.Point] == nil {
			order = append(order, *row.Point)
		}
		groups[*row.Point] = append(groups[*row.Point], row)
	}
	var findings []Finding
	for _, point := range order {
		if group := groups[point]; distinctNames(group) > 1 {
			findings = append(findings, doubt(group[0].Line, "shared_point", "", distinctNames(group), firstLines(group)))
		}
	}
	return findings
}

func distinctNames(rows []Row) int {
	names := map[string]bool{}
	for _, row := range rows {
		names[normal(row.Name)] = true
	}
	return len(names)
}

// firstLines lists where the first rows of a group stand, with an ellipsis for the others.
func firstLines(rows []Row) string {
	const shown = 5
	var lines []string
	for _, row := range rows[:min(len(rows), shown)] {
		lines = append(lines, fmt.Sprint(row.Line))
	}
	if len(rows) > shown {
		lines = append(lines, "…")
	}
	return strings.Join(lines, ", ")
}
