package fieldwork

import (
	"strconv"
	"strings"

	"rounds"
	"rounds/fieldwork/roster"

	"github.com/paulmach/orb"
)

// ImportOptions say how a retailer file is to be taken.
type ImportOptions struct {
	roster.Options
	DryRun   bool
	Strict   bool                               // warnings stop the import too
	Progress func(step string, done, total int) // nil: tell nobody
}

// ImportReport says what an import did or, if Imported is false, would have done.
type ImportReport struct {
	Rows, Created, Changed, Unchanged int
	WithoutPin                        int
	Assigned                          int // retailers whose territory changed
	Repeats                           int // made-up codes that needed a -2 or -3
	EventsTaken                       int // from quarantine
	Errors, Warnings                  int
	Findings                          []roster.Finding
	DryRun                            bool
	Stopped                           bool // by its findings
	Imported                          bool
}

// ParseMap reads columns given by hand, as "name=OPERATION NAME,code=LIC".
func ParseMap(text string) (map[string]string, error) {
	columns := map[string]string{}
	for pair := range strings.SplitSeq(text, ",") {
		if strings.TrimSpace(pair) == "" {
			continue
		}
		field, heading, ok := strings.Cut(pair, "=")
		if !ok {
			return nil, rounds.Errorf(rounds.Invalid, "a map is written field=header, several with commas").With("map", "wrong_form")
		}
		columns[strings.TrimSpace(field)] = strings.TrimSpace(heading)
	}
	return columns, nil
}

// ParseBounds reads a box of WGS-84 degrees, as "south,west,north,east"; "" is no box.
func ParseBounds(text string) (*orb.Bound, error) {
	if text == "" {
		return nil, nil
	}
	var edge [4]float64
	parts := strings.Split(text, ",")
	for i, part := range parts {
		f, err := strconv.ParseFloat(strings.TrimSpace(part), 64)
		if len(parts) != len(edge) || err != nil {
			return nil, errBounds()
		}
		edge[i] = f
	}
	b := orb.Bound{Min: orb.Point{edge[1], edge[0]}, Max: orb.Point{edge[3], edge[2]}}
	if !(b.Min.Lon() < b.Max.Lon() && b.Min.Lat() < b.Max.Lat()) {
		return nil, errBounds()
	}
	return &b, nil
}

func errBounds() error {
	return rounds.Errorf(rounds.Invalid, "bounds are written south,west,north,east in degrees, like 18,73,54,135").With("bounds", "wrong_form")
}
