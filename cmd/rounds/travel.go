package main

import (
	"errors"
	"fmt"
	"os"

	"rounds/roads"
)

// travelFlags choose what travel times come from.
type travelFlags struct {
	Roads    string `type:"path" placeholder:"FILE" help:"Travel times along the road network that rounds roads import made."`
	OSRM     string `name:"osrm" placeholder:"URL" help:"Travel times by an OSRM server."`
	Table    int    `name:"osrm-table" default:"100" help:"Places that the OSRM takes in one table."`
	Valhalla string `placeholder:"URL" help:"Travel times by a Valhalla server."`
	Profile  string `enum:",car,motor_scooter,foot" default:"" help:"How people get about: car, motor_scooter or foot; car if absent, and with --roads that of the network."`
}

// Validate refuses two sources at once, and addresses and files that are none.
func (f travelFlags) Validate() error {
	given := 0
	for _, source := range []string{f.Roads, f.OSRM, f.Valhalla} {
		if source != "" {
			given++
		}
	}
	if given > 1 {
		return errors.New("--roads, --osrm and --valhalla: give one of them, as travel times come from one source")
	}
	if f.Roads != "" {
		_, err := os.Stat(f.Roads)
		return err
	}
	t, err := f.open()
	if err == nil {
		t.Close()
	}
	return err
}

// open makes the source ready; a network is read into memory.
func (f travelFlags) open() (*roads.Travel, error) {
	name := f.Profile
	if name == "" {
		name = roads.Car.Name
	}
	profile, ok := roads.ProfileNamed(name)
	switch {
	case !ok:
		return nil, fmt.Errorf("there is no profile %q", name)
	case f.Roads != "":
		return f.network()
	case f.OSRM != "":
		t, err := roads.AskOSRM(f.OSRM, profile, f.Table)
		return t, named("--osrm", err)
	case f.Valhalla != "":
		t, err := roads.AskValhalla(f.Valhalla, profile)
		return t, named("--valhalla", err)
	}
	return roads.StraightLines(profile), nil
}

func named(flag string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", flag, err)
}

func (f travelFlags) network() (*roads.Travel, error) {
	file, err := os.Open(f.Roads)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	n, err := roads.Read(file)
	if err != nil {
		return nil, fmt.Errorf("--roads %s: %w", f.Roads, err)
	}
	if f.Profile != "" && f.Profile != n.Profile {
		return nil, fmt.Errorf("--profile %s: the network of %s was made for %s; import it again with that profile, or leave --profile away", f.Profile, f.Roads, n.Profile)
	}
	t, ok := roads.Along(n)
	if !ok {
		return nil, fmt.Errorf("--roads %s: the profile %q is not known here: import the network again", f.Roads, n.Profile)
	}
	return t, nil
}
