package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"rounds/fieldwork/districting"
	"rounds/routing/territory"
)

type territoriesCmd struct {
	File string `arg:"" optional:"" type:"existingfile" help:"A CSV or XLSX file with code, lat, lon and a column for each measure; - is standard input."`

	K           int    `short:"k" placeholder:"N" help:"How many territories; as many as are in the column --today, in --territories or in --shares, if absent."`
	Balance     string `placeholder:"NAME:2%,…" help:"Columns to be shared out fairly, the one by which change is counted first, each with the share of its target by which it may be missed; a name alone is only reported, retailers counts rows. If absent, retailers are."`
	Shares      string `placeholder:"1,1,0.5" help:"Of the work, of each territory beside the others; all the same if absent."`
	Capacity    string `placeholder:"NAME:1200,…" help:"At most so much of a column in any territory."`
	Territories string `aliases:"homes" type:"existingfile" placeholder:"FILE" help:"A table of the territories (also --homes): territory, and if there are share, lat and lon (the home of whoever works it), frozen (yes)."`
	Barriers    string `type:"existingfile" placeholder:"F.geojson" help:"Lines that territories reach across only where they must: rivers, railways."`
	Lock        string `placeholder:"COLUMN" help:"With the territory that a retailer must be in, where it has one."`
	Together    string `placeholder:"COLUMN" help:"Rows with the same in it stay in one territory."`
	Apart       string `placeholder:"COLUMN" help:"Of rows with the same in it no two are in one territory."`

	Today      string   `placeholder:"COLUMN" help:"Rebalance: the territory of each retailer today."`
	Change     *float64 `placeholder:"PRICE" help:"With --today: what it costs to change everything, in what today's territories cost: 0 for a cut from nothing. If absent, so much that little more changes than must."`
	MostChange string   `placeholder:"5%" help:"With --today: at most so much of the first measure changes hands, and the balance is the best there is within it."`
	Curve      bool     `help:"With --today: also the best balance for a tenth, two tenths … of the change that it takes, in ten searches more that take as long again together."`
	Without    string   `placeholder:"NAME,…" help:"With --today: territories that there are no more."`

	territoriesTravel
	territoriesMedian

	Time       *time.Duration `placeholder:"10s" help:"How long to search once the file is read; 10s if there is no --iterations either."`
	Iterations *int           `placeholder:"N" help:"How many changes to try. Without --time no clock is read."`
	Seed       uint64         `default:"1" help:"Of the changes."`
	Check      string         `type:"existingfile" placeholder:"plan.csv" help:"Search nothing: reckon the figures of this plan."`

	Out     string `type:"path" placeholder:"plan.csv" help:"The plan: code and territory, in the order of the file."`
	HTML    string `name:"html" type:"path" placeholder:"F" help:"A page to look at: maps, loads and moves, without a network."`
	GeoJSON string `name:"geojson" type:"path" placeholder:"F" help:"Outlines that do not overlap, and the retailers."`
	KML     string `name:"kml" type:"path" placeholder:"F" help:"The same for Google Earth and others."`
}

// Help is what -h says beside the flags.
func (territoriesCmd) Help() string {
	return `Cuts a city into territories that are fair by several measures at once, compact and each in one piece:

    $ rounds town --retailers 8000 > shops.csv
    $ rounds territories shops.csv --k 40 --balance minutes:2%,orders:5% --out plan.csv --html plan.html
    {"met":true,"k":40,"retailers":8000,"worst":{"minutes":0.02,"orders":0.049994},"d2":25818977182.382275,"broken":0,
     "moved":null,"moved_bound":null,"moved_least":null,"seconds":9.819927753}

The file is CSV in UTF-8, UTF-16 or GB18030, or XLSX. It has a column code (编码, 许可证号 …), lat and lon (纬度, 经度 …) in WGS-84, and a column for each measure: workload in minutes, orders, volume, whatever is 0 or more. Numbers count to thousandths.

met says that each territory is in one piece and within all tolerances and capacities. worst has of each measure the largest |load ÷ target − 1| of all territories; the target is all there is × the share ÷ the sum of shares. d2 is the sum of squared distances to the middles of the territories, m², each retailer counting once. broken counts territories in more than one piece; islands has their codes.

Tolerances that cannot be met, or were not in the time: the plan is written all the same, met is false and the exit status 3. best_reachable has tolerances that this plan meets; why says which measure in which territory, for what reason (one_unit, locks, cut_off, capacity, change_budget, whole_units; not_found: there may be a better plan), by which codes, and floor: no plan keeps all deviations of that measure below it.

With --today the command rebalances:

    $ rounds territories shops.csv --today territory --balance minutes:5% --out plan.csv

moved is the share of the first measure that changes hands. moved_bound is the least that must for its tolerance to be met, when work passes only between territories that are beside each other today: a least-cost flow. A plan may get by with less where territories become neighbours that were none, or where the tolerance is not met. moved_least is the least that any plan changes that meets all tolerances and capacities, whoever gives to whom. Retailers without a territory today, or whose territory there is no more, count as no change, and go in moved_bound to a territory beside them. --curve prints on standard error, and in the line, how even the city gets when less changes hands. Territories have the names that are in the column, and plan.csv has them too; otherwise they are 1 to K.

--check plan.csv searches nothing: it reckons met, worst, d2, broken and moved of that plan again, by code that the search has no part in. A plan that does not fit the file, or does not keep a lock, ends with exit status 1.

With --travel minutes include those on the way: after the first cut four weeks of days are planned for each territory, and twice at most it is cut again by their ways. travel has, of each territory, minutes with ways and ways alone. Planning days is a part of --time, some 0.1 s a territory and cut, and the days of the first cut are planned whatever it takes:

    $ rounds territories shops.csv --k 40 --balance minutes:2% --travel minutes --speed 20

With --cpmp FILE the command holds its search for groups with capacities against published problems (capacitated p-median). A file has a row of how many places and how many medians there are, and a row for each place: x, y, capacity, demand; or, with the capacity of all behind the number of medians, rows of a number, x, y and demand. The line has cost, lower_bound (no plan is cheaper), gap ((cost − lower_bound) ÷ lower_bound, null if that is no number), proven, distance, medians and assignment: the median of each place; places are numbered from 1, as in the file. Where no plan was found within the capacities, excess is by how much they are exceeded, why is whole_units (there is none) or not_found, and the exit status is 3.

    $ rounds territories --cpmp SJC1.dat --time 10s

With --iterations alone no clock is read, seconds is null, and the same rows give the same plan every time, in whatever order they are. Ctrl-C gives the best so far. The exit status is 3 too where the answer came before its time or iterations were over, 1 where a row cannot be used: such rows are named.`
}

// Validate is called by kong: what is wrong here is wrong usage.
func (c territoriesCmd) Validate() error {
	today := func(flag string, given bool) error {
		if given && c.Today == "" {
			return fmt.Errorf("%s: needs --today COLUMN", flag)
		}
		return nil
	}
	_, err := c.settings()
	err = errors.Join(err, c.validCPMP())
	if c.K < 0 {
		err = errors.Join(err, errors.New("--k: want 1 or more"))
	}
	if c.Check != "" && (c.Time != nil || c.Iterations != nil || c.Out != "") {
		err = errors.Join(err, errors.New("--check searches nothing: it goes with no --time, --iterations or --out"))
	}
	return errors.Join(err, c.validFiles(), routeCmd{Time: c.Time, Iterations: c.Iterations}.Validate(), c.territoriesTravel.Validate(),
		today("--change", c.Change != nil), today("--curve", c.Curve), today("--most-change", c.MostChange != ""), today("--without", c.Without != ""))
}

// validFiles keeps a file from being written over another, or over what is read.
func (c territoriesCmd) validFiles() error {
	flags := []string{"the file of retailers", "--territories", "--barriers", "--check", "--out", "--html", "--geojson", "--kml"}
	paths := []string{c.File, c.Territories, c.Barriers, c.Check, c.Out, c.HTML, c.GeoJSON, c.KML}
	const read = 4 // and the others are written
	for i, written := range paths {
		first := slices.Index(paths, written)
		if written != "" && first < i && i >= read {
			return fmt.Errorf("%s: %s is %s too", flags[i], written, flags[first])
		}
	}
	return nil
}

// Run reads, cuts, writes the files and prints one line.
func (c territoriesCmd) Run(ctx context.Context, t terminal) error {
	if c.CPMP != "" {
		return c.solveCPMP(ctx, t)
	}
	if err := writable(c.Out, c.HTML, c.GeoJSON, c.KML); err != nil {
		return err
	}
	shops, err := c.read(t.In)
	if err != nil {
		return refused(t.Err, err)
	}
	begun := time.Now()
	region, faults := districting.New(shops.city)
	if err := shops.say(t.Err, faults); err != nil || region == nil {
		return errors.Join(err, silent(exitFailed))
	}
	if c.Check != "" {
		return c.check(ctx, region, shops, t)
	}
	plan, late := c.search(ctx, begun, region, shops, t.Err)
	answer := region.Answer(plan)
	line := c.summary(region, answer)
	line.Travel = shops.onTheWay(region)
	if c.Curve {
		answer.Curve = c.curve(ctx, region, answer, t.Err)
		line.Curve = answer.Curve
	}
	if c.budget() > 0 {
		seconds := time.Since(begun).Seconds()
		line.Seconds = &seconds
	}
	if err := c.write(region, shops, plan, answer); err != nil {
		return err
	}
	stopped := ctx.Err() != nil && (c.Iterations == nil || plan.Iterations < *c.Iterations)
	return line.print(t, answer, stopped, late)
}

// wrongUsage is an error about the flags that only the file shows.
type wrongUsage struct{ error }

// refused says an error by itself where it is about the flags.
func refused(w io.Writer, err error) error {
	if wrong, ok := errors.AsType[wrongUsage](err); ok {
		fmt.Fprintf(w, "rounds: %v\n", wrong)
		return silent(exitUsage)
	}
	return err
}

func (c territoriesCmd) budget() time.Duration {
	if c.Time == nil && c.Iterations == nil {
		return 10 * time.Second
	}
	return routeCmd{Time: c.Time, Iterations: c.Iterations}.budget()
}

// search cuts; late is whether that took much longer than it might.
func (c territoriesCmd) search(ctx context.Context, begun time.Time, r *districting.Region, s *shopTable, progress io.Writer) (p territory.Plan, late bool) {
	o, w := c.options(begun, progress)
	if c.Today != "" && c.Change == nil {
		r.Problem.ChangePrice = territory.LittleChange
	}
	if c.Travel == "" {
		p = territory.Balance(ctx, r.Problem, o)
	} else {
		p = s.calibrate(ctx, c.territoriesTravel, r, o)
	}
	w.progress.end()
	return p, c.budget() > 0 && c.Travel == "" && time.Since(begun) > 2*c.budget()+grace
}

// options are those of a search that begins now.
func (c territoriesCmd) options(begun time.Time, progress io.Writer) (o territory.Options, w *watch) {
	o.Seed = c.Seed
	if c.Iterations != nil {
		o.Iterations = *c.Iterations
	}
	w = &watch{begun: begun, until: begun.Add(c.budget()), progress: newProgress(progress, "s; Ctrl-C gives the best so far")}
	if c.budget() > 0 {
		o.Spent = w.spent
		return o, w
	}
	w.progress.what = "changes; Ctrl-C gives the best so far"
	o.Report = func(p territory.Progress) { w.progress.step("tried", p.Iterations, o.Iterations) }
	return o, w
}

// territoriesAnswer is the line that is printed.
type territoriesAnswer struct {
	Met        bool               `json:"met"`
	K          int                `json:"k"`
	Retailers  int                `json:"retailers"`
	Worst      map[string]float64 `json:"worst"`
	D2         float64            `json:"d2"` // m²
	Broken     int                `json:"broken"`
	Moved      *float64           `json:"moved"` // null without a column of today
	MovedBound *float64           `json:"moved_bound"`
	MovedLeast *float64           `json:"moved_least"`
	Seconds    *float64           `json:"seconds"`
	Travel     *onTheWay          `json:"travel,omitempty"`

	Curve []districting.CurvePoint `json:"curve,omitempty"`

	BestReachable map[string]float64   `json:"best_reachable,omitempty"`
	Why           []districting.Why    `json:"why,omitempty"`
	Islands       []districting.Island `json:"islands,omitempty"`
	NotKept       []districting.Fault  `json:"not_kept,omitempty"`
}

func (territoriesCmd) summary(r *districting.Region, a *districting.Answer) territoriesAnswer {
	line := territoriesAnswer{
		Met: a.Met, K: len(r.City.Territories), Retailers: len(r.City.Places), Worst: map[string]float64{},
		D2: a.After.D2, Broken: a.After.Broken, BestReachable: a.Reachable, Why: a.Why, Islands: a.Islands, NotKept: a.NotKept,
	}
	for _, m := range a.Measures {
		line.Worst[m.Name] = m.After
	}
	if a.Change != nil {
		line.Moved, line.MovedBound, line.MovedLeast = &a.Change.Moved, &a.Change.Bound, &a.Change.Least
	}
	return line
}

// print writes the line, and on the other side of the terminal what the plan is not.
func (line territoriesAnswer) print(t terminal, a *districting.Answer, stopped, late bool) error {
	if err := json.NewEncoder(t.Out).Encode(line); err != nil {
		return err
	}
	var short []string
	if stopped {
		short = append(short, "Stopped early: this is the best so far.")
	}
	if !a.Met {
		short = append(short, first(a.Texts(), shownOfKind)...)
	}
	if late {
		short = append(short, fmt.Sprintf("It took %.3g s: %d retailers are too many for the time.", *line.Seconds, line.Retailers))
	}
	if len(short) > 0 {
		fmt.Fprintln(t.Err, strings.Join(short, "\n"))
	}
	if len(short) > 0 || !a.Met {
		return silent(exitLimit)
	}
	return nil
}

// first are so many of the lines, and how many more there are.
func first(lines []string, most int) []string {
	if len(lines) <= most {
		return lines
	}
	return append(lines[:most:most], fmt.Sprintf("… and %d more", len(lines)-most))
}
