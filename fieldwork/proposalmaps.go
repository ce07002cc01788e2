package fieldwork

import (
	"context"
	"encoding/json"
	"io"
	"slices"

	"rounds"
	"rounds/fieldwork/districting"
	"rounds/store"
)

// ProposalMap draws a planned proposal, as it is at one moment.
type ProposalMap struct {
	name   string
	region *districting.Region
	of     []int32
	kept   districting.Answer
}

// ProposalMap is that of a proposal; one that is not planned is a Conflict.
func (o *Office) ProposalMap(ctx context.Context, a rounds.Actor, id rounds.TerritoryProposalID) (ProposalMap, error) {
	var m ProposalMap
	err := o.seeProposal(ctx, a, id, func(tx *store.Store, p rounds.TerritoryProposal) error {
		text, err := tx.CutFigures(ctx, a.OrgID, id)
		if err != nil {
			return err
		}
		if text == nil {
			return rounds.Errorf(rounds.Conflict, "this territory proposal is %s: look at it again", p.Status)
		}
		if err := json.Unmarshal(text, &m.kept); err != nil {
			return err
		}
		c, err := o.readCut(ctx, tx, a.OrgID, p)
		if err != nil {
			return err
		}
		of, locks, err := tx.CutNow(ctx, a.OrgID, id)
		m.name, m.region, m.of = p.Name, c.locked(locks), c.open(of)
		return err
	})
	return m, err
}

// open are the territories that do not close; who is left in one that does is nobody's.
func (c *cut) open(of []int32) []int32 {
	for i, t := range of {
		if int(t) >= len(c.region.Problem.Territories) {
			of[i] = rounds.NoTerritory
		}
	}
	return of
}

// WriteGeoJSON writes the grounds of the territories, which do not overlap, and the retailers.
func (m ProposalMap) WriteGeoJSON(w io.Writer) error { return m.region.WriteGeoJSON(w, m.of) }

// WriteKML writes the same as KML 2.2.
func (m ProposalMap) WriteKML(w io.Writer) error { return m.region.WriteKML(w, m.name, m.of) }

// WritePage writes one HTML file with maps, loads and moves, which needs no network. Moves are left out where some have
// changed meanwhile and were left as they are.
func (m ProposalMap) WritePage(w io.Writer) error {
	answer := &m.kept
	if !slices.Contains(m.of, rounds.NoTerritory) {
		plan, faults, err := m.region.Check(m.of)
		if err != nil {
			return err
		}
		if len(faults) == 0 {
			answer = m.region.Answer(plan)
			answer.Curve = m.kept.Curve
		}
	}
	return m.region.Page(w, m.name, m.of, answer)
}
