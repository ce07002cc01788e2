package main

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/url"
	"sync"
	"time"

	"rounds"
)

// Who is in the office.
const (
	demoAdmin      = "admin"
	demoPlanner    = "planner"
	demoSupervisor = "supervisor"
)

// users are everybody who can log in.
func (c *city) users() []rounds.User {
	users := []rounds.User{
		{Name: demoAdmin, DisplayName: "管理员", Role: rounds.RoleAdmin},
		{Name: demoPlanner, DisplayName: "线路规划员", Role: rounds.RolePlanner},
		{Name: demoSupervisor, DisplayName: "市场主管", Role: rounds.RoleSupervisor},
	}
	for _, r := range c.reps {
		users = append(users, rounds.User{Name: r.login, DisplayName: r.name, Role: rounds.RoleRep, Home: &r.home})
	}
	return users
}

// work is two days in the office and one in the field: plans, visits, and the plans of the day after, when
// those who were visited are no longer due.
func (d *demo) work(ctx context.Context) error {
	planner, err := d.client(ctx, demoPlanner)
	if err != nil {
		return err
	}
	reps, err := list[userSeen](ctx, &planner, "/v1/users", url.Values{"role": {string(rounds.RoleRep)}})
	if err != nil {
		return err
	}
	if err := d.plan(ctx, &planner, reps, d.day); err != nil {
		return err
	}
	if err := d.workInTheField(ctx); err != nil {
		return err
	}
	return d.plan(ctx, &planner, reps, d.today)
}

func (d *demo) plan(ctx context.Context, planner *client, reps []userSeen, day rounds.Day) error {
	stops := 0
	for _, rep := range reps {
		var plan planSeen
		if err := planner.post(ctx, "/v1/plans", map[string]string{"rep_id": rep.ID, "date": string(day)}, &plan); err != nil {
			return err
		}
		stops += plan.Stops
	}
	d.done("%d plans for %s: %d stops, each plan in the best order found", len(reps), day, stops)
	return nil
}

// workInTheField lets all reps work at the same time, each by a chance of their own, so that the day is the
// same whoever is first.
func (d *demo) workInTheField(ctx context.Context) error {
	workdays := make([]*workday, len(d.city.reps))
	d.workdays = workdays
	errs := make([]error, len(workdays))
	var all sync.WaitGroup
	for i, r := range d.city.reps {
		workdays[i] = d.workday(r, uint64(i))
		all.Go(func() { errs[i] = d.workOne(ctx, workdays[i]) })
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	stored, again := 0, 0
	for _, w := range workdays {
		stored += w.phone.results[created] + w.phone.results[exists]
		again += w.phone.results[exists]
	}
	d.done("%d handsets worked %s: %d check-ins and check-outs, %d of them sent twice and stored once", len(workdays), d.day, stored, again)
	return nil
}

func (d *demo) workday(r rep, n uint64) *workday {
	begin := d.day.At(7, 0, d.zone)
	kinds := []string{"android_68", "ios"}
	return &workday{
		rep: r, Rand: rand.New(rand.NewPCG(d.Seed, 1+n)), city: d.city, accuracyKind: kinds[n%2],
		phone: &handset{boot: begin, pause: 100 * time.Millisecond, deaf: r.habit.losesAnswer, results: map[result]int{}},
	}
}

// workOne logs a handset in, downloads its plan and goes.
func (d *demo) workOne(ctx context.Context, w *workday) (err error) {
	if w.phone.client, err = d.client(ctx, w.login); err != nil {
		return err
	}
	var plan beatPlan
	if err := w.phone.get(ctx, "/v1/me/plan?date="+string(d.day), &plan); err != nil {
		return err
	}
	return errors.Join(w.work(ctx, plan), w.check())
}
