package main

import (
	"context"
	"fmt"

	"rounds"
	"rounds/fieldwork"
	"rounds/geo"
)

type pinsCmd struct {
	Learn pinsLearnCmd `cmd:"" help:"Propose pins by people's visits, as is done every night, and list what is open."`
}

type pinsLearnCmd struct {
	database
	Org string `help:"Slug of the organisation; may be left out while there is one."`
}

// shownProposals is how many are listed.
const shownProposals = 1000

// Run looks at all visits, and moves no pin.
func (c pinsLearnCmd) Run(ctx context.Context, t terminal) error {
	return c.inOrg(ctx, t, c.Org, func(office *fieldwork.Office, a rounds.Actor) error {
		bar := newProgress(t.Err, "retailers")
		learned, err := office.LearnPins(ctx, a.OrgID, func(done int) { bar.at(done, 0) })
		bar.end()
		if err != nil {
			return err
		}
		confirmed, err := office.ConfirmPins(ctx, a.OrgID)
		if err != nil {
			return err
		}
		suspects, err := office.RankPins(ctx, a.OrgID)
		if err != nil {
			return err
		}
		fmt.Fprintf(t.Err, "%d retailers looked at: %d proposals, %d pins confirmed, %d to look at.\n",
			learned.Retailers, learned.Proposed, confirmed, suspects)
		open, err := office.PinProposals(ctx, a, rounds.Proposed, rounds.PinProposalID{}, shownProposals)
		if err != nil {
			return err
		}
		report := table{{"retailer", "source", "people", "visits", "days", "shift m", "spread m", "near before", "near after"}}
		for _, p := range open {
			report = append(report, []string{
				p.RetailerCode, string(p.Pin.Source), fmt.Sprint(p.People), fmt.Sprint(p.Visits), fmt.Sprint(p.Days), meters(p.Shift),
				meters(&p.Spread), percent(p.NearOld), percent(p.NearNew),
			})
		}
		return report.write(t.Out)
	})
}

func meters(m *geo.Meters) string {
	if m == nil {
		return "-"
	}
	return fmt.Sprintf("%.0f", float64(*m))
}

func percent(share float64) string { return fmt.Sprintf("%.0f %%", 100*share) }
