package main

import (
	"strings"
	"testing"
)

func TestTableAlignsByColumnsOfATerminal(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	table := table{{"rep", "visits"}, {"欧阳雪", "7"}, {"Ana", "12"}, {"ＡＢ", ""}}
	if err := table.write(&out); err != nil {
		t.Fatal(err)
	}
	const want = "" +
		"rep     visits\n" +
		"欧阳雪       7\n" +
		"Ana         12\n" +
		"ＡＢ\n"
	if got := out.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestColumns(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{"": 0, "km": 2, "王敏": 4, "１": 2, "é": 1, "a王b": 4} {
		if got := columns(text); got != want {
			t.Errorf("%q takes %d columns, want %d", text, got, want)
		}
	}
}
