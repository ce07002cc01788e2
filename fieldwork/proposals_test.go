package fieldwork

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"rounds"
	"rounds/store"

	"github.com/paulmach/orb"
)

// square is a town of n × n retailers without a territory.
func (o *town) square(n int) {
	o.t.Helper()
	retailers, pins := make([]rounds.Retailer, n*n), make([]store.NewPin, n*n)
	for i := range retailers {
		r := FreshRetailer()
		r.ID, r.Code, r.Name = rounds.NewID[rounds.Retailer](), fmt.Sprintf("Q%04d", i), "Shop"
		retailers[i] = r
		pins[i] = store.NewPin{RetailerID: r.ID, Reason: "seen"}
		pins[i].Pin.Point = orb.Point{bund[0] + 0.001*float64(i%n), bund[1] + 0.001*float64(i/n)}
		pins[i].Pin.Version, pins[i].Pin.Sigma, pins[i].Pin.Source = 1, 10, "manual"
	}
	ctx := context.Background()
	o.must(o.store.InsertRetailers(ctx, o.org.ID, retailers, o.now()))
	o.must(o.store.InsertPins(ctx, o.org.ID, pins, o.now()))
}

func (o *town) propose(count, seconds int) TerritoryJob {
	o.t.Helper()
	n := NewTerritoryProposal{Purpose: rounds.PurposeDelivery, Count: count}
	n.Ask = rounds.CutAsk{Measures: []rounds.CutMeasure{{Name: rounds.MeasureRetailers, Tolerance: new(0.05)}}, Seconds: seconds, Seed: 1}
	p, err := o.ProposeTerritories(context.Background(), o.admin, n)
	o.must(err)
	return TerritoryJob{OrgID: o.org.ID, ProposalID: p.ID, Seconds: seconds}
}

func (o *town) proposal(job TerritoryJob) WholeProposal {
	o.t.Helper()
	p, err := o.TerritoryProposal(context.Background(), o.admin, job.ProposalID)
	o.must(err)
	return p
}

// A process that stops leaves a proposal to be cut by the next, from what was read when it was asked for.
func TestACutIsBegunAgain(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	o.square(8)
	job := o.propose(4, 0)
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if err := o.WorkTerritories(ctx, job); !errors.Is(err, context.Canceled) {
		t.Errorf("a job that was stopped says %v", err)
	}
	if p := o.proposal(job); p.Status != rounds.CutPlanning || p.Figures != nil {
		t.Errorf("stopped, it is %s", p.Status)
	}
	o.cuts = cutCache{} // of another process
	o.must(o.WorkTerritories(context.Background(), job))
	p := o.proposal(job)
	if p.Status != rounds.CutProposed || !p.Figures.Met || len(p.Figures.Territories) != 4 {
		t.Fatalf("%+v", p)
	}
	o.must(o.WorkTerritories(context.Background(), job)) // delivered twice
	if again := o.proposal(job); again.Revision != 1 || !again.FinishedAt.Equal(*p.FinishedAt) {
		t.Errorf("%+v", again)
	}
}

// The same register, seed and iterations give the same territories.
func TestTheSameCutForTheSameInput(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	o.square(8)
	var hashes [][]byte
	var cuts [][]int32
	for range 2 {
		job := o.propose(5, 0)
		o.must(o.WorkTerritories(context.Background(), job))
		now, _, err := o.store.CutNow(context.Background(), o.org.ID, job.ProposalID)
		o.must(err)
		hashes, cuts = append(hashes, o.proposal(job).InputHash), append(cuts, now)
	}
	if !slices.Equal(hashes[0], hashes[1]) || !slices.Equal(cuts[0], cuts[1]) || len(cuts[0]) != 64 {
		t.Errorf("%x, %x\n%v\n%v", hashes[0], hashes[1], cuts[0], cuts[1])
	}
}

func TestACancelledSearchStops(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	o.square(12)
	job := o.propose(7, 600)
	done := make(chan error)
	go func() { done <- o.WorkTerritories(context.Background(), job) }()
	_, err := o.CancelTerritories(context.Background(), o.admin, job.ProposalID, "not now")
	o.must(err)
	o.must(<-done) // long before the ten minutes are over
	if p := o.proposal(job); p.Status != rounds.CutCancelled || p.Figures != nil {
		t.Errorf("%+v", p)
	}
}

func TestWhatARetailerWeighs(t *testing.T) {
	t.Parallel()
	r := rounds.Retailer{
		Class: "A", ServiceSeconds: 720, VisitsPer8Weeks: 4, OrderVolume: 90,
		Extra: map[string]string{"Sales": " 12.5 ", "Loss": "-1", "Note": "big", "Nothing": "", "Endless": "inf", "None": "NaN"},
	}
	for _, tt := range []struct {
		measure string
		load    float64
		ok      bool
	}{
		{"retailers", 1, true},
		{"visits", 2, true},
		{"workload", 24, true},
		{"orders", 90, true},
		{"class:A", 1, true},
		{"class:B", 0, true},
		{"extra:Sales", 12.5, true},
		{"extra:Nothing", 0, true},
		{"extra:Unheard", 0, true},
		{"extra:Loss", 0, false},
		{"extra:Note", 0, false},
		{"extra:Endless", 0, false},
		{"extra:None", 0, false},
	} {
		if load, ok := loadOf(tt.measure, r); load != tt.load || ok != tt.ok {
			t.Errorf("%s is %v, %t; want %v, %t", tt.measure, load, ok, tt.load, tt.ok)
		}
	}
}

func TestFewCutsAreRemembered(t *testing.T) {
	t.Parallel()
	var c cutCache
	var ids []rounds.TerritoryProposalID
	for range cutsKept + 1 {
		id := rounds.NewID[rounds.TerritoryProposal]()
		ids = append(ids, id)
		c.put(id, &cut{})
		c.get(ids[0])
	}
	if c.get(ids[0]) == nil || c.get(ids[1]) != nil || c.get(ids[cutsKept]) == nil || len(c.kept) != cutsKept {
		t.Errorf("%d are kept, and not those used last", len(c.kept))
	}
}
