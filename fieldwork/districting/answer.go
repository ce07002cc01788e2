package districting

import (
	"cmp"
	"math"
	"slices"

	"rounds/routing/territory"
)

// Answer is a cut in figures of the city. Deviations are load ÷ target − 1; the target of a territory is all there is of a
// measure × its share ÷ the sum of shares, before as after.
type Answer struct {
	Met         bool               `json:"met"` // in one piece each, within all tolerances and capacities
	Measures    []MeasureAnswer    `json:"measures"`
	Territories []TerritoryAnswer  `json:"territories"`
	Before      *Total             `json:"before"` // nil if no retailer has a territory today
	After       Total              `json:"after"`
	Change      *Change            `json:"change"` // nil as Before
	Moves       []Move             `json:"moves"`  // by from, to and how much moves; none where nobody has a territory today
	Reachable   map[string]float64 `json:"best_reachable"`
	Why         []Why              `json:"why"`
	Islands     []Island           `json:"islands"`
	NotKept     []Fault            `json:"not_kept"` // locks and the like that no cut was found to keep
	Iterations  int                `json:"iterations"`
	Curve       []CurvePoint       `json:"curve,omitempty"` // where it was asked for
}

// MeasureAnswer is how evenly a measure is shared out.
type MeasureAnswer struct {
	Name      string   `json:"name"`
	Tolerance *float64 `json:"tolerance"`
	Total     float64  `json:"total"`
	Before    *float64 `json:"before"` // the largest deviation of a territory, either way
	After     float64  `json:"after"`  // rounded up to millionths
}

// TerritoryAnswer is one territory before and after.
type TerritoryAnswer struct {
	Name    string    `json:"name"`
	Share   float64   `json:"share"`   // of all work
	Targets []float64 `json:"targets"` // of each measure
	Before  *Figures  `json:"before"`
	After   Figures   `json:"after"`
	In      int       `json:"in"` // retailers that come from other territories, or from none
	Out     int       `json:"out"`
}

// Figures are those of one territory.
type Figures struct {
	Retailers    int        `json:"retailers"`
	Loads        []float64  `json:"loads"`
	Deviations   []float64  `json:"deviations"`
	D2           float64    `json:"d2_m2"`           // sum of squared distances to the mean of its retailers
	MeanDistance float64    `json:"mean_distance_m"` // to that mean
	Intruding    float64    `json:"intruding"`       // share of its retailers most of whose neighbours belong to others
	Pieces       int        `json:"pieces"`
	Islands      [][]string `json:"islands"` // the codes of all pieces but the largest
}

// Total is a cut as a whole.
type Total struct {
	D2           float64 `json:"d2_m2"`
	MeanDistance float64 `json:"mean_distance_m"`
	Intruding    float64 `json:"intruding"`
	Broken       int     `json:"broken"` // territories in more than one piece
	Retailers    int     `json:"retailers"`
}

// Change is what changes hands; a retailer that has no territory today does not. Shares are of the first measure of those
// that have one.
type Change struct {
	Retailers int     `json:"retailers"`
	Moved     float64 `json:"moved"`
	// Bound is the least that must change hands to meet the first measure's tolerance, when load passes only between
	// territories that are beside each other today: a cut that makes new neighbours may beat it. No cut that meets all tolerances
	// and capacities changes less than Least.
	Bound float64 `json:"moved_bound"`
	Least float64 `json:"moved_least"`
}

// Move is a retailer that changes hands, and what that means to both sides.
type Move struct {
	Code  string    `json:"code"`
	From  string    `json:"from"`
	To    string    `json:"to"`
	Loads []float64 `json:"loads"`
	Gives float64   `json:"gives"`    // share of the first measure's target that From loses
	Takes float64   `json:"takes"`    // and that To gains
	Near  float64   `json:"nearer_m"` // by how much nearer the middle of To after is than that of From before
}

// Why is a tolerance or capacity that is not met.
type Why struct {
	Measure   string           `json:"measure"`
	Territory string           `json:"territory"`
	Reason    territory.Reason `json:"reason"`
	Codes     []string         `json:"codes"` // the retailers it comes from
	Load      float64          `json:"load"`
	Low       float64          `json:"low"`
	High      float64          `json:"high"`
	Floor     float64          `json:"floor"` // no cut keeps all deviations of the measure below this
}

// Island is a territory in more than one piece.
type Island struct {
	Territory   string     `json:"territory"`
	Pieces      [][]string `json:"pieces"` // all but the largest
	Unavoidable bool       `json:"unavoidable"`
}

// Answer puts a plan of the region's problem in figures. All of them but the reasons and the bounds of change are reckoned
// here from whose each retailer is.
func (r *Region) Answer(p territory.Plan) *Answer {
	a := &Answer{Met: p.Met, Moves: []Move{}, Why: r.why(p), Islands: r.islands(p), Iterations: p.Iterations}
	after := r.cutOf(p.Of)
	a.After = after.total()
	today := r.today()
	var before *cut
	if today != nil {
		before = r.cutOf(today)
		total := before.total()
		a.Before = &total
		a.Change, a.Moves = r.change(before, after, p), r.moves(before, after)
	}
	a.Measures = r.measureAnswers(before, after)
	a.Territories = r.territoryAnswers(before, after)
	a.Reachable = reachable(a)
	a.NotKept = r.notKept(p.Of)
	if a.Change != nil && r.City.MostChange > 0 && a.Change.Moved > r.City.MostChange && p.Loads == nil {
		a.NotKept = append(a.NotKept, Fault{Kind: ChangeNotKept})
	}
	return a
}

// today is the territory of each unit today, nil if none has one.
func (r *Region) today() []int32 {
	of, some := make([]int32, len(r.Problem.Units)), false
	for i, u := range r.Problem.Units {
		of[i] = u.Today
		some = some || u.Today != territory.None
	}
	if !some {
		return nil
	}
	return of
}

func (r *Region) measureAnswers(before, after *cut) []MeasureAnswer {
	answers := make([]MeasureAnswer, len(r.City.Measures))
	for k, m := range r.City.Measures {
		answers[k] = MeasureAnswer{Name: m.Name, Tolerance: m.Tolerance, Total: r.load(k, after.totals[k]), After: after.worst(k)}
		if before != nil {
			worst := before.worst(k)
			answers[k].Before = &worst
		}
	}
	return answers
}

func (r *Region) territoryAnswers(before, after *cut) []TerritoryAnswer {
	var shares int64
	for _, t := range r.Problem.Territories {
		shares += t.Share
	}
	answers := make([]TerritoryAnswer, len(r.City.Territories))
	for t, asked := range r.City.Territories {
		a := TerritoryAnswer{Name: asked.Name, Share: float64(r.Problem.Territories[t].Share) / float64(shares), After: after.figures[t]}
		for k := range r.City.Measures {
			a.Targets = append(a.Targets, r.load(k, after.totals[k])*a.Share)
		}
		if before != nil {
			a.Before = &before.figures[t]
		}
		answers[t] = a
	}
	if before != nil {
		for i, from := range before.of {
			to := after.of[i]
			if from == to {
				continue
			}
			answers[to].In++
			if from != territory.None {
				answers[from].Out++
			}
		}
	}
	return answers
}

// change counts what changes hands; the bounds are the plan's.
func (r *Region) change(before, after *cut, p territory.Plan) *Change {
	var c Change
	var moved, all int64
	for i, from := range before.of {
		if from == territory.None {
			continue
		}
		all += r.Problem.Units[i].Loads[0]
		if from != after.of[i] {
			c.Retailers++
			moved += r.Problem.Units[i].Loads[0]
		}
	}
	if all > 0 {
		c.Moved, c.Bound, c.Least = float64(moved)/float64(all), float64(p.Change.Bound)/float64(all), float64(p.Change.Least)/float64(all)
	}
	return &c
}

func (r *Region) moves(before, after *cut) []Move {
	moves := []Move{}
	for i, from := range before.of {
		to := after.of[i]
		if from == to || from == territory.None {
			continue
		}
		u := r.Problem.Units[i]
		m := Move{Code: r.City.Places[i].Code, From: r.City.Territories[from].Name, To: r.City.Territories[to].Name, Loads: r.loads(u.Loads)}
		m.Gives, m.Takes = float64(u.Loads[0])/after.target(from, 0), float64(u.Loads[0])/after.target(to, 0)
		m.Near = math.Round(before.distance(i, from) - after.distance(i, to))
		moves = append(moves, m)
	}
	place := map[string]int{}
	for t, asked := range r.City.Territories {
		place[asked.Name] = t
	}
	slices.SortFunc(moves, func(a, b Move) int {
		return cmp.Or(cmp.Compare(place[a.From], place[b.From]), cmp.Compare(place[a.To], place[b.To]),
			cmp.Compare(b.Loads[0], a.Loads[0]), cmp.Compare(a.Code, b.Code))
	})
	return moves
}

func (r *Region) why(p territory.Plan) []Why {
	why := []Why{}
	for _, s := range p.Short {
		why = append(why, Why{
			Measure: r.City.Measures[s.Measure].Name, Territory: r.City.Territories[s.Territory].Name, Reason: s.Reason,
			Codes: r.codes(s.Units), Load: r.load(s.Measure, s.Load), Low: r.load(s.Measure, s.Low), High: r.load(s.Measure, s.High),
			Floor: float64(s.Floor) / millionths,
		})
	}
	return why
}

func (r *Region) islands(p territory.Plan) []Island {
	islands := []Island{}
	for _, island := range p.Broken {
		named := Island{Territory: r.City.Territories[island.Territory].Name, Unavoidable: island.Unavoidable}
		for _, piece := range island.Pieces {
			named.Pieces = append(named.Pieces, r.codes(piece))
		}
		islands = append(islands, named)
	}
	return islands
}

// reachable has, of each measure that misses its tolerance, one that this very plan meets.
func reachable(a *Answer) map[string]float64 {
	reached := map[string]float64{}
	for _, m := range a.Measures {
		if m.Tolerance != nil && m.After > *m.Tolerance {
			reached[m.Name] = m.After
		}
	}
	return reached
}

func (r *Region) codes(units []int32) []string {
	codes := []string{}
	for _, u := range units {
		codes = append(codes, r.City.Places[u].Code)
	}
	return codes
}

// load is a whole number of steps as the city counts it.
func (r *Region) load(measure int, steps int64) float64 {
	return float64(steps) / float64(r.scales[measure])
}

func (r *Region) loads(steps []int64) []float64 {
	loads := make([]float64, len(steps))
	for k, x := range steps {
		loads[k] = r.load(k, x)
	}
	return loads
}
