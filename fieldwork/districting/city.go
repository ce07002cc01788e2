// Package districting turns the places of a city, with what there is to do at them, into a problem of territories, and
// the answer into figures, files and pages that people read.
//
// It knows codes, names, pins and measures. It knows neither the database nor HTTP, and decides nothing: what is to be
// cut how is the caller's, and the cutting is that of rounds/routing/territory.
package districting

import "github.com/paulmach/orb"

// City is what is to be shared out, to whom and how fairly.
type City struct {
	Places      []Place
	Measures    []Measure // the first is the one by which change is counted
	Territories []Territory
	Barriers    []orb.LineString // rivers, railways …: places on both sides are not beside each other
	Together    [][]string       // codes of places of which each group stays in one territory
	Apart       [][]string       // codes of places of which no two are in one territory
	// ChangePrice is what it costs to change all of the first measure, as a multiple of what today's cut costs; 0: nothing.
	ChangePrice float64
	// MostChange is the share of the first measure that may change hands, above 0 to 1; 0: as much as it takes.
	MostChange float64
}

// Place is a retailer, or whatever else goes into one territory.
type Place struct {
	Code  string    // its own
	At    orb.Point // WGS-84; 0, 0 stands for an unknown one
	Loads []float64 // of each measure, none below 0; they count to thousandths
	Today string    // the name of its territory, "" for none
	Lock  string    // the name of the territory that it must be in, "" for none
}

// Measure is something to be shared out fairly.
type Measure struct {
	Name string
	// Tolerance is by what share of its target a load may miss it; nil: the measure is only reported.
	Tolerance *float64
}

// Territory is what one person, call group or van gets.
type Territory struct {
	Name   string
	Share  float64            // of the work, beside the shares of the others; 0 is 1
	Home   *orb.Point         // where whoever works it starts from; nil: nowhere
	Most   map[string]float64 // by the name of a measure: at most so much of it
	Frozen bool               // it keeps exactly the places that it has today
}
