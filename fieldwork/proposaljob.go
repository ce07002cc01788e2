package fieldwork

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"rounds"
	"rounds/fieldwork/districting"
	"rounds/routing/territory"
	"rounds/store"
)

// TerritoryJob cuts a proposal's retailers into its territories.
type TerritoryJob struct {
	OrgID      rounds.OrgID
	ProposalID rounds.TerritoryProposalID
	Seconds    int
}

// Kind names the job.
func (TerritoryJob) Kind() string { return "territory_proposal" }

// Effort is how long it may take, on one processor.
func (j TerritoryJob) Effort() time.Duration {
	return 20*time.Minute + 2*time.Duration(j.Seconds)*time.Second
}

// WorkTerritories cuts, and makes a proposal of it. Begun again after a crash it starts from what was read when it was
// asked for; one that was cancelled meanwhile it leaves alone. Whatever would fail again, and a cut that takes longer than
// [TerritoryJob.Effort], is a failed proposal at once, with a finding that says why.
func (o *Office) WorkTerritories(ctx context.Context, job TerritoryJob) error {
	p, err := o.store.TerritoryProposal(ctx, rounds.Scope{OrgID: job.OrgID}, job.ProposalID)
	if err == nil && p.Status != rounds.CutPlanning {
		return nil
	}
	var result *cutResult
	if err == nil {
		result, err = o.cutProposal(ctx, job, p)
	}
	if why := hopeless(ctx, err); why != "" {
		result, err = o.failedCut(job, why, err), nil
	}
	if err != nil || result == nil {
		return err
	}
	return o.keepCut(context.WithoutCancel(ctx), job, *result)
}

// cutResult is what came of a search.
type cutResult struct {
	of      []int32
	loads   []float64 // of all measures of each retailer in turn; nil: as they were read
	figures []byte    // nil: it failed
	why     string    // it did
}

// cutProposal searches; nil if nobody wants it any more. What is wrong is a failed proposal for a person to see, as the
// same input would fail again.
func (o *Office) cutProposal(ctx context.Context, job TerritoryJob, p rounds.TerritoryProposal) (result *cutResult, err error) {
	defer func() {
		if r := recover(); r != nil {
			result, err = o.failedCut(job, serverFault, fmt.Errorf("panic: %v", r)), nil
		}
	}()
	if err := o.store.SaveCutProgress(ctx, job.OrgID, job.ProposalID, rounds.CutProgress{At: o.now()}); err != nil {
		return nil, err
	}
	c, err := o.readCut(ctx, o.store, job.OrgID, p)
	if err != nil {
		return nil, err
	}
	searching, stop := context.WithCancel(ctx)
	w := &cutWatch{office: o, job: job, begun: time.Now(), ask: p.Ask, iterations: iterationsFor(p.Ask, len(c.retailers)), stop: stop, ended: make(chan bool)}
	go w.watch(searching)
	c, of := c.solve(searching, p.Ask, w.options())
	curve := c.curve(searching, of, w)
	stop()
	<-w.ended
	if w.unwanted || ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if len(of) != len(c.retailers) {
		return o.failedCut(job, serverFault, errors.New("the engine refuses the problem")), nil
	}
	text, _, faults, err := figuresOf(c.region, of, curve)
	if err == nil && len(faults) > 0 {
		err = errors.New(textOf(faults))
	}
	if err != nil {
		return o.failedCut(job, serverFault, err), nil
	}
	result = &cutResult{of: of, figures: text}
	if p.Ask.Travel != nil {
		result.loads = c.loads()
	}
	return result, nil
}

// solve cuts, with minutes on the way where they are asked for: these are in the loads of the cut that it gives back.
func (c *cut) solve(ctx context.Context, ask rounds.CutAsk, o territory.Options) (*cut, []int32) {
	if ask.Travel != nil {
		return c.calibrate(ctx, ask, o)
	}
	return c, territory.Balance(ctx, c.region.Problem, o).Of
}

// curve searches on for less change, where that is asked for.
func (c *cut) curve(ctx context.Context, of []int32, w *cutWatch) []districting.CurvePoint {
	if !w.ask.Curve || len(of) != len(c.retailers) || ctx.Err() != nil {
		return nil
	}
	return c.region.Curve(ctx, w.curveOptions())
}

func (o *Office) failedCut(job TerritoryJob, why string, err error) *cutResult {
	o.log.Error("a territory proposal failed", "proposal", job.ProposalID, "why", why, "error", err)
	return &cutResult{why: why}
}

// How many moves of each retailer a search tries if nobody says, and how many of all of them at least: few retailers need
// more of each, and take no time. With a tenth of it cities were left outside tolerances that little change meets.
const (
	iterationsPerRetailer = 2000
	leastIterations       = 100_000
)

func iterationsFor(ask rounds.CutAsk, retailers int) int {
	return cmp.Or(ask.Iterations, max(iterationsPerRetailer*retailers, leastIterations))
}

// cutWatch says how far a search is, and stops it when nobody wants it any more.
type cutWatch struct {
	office     *Office
	job        TerritoryJob
	begun      time.Time
	ask        rounds.CutAsk
	iterations int
	stop       func()
	latest     atomic.Pointer[territory.Progress]
	ended      chan bool
	unwanted   bool // may be read when ended is closed
}

func (w *cutWatch) options() territory.Options {
	before := 0 // iterations of the cuts before
	o := w.limited(func(p territory.Progress) {
		if was := w.latest.Load(); was != nil && p.Iterations+before < was.Iterations {
			before = was.Iterations
		}
		p.Iterations += before
		w.latest.Store(&p)
	})
	if w.ask.Curve && o.Spent != nil { // the other half is the curve's
		o.Spent = func() float64 { return 2 * w.spent() }
	}
	return o
}

// curveOptions are as many iterations again, or the rest of the time. What they find is no better cut: only how far they are counts.
func (w *cutWatch) curveOptions() territory.Options {
	var done territory.Progress
	if latest := w.latest.Load(); latest != nil {
		done = *latest
	}
	before, last := done.Iterations, 0
	o := w.limited(func(p territory.Progress) {
		if p.Iterations < last {
			before += last
		}
		last = p.Iterations
		now := done
		now.Iterations = before + last
		w.latest.Store(&now)
	})
	if begun := w.spent(); o.Spent != nil {
		o.Spent = func() float64 { return (w.spent() - begun) / max(1-begun, 1e-9) }
	}
	return o
}

// limited is by seconds or by iterations.
func (w *cutWatch) limited(report func(territory.Progress)) territory.Options {
	o := territory.Options{Seed: w.ask.Seed, Iterations: w.iterations, Report: report}
	if w.ask.Seconds > 0 {
		o.Iterations, o.Spent = w.ask.Iterations, w.spent
	}
	return o
}

// spent is the share of the seconds that is gone.
func (w *cutWatch) spent() float64 {
	return float64(time.Since(w.begun)) / float64(time.Duration(w.ask.Seconds)*time.Second)
}

// cuts is how often there may be one.
func (w *cutWatch) cuts() int {
	cuts := 1
	if w.ask.Travel != nil {
		cuts += cutAgain
	}
	if w.ask.Curve {
		cuts++
	}
	return cuts
}

func (w *cutWatch) watch(ctx context.Context) {
	defer close(w.ended)
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		p, err := w.office.store.TerritoryProposal(ctx, rounds.Scope{OrgID: w.job.OrgID}, w.job.ProposalID)
		if err == nil && p.Status != rounds.CutPlanning {
			w.unwanted = true
			w.stop()
			return
		}
		if err := w.office.store.SaveCutProgress(ctx, w.job.OrgID, w.job.ProposalID, w.progress()); err != nil && ctx.Err() == nil {
			w.office.log.Warn("how far a territory proposal is was not kept", "proposal", w.job.ProposalID, "error", err)
		}
	}
}

func (w *cutWatch) progress() rounds.CutProgress {
	latest := w.latest.Load()
	if latest == nil {
		return rounds.CutProgress{At: w.office.now()}
	}
	p := rounds.CutProgress{At: w.office.now(), Iterations: latest.Iterations, Broken: latest.Broken, Share: float64(latest.Iterations) / float64(w.iterations*w.cuts())}
	if w.ask.Seconds > 0 {
		p.Share = w.spent()
	}
	p.Share = min(p.Share, 1)
	for _, worst := range latest.Worst {
		p.Worst = append(p.Worst, float64(worst)/1e6)
	}
	return p
}

// keepCut stores who is to be where, unless the proposal was cancelled.
func (o *Office) keepCut(ctx context.Context, job TerritoryJob, r cutResult) error {
	return o.store.InTx(ctx, func(tx *store.Store) error {
		if err := tx.LockTerritoryProposal(ctx, job.OrgID, job.ProposalID); err != nil {
			return err
		}
		p, err := tx.TerritoryProposal(ctx, rounds.Scope{OrgID: job.OrgID}, job.ProposalID)
		if err != nil || p.Status != rounds.CutPlanning {
			return err
		}
		p.Status, p.FinishedAt = rounds.CutFailed, new(o.now())
		if r.figures == nil {
			p.Findings = append(p.Findings, rounds.CutFinding{Code: r.why})
		} else {
			p.Status = rounds.CutProposed
			if err := tx.SaveCut(ctx, job.OrgID, p.ID, numbers(len(r.of)), r.of, nil, r.loads); err != nil {
				return err
			}
		}
		return tx.SaveTerritoryProposal(ctx, job.OrgID, p, r.figures)
	})
}

// numbers are those of all retailers.
func numbers(n int) []int32 {
	all := make([]int32, n)
	for i := range all {
		all[i] = int32(i)
	}
	return all
}
