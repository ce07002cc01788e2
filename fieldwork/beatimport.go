package fieldwork

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"rounds"
	"rounds/store"
)

// BeatImport is what came of a beat plan file: a proposal, or what keeps it out.
type BeatImport struct {
	Rows     int
	Plan     store.ListedJourney
	Findings []BeatFinding
}

// ImportBeats makes a proposal of a beat plan file that begins on a day, as good as if it had been planned here: all or
// nothing. weeks 0 is as many as the file has.
func (o *Office) ImportBeats(ctx context.Context, a rounds.Actor, r io.Reader, n NewJourney) (BeatImport, error) {
	if err := allow(a, planning); err != nil {
		return BeatImport{}, err
	}
	file, err := readBeats(r)
	rows := file.rows
	im := &beatImport{office: o, actor: a, headings: file.headings, report: BeatImport{Rows: len(rows), Findings: file.findings}}
	if err != nil || len(file.findings) > 0 {
		return im.report, err
	}
	n.Weeks = cmp.Or(n.Weeks, weeksOf(rows))
	if err := o.checkJourney(a, n); err != nil {
		return im.report, err
	}
	im.plan = rounds.JourneyPlan{
		ID: rounds.NewID[rounds.JourneyPlan](), From: n.From, Weeks: n.Weeks, Origin: rounds.JourneyByFile, Options: n.Options,
		Status: rounds.JourneyProposed, CreatedAt: o.now(), CreatedBy: a.UserID, FinishedAt: new(o.now()),
	}
	im.plan.Name = cmp.Or(n.Name, fmt.Sprintf("%s – %s", im.plan.From, im.plan.Until().Add(-1)))
	if err := im.read(ctx, rows); err != nil || len(im.report.Findings) > 0 {
		return im.report, err
	}
	return im.report, im.save(ctx)
}

func weeksOf(rows []beatRow) int {
	last := 0
	for _, r := range rows {
		last = max(last, r.week)
	}
	return last + 1
}

// beatImport is a file on its way to a proposal.
type beatImport struct {
	office   *Office
	actor    rounds.Actor
	headings map[string]string
	plan     rounds.JourneyPlan
	report   BeatImport
	shares   []fileShare
}

// fileShare is a rep's share, and what it is compared with when it is accepted.
type fileShare struct {
	share
	input []byte
}

func (im *beatImport) fail(line int, field, code string, args ...any) {
	im.report.Findings = append(im.report.Findings, BeatFinding{line, im.headings[field], code, args})
}

// read puts the rows together by reps.
func (im *beatImport) read(ctx context.Context, rows []beatRow) error {
	of := map[string][]beatRow{}
	var names []string
	for _, r := range rows {
		name := strings.ToLower(r.rep)
		if r.week >= im.plan.Weeks {
			im.fail(r.line, "week", "not_between", 1, im.plan.Weeks)
		}
		if of[name] == nil {
			names = append(names, name)
		}
		of[name] = append(of[name], r)
	}
	if len(rows) == 0 {
		im.fail(1, "", "too_few")
	}
	known, err := (&importing{actor: im.actor}).findReps(ctx, im.office.store)
	if err != nil {
		return err
	}
	for _, name := range names {
		rep, ok := known[name]
		if !ok {
			im.fail(of[name][0].line, "rep", "not_a_rep")
			continue
		}
		if err := im.take(ctx, rep, of[name]); err != nil {
			return err
		}
	}
	slices.SortStableFunc(im.report.Findings, func(a, b BeatFinding) int { return cmp.Compare(a.Line, b.Line) })
	return nil
}

// take makes a rep's share of their rows.
func (im *beatImport) take(ctx context.Context, rep rounds.User, rows []beatRow) error {
	o := im.office
	in, unknown, err := inputOf(ctx, o.store, im.actor, im.plan, rep, o.today(im.actor))
	if err != nil {
		return err
	}
	retailers, err := o.store.Retailers(ctx, rounds.Scope{OrgID: im.actor.OrgID, RepID: rep.ID}, max(im.plan.From, in.Today), store.RetailerFilter{})
	if err != nil {
		return err
	}
	byCode := map[string]rounds.Retailer{}
	for _, r := range retailers {
		byCode[r.Code] = r
	}
	days := im.days(rows, byCode)
	if len(im.report.Findings) > 0 {
		return nil
	}
	s := fileShare{}
	if s.share, err = im.beats(ctx, in, days, retailers, byCode); err != nil {
		return err
	}
	s.RepID, s.Status, s.UnknownYears, s.TakenAt = rep.ID, rounds.JourneyRepPlanned, unknown, new(o.now())
	if s.BaseID, err = o.store.InForce(ctx, im.actor.OrgID, rep.ID, max(im.plan.From, in.Today)); err != nil {
		return err
	}
	s.input, s.InputHash, err = in.hashed()
	for i := range s.beats {
		s.beats[i].RepID = rep.ID
	}
	for i := range s.left {
		s.left[i].RepID = rep.ID
	}
	im.shares = append(im.shares, s)
	return err
}

// days are the rows of each day of the plan; what cannot be called on, or twice, is told.
func (im *beatImport) days(rows []beatRow, byCode map[string]rounds.Retailer) [][]beatRow {
	days := make([][]beatRow, 7*im.plan.Weeks)
	for _, r := range rows {
		retailer, ok := byCode[r.code]
		day := r.day(im.plan.From)
		switch {
		case r.week >= im.plan.Weeks:
			continue
		case !ok:
			im.fail(r.line, "code", "not_the_reps")
		case retailer.Status != rounds.RetailerActive:
			im.fail(r.line, "code", "not_active")
		case slices.ContainsFunc(days[day], func(other beatRow) bool { return other.code == r.code }):
			im.fail(r.line, "code", "given_twice")
		}
		days[day] = append(days[day], r)
	}
	return days
}

// beats walks through the days as they are given, or in the best order where the file gives none.
func (im *beatImport) beats(ctx context.Context, in journeyInput, days [][]beatRow, retailers []rounds.Retailer, byCode map[string]rounds.Retailer) (share, error) {
	placed, _ := splitByPin(atAnyHour(retailers))
	t, err := im.office.tripOf(ctx, in.dayOf(in.From), placed, im.daytime(in.From))
	if err != nil {
		return share{}, err
	}
	s := &weeks{trip: t, in: in, wanted: map[int]int{}}
	sh := share{JourneyRep: rounds.JourneyRep{Travel: t.ways.travel()}}
	for d, rows := range days {
		if len(rows) == 0 {
			continue
		}
		sure := byPosition(rows)
		order := make([]rounds.Retailer, len(rows))
		for i, r := range rows {
			order[i] = byCode[r.code]
		}
		if !sure {
			if order, err = im.bestOf(ctx, in.dayOf(in.From.Add(d)), order); err != nil {
				return sh, err
			}
		}
		sh.beats = append(sh.beats, s.beat(in.From.Add(d), order))
	}
	sh.left = s.notInFile(sh.beats)
	sh.measure(in)
	return sh, nil
}

func (im *beatImport) daytime(d rounds.Day) daytime {
	return daytime{day: d, zone: im.actor.Zone, hours: im.actor.Settings.WorkingHours()}
}

// atAnyHour are the retailers without their hours: those differ from day to day.
func atAnyHour(retailers []rounds.Retailer) []rounds.Retailer {
	open := slices.Clone(retailers)
	for i := range open {
		open[i].OpeningHours = ""
	}
	return open
}

func (im *beatImport) bestOf(ctx context.Context, p rounds.Plan, retailers []rounds.Retailer) ([]rounds.Retailer, error) {
	placed, pinless := splitByPin(retailers)
	t, err := im.office.tripOf(ctx, p, placed, im.daytime(p.Day))
	if err != nil {
		return nil, err
	}
	best, err := t.bestOrder(ctx)
	return append(best, pinless...), err
}

// notInFile are the retailers for which the file has fewer visits than they want.
func (s *weeks) notInFile(beats []rounds.Beat) (left []rounds.LeftOut) {
	visits := map[rounds.RetailerID]int{}
	for _, b := range beats {
		for _, stop := range b.Stops {
			visits[stop.RetailerID]++
		}
	}
	for _, r := range s.in.Retailers {
		if _, wanted := s.rhythm(r); visits[r.ID] < wanted {
			left = append(left, rounds.LeftOut{RetailerID: r.ID, Reason: rounds.LeftOutNotPlanned, Wanted: wanted, Planned: visits[r.ID]})
		}
	}
	return left
}

func (im *beatImport) save(ctx context.Context) error {
	a := im.actor
	return im.office.store.InTx(ctx, func(tx *store.Store) error {
		reps := make([]rounds.UserID, len(im.shares))
		for i, s := range im.shares {
			reps[i] = s.RepID
		}
		if err := tx.InsertJourney(ctx, a.OrgID, im.plan, reps); err != nil {
			return err
		}
		for _, s := range im.shares {
			if err := saveShare(ctx, tx, a.OrgID, im.plan.ID, s); err != nil {
				return err
			}
		}
		if err := im.office.logJourney(ctx, tx, a, "journey.import", im.plan, map[string]any{"rows": im.report.Rows, "reps": len(reps)}); err != nil {
			return err
		}
		var err error
		im.report.Plan, err = tx.Journey(ctx, a.Scope(), im.plan.ID)
		return err
	})
}

func saveShare(ctx context.Context, tx *store.Store, org rounds.OrgID, id rounds.JourneyPlanID, s fileShare) error {
	if err := tx.KeepJourneyInput(ctx, org, id, s.JourneyRep, s.input); err != nil {
		return err
	}
	if err := tx.SaveJourneyRep(ctx, org, id, s.JourneyRep); err != nil {
		return err
	}
	if err := tx.InsertBeats(ctx, org, id, s.beats); err != nil {
		return err
	}
	return tx.InsertLeftOut(ctx, org, id, s.left)
}
