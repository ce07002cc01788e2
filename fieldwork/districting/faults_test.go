package districting

import (
	"regexp"
	"testing"
	"unicode"
)

var latin = regexp.MustCompile(`[a-z]{3,}`)

// Every fault has its sentence in both languages.
func TestFaultsSpeak(t *testing.T) {
	t.Parallel()
	for kind, said := range texts {
		f := Fault{Kind: kind, Codes: []string{"1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11"}, Territories: []string{"9"}, Most: 7}
		english, chinese := f.String(), f.Text("zh-CN")
		if latin.MatchString(chinese) || said[0] == "" || english == chinese || english != f.Text("en") {
			t.Errorf("%s: %q, %q", kind, english, chinese)
		}
		for _, r := range english {
			if unicode.Is(unicode.Han, r) {
				t.Errorf("%s: %q", kind, english)
			}
		}
	}
	if got := (Fault{Kind: FrozenLock, Codes: []string{"A1"}, Territories: []string{"3"}}).Text("zh"); got != "片区 3，零售户 A1：锁定要进入或离开已冻结的片区" {
		t.Errorf("%q", got)
	}
}
