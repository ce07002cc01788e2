package roads

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"strings"

	"github.com/paulmach/orb"
)

// OSRMLimit is how many places an OSRM takes in one table unless it was started with --max-table-size.
const OSRMLimit = 100

// osrmHops is how many places of a line are asked for at once; an OSRM takes 500 unless told otherwise.
const osrmHops = 100

// osrmProfiles are names in the path. An OSRM has the one profile that it was prepared with, whatever the name.
var osrmProfiles = map[string]string{"car": "driving", "motor_scooter": "driving", "foot": "foot"}

// osrm speaks to an OSRM of version 5.18 or later (https://project-osrm.org/docs/v5.24.0/api/).
type osrm struct {
	*service
	url, profile string
}

// AskOSRM is travel by an OSRM server at a URL, with at most so many places in one table; 0: [OSRMLimit].
func AskOSRM(url string, p Profile, limit int) (*Travel, error) {
	base, err := serviceURL(url)
	if err != nil {
		return nil, err
	}
	if limit == 0 {
		limit = OSRMLimit
	}
	if limit < 2 {
		return nil, fmt.Errorf("a table of %d places is none: want 2 or more", limit)
	}
	s := newService(SourceOSRM, limit, limit/2, osrmHops)
	s.ask = osrm{s, base, osrmProfiles[p.Name]}
	return &Travel{Source: SourceOSRM, Profile: p, service: s}, nil
}

// osrmTable is what is read of an answer of /table.
type osrmTable struct {
	Code      string       `json:"code"`
	Durations [][]*float64 `json:"durations"`
	Distances [][]*float64 `json:"distances"`
	From      []osrmStand  `json:"sources"`
	To        []osrmStand  `json:"destinations"`
}

// osrmStand is how far a place was moved to the nearest road, which an OSRM does from any distance.
type osrmStand struct {
	Off float64 `json:"distance"`
}

func (o osrm) blockOf(ctx context.Context, from, to []orb.Point) (b block, why Reason) {
	query := "?annotations=duration,distance&generate_hints=false"
	places := from
	if &from[0] != &to[0] { // not a block on the diagonal
		places = append(append([]orb.Point(nil), from...), to...)
		query += "&sources=" + numbers(0, len(from)) + "&destinations=" + numbers(len(from), len(places))
	}
	var answer osrmTable
	if why := o.get(ctx, "/table/v1/", places, query, &answer); why != "" {
		return b, why
	}
	if answer.Code != "Ok" {
		return b, BadAnswer
	}
	var okSeconds, okMeters bool
	b.seconds, okSeconds = flat(answer.Durations, len(from), len(to))
	b.meters, okMeters = flat(answer.Distances, len(from), len(to))
	if !okSeconds || !okMeters {
		return b, BadAnswer
	}
	b.standOff(answer.From, answer.To)
	return b, ""
}

// standOff adds the ways to and from the roads; who would have to go too far has none.
func (b block) standOff(from, to []osrmStand) {
	if len(from)*len(to) != len(b.seconds) {
		return
	}
	for i, a := range from {
		for j, z := range to {
			off := a.Off + z.Off
			if !(a.Off >= 0 && a.Off <= float64(offLimit) && z.Off >= 0 && z.Off <= float64(offLimit)) {
				off = math.NaN()
			}
			b.seconds[i*len(to)+j] += off / onFoot
			b.meters[i*len(to)+j] += off
		}
	}
}

// flat is rows one behind another, if there are so many of that length; null becomes NaN.
func flat(rows [][]*float64, want, long int) (all []float64, ok bool) {
	if len(rows) != want {
		return nil, false
	}
	for _, row := range rows {
		if len(row) != long {
			return nil, false
		}
		for _, v := range row {
			all = append(all, orNaN(v))
		}
	}
	return all, true
}

type osrmRoutes struct {
	Code   string `json:"code"`
	Routes []struct {
		Geometry struct {
			Coordinates orb.LineString `json:"coordinates"`
		} `json:"geometry"`
	} `json:"routes"`
}

func (o osrm) lineOf(ctx context.Context, points []orb.Point) (orb.LineString, Reason) {
	var answer osrmRoutes
	why := o.get(ctx, "/route/v1/", points, "?overview=full&geometries=geojson&steps=false&generate_hints=false", &answer)
	if why != "" {
		return nil, why
	}
	if answer.Code != "Ok" || len(answer.Routes) == 0 {
		return nil, BadAnswer
	}
	return answer.Routes[0].Geometry.Coordinates, ""
}

func (o osrm) get(ctx context.Context, service string, places []orb.Point, query string, v any) Reason {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, o.url+service+o.profile+"/"+lonLat(places)+query, nil)
	if err != nil {
		return Refused
	}
	return o.answer(req, v)
}

// lonLat writes longitude before latitude, to about a decimetre.
func lonLat(places []orb.Point) string {
	var out strings.Builder
	for i, p := range places {
		if i > 0 {
			out.WriteByte(';')
		}
		fmt.Fprintf(&out, "%.6f,%.6f", p.Lon(), p.Lat())
	}
	return out.String()
}

// numbers are those from the first to before the last.
func numbers(first, end int) string {
	var out strings.Builder
	for i := first; i < end; i++ {
		if i > first {
			out.WriteByte(';')
		}
		fmt.Fprint(&out, i)
	}
	return out.String()
}
