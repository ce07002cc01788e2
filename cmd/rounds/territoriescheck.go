package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"rounds/fieldwork/districting"
	"rounds/fieldwork/roster"
)

// readPlan reads whose each retailer is in a plan, in the order of the rows; errors name its rows.
func (s *shopTable) readPlan(name string) error {
	table, _, err := openTable(name, strings.NewReader(""))
	if err != nil {
		return err
	}
	code, hasCode := roster.FieldColumn(table.Header, "code")
	named, hasName := roster.FieldColumn(table.Header, "territory")
	if !hasCode || !hasName {
		return fmt.Errorf("%s: line %d: there must be one column code and one column territory; the headings are: %s",
			name, table.Line, strings.Join(table.Header, ", "))
	}
	rows := map[string]int{}
	for i, p := range s.city.Places {
		rows[p.Code] = i
	}
	s.checked = make([]string, len(s.city.Places))
	var wrong rowTrouble
	for _, bad := range table.Bad {
		wrong.add(bad.Line, "", bad.Text("en"))
	}
	for _, row := range table.Rows {
		code, territory := label(row.Cells, code), label(row.Cells, named)
		at, known := rows[code]
		switch {
		case !known:
			wrong.add(row.Line, code, "no retailer of "+s.said)
		case territory == "":
			wrong.add(row.Line, code, "no territory")
		case s.checked[at] != "":
			wrong.add(row.Line, code, "the same code more than once")
		default:
			s.checked[at] = territory
		}
	}
	if wrong.count == 0 {
		for i, territory := range s.checked {
			if territory == "" {
				wrong.add(s.lines[i], s.city.Places[i].Code, "not in the plan")
			}
		}
	}
	if wrong.count > 0 {
		return fmt.Errorf("%s: %s", name, wrong.text("\n"))
	}
	return nil
}

// check reckons the figures of a plan that was made before.
func (c territoriesCmd) check(ctx context.Context, r *districting.Region, s *shopTable, t terminal) error {
	of := make([]int32, len(s.checked))
	var wrong rowTrouble
	for i, name := range s.checked {
		at := slices.IndexFunc(s.city.Territories, func(t districting.Territory) bool { return t.Name == name })
		if of[i] = int32(at); at < 0 {
			wrong.add(s.lines[i], s.city.Places[i].Code, "in territory "+name+", which there is not")
		}
	}
	if wrong.count > 0 {
		return fmt.Errorf("%s: %s", c.Check, wrong.text("\n"))
	}
	plan, faults, err := r.Check(districting.Units(r, of))
	if err != nil {
		return err
	}
	if len(faults) > 0 {
		return errors.Join(s.say(t.Err, faults), silent(exitFailed))
	}
	if c.Travel != "" {
		plan = s.travel(ctx, c.territoriesTravel, r, plan)
	}
	answer := r.Answer(plan)
	if err := c.write(r, s, plan, answer); err != nil {
		return err
	}
	line := c.summary(r, answer)
	line.Travel = s.onTheWay(r)
	return line.print(t, answer, false, false)
}
