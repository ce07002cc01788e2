package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"rounds/geo"
)

// readPolicy reads the rules of a policy as the API takes them. What the file leaves out is the default's;
// a name that no rule has is refused, as a misspelt rule would change nothing.
func readPolicy(name string) (geo.Policy, error) {
	file, err := os.Open(name)
	if err != nil {
		return geo.Policy{}, err
	}
	defer file.Close()
	p, err := decodePolicy(file)
	if err != nil {
		return geo.Policy{}, fmt.Errorf("%s: %s", name, strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	return p, nil
}

func decodePolicy(r io.Reader) (geo.Policy, error) {
	var p *geo.Policy
	d := json.NewDecoder(r)
	d.DisallowUnknownFields()
	if err := d.Decode(&p); err != nil {
		return geo.Policy{}, fmt.Errorf("this is no policy: %w", err)
	}
	if p == nil {
		return geo.Policy{}, errors.New("this is no policy: null")
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return geo.Policy{}, errors.New("there is more than one policy")
	}
	complete := p.WithDefaults()
	return complete, complete.Validate()
}
