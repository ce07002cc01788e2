package audit

import (
	"bytes"
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
	Claims  string  // the protection that it says it had
	ToldAt  string  // when the server gave it, RFC 3339; "": it does not say
	EndedAt string  // RFC 3339; "": it had not
	Visited []Visit // every pick, those added by hand among them
	Changes []Change
}

// ParsePublished reads a record as GET /v1/audits/{id}/record gives it. It passes over names that it does not know, and refuses names
// that are given twice, in capitals or not: what it checks must be what everybody else reads.
func ParsePublished(text []byte) (Published, error) {
	if err := problemOf(text); err != nil {
		return Published{}, err
	}
	var t told
	if err := json.Unmarshal(text, &t); err != nil {
		return Published{}, fmt.Errorf("the record is not as it should be: %w", err)
	}
	if err := givenOnce(json.NewDecoder(bytes.NewReader(text)), anyCase); err != nil {
		return Published{}, fmt.Errorf("the record has %w: others may read the other one", err)
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
	Protection struct{ Kind string }
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
		Status: t.Status, Seed: t.Seed, Claims: t.Protection.Kind, ToldAt: t.ToldAt, EndedAt: t.EndedAt, Visited: t.Picks, Changes: t.Changes,
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

// withBeacon is the protection that only a commitment to a beacon gives.
const withBeacon = "commit_reveal_and_beacon"

// Check is [Record.Check] for what was drawn, and [Record.CheckPromise] for what has ended before; and the changes by hand explain all
// that is visited otherwise than it was drawn.
func (p Published) Check() (faults []error) {
	if p.Claims == withBeacon && p.Commitment.Beacon == "" {
		faults = append(faults, errors.New("it says that a beacon protects it, and none was committed to"))
	}
	if p.Seed == "" {
		faults = append(faults, p.CheckPromise()...)
		if len(p.Visited) > 0 {
			faults = append(faults, errors.New("it was never drawn, and has picks"))
		}
		if p.Value != "" && (p.Commitment.Beacon == "" || p.Beacon != "") {
			faults = append(faults, errors.New("it has all that a seed follows from, and no seed: what was drawn is left out"))
		}
		return faults
	}
	faults = append(faults, p.Record.Check()...)
	if p.Seed != Seed(p.Secret, p.Published, p.Value, p.Beacon) {
		faults = append(faults, errors.New("the seed is not that of the secret, the commitment, the value and the beacon's output"))
	}
	faults = append(faults, p.checkPicks()...)
	return append(faults, checkChanges(p.Visited, p.Changes)...)
}

// checkPicks returns which picks are not of the retailer that the frame has: whom auditors visit, and changes are of, is told by ids, and
// shares are estimated, and favour is looked for, by rep, territory and class.
func (p Published) checkPicks() (faults []error) {
	seen := map[string]bool{}
	for _, v := range p.Visited {
		if seen[v.Retailer] {
			faults = append(faults, fmt.Errorf("%s is among the picks twice", v.Retailer))
		}
		seen[v.Retailer] = true
	}
	for _, c := range []struct {
		column string
		of     func(v Visit) string
	}{
		{"retailer_id", func(v Visit) string { return v.Retailer }},
		{"rep_id", func(v Visit) string { return v.Rep }},
		{"territory_id", func(v Visit) string { return v.Territory }},
		{"class", func(v Visit) string { return v.Class }},
	} {
		frame := p.Frame.column(c.column)
		for _, v := range p.Visited {
			now := v.Role == Added && c.column != "retailer_id" // added as it was then, not as the frame has it
			if has, known := frame[v.Code]; known && !now && has != c.of(v) {
				faults = append(faults, fmt.Errorf("%s has the %s %q, and the frame has %q", v.Code, c.column, c.of(v), has))
			}
		}
	}
	return faults
}

// Chain is all commitments of an org as they are told, with the published head.
type Chain struct {
	Links []Link
	Head  string
}

// ParseChain reads pages of GET /v1/audit-chain, one after the other, and refuses what is no page, no page at all, and names that are
// given twice. Whether they make a chain, Check says.
func ParseChain(text []byte) (Chain, error) {
	var c Chain
	if err := problemOf(text); err != nil {
		return c, err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	for {
		var page json.RawMessage
		if err := decoder.Decode(&page); err != nil {
			return c, fmt.Errorf("the chain is not as it should be: %w", err)
		}
		if err := c.add(page); err != nil {
			return c, err
		}
		if rest := text[decoder.InputOffset():]; len(bytes.TrimSpace(rest)) == 0 {
			return c, nil
		}
	}
}

// add reads a page behind those before it; the head is that of the last one.
func (c *Chain) add(text []byte) error {
	var page struct {
		Head  *string
		Items []struct {
			Number         int64
			Previous, Hash string
			Commitment     *Commitment
		}
	}
	if err := json.Unmarshal(text, &page); err != nil {
		return fmt.Errorf("the chain is not as it should be: %w", err)
	}
	if page.Head == nil || page.Items == nil {
		return errors.New("this is no page of a chain: it has no head or no items")
	}
	if err := givenOnce(json.NewDecoder(bytes.NewReader(text)), anyCase); err != nil {
		return fmt.Errorf("the chain has %w: others may read the other one", err)
	}
	c.Head = *page.Head
	for _, i := range page.Items {
		c.Links = append(c.Links, Link{i.Number, i.Previous, i.Hash, i.Commitment})
	}
	return nil
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
