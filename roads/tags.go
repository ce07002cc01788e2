package roads

import (
	"slices"
	"strconv"
	"strings"

	"github.com/paulmach/osm"
)

// What tags of access mean (https://wiki.openstreetmap.org/wiki/Key:access). Whoever calls at a shop is a
// destination and a delivery.
var (
	denying  = []string{"no", "private", "agricultural", "forestry", "military", "emergency", "use_sidepath", "permit"}
	inviting = []string{"yes", "designated", "permissive", "destination", "delivery", "customers", "official"}
)

// passable are barriers that a vehicle gets through unless they are tagged otherwise; all others stop it.
var passable = []string{
	"gate", "lift_gate", "swing_gate", "sliding_gate", "toll_booth", "cattle_grid", "entrance", "border_control",
	"height_restrictor", "width_restrictor", "sally_port", "kerb", "bump_gate", "hampshire_gate", "checkpoint", "no",
}

// speed is how fast a way may be taken along its nodes and against them, in km/h; 0 is not at all.
func (p Profile) speed(tags osm.Tags) (ahead, back float64) {
	if tags.Find("route") == "ferry" && tags.Find("highway") == "" {
		return p.ferry(tags)
	}
	speed, ok := p.speeds[tags.Find("highway")]
	if !ok && p.welcome(tags) {
		speed = p.invited[tags.Find("highway")]
	}
	if p.denied(tags, "") || !p.motors && tags.Find("motorroad") == "yes" {
		return 0, 0
	}
	speed = min(speed, p.top)
	if posted := maxspeed(tags.Find("maxspeed")); posted > 0 && !p.walks {
		speed = min(speed, posted)
	}
	ahead, back = p.ways(tags, speed)
	if p.denied(tags, ":forward") {
		ahead = 0
	}
	if p.denied(tags, ":backward") {
		back = 0
	}
	return ahead, back
}

// ferrySpeed is that of ferries whose duration is not known, their waiting included, in km/h.
const ferrySpeed = 8

// ferry is its speed, where it takes this means: vehicles have to be named (https://wiki.openstreetmap.org/wiki/Tag:route=ferry).
func (p Profile) ferry(tags osm.Tags) (ahead, back float64) {
	if p.denied(tags, "") || !p.walks && !p.welcome(tags) {
		return 0, 0
	}
	return p.ways(tags, ferrySpeed)
}

// crossing is the duration of a ferry in hours: minutes, h:mm or h:mm:ss (https://wiki.openstreetmap.org/wiki/Key:duration);
// 0 where there is none, or it is no ferry.
func crossing(tags osm.Tags) (hours float64) {
	parts := strings.Split(tags.Find("duration"), ":")
	if tags.Find("route") != "ferry" || len(parts) > 3 {
		return 0
	}
	unit := 1.0
	if len(parts) == 1 {
		unit = 1. / 60
	}
	for _, part := range parts {
		n, err := strconv.ParseUint(part, 10, 16)
		if err != nil {
			return 0
		}
		hours += float64(n) * unit
		unit /= 60
	}
	return hours
}

// welcome tells whether a way names this means, beyond what holds for everybody or every vehicle.
func (p Profile) welcome(tags osm.Tags) bool {
	return slices.ContainsFunc(p.keys, func(key string) bool {
		return key != "access" && key != "vehicle" && slices.Contains(inviting, tags.Find(key))
	})
}

func (p Profile) denied(tags osm.Tags, direction string) bool {
	return slices.Contains(denying, last(tags, p.keys, direction))
}

// last is the value of the most specific key that has one.
func last(tags osm.Tags, keys []string, suffix string) string {
	for _, key := range slices.Backward(keys) {
		if value := tags.Find(key + suffix); value != "" {
			return value
		}
	}
	return ""
}

// ways closes a direction of one-way streets.
func (p Profile) ways(tags osm.Tags, speed float64) (ahead, back float64) {
	switch last(tags, p.oneway, "") {
	case "yes", "true", "1":
		return speed, 0
	case "-1", "reverse":
		return 0, speed
	case "reversible":
		return 0, 0 // which way depends on the hour
	case "":
		round := tags.Find("junction") == "roundabout" || tags.Find("junction") == "circular"
		if p.implied && (round || tags.Find("highway") == "motorway") {
			return speed, 0
		}
	}
	return speed, speed
}

// mile is in kilometres.
const mile = 1.609344

// maxspeed is a posted limit in km/h, 0 if there is none that is a number
// (https://wiki.openstreetmap.org/wiki/Key:maxspeed).
func maxspeed(value string) float64 {
	number, inMiles := strings.CutSuffix(value, "mph")
	limit, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if err != nil || !(limit > 0) {
		return 0
	}
	if inMiles {
		return limit * mile
	}
	return limit
}

// stopped tells whether a node on a road lets nobody of this profile through.
func (p Profile) stopped(tags osm.Tags) bool {
	if last(tags, p.keys, "") != "" {
		return p.denied(tags, "")
	}
	barrier := tags.Find("barrier")
	return barrier != "" && !p.walks && !slices.Contains(passable, barrier)
}
