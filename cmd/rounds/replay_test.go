package main

import (
	"strings"
	"testing"
)

// wantReplayOfTheDemo replays the demo's day by the policy it was judged by, and by the plain one, which calls one far fix
// elsewhere, whatever the pin.
func wantReplayOfTheDemo(t *testing.T, dir string) {
	t.Helper()
	replay := func(policy string) ran {
		return command(t, "", "replay", "--database-url=", "--data", dir, "--since=2000-01-01", "--policy", aPolicy(t, policy))
	}
	same, other := replay("{}"), replay(`{"kind":"plain"}`)
	same.want(t, exitDone, strings.Join(replayWords(), ",")+"\n", ": 0 would change; 0 visits would gain their credit, 0 would lose it.\n")
	if len(cellsOf(t, same.out)) != 1 {
		t.Errorf("the policy in force changes verdicts: %s", same.out)
	}
	changed := cellsOf(t, other.out)[1:]
	if len(changed) == 0 {
		t.Errorf("nothing changes: %s", other.err)
	}
	for _, row := range changed {
		if row[7] == "elsewhere" && !strings.Contains(row[8], "far_outside") {
			t.Errorf("%v", row)
		}
	}
}

func replayWords() []string {
	words := make([]string, len(replayHeader))
	for i, w := range replayHeader {
		words[i] = w.(string)
	}
	return words
}

func TestReplayRefuses(t *testing.T) {
	t.Parallel()
	good := aPolicy(t, "{}")
	command(t, "", "replay", "--policy", good).want(t, exitUsage, "", "--since")
	command(t, "", "replay", "--since=2026-03-01").want(t, exitUsage, "", "--policy")
	command(t, "", "replay", "--since=1 March", "--policy", good).want(t, exitFailed, "", "write it as 2006-01-02")
	command(t, "", "replay", "--since=2026-03-01", "--until=2026-02-28", "--policy", good).want(t, exitFailed, "", "is before the first")
	command(t, "", "replay", "--since=2026-03-01", "--policy", aPolicy(t, `{"radius_m":-1}`)).want(t, exitFailed, "", "P.json: radius_m -1")
	command(t, "", "replay", "-h").want(t, exitDone, "rounds replay --since 2026-03-01 --policy new.json > changes.csv", "")
}
