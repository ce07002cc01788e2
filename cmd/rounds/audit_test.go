package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"
)

func TestADrawIsTheSameWhateverTheFileLooksLike(t *testing.T) {
	t.Parallel()
	spec := written(t, "spec.json", `{"n": 2, "strata": ["等级"], "reserves": 1}`)
	file := "code,等级\n1,甲\n2,甲\n3,甲\n4,乙\n5,乙\n6,乙\n"
	gb, err := simplifiedchinese.GB18030.NewEncoder().String("等级,code\n乙,6\n甲,3\n甲,1\n乙,4\n甲,2\n乙,5\n")
	if err != nil {
		t.Fatal(err)
	}
	want := command(t, file, "audit", "draw", "--frame=-", "--spec="+spec, "--seed=dice 4 2")
	lines := strings.Split(strings.TrimSpace(want.out), "\n")
	if want.status != exitDone || len(lines) != 5 || lines[0] != "rank,code,stratum,inclusion_probability,role" || !strings.HasSuffix(lines[1], ",乙,0.3333333333333333,drawn") {
		t.Fatalf("exit status %d, %s%s", want.status, want.out, want.err)
	}
	if got := command(t, gb, "audit", "draw", "--frame=-", "--spec="+spec, "--seed=dice 4 2"); got.out != want.out || got.err != want.err {
		t.Errorf("in GB18030, rows and columns elsewhere: %s%s", got.out, got.err)
	}
	out := filepath.Join(t.TempDir(), "draw.csv")
	command(t, file, "audit", "draw", "--frame=-", "--spec="+spec, "--seed=dice 4 2", "--out="+out)
	if text, err := os.ReadFile(out); err != nil || string(text) != want.out {
		t.Errorf("%s %v", text, err)
	}
	if got := command(t, file, "audit", "draw", "--frame=-", "--spec="+spec, "--seed=dice 4 3"); got.out == want.out {
		t.Error("another seed, and the same draw")
	}
}

func TestADrawSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	for want, c := range map[string]struct{ frame, spec string }{
		"rows 2 and 3 have the same code":       {"code\na\na\n", `{"n": 1}`},
		"no column is named code":               {"shop\na\n", `{"n": 1}`},
		"the frame has 1 retailers":             {"code\na\n", `{"n": 2}`},
		"the specification is not as it should": {"code\na\n", `{"n": "two"}`},
		"Nobody is drawn of 1 strata":           {"code,class\na,A\nb,B\n", `{"n": 1, "strata": ["class"]}`},
	} {
		got := command(t, c.frame, "audit", "draw", "--frame=-", "--spec="+written(t, "spec.json", c.spec), "--seed=x")
		if !strings.Contains(got.err, want) {
			t.Errorf("exit status %d, %s, want %s", got.status, got.err, want)
		}
	}
}
