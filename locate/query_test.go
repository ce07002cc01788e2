package locate

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestValidateNamesWhatIsMalformed(t *testing.T) {
	t.Parallel()
	cell := Cell{Radio: GSM, MCC: 460, MNC: 1, LAC: 9, CID: 7}
	for name, c := range map[string]struct {
		n    Network
		want []string
	}{
		"what a phone sees":              {seen.Network, nil},
		"nothing seen":                   {Network{Kind: "network"}, nil},
		"a neighbour without identity":   {Network{Kind: "network", Cells: []Cell{{Radio: LTE}}}, nil},
		"another kind":                   {Network{Kind: "photo"}, []string{"/kind not_one_of"}},
		"no radio known":                 {cells(Cell{Radio: "6g"}), []string{"/cells/0/radio not_one_of"}},
		"a gsm cell id of more than 16":  {cells(Cell{Radio: GSM, CID: 65536}), []string{"/cells/0/cid not_between"}},
		"an nr area of 24 bits":          {cells(Cell{Radio: NR, TAC: 1<<24 - 1, CID: 1<<36 - 1}), nil},
		"a lac and another tac":          {cells(cell, Cell{Radio: LTE, LAC: 1, TAC: 2}), []string{"/cells/1/tac contradicts"}},
		"numbers below zero":             {cells(Cell{Radio: GSM, MCC: -1, MNC: -1, AgeMS: -1}), []string{"/cells/0/mcc not_between", "/cells/0/mnc not_between", "/cells/0/age_ms not_between"}},
		"a signal stronger than the sun": {cells(Cell{Radio: GSM, SignalDBM: 977}), []string{"/cells/0/signal_dbm not_between"}},
		"21 cells":                       {Network{Kind: "network", Cells: make([]Cell, 21)}, append([]string{"/cells wrong_count"}, each(20, "/cells/%d/radio not_one_of")...)},
		"51 access points":               {Network{Kind: "network", WiFi: make([]AccessPoint, 51)}, append([]string{"/wifi wrong_count"}, each(50, "/wifi/%d/mac not_a_mac")...)},
		"a name of 33 bytes":             {wifi(AccessPoint{MAC: "00259ccf1cac", SSID: new(strings.Repeat("x", 33))}), []string{"/wifi/0/ssid too_long"}},
		"a channel that is a frequency":  {wifi(AccessPoint{MAC: "00259ccf1cac", Channel: 5180}), []string{"/wifi/0/channel not_between"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, p := range c.n.Validate() {
				got = append(got, p.Pointer+" "+p.Code)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func cells(c ...Cell) Network         { return Network{Kind: KindNetwork, Cells: c} }
func wifi(aps ...AccessPoint) Network { return Network{Kind: KindNetwork, WiFi: aps} }

func each(n int, format string) (out []string) {
	for i := range n {
		out = append(out, fmt.Sprintf(format, i))
	}
	return out
}

func TestMACsHaveOneSpelling(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"00:25:9c:cf:1c:ac": "00:25:9c:cf:1c:ac", "00-25-9C-CF-1C-AC": "00:25:9c:cf:1c:ac",
		"0025.9ccf.1cac": "00:25:9c:cf:1c:ac", "00259CCF1CAC": "00:25:9c:cf:1c:ac",
		"": "", "00:25:9c:cf:1c": "", "00:25-9c:cf:1c:ac": "", "00:25:9c:cf:1c:ag": "", "0025.9ccf-1cac": "",
		"02:00:00:00:00:00:00:00": "", "::::::::::::00259": "", "00259ccf1cacé": "", "0:25:9c:cf:1c:acd": "",
	} {
		got, ok := normalMAC(given)
		if ok != (want != "") || (ok && got != want) {
			t.Errorf("%q: %q %v, want %q", given, got, ok, want)
		}
	}
}

func TestWhatIsNeverSentOn(t *testing.T) {
	t.Parallel()
	const mac = "00:25:9c:cf:1c:ac"
	good := Cell{Radio: GSM, MCC: 460, MNC: 0, LAC: 9, CID: 7}
	for name, n := range map[string]Network{
		"a phone's hotspot, locally administered": wifi(AccessPoint{MAC: "02:25:9c:cf:1c:ac"}),
		"a group":                             wifi(AccessPoint{MAC: "01:25:9c:cf:1c:ac"}),
		"everybody":                           wifi(AccessPoint{MAC: "ff:ff:ff:ff:ff:ff"}),
		"nobody":                              wifi(AccessPoint{MAC: "00:00:00:00:00:00"}),
		"an owner who opted out":              wifi(AccessPoint{MAC: mac, SSID: new("Li's home_nomap")}),
		"an owner who opted out loudly":       wifi(AccessPoint{MAC: mac, SSID: new("HOME_NOMAP")}),
		"a hidden network":                    wifi(AccessPoint{MAC: mac, SSID: new("")}),
		"no address at all":                   wifi(AccessPoint{MAC: "home"}),
		"a cell without an area":              cells(Cell{Radio: GSM, MCC: 460, CID: 7}),
		"a cell without an identity":          cells(Cell{Radio: GSM, MCC: 460, LAC: 9}),
		"a cell without a country":            cells(Cell{Radio: GSM, LAC: 9, CID: 7}),
		"a cell whose area is none":           cells(Cell{Radio: GSM, MCC: 460, LAC: 0xfffe, CID: 7}),
		"a cell whose identity is all ones":   cells(Cell{Radio: GSM, MCC: 460, LAC: 9, CID: 65535}),
		"a cell that is malformed":            cells(Cell{Radio: GSM, MCC: 460, LAC: 9, CID: 7, SignalDBM: 5}),
		"a cell of a technology not known":    cells(Cell{Radio: "cdma", MCC: 460, LAC: 9, CID: 7}),
		"nothing: the good ones come through": cells(),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n.Cells = append(n.Cells, good, good)
			n.WiFi = append(n.WiFi, AccessPoint{MAC: "0025.9CCF.1CAE", SSID: new("café")}, AccessPoint{MAC: "00:25:9c:cf:1c:ae"})
			want := Network{Kind: KindNetwork, Cells: []Cell{good}, WiFi: []AccessPoint{{MAC: "00:25:9c:cf:1c:ae"}}}
			if diff := cmp.Diff(want, n.Sendable()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Sendable keeps its promises for whatever a phone sends.
func TestSendableIsWellFormedAndFinal(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := anyNetwork(t)
		once := n.Sendable()
		if problems := once.Validate(); problems != nil {
			t.Fatalf("sends what is malformed: %v", problems)
		}
		if diff := cmp.Diff(once, once.Sendable()); diff != "" {
			t.Fatal(diff)
		}
		for _, ap := range once.WiFi {
			if ap.SSID != nil || !strings.ContainsRune("048c", rune(ap.MAC[1])) {
				t.Fatalf("sends %v, which is named or no fixed device", ap)
			}
		}
	})
}

func anyNetwork(t *rapid.T) Network {
	cell := rapid.Custom(func(t *rapid.T) Cell {
		return Cell{
			Radio: rapid.SampledFrom([]Radio{GSM, WCDMA, LTE, NR, ""}).Draw(t, "radio"),
			MCC:   rapid.IntRange(-1, 1001).Draw(t, "mcc"), MNC: rapid.IntRange(-1, 1001).Draw(t, "mnc"),
			LAC: rapid.IntRange(-1, 70_000).Draw(t, "lac"), CID: rapid.Int64Range(-1, 70_000).Draw(t, "cid"),
			SignalDBM: rapid.IntRange(-201, 1).Draw(t, "signal"),
		}
	})
	ap := rapid.Custom(func(t *rapid.T) AccessPoint {
		ap := AccessPoint{MAC: rapid.StringMatching(`[0-9a-fA-F]{2}([:-][0-9a-f]{2}){5}|[0-9a-f]{12}`).Draw(t, "mac")}
		if rapid.Bool().Draw(t, "named") {
			ap.SSID = new(rapid.SampledFrom([]string{"", "shop", "shop_nomap", "x_NoMap"}).Draw(t, "ssid"))
		}
		return ap
	})
	return Network{Kind: "network", Cells: rapid.SliceOfN(cell, 0, 30).Draw(t, "cells"), WiFi: rapid.SliceOfN(ap, 0, 60).Draw(t, "wifi")}
}

func TestNetworkIsAnEvidenceItem(t *testing.T) {
	t.Parallel()
	const item = `{"kind":"network","cells":[{"radio":"lte","mcc":460,"mnc":0,"tac":22533,"cid":123456789,"signal_dbm":-97,"age_ms":12}],` +
		`"wifi":[{"mac":"00:25:9c:cf:1c:ac","signal_dbm":-43,"channel":11}]}`
	var n Network
	if err := json.Unmarshal([]byte(item), &n); err != nil {
		t.Fatal(err)
	}
	back, err := json.Marshal(n)
	if err != nil || string(back) != item {
		t.Errorf("%s\nbecame %s (%v)", item, back, err)
	}
}
