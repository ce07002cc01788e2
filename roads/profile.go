package roads

import "slices"

// Profile is a means of getting about: which roads it may take, and how fast it is there. Speeds are
// rough values for cities, in km/h.
type Profile struct {
	Name    string
	speeds  map[string]float64 // by the value of highway
	invited map[string]float64 // likewise, of roads that must name this means to be open to it
	keys    []string           // of access, the more specific later
	oneway  []string           // likewise
	implied bool               // roundabouts and motorways are one-way without saying so
	top     float64            // speed of the vehicle
	wait    int32              // at a traffic light, ms
	motors  bool               // may use roads for motor vehicles only
	walks   bool               // passes what stops vehicles
	turning string             // the means in restrictions on turning; "": none hold
}

// The profiles.
var (
	Car = Profile{
		Name: "car", keys: []string{"access", "vehicle", "motor_vehicle", "motorcar"},
		oneway: []string{"oneway", "oneway:motor_vehicle", "oneway:motorcar"}, implied: true,
		top: 130, wait: 5000, motors: true, turning: "motorcar",
		speeds: map[string]float64{
			"motorway": 100, "trunk": 80, "primary": 60, "secondary": 50, "tertiary": 40,
			"motorway_link": 50, "trunk_link": 45, "primary_link": 35, "secondary_link": 30, "tertiary_link": 25,
			"unclassified": 30, "residential": 25, "road": 25, "service": 15, "living_street": 10,
		},
		invited: map[string]float64{"track": 15, "pedestrian": 10},
	}
	MotorScooter = Profile{
		Name: "motor_scooter", keys: []string{"access", "vehicle", "motor_vehicle", "moped"},
		oneway: []string{"oneway", "oneway:motor_vehicle", "oneway:moped"}, implied: true,
		top: 45, wait: 5000, turning: "moped",
		speeds: map[string]float64{
			"trunk": 45, "primary": 40, "secondary": 40, "tertiary": 35,
			"trunk_link": 35, "primary_link": 30, "secondary_link": 30, "tertiary_link": 25,
			"unclassified": 30, "residential": 25, "road": 25, "service": 15, "living_street": 10,
		},
		invited: map[string]float64{"cycleway": 20, "track": 15, "path": 15, "pedestrian": 10},
	}
	Foot = Profile{
		Name: "foot", keys: []string{"access", "foot"}, oneway: []string{"oneway:foot"}, top: 5, walks: true,
		speeds: map[string]float64{
			"trunk": 5, "primary": 5, "secondary": 5, "tertiary": 5,
			"trunk_link": 5, "primary_link": 5, "secondary_link": 5, "tertiary_link": 5,
			"unclassified": 5, "residential": 5, "road": 5, "service": 5, "living_street": 5,
			"pedestrian": 5, "footway": 5, "path": 5, "track": 5, "steps": 2.5, "corridor": 4,
		},
		invited: map[string]float64{"cycleway": 5, "bridleway": 5},
	}
)

// ProfileNamed is the profile of that name.
func ProfileNamed(name string) (Profile, bool) {
	all := []Profile{Car, MotorScooter, Foot}
	i := slices.IndexFunc(all, func(p Profile) bool { return p.Name == name })
	if i < 0 {
		return Profile{}, false
	}
	return all[i], true
}
