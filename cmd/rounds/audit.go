package main

import (
	"cmp"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"rounds/audit"
	"rounds/internal/sheet"
)

type auditCmd struct {
	Draw  auditDrawCmd  `cmd:"" help:"Draw retailers at random by a seed, or draw again what was drawn."`
	Check auditCheckCmd `cmd:"" help:"Check what a server published of its draws: promises, seeds, picks, changes, the chain."`
}

type auditDrawCmd struct {
	Frame string `required:"" type:"existingfile" placeholder:"F.csv" help:"CSV or XLSX with a column code and any others: whom the draw may pick; - is standard input."`
	Spec  string `required:"" type:"existingfile" placeholder:"S.json" help:"What is asked, in JSON as above."`
	Seed  string `required:"" placeholder:"TEXT" help:"What the numbers of chance follow from, byte for byte."`
	Out   string `type:"path" placeholder:"F" help:"Write here instead of to standard output."`
}

// Help is what -h says beside the flags.
func (auditDrawCmd) Help() string {
	return `The same frame, specification and seed give the same draw on every machine, rows and columns in any order:

    $ cat shops.csv
    code,class
    44030002,A
    44030009,A
    44030017,A
    44030021,B
    44030022,B
    44030035,B
    $ cat spec.json
    {"n": 2, "strata": ["class"], "reserves": 1}
    $ rounds audit draw --frame shops.csv --spec spec.json --seed "2026-03-02 4 2 6 1"
    rank,code,stratum,inclusion_probability,role
    1,44030009,A,0.3333333333333333,drawn
    2,44030017,A,0.3333333333333333,reserve
    1,44030021,B,0.3333333333333333,drawn
    2,44030035,B,0.3333333333333333,reserve

The specification is JSON:

    n           how many to draw in all
    strata      columns; retailers with the same in them are a stratum. Its name is the values joined by /
    allocation  of n over the strata: proportional (if absent), equal, neyman, or {"stratum": number, …}
    method      equal (if absent): everybody in a stratum alike; pps: in proportion to size
    size        the column of sizes, for pps and neyman: above 0, at most three decimals. Who is so large that its chance would be 1 is drawn with certainty
    reserves    how many of each stratum stand by, in the order in which they replace drawn ones

rank is within the stratum; reserves follow the drawn. inclusion_probability is the chance of being drawn, of reserves too.

How it is done is written in audit/SPECIFICATION.md, with draws to try a program of your own with. A stratum of which nobody is drawn is named on standard error, and so is the frame's hash.`
}

// Run draws.
func (c auditDrawCmd) Run(_ context.Context, t terminal) error {
	frame, err := readFrame(c.Frame, t.In)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(c.Spec)
	if err != nil {
		return err
	}
	spec, err := audit.ParseSpec(text)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Spec, err)
	}
	draw, err := frame.Draw(spec, c.Seed)
	if err != nil {
		return err
	}
	if c.Out == "" {
		err = writeDraw(t.Out, draw)
	} else {
		err = fileOf(c.Out, func(w io.Writer) error { return writeDraw(w, draw) })
	}
	if err != nil {
		return err
	}
	sum := frame.Hash()
	fmt.Fprintf(t.Err, "Frame of %d retailers, %s\n", frame.Len(), hex.EncodeToString(sum[:]))
	var none []string
	for _, s := range draw.Strata {
		if s.Drawn == 0 {
			none = append(none, s.Name)
		}
	}
	if len(none) > 0 {
		fmt.Fprintf(t.Err, "Nobody is drawn of %d strata, so nobody there could be: %s\n", len(none), strings.Join(none[:min(10, len(none))], ", "))
	}
	return nil
}

// readFrame refuses a file of which any row cannot be read: a frame is whole or none.
func readFrame(name string, in io.Reader) (audit.Frame, error) {
	table, said, err := openTable(name, in)
	if err != nil {
		return audit.Frame{}, err
	}
	if len(table.Bad) > 0 {
		return audit.Frame{}, fmt.Errorf("%s: %w", said, table.Bad[0])
	}
	rows := make([][]string, len(table.Rows))
	for i, row := range table.Rows {
		rows[i] = row.Cells
	}
	frame, err := audit.NewFrame(table.Header, rows)
	if err != nil {
		return frame, fmt.Errorf("%s: %w", said, err)
	}
	return frame, nil
}

func writeDraw(w io.Writer, d audit.Draw) error {
	out := sheet.CSV(w)
	err := out.Row("rank", "code", "stratum", "inclusion_probability", "role")
	for _, p := range d.Picks {
		err = cmp.Or(err, out.Row(p.Rank, p.Code, p.Stratum, strconv.FormatFloat(p.Probability, 'f', -1, 64), string(p.Role)))
	}
	return cmp.Or(err, out.Close())
}
