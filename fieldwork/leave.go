package fieldwork

import (
	"context"
	"strings"

	"rounds"
	"rounds/calendar"
	"rounds/store"
)

// maxLeaveDays is the longest leave that is entered at once.
const maxLeaveDays = 400

// Leaves are a rep's that touch a span of days, in their order; "" is no bound. The reasons are for the rep and
// for who reviews their visits; nobody else is told them. NotFound if the actor may not see the rep.
func (o *Office) Leaves(ctx context.Context, a rounds.Actor, rep rounds.UserID, from, until rounds.Day) ([]rounds.Leave, error) {
	if _, err := o.User(ctx, a, rep); err != nil {
		return nil, err
	}
	found, err := o.store.Leaves(ctx, rounds.Scope{OrgID: a.OrgID}, rep, from, until)
	if rep != a.UserID && allow(a, reviewing) != nil {
		for i := range found {
			found[i].Reason = ""
		}
	}
	return found, err
}

// AddLeave enters a rep's leave: Invalid for days that are none or too many, a Conflict with a leave that they
// have on one of these days.
func (o *Office) AddLeave(ctx context.Context, a rounds.Actor, l rounds.Leave) (rounds.Leave, error) {
	if err := allow(a, planning); err != nil {
		return l, err
	}
	l.ID, l.CreatedAt, l.CreatedBy, l.Reason = rounds.NewID[rounds.Leave](), o.now(), a.UserID, strings.TrimSpace(l.Reason)
	if err := checkLeave(l); err != nil {
		return l, err
	}
	return l, o.store.InTx(ctx, func(tx *store.Store) error {
		if err := tx.LockReps(ctx, a.OrgID, []rounds.UserID{l.RepID}); err != nil {
			return err
		}
		user, err := tx.User(ctx, a.Scope(), l.RepID)
		if err != nil {
			return err
		}
		if user.Role != rounds.RoleRep {
			return rounds.Errorf(rounds.Invalid, "this is no rep of your units")
		}
		others, err := tx.Leaves(ctx, rounds.Scope{OrgID: a.OrgID}, l.RepID, l.From, l.Until)
		if err != nil {
			return err
		}
		if len(others) > 0 {
			return rounds.Errorf(rounds.Conflict, "this rep is on leave from %s to %s already: delete that leave first", others[0].From, others[0].Until)
		}
		if err := tx.InsertLeave(ctx, a.OrgID, l); err != nil {
			return err
		}
		return o.logLeave(ctx, tx, a, "leave.add", l)
	})
}

func checkLeave(l rounds.Leave) error {
	problem := rounds.Errorf(rounds.Invalid, "this is no leave: see its fields")
	for _, d := range []struct {
		pointer string
		day     rounds.Day
	}{{"/from", l.From}, {"/until", l.Until}} {
		if year := d.day.Year(); year < calendar.FirstYear || year > calendar.LastYear {
			problem.With(d.pointer, "out_of_range", calendar.FirstYear, calendar.LastYear)
		}
	}
	if span := l.From.Until(l.Until); len(problem.Fields) == 0 && (span < 0 || span >= maxLeaveDays) {
		problem.With("/until", "bad_range")
	}
	return orNil(problem)
}

// RemoveLeave takes a rep's leave back. NotFound if there is none such, or the actor may not see the rep.
func (o *Office) RemoveLeave(ctx context.Context, a rounds.Actor, rep rounds.UserID, id rounds.LeaveID) error {
	if err := allow(a, planning); err != nil {
		return err
	}
	return o.store.InTx(ctx, func(tx *store.Store) error {
		if _, err := tx.User(ctx, a.Scope(), rep); err != nil {
			return err
		}
		l, err := tx.DeleteLeave(ctx, a.OrgID, rep, id)
		if err != nil {
			return err
		}
		return o.logLeave(ctx, tx, a, "leave.remove", l)
	})
}

// logLeave tells of a leave without its reason, as the log is kept.
func (o *Office) logLeave(ctx context.Context, tx *store.Store, a rounds.Actor, act string, l rounds.Leave) error {
	return tx.Log(ctx, a.OrgID, a.UserID, o.now(), store.Action{
		Name: act, Subject: l.RepID.String(), Detail: map[string]any{"leave": l.ID, "from": l.From, "until": l.Until},
	})
}

// forgetLeave deletes the reasons of leaves that were over with the days whose positions go.
func (o *Office) forgetLeave(ctx context.Context, org rounds.OrgID, e store.Expired) (n int64, err error) {
	if e.Through == "" {
		return 0, nil
	}
	err = o.store.InTx(ctx, func(tx *store.Store) error {
		if n, err = tx.DeleteLeaveReasons(ctx, org, e.Through); err != nil || n == 0 {
			return err
		}
		return tx.Log(ctx, org, rounds.UserID{}, o.now(), store.Action{
			Name: "leave_reasons.delete", Subject: string(e.Through), Detail: map[string]any{"reasons": n},
		})
	})
	return n, err
}
