package locate

import (
	"encoding/hex"
	"fmt"
	"log/slog"
	"strings"
)

// Limits of what a phone may report seeing.
const (
	MaxCells        = 20
	MaxAccessPoints = 50
)

// KindNetwork is the kind of the evidence item that a [Network] is.
const KindNetwork = "network"

// Network is what a phone saw of networks: the evidence item {"kind":"network","cells":[…],"wifi":[…]}.
type Network struct {
	Kind  string        `json:"kind"`
	Cells []Cell        `json:"cells,omitempty"`
	WiFi  []AccessPoint `json:"wifi,omitempty"`
}

// Query is what to locate. The network serves services that know towers and access points; the subscriber
// serves carriers, which know the phone.
type Query struct {
	Network
	Subscriber Secret // MSISDN, or whatever the carrier knows the SIM by; empty: unknown
}

// LogValue counts what was seen and names none of it.
func (q Query) LogValue() slog.Value {
	return slog.GroupValue(slog.Int("cells", len(q.Cells)), slog.Int("wifi", len(q.WiFi)), slog.Bool("subscriber", q.Subscriber != ""))
}

// Radio is the technology of a cell.
type Radio string

// The technologies phones report.
const (
	GSM   Radio = "gsm"
	WCDMA Radio = "wcdma"
	LTE   Radio = "lte"
	NR    Radio = "nr"
)

// Cell is one tower's cell as a phone reports it. 0 is unknown in every number: 3GPP TS 23.003 reserves area
// 0, and neighbours often come without an identity.
type Cell struct {
	Radio     Radio `json:"radio"`
	MCC       int   `json:"mcc"` // mobile country code
	MNC       int   `json:"mnc"` // mobile network code; 0 is a network
	LAC       int   `json:"lac,omitempty"`
	TAC       int   `json:"tac,omitempty"` // what lte and nr have in place of the lac
	CID       int64 `json:"cid,omitempty"`
	SignalDBM int   `json:"signal_dbm,omitempty"`
	AgeMS     int64 `json:"age_ms,omitempty"`  // since it was seen
	Serving   bool  `json:"serving,omitempty"` // the cell the phone is registered with
}

// Area is the location area code or the tracking area code, whichever is there.
func (c Cell) Area() int { return max(c.LAC, c.TAC) }

// AccessPoint is one Wi-Fi access point. Phones should leave out hidden ones and those that end in _nomap, and
// need not send names at all.
type AccessPoint struct {
	MAC          string  `json:"mac"`
	SignalDBM    int     `json:"signal_dbm,omitempty"`
	Channel      int     `json:"channel,omitempty"`
	FrequencyMHz int     `json:"frequency_mhz,omitempty"`
	SSID         *string `json:"ssid,omitempty"` // nil: not told; empty: hidden
}

// Problem is one bad value: its JSON pointer and a stable snake_case code. Values are never in it.
type Problem struct {
	Pointer string
	Code    string
	Args    []any // for the text of the code, e.g. a limit
}

// Most a radio's numbers can be: widths by 3GPP TS 23.003.
type widths struct {
	area int
	cid  int64
}

var radios = map[Radio]widths{
	GSM:   {1<<16 - 1, 1<<16 - 1},
	WCDMA: {1<<16 - 1, 1<<28 - 1},
	LTE:   {1<<16 - 1, 1<<28 - 1},
	NR:    {1<<24 - 1, 1<<36 - 1},
}

const (
	maxCode     = 999 // three digits of MCC and MNC
	maxSSID     = 32  // bytes, by IEEE 802.11
	weakest     = -200
	maxMHz      = 100_000
	maxWiFiChan = 255
)

// Validate lists what is malformed, by JSON pointer; nothing means that all is well formed, not that it can
// be located.
func (n Network) Validate() []Problem {
	var c checker
	if n.Kind != KindNetwork {
		c.add("/kind", "not_one_of", KindNetwork)
	}
	c.count("/cells", len(n.Cells), MaxCells)
	c.count("/wifi", len(n.WiFi), MaxAccessPoints)
	for i, cell := range n.Cells[:min(len(n.Cells), MaxCells)] {
		c.cell(fmt.Sprintf("/cells/%d", i), cell)
	}
	for i, ap := range n.WiFi[:min(len(n.WiFi), MaxAccessPoints)] {
		c.accessPoint(fmt.Sprintf("/wifi/%d", i), ap)
	}
	return c.problems
}

type checker struct{ problems []Problem }

func (c *checker) add(pointer, code string, args ...any) {
	c.problems = append(c.problems, Problem{Pointer: pointer, Code: code, Args: args})
}

func (c *checker) count(pointer string, n, most int) {
	if n > most {
		c.add(pointer, "wrong_count", 0, most)
	}
}

func (c *checker) within(pointer string, v, least, most int64) {
	if v < least || v > most {
		c.add(pointer, "not_between", least, most)
	}
}

func (c *checker) cell(at string, cell Cell) {
	w, ok := radios[cell.Radio]
	if !ok {
		c.add(at+"/radio", "not_one_of", "gsm, wcdma, lte, nr")
		return
	}
	c.within(at+"/mcc", int64(cell.MCC), 0, maxCode)
	c.within(at+"/mnc", int64(cell.MNC), 0, maxCode)
	c.within(at+"/lac", int64(cell.LAC), 0, int64(w.area))
	c.within(at+"/tac", int64(cell.TAC), 0, int64(w.area))
	if cell.LAC != 0 && cell.TAC != 0 && cell.LAC != cell.TAC {
		c.add(at+"/tac", "contradicts", "lac")
	}
	c.within(at+"/cid", cell.CID, 0, w.cid)
	c.within(at+"/signal_dbm", int64(cell.SignalDBM), weakest, 0)
	c.within(at+"/age_ms", cell.AgeMS, 0, 1<<53)
}

func (c *checker) accessPoint(at string, ap AccessPoint) {
	if _, ok := normalMAC(ap.MAC); !ok {
		c.add(at+"/mac", "not_a_mac")
	}
	c.within(at+"/signal_dbm", int64(ap.SignalDBM), weakest, 0)
	c.within(at+"/channel", int64(ap.Channel), 0, maxWiFiChan)
	c.within(at+"/frequency_mhz", int64(ap.FrequencyMHz), 0, maxMHz)
	if ap.SSID != nil && len(*ap.SSID) > maxSSID {
		c.add(at+"/ssid", "too_long", maxSSID)
	}
}

// Sendable is the part that may go to a service: well formed, identified, each once, within the limits. Names of
// networks are gone, and so are access points that move with people or whose owner opted out.
func (n Network) Sendable() Network {
	out := Network{Kind: KindNetwork}
	seen := map[any]bool{}
	for _, cell := range n.Cells {
		key := Cell{Radio: cell.Radio, MCC: cell.MCC, MNC: cell.MNC, LAC: cell.Area(), CID: cell.CID}
		if cell.sendable() && !seen[key] && len(out.Cells) < MaxCells {
			seen[key] = true
			out.Cells = append(out.Cells, cell)
		}
	}
	for _, ap := range n.WiFi {
		clean, ok := ap.sendable()
		if ok && !seen[clean.MAC] && len(out.WiFi) < MaxAccessPoints {
			seen[clean.MAC] = true
			out.WiFi = append(out.WiFi, clean)
		}
	}
	return out
}

// noArea is what a phone reports that has no valid location area (3GPP TS 23.003, 4.1).
const noArea = 0xfffe

func (c Cell) sendable() bool {
	var check checker
	check.cell("", c)
	w := radios[c.Radio]
	return check.problems == nil && c.MCC > 0 && c.Area() > 0 && c.Area() != noArea && c.CID > 0 && c.CID < w.cid
}

func (ap AccessPoint) sendable() (AccessPoint, bool) {
	var check checker
	check.accessPoint("", ap)
	if check.problems != nil || ap.optedOut() || !fixed(ap.MAC) {
		return AccessPoint{}, false
	}
	ap.MAC, _ = normalMAC(ap.MAC)
	ap.SSID = nil
	return ap, true
}

// optedOut is Ichnaea's rule, "Hidden WiFi networks and those whose SSID ends with _nomap must NOT be used", in any
// spelling.
func (ap AccessPoint) optedOut() bool {
	return ap.SSID != nil && (*ap.SSID == "" || strings.HasSuffix(strings.ToLower(*ap.SSID), "_nomap"))
}

// fixed tells addresses that a maker assigned to one device from groups and from those that software made up,
// by the two lowest bits of the first byte (IEEE 802).
func fixed(mac string) bool {
	b, ok := macBytes(mac)
	return ok && b[0]&0b11 == 0 && b != [6]byte{}
}

func normalMAC(s string) (string, bool) {
	b, ok := macBytes(s)
	return fmt.Sprintf("%02x:%02x:%02x:%02x:%02x:%02x", b[0], b[1], b[2], b[3], b[4], b[5]), ok
}

// macBytes reads 01:23:45:67:89:ab, 01-23-45-67-89-ab, 0123.4567.89ab and 0123456789ab, in either case.
func macBytes(s string) (b [6]byte, ok bool) {
	digits := s
	switch {
	case len(s) == 17 && (s[2] == ':' || s[2] == '-'):
		digits = joined(s, s[2], 2)
	case len(s) == 14:
		digits = joined(s, '.', 4)
	}
	if len(digits) != 12 {
		return b, false
	}
	_, err := hex.Decode(b[:], []byte(digits))
	return b, err == nil
}

// joined drops a separator that stands after every n characters; if it stands elsewhere there is nothing left.
func joined(s string, separator byte, n int) string {
	var b strings.Builder
	for i := range len(s) {
		if (i%(n+1) == n) != (s[i] == separator) {
			return ""
		}
		if s[i] != separator {
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

// serving is the cell that the phone is registered with: the first that says so, else the first.
func (n Network) serving() (Cell, bool) {
	for _, c := range n.Cells {
		if c.Serving {
			return c, true
		}
	}
	if len(n.Cells) == 0 {
		return Cell{}, false
	}
	return n.Cells[0], true
}
