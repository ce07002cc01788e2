package fieldwork

import (
	"cmp"
	"context"
	"encoding/csv"
	"io"
	"slices"
	"strings"
	"time"

	"rounds"
	"rounds/audit/favour"
	"rounds/store"
)

// The looks of a year: one a month, or one a week, of which the last is a day or two longer.
const (
	yearMonths = 12
	yearWeeks  = 52
)

// Favour is what the changes by hand of a year look like.
type Favour struct {
	From, Until rounds.Day // the first day of the year, and the last one looked at
	Periods     int        // of the year
	People      []Favoured
}

// Favoured is what is furthest from chance in somebody's changes.
type Favoured struct {
	favour.Finding
	PersonID, RepID rounds.UserID // of the finding; RepID is zero where the retailers are nobody's, or nothing stands out
	Person, Rep     string        // names
	Removed, Added  int           // in all
	From, Until     rounds.Day    // of the finding; zero if nothing stands out
}

// JudgeChanges asks of everybody who changed draws in the year from a day on, and whom the actor may ask about, whether that favours a
// rep beyond chance. Audits count in the period in which they were drawn, the cancelled ones too.
func (o *Office) JudgeChanges(ctx context.Context, a rounds.Actor, from, until rounds.Day, weekly bool) (Favour, error) {
	f := Favour{Until: cmp.Or(until, o.today(a)), Periods: yearMonths}
	f.From = cmp.Or(from, rounds.Day(string(f.Until[:4])+"-01-01"))
	if weekly {
		f.Periods = yearWeeks
	}
	if err := allow(a, auditing); err != nil {
		return f, err
	}
	if err := checkDays(f.From, f.Until, maxEstimateDays); err != nil {
		return f, err
	}
	err := o.store.InTx(ctx, func(tx *store.Store) error {
		audits, err := f.read(ctx, tx, a)
		if err != nil {
			return err
		}
		found, err := favour.Judge(audits, f.Periods)
		if err != nil {
			return err
		}
		return f.tell(ctx, tx, a, found, audits)
	})
	return f, err
}

// period is the one that a day is in.
func (f Favour) period(d rounds.Day) int {
	if f.Periods == yearWeeks {
		return min(f.From.Until(d)/7, yearWeeks-1)
	}
	n := 0
	for n+1 < yearMonths && f.begins(n+1) <= d {
		n++
	}
	return n
}

// begins is the first day of a period.
func (f Favour) begins(period int) rounds.Day {
	if f.Periods == yearWeeks {
		return f.From.Add(7 * period)
	}
	first, err := time.Parse(time.DateOnly, string(f.From))
	if err != nil {
		return f.From
	}
	month := time.Date(first.Year(), first.Month()+time.Month(period), 1, 0, 0, 0, 0, time.UTC)
	last := month.AddDate(0, 1, -1).Day() // the 31st of a short month is its last day
	return rounds.Day(month.AddDate(0, 0, min(first.Day(), last)-1).Format(time.DateOnly))
}

// read takes the changes of each draw of the year, whatever its unit: what somebody did is judged as a whole.
func (f Favour) read(ctx context.Context, tx *store.Store, a rounds.Actor) ([]favour.Audit, error) {
	drawn, err := tx.DrawnAudits(ctx, a.OrgID, f.From.At(0, 0, a.Zone), f.Until.Add(1).At(0, 0, a.Zone))
	if err != nil {
		return nil, err
	}
	var audits []favour.Audit
	for _, u := range drawn {
		changes, err := tx.AuditChanges(ctx, a.OrgID, u.ID)
		if err != nil {
			return nil, err
		}
		changes = slices.DeleteFunc(changes, notByHand)
		if len(changes) == 0 {
			continue
		}
		slices.SortStableFunc(changes, func(x, y rounds.AuditChange) int { return x.DecidedAt.Compare(*y.DecidedAt) })
		picks, err := tx.AuditPicks(ctx, a.OrgID, u.ID)
		if err != nil {
			return nil, err
		}
		frame := "" // it is long: only what was added needs it
		if slices.ContainsFunc(changes, func(c rounds.AuditChange) bool { return c.Kind == rounds.ChangeAdd }) {
			if frame, err = tx.AuditFrame(ctx, a.OrgID, u.ID); err != nil {
				return nil, err
			}
		}
		audits = append(audits, handsOn(f.period(rounds.DayOf(*u.DrawnAt, a.Zone)), picks, changes, frame))
	}
	return audits, nil
}

// notByHand drops what did not come about, and what an auditor did who stood at a closed shop. That a second person believed in a closed
// shop keeps nobody from choosing whose it is.
func notByHand(c rounds.AuditChange) bool {
	return c.Decision != rounds.ChangeAccept || c.DecidedBy.IsZero()
}

// handsOn is a draw with the changes that are still in force, the last of each retailer. What was added from outside the frame is left
// out: chance could not have picked it.
func handsOn(period int, picks []rounds.AuditPick, changes []rounds.AuditChange, frame string) favour.Audit {
	at := favour.Audit{Period: period, Drawn: map[string]int{}, Others: map[string]int{}}
	whose, added := map[string]string{}, othersOf(frame)
	for _, p := range picks {
		if p.Role != rounds.PickAdded {
			delete(added, p.RetailerID.String())
		}
		if p.Role == rounds.PickAdded || p.Standing == rounds.PickWaiting {
			continue
		}
		at.Drawn[textOrNone(p.RepID)]++
		if p.Standing == rounds.PickOut {
			whose[p.RetailerID.String()] = textOrNone(p.RepID)
		}
	}
	for _, rep := range added {
		at.Others[rep]++
	}
	for i, c := range changes {
		again := slices.ContainsFunc(changes[i+1:], func(d rounds.AuditChange) bool {
			return d.RetailerID == c.RetailerID && (d.Kind == rounds.ChangeAdd) == (c.Kind == rounds.ChangeAdd)
		})
		kind, of := favour.Removed, whose
		if c.Kind == rounds.ChangeAdd {
			kind, of = favour.Added, added
		}
		if rep, counts := of[c.RetailerID.String()]; counts && !again {
			at.Changes = append(at.Changes, favour.Change{Kind: kind, By: c.AskedBy.String(), Rep: rep})
		}
	}
	return at
}

// othersOf are the retailers of a frame and whose they are, by the texts of their ids; none of a frame that was edited until it
// cannot be read. It parses nothing: a frame is long.
func othersOf(text string) map[string]string {
	others := map[string]string{}
	r := csv.NewReader(strings.NewReader(text))
	r.ReuseRecord = true
	for first := true; ; first = false {
		row, err := r.Read()
		switch {
		case err == io.EOF:
			return others
		case err != nil, len(row) < len(frameColumns), first && !slices.Equal(row[:len(frameColumns)], frameColumns):
			return nil
		case !first:
			others[row[1]] = row[4]
		}
	}
}

// tell puts names to the findings of those whom the actor may ask about: themselves and who is below; admins ask about everybody.
func (f *Favour) tell(ctx context.Context, tx *store.Store, a rounds.Actor, found []favour.Finding, audits []favour.Audit) error {
	named := map[string]store.Named{}
	var ids []rounds.UserID
	for _, g := range found {
		for _, text := range []string{g.Supervisor, g.Rep} {
			if id, err := rounds.ParseID[rounds.User](text); err == nil {
				ids = append(ids, id)
			}
		}
	}
	people, err := tx.NamesOfUsers(ctx, a.OrgID, ids)
	if err != nil {
		return err
	}
	for _, n := range people {
		named[n.ID.String()] = n
	}
	for _, g := range found {
		if who := named[g.Supervisor]; mayAskAbout(a, who) {
			f.People = append(f.People, f.favoured(g, who, named[g.Rep], audits))
		}
	}
	slices.SortFunc(f.People, func(x, y Favoured) int {
		return cmp.Or(cmp.Compare(x.Chance/x.Limit, y.Chance/y.Limit), cmp.Compare(x.Supervisor, y.Supervisor))
	})
	return nil
}

func mayAskAbout(a rounds.Actor, who store.Named) bool {
	return a.Role == rounds.RoleAdmin || who.ID == a.UserID || who.UnitID != a.UnitID && allowUnit(a, who.UnitID) == nil
}

func (f *Favour) favoured(g favour.Finding, who, rep store.Named, audits []favour.Audit) Favoured {
	p := Favoured{Finding: g, PersonID: who.ID, Person: who.Name, RepID: rep.ID, Rep: rep.Name}
	counts := map[favour.Kind]int{}
	for _, at := range audits {
		for _, c := range at.Changes {
			if c.By == g.Supervisor {
				counts[c.Kind]++
			}
		}
	}
	p.Removed, p.Added = counts[favour.Removed], counts[favour.Added]
	if g.Kind != "" {
		p.From, p.Until = f.begins(g.From), f.Until
		if g.Until+1 < f.Periods {
			p.Until = min(f.begins(g.Until+1).Add(-1), f.Until)
		}
	}
	return p
}
