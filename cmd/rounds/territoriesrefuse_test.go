package main

import (
	"strings"
	"testing"
)

// What cannot be used is named, and nothing is written.
func TestTerritoriesRefuses(t *testing.T) {
	t.Parallel()
	const shops = "code,lat,lon,orders,today,must\na,30,120,1,1,\nb,30.1,120,1,1,\nc,30.2,120,1,2,\n"
	many := "code,lat,lon\n" + strings.Repeat("x,,\n", 30)
	for says, c := range map[string]struct {
		file, args string
		status     int
		want       string
	}{
		"nothing":                  {"", "-k2", exitFailed, "standard input"},
		"no rows":                  {"code,lat,lon\n", "-k2", exitFailed, "there are no retailers"},
		"no code":                  {"lat,lon\n30,120\n", "-k2", exitFailed, "line 1: there must be one column code"},
		"no coordinates":           {"code\nx\n", "-k2", exitFailed, "line 1: there must be one column lat"},
		"a row without a code":     {shops + ",30,120,1,1,\n", "-k2", exitFailed, "line 5: no code"},
		"rows without a pin":       {"code,lat,lon\na,30,120\n\nb,,\nc,0,0\n", "-k2", exitFailed, "line 4 (b): no coordinates\nline 5 (c): latitude 0"},
		"very many of them":        {many, "-k2", exitFailed, "line 21 (x): no coordinates\n… and 10 more"},
		"a code twice":             {shops + "a,30,121,1,1,\n", "-k2", exitFailed, "the same code more than once: line 2 (a), line 5 (a)"},
		"less than nothing":        {shops + "d,30,121,-1,1,\n", "-k2 --balance=orders:5%", exitFailed, `line 5 (d): orders "-1": want a number of 0 or more`},
		"no number":                {shops + "d,30,121,,1,\n", "-k2 --balance=orders:5%", exitFailed, `line 5 (d): orders ""`},
		"another place":            {shops + "d,-30,-60,1,1,\n", "-k2", exitFailed, "too far from the other retailers to be of one city: line 5 (d)"},
		"one point":                {"code,lat,lon\na,30,120\nb,30,120\n", "-k2", exitFailed, "all retailers are at one point: nothing tells which belong together: line 2 (a), line 3 (b)"},
		"apart in too few":         {"code,lat,lon,a\nx,30,120,n\ny,30,121,\nz,31,120,n\nw,31,121,n\n", "-k2 --apart=a", exitFailed, "more than there are territories: line 2 (x), line 4 (z), line 5 (w)"},
		"nothing to share out":     {"code,lat,lon,orders\na,30,120,0\nb,30,121,0\n", "-k2 --balance=orders", exitFailed, "0 for every retailer"},
		"more than retailers":      {shops, "-k4", exitFailed, "more territories than retailers (at most 3)"},
		"a ragged row":             {shops + "d,30\n", "-k2", exitFailed, "line 5: 2 cells where the header has 6"},
		"a stranger's territory":   {shops + "d,30,121,1,1,9\n", "-k2 --lock=must", exitFailed, "locked to a territory that is not one of those asked for: line 5 (d)"},
		"how many":                 {shops, "", exitUsage, "--k: how many territories"},
		"none":                     {shops, "--k=-1", exitUsage, "--k: want 1 or more"},
		"a column that is not":     {shops, "-k2 --balance=beer:5%", exitUsage, "--balance: there is no column beer; the headings are: code, lat, lon, orders, today, must"},
		"today that is not":        {shops, "-k2 --today=yesterday", exitUsage, "--today: there is no column yesterday"},
		"fewer than today":         {shops, "-k1 --today=today", exitUsage, "say with --without which there are no more"},
		"a tolerance of 5":         {shops, "-k2 --balance=orders:5", exitUsage, `--balance: "orders:5": want NAME:2% or NAME:0.02`},
		"two shares of three":      {shops, "-k3 --shares=1,2", exitUsage, "--shares: 2 for 3 territories"},
		"a negative share":         {shops, "-k2 --shares=1,-2", exitUsage, "--shares"},
		"no room":                  {shops, "-k2 --capacity=orders:0", exitUsage, "--capacity"},
		"change of nothing":        {shops, "-k2 --change=2", exitUsage, "--change: needs --today"},
		"a curve of nothing":       {shops, "-k2 --curve", exitUsage, "--curve: needs --today"},
		"a price below 0":          {shops, "-k2 --today=today --change=-1", exitUsage, "--change: -1: want 0"},
		"all of the change":        {shops, "-k2 --today=today --most-change=200%", exitUsage, "--most-change"},
		"no time":                  {shops, "-k2 --time=0s", exitUsage, "--time: want more than 0"},
		"a search and a check":     {shops, "-k2 --check=main.go --iterations=5", exitUsage, "--check searches nothing"},
		"a check of what is none":  {shops, "-k2 --check=main.go", exitFailed, "main.go"},
		"very many territories":    {shops, "-k1000000000", exitUsage, "--k 1000000000: want at most 1000"},
		"a measure twice":          {shops, "-k2 --balance=orders:5%,orders:2%", exitUsage, "--balance: orders more than once"},
		"a capacity twice":         {shops, "-k2 --capacity=orders:5,orders:2", exitUsage, "--capacity: orders more than once"},
		"without a stranger":       {shops, "-k2 --today=today --without=9", exitUsage, "--without: nobody is in territory 9 today; there are 1, 2"},
		"two files in one":         {shops, "-k2 --html=/tmp/x --kml=/tmp/x", exitUsage, "--kml: /tmp/x is --html too"},
		"over what is read":        {shops, "-k2 --barriers=main.go --out=main.go", exitUsage, "main.go is --barriers too"},
		"more than can be added":   {shops + "d,30,121,1e300,1,\n", "-k2 --balance=orders:5%", exitFailed, "orders: too large to be added up: line 5 (d)"},
		"nowhere to write":         {shops, "-k2 --out=/nowhere/at/all.csv", exitFailed, "/nowhere/at"},
		"barriers that are none":   {shops, "-k2 --barriers=main.go", exitFailed, "main.go: this is not GeoJSON"},
		"territories that are not": {shops, "--territories=main.go", exitFailed, "main.go"},
	} {
		r := command(t, c.file, append([]string{"territories", "-"}, strings.Fields(c.args)...)...)
		if r.status != c.status || !strings.Contains(r.err, c.want) || r.out != "" {
			t.Errorf("%s: %+v, want %d, %s", says, r, c.status, c.want)
		}
	}
}
