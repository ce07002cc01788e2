package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"
	"unicode"

	"rounds/audit"
)

type auditCheckCmd struct {
	Records []string `arg:"" optional:"" type:"existingfile" placeholder:"RECORD.json" help:"Records as GET /v1/audits/{id}/record gives them."`
	Chain   string   `type:"existingfile" placeholder:"CHAIN.json" help:"The commitments, as GET /v1/audit-chain gives them; pages one after the other."`
	Head    string   `placeholder:"HASH" help:"A head of the chain that was kept: nothing before it may have changed."`
}

// Help is what -h says beside the flags.
func (auditCheckCmd) Help() string {
	return `Draws again what a record says, by nothing but the record, and compares all of it:

    $ curl -s -H "Authorization: Bearer $TOKEN" localhost:8080/v1/audits/$ID/record > record.json
    $ rounds audit check record.json

With the chain, and a head of it that you kept, no commitment before that can have been dropped or changed since:

    $ curl -s -H "Authorization: Bearer $TOKEN" 'localhost:8080/v1/audit-chain?limit=1000' > chain.json
    $ rounds audit check record.json --chain chain.json --head "$KEPT"

What does not agree is named on standard error, and the exit status is 1. With several records it is also checked that each
names those before it that could draw some of the same retailers for some of the same days: whoever drew again until it suited is
seen. A record names those alone that had ended when it was told, as nobody is told of others: one told earlier is to be asked for
again, which is said, and is no failure. Whether the beacon's round came when the commitment says, and with that output, you compare by yourself.`
}

// Validate is called by kong: what is wrong here is wrong usage.
func (c auditCheckCmd) Validate() error {
	if len(c.Records) == 0 && c.Chain == "" {
		return errors.New("name a record, or a chain with --chain")
	}
	if c.Head != "" && c.Chain == "" {
		return errors.New("--head needs --chain")
	}
	return nil
}

// Run checks.
func (c auditCheckCmd) Run(_ context.Context, t terminal) error {
	out := tabwriter.NewWriter(t.Out, 0, 0, 2, ' ', 0)
	records, faults, err := checkRecords(out, c.Records)
	if err != nil {
		return err
	}
	hidden, unknown := audit.CheckBeside(records)
	faults = append(faults, hidden...)
	if c.Chain != "" {
		wrong, err := checkChainFile(out, c.Chain, c.Head, records)
		if err != nil {
			return err
		}
		faults = append(faults, wrong...)
	}
	if err := out.Flush(); err != nil {
		return err
	}
	for _, f := range faults {
		fmt.Fprintf(t.Err, "Not as it should be: %s\n", onOneLine(f.Error()))
	}
	for _, u := range unknown {
		fmt.Fprintf(t.Err, "Not known: %s\n", onOneLine(u.Error()))
	}
	if len(faults) > 0 {
		return silent(exitFailed)
	}
	return nil
}

func checkRecords(out io.Writer, names []string) (records []audit.Published, faults []error, err error) {
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, nil, err
		}
		p, err := audit.ParsePublished(text)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", name, err)
		}
		wrong := p.Check()
		for _, w := range wrong {
			faults = append(faults, fmt.Errorf("%s: %w", name, w))
		}
		describeRecord(out, p, len(wrong))
		records = append(records, p)
	}
	return records, faults, nil
}

// describeRecord says what was checked.
func describeRecord(out io.Writer, p audit.Published, faults int) {
	c := p.Commitment
	line := func(what, said string) { fmt.Fprintf(out, "  %s\t%s\n", what, onOneLine(said)) }
	fmt.Fprintf(out, "Audit %d\t%s, of %s to %s, %s\n", c.Number, onOneLine(p.Status), onOneLine(c.From), onOneLine(c.To), verdictOf(faults))
	line("commitment", p.Published+" by "+c.By+" at "+c.At)
	line("frame", strconv.Itoa(p.Frame.Len())+" retailers, "+c.Frame)
	line("specification", string(p.Spec))
	line("secret", hex.EncodeToString(p.Secret))
	line("value", orNothing(p.Value))
	line("beacon", orNothing(p.Commitment.Beacon))
	if c.Beacon != "" {
		line("its output", orNothing(p.Beacon))
	}
	if p.Seed == "" {
		line("seed", "none: it was never drawn")
		return
	}
	line("seed", p.Seed)
	line("picks", fmt.Sprintf("%d, %d changes asked for by hand", len(p.Picks), len(p.Changes)))
	if p.ToldAt != "" {
		line("told", p.ToldAt)
	}
	if len(p.Beside) > 0 {
		line("beside", fmt.Sprint(p.Beside))
	}
}

func verdictOf(faults int) string {
	switch faults {
	case 0:
		return "all agrees"
	case 1:
		return "1 fault"
	}
	return fmt.Sprintf("%d faults", faults)
}

// onOneLine quotes a text that is not on one line, or that could move a terminal's cursor: nothing that somebody put into a record may
// look as if it had been checked.
func onOneLine(text string) string {
	if strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return strconv.Quote(text)
	}
	return text
}

func orNothing(text string) string {
	if text == "" {
		return "none"
	}
	return text
}

func checkChainFile(out io.Writer, name, head string, records []audit.Published) ([]error, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	chain, err := audit.ParseChain(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	faults := chain.Check(head, records)
	fmt.Fprintf(out, "Chain\t%d commitments, %s\n  head\t%s\n", len(chain.Links), verdictOf(len(faults)), onOneLine(orNothing(chain.Head)))
	return faults, nil
}
