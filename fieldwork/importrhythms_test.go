package fieldwork

import (
	"context"
	"strings"
	"testing"

	"rounds"
)

func TestImportSaysOnWhichDaysRetailersAreVisited(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	ctx := context.Background()
	bring := func(text string) ImportReport {
		t.Helper()
		report, err := o.ImportRetailers(ctx, o.admin, strings.NewReader(text), ImportOptions{})
		o.must(err)
		return report
	}
	id := o.retailer("A", bund)
	for _, tt := range []struct {
		says, file string
		changed    int
		want       rounds.Rhythm
	}{
		{"nothing", "code,name\nA,Shop A\n", 0, rounds.AnyRhythm(id)},
		{
			"all of it, in Chinese", "编码,店名,可拜访日,期望拜访日,最小间隔天数,最大间隔天数\nA,Shop A,周一、星期四,四,5,9\n", 1,
			rounds.Rhythm{RetailerID: id, Weekdays: 0b1001, Wished: 0b1000, WishPrice: wishedPrice, MinDays: 5, MaxDays: 9},
		},
		{
			"blank cells erase nothing", "code,name,visit days,min days\nA,Shop A,\"mon, tue\",\n", 1,
			rounds.Rhythm{RetailerID: id, Weekdays: 0b0011, Wished: 0b1000, WishPrice: wishedPrice, MinDays: 5, MaxDays: 9},
		},
		{
			"the same again", "code,name,visit days\nA,Shop A,2 1\n", 0,
			rounds.Rhythm{RetailerID: id, Weekdays: 0b0011, Wished: 0b1000, WishPrice: wishedPrice, MinDays: 5, MaxDays: 9},
		},
	} {
		if report := bring(tt.file); report.Changed != tt.changed || !report.Imported {
			t.Errorf("%s: %+v", tt.says, report)
		}
		if got, err := o.Rhythm(ctx, o.admin, id); err != nil || got != tt.want {
			t.Errorf("%s: %+v, %v", tt.says, got, err)
		}
	}
	for _, bad := range []string{"code,name,visit days\nA,Shop A,moonday\n", "code,name,min days\nA,Shop A,30\n", "code,name,max days\nA,Shop A,0\n"} {
		if report := bring(bad); report.Imported || report.Errors != 1 {
			t.Errorf("%q: %+v", bad, report)
		}
	}
}
