package audit

import (
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Published is all that a server tells of an audit that was drawn or has ended.
type Published struct {
	Record
	Status  string
	Seed    string // "": it was never drawn
	Beside  []int64
	ToldAt  string  // when the server gave it, RFC 3339; "": it does not say
	EndedAt string  // RFC 3339; "": it had not
	Visited []Visit // every pick, those added by hand among them
	Changes []Change
}

// ParsePublished reads a record as GET /v1/audits/{id}/record gives it. It passes over names that it does not know.
func ParsePublished(text []byte) (Published, error) {
	if err := problemOf(text); err != nil {
		return Published{}, err
	}
	var t told
	if err := json.Unmarshal(text, &t); err != nil {
		return Published{}, fmt.Errorf("the record is not as it should be: %w", err)
	}
	if t.Hash == "" || t.Frame == "" {
		return Published{}, errors.New("this is no record of an audit: it has no hash or no frame")
	}
	return t.published()
}

// told is a record in the names of its JSON.
type told struct {
	Status     string
	Commitment Commitment
	Hash       string
	Secret     string
	Value      string
	Output     string `json:"beacon_output"`
	Seed       string
	Spec       string
	Frame      string
	Picks      []Visit
	Changes    []Change
	Beside     []struct{ Number int64 }
	ToldAt     string `json:"told_at"`
	EndedAt    string `json:"ended_at"`
}

func (t told) published() (Published, error) {
	secret, err := hex.DecodeString(t.Secret)
	if err != nil {
		return Published{}, fmt.Errorf("the secret is not hexadecimal: %w", err)
	}
	frame, err := parseFrame(t.Frame)
	if err != nil {
		return Published{}, err
	}
	p := Published{
		Record: Record{
			Commitment: t.Commitment, Published: t.Hash, Secret: secret, Value: t.Value, Beacon: t.Output, Frame: frame, Spec: []byte(t.Spec),
		},
		Status: t.Status, Seed: t.Seed, ToldAt: t.ToldAt, EndedAt: t.EndedAt, Visited: t.Picks, Changes: t.Changes,
	}
	for _, b := range t.Beside {
		p.Beside = append(p.Beside, b.Number)
	}
	for _, v := range t.Picks {
		if v.Role != Added {
			p.Picks = append(p.Picks, Pick{v.Rank, v.Code, v.Stratum, v.Probability, v.Role})
		}
	}
	return p, nil
}

// problemOf is what a server says that does not give what it was asked for (RFC 9457), in its words; nil if the text is anything else.
func problemOf(text []byte) error {
	var p struct {
		Title, Detail string
		Status        int
	}
	if json.Unmarshal(text, &p) != nil || p.Status < 400 || p.Title == "" && p.Detail == "" {
		return nil
	}
	return fmt.Errorf("it holds no record and no chain, but what the server answered instead: %d %s: %s", p.Status, p.Title, p.Detail)
}

func parseFrame(text string) (Frame, error) {
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		return Frame{}, fmt.Errorf("the frame is not CSV: %w", err)
	}
	if len(rows) == 0 {
		return Frame{}, errors.New("the frame is empty")
	}
	return NewFrame(rows[0], rows[1:])
}

// Check is [Record.Check] for what was drawn, and [Record.CheckPromise] for what has ended before; and the changes by hand explain all
// that is visited otherwise than it was drawn.
func (p Published) Check() []error {
	if p.Seed == "" {
		faults := p.CheckPromise()
		if len(p.Visited) > 0 {
			faults = append(faults, errors.New("it was never drawn, and has picks"))
		}
		return faults
	}
	faults := p.Record.Check()
	if p.Seed != Seed(p.Secret, p.Published, p.Value, p.Beacon) {
		faults = append(faults, errors.New("the seed is not that of the secret, the commitment, the value and the beacon's output"))
	}
	faults = append(faults, p.checkIDs()...)
	return append(faults, checkChanges(p.Visited, p.Changes)...)
}

// checkIDs returns which picks have the id of another retailer than the frame: whom auditors visit, and changes are of, is told by ids.
func (p Published) checkIDs() (faults []error) {
	ids, seen := p.Frame.column("retailer_id"), map[string]bool{}
	for _, v := range p.Visited {
		if id, known := ids[v.Code]; known && id != v.Retailer {
			faults = append(faults, fmt.Errorf("%s has the id %s, and the frame has %s", v.Code, v.Retailer, id))
		}
		if seen[v.Retailer] {
			faults = append(faults, fmt.Errorf("%s is among the picks twice", v.Retailer))
		}
		seen[v.Retailer] = true
	}
	return faults
}

// Chain is all commitments of an org as they are told, with the published head.
type Chain struct {
	Links []Link
	Head  string
}

// ParseChain reads pages of GET /v1/audit-chain, one after the other, and refuses what is no page. Whether they make a chain, Check says.
func ParseChain(text []byte) (Chain, error) {
	var c Chain
	if err := problemOf(text); err != nil {
		return c, err
	}
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	for decoder.More() {
		var page struct {
			Head  string
			Items []struct {
				Number         int64
				Previous, Hash string
				Commitment     *Commitment
			}
		}
		if err := decoder.Decode(&page); err != nil {
			return c, fmt.Errorf("the chain is not as it should be: %w", err)
		}
		c.Head = page.Head
		for _, i := range page.Items {
			c.Links = append(c.Links, Link{i.Number, i.Previous, i.Hash, i.Commitment})
		}
	}
	return c, nil
}

// Check is [CheckChain], and says which of the records is not of the chain, or whether a head that somebody kept ("" for none) is not.
func (c Chain) Check(kept string, records []Published) (faults []error) {
	if err := CheckChain(c.Links, c.Head); err != nil {
		faults = append(faults, err)
	}
	hashes := map[string]int64{}
	for _, l := range c.Links {
		hashes[l.Hash] = l.Number
	}
	if _, known := hashes[kept]; kept != "" && !known {
		faults = append(faults, errors.New("the head that was kept is no commitment of the chain: it was changed since"))
	}
	for _, p := range records {
		if hashes[p.Published] != p.Commitment.Number {
			faults = append(faults, fmt.Errorf("commitment %d is not in the chain as its record has it", p.Commitment.Number))
		}
	}
	return faults
}
