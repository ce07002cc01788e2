package audit

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write testdata/vectors.json again")

// vector is a draw for others to try their own with. A frame of a number of retailers alone has the rows that SPECIFICATION.md says.
type vector struct {
	Name      string          `json:"name"`
	Retailers int             `json:"retailers,omitempty"`
	Columns   []string        `json:"columns,omitempty"`
	Rows      [][]string      `json:"rows,omitempty"`
	Spec      json.RawMessage `json:"spec"`
	Seed      string          `json:"seed"`
	Frame     string          `json:"frame"` // its hash
	Picks     int             `json:"picks"`
	First     []string        `json:"first"` // up to twelve
	Hash      string          `json:"hash"`  // of all, a line each
}

func (v vector) drawn() (vector, error) {
	columns, rows := v.Columns, v.Rows
	if v.Retailers > 0 {
		columns, rows = []string{"code", "class", "rep", "size"}, nil
		for i := range v.Retailers {
			rows = append(rows, []string{fmt.Sprintf("R%05d", i), string("ABBCC"[i%5]), fmt.Sprintf("rep/%d", i%4), fmt.Sprint(1 + i*i%97)})
		}
	}
	f, err := NewFrame(columns, rows)
	if err != nil {
		return v, err
	}
	spec, err := ParseSpec(v.Spec)
	if err != nil {
		return v, err
	}
	d, err := f.Draw(spec, v.Seed)
	if err != nil {
		return v, err
	}
	sum := f.Hash()
	v.Frame, v.Picks, v.First = hex.EncodeToString(sum[:]), len(d.Picks), nil
	var all bytes.Buffer
	for i, p := range d.Picks {
		line := fmt.Sprintf("%d,%s,%s,%s,%s", p.Rank, p.Code, p.Stratum, strconv.FormatFloat(p.Probability, 'f', -1, 64), p.Role)
		if all.WriteString(line + "\n"); i < 12 {
			v.First = append(v.First, line)
		}
	}
	v.Hash = HashOf(all.Bytes())
	return v, nil
}

func TestVectors(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors []vector
	if err := json.Unmarshal(text, &vectors); err != nil {
		t.Fatal(err)
	}
	if len(vectors) < 20 {
		t.Errorf("only %d vectors", len(vectors))
	}
	for i, want := range vectors {
		got, err := want.drawn()
		if err != nil {
			t.Fatalf("%s: %v", want.Name, err)
		}
		if vectors[i] = got; *update {
			continue
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", want.Name, diff)
		}
	}
	if *update {
		var out bytes.Buffer
		encoder := json.NewEncoder(&out)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", " ")
		if err := encoder.Encode(vectors); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile("testdata/vectors.json", out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
