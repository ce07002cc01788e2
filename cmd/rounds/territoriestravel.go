package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"rounds/fieldwork/districting"
	"rounds/fieldwork/roster"
	"rounds/routing/territory"
)

// territoriesTravel are the flags of minutes on the way.
type territoriesTravel struct {
	Travel    string  `placeholder:"NAME" help:"The column of --balance that is minutes of visits in four weeks: those on the way between them are added, as days planned for each territory have them."`
	Visits    string  `placeholder:"COLUMN" help:"With --travel: visits in four weeks; visits_per_8_weeks, visit_frequency or visits if absent. A row without is visited once."`
	Speed     float64 `default:"25" help:"With --travel: km/h along streets, which are 1.35 times as long as the straight line."`
	DaysAWeek int     `default:"5" help:"With --travel: on which people work, from home, or from the middle of their territory, and back."`
}

// cutAgain is how often a city is cut again by the ways of days planned for the cut before.
const cutAgain = 2

// Validate says what is wrong with the flags.
func (c territoriesTravel) Validate() (err error) {
	if c.Visits != "" && c.Travel == "" {
		err = errors.New("--visits: needs --travel NAME")
	}
	if c.Travel != "" && !(c.Speed >= 0.1 && c.Speed <= 1000) {
		err = errors.Join(err, errors.New("--speed: want 0.1 to 1000"))
	}
	if c.Travel != "" && (c.DaysAWeek < 1 || c.DaysAWeek > 7) {
		err = errors.Join(err, errors.New("--days-a-week: want 1 to 7"))
	}
	return err
}

// visitColumn is where a table says how often a retailer is visited, and in how many weeks; weeks is 0 where nobody asks.
type visitColumn struct{ column, weeks int }

func (c territoriesTravel) visitColumn(header, measures []string) (at visitColumn, err error) {
	if c.Travel == "" {
		return at, nil
	}
	if !slices.Contains(measures, c.Travel) {
		return at, wrongUsage{fmt.Errorf("--travel: %s is not in --balance", c.Travel)}
	}
	if c.Visits != "" {
		if at.column, err = headed(header, c.Visits); err != nil {
			return at, wrongUsage{fmt.Errorf("--visits: %w", err)}
		}
		at.weeks = 4
		return at, nil
	}
	for _, known := range []struct {
		name  string
		weeks int
	}{{"visits_per_8_weeks", 8}, {"visit_frequency", 4}, {"visits", 4}} {
		if column, err := headed(header, known.name); err == nil {
			return visitColumn{column, known.weeks}, nil
		}
	}
	return at, wrongUsage{fmt.Errorf("--travel: there is no column visits, visit_frequency or visits_per_8_weeks; --visits names another of: %s", strings.Join(header, ", "))}
}

// number is how often a row is visited in four weeks, or why nobody can tell.
func (at visitColumn) number(cells []string) (visits float64, why string) {
	text := ""
	if at.weeks > 0 {
		text = strings.TrimSpace(cells[at.column])
	}
	if text == "" {
		return 1, ""
	}
	x, ok := roster.ParseNumber(text)
	if !ok || !(x >= 0 && x <= mostVisits) {
		return 0, fmt.Sprintf("visits %q: want a number from 0 to %d", text, mostVisits)
	}
	return x * 4 / float64(at.weeks), ""
}

const mostVisits = 1000

func (s *shopTable) travels(c territoriesTravel) districting.Travel {
	measure := slices.IndexFunc(s.city.Measures, func(m districting.Measure) bool { return m.Name == c.Travel })
	return districting.Travel{Measure: measure, Visits: s.visits, Speed: c.Speed, Days: c.DaysAWeek}
}

// calibrate cuts with ways.
func (s *shopTable) calibrate(ctx context.Context, c territoriesTravel, r *districting.Region, o territory.Options) territory.Plan {
	t := r.Calibrate(ctx, s.travels(c), o, cutAgain)
	s.travelled = &t
	return t.Plan
}

// travel adds ways to a plan that was made before.
func (s *shopTable) travel(ctx context.Context, c territoriesTravel, r *districting.Region, p territory.Plan) territory.Plan {
	t := r.Travel(ctx, s.travels(c), p.Of)
	s.travelled = &t
	return t.Plan
}

// onTheWay is what the line says of ways, in minutes of four weeks.
type onTheWay struct {
	Share       float64           `json:"share"`          // of all minutes
	Expected    float64           `json:"expected_error"` // mean error of what was expected of a territory's ways before days were planned
	Cuts        int               `json:"cuts"`
	Territories []wayOfATerritory `json:"territories"`
}

type wayOfATerritory struct {
	Territory string  `json:"territory"`
	Minutes   float64 `json:"minutes"`
	OnTheWay  float64 `json:"on_the_way"`
}

// onTheWay is nil where nobody asked for ways.
func (s *shopTable) onTheWay(r *districting.Region) *onTheWay {
	if s.travelled == nil {
		return nil
	}
	a := &onTheWay{Cuts: len(s.travelled.Rounds)}
	if a.Cuts > 0 {
		a.Share, a.Expected = s.travelled.Rounds[a.Cuts-1].Ways, s.travelled.Rounds[0].Mean
	}
	for t, way := range s.travelled.Ways {
		minutes := s.travelled.Minutes[t]
		a.Territories = append(a.Territories, wayOfATerritory{r.City.Territories[t].Name, float64(minutes) / 1000, float64(way) / 1000})
	}
	return a
}
