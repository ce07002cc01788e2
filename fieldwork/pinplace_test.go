package fieldwork

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"rounds"
	"rounds/geo"

	"github.com/paulmach/orb"
)

func TestThePlaceOfAnAddress(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ address, want string }{
		{"", ""},
		{"12 Main St", ""},
		{"12 Main St, Albany", "ALBANY"},
		{"12 Main St, Albany, ", "ALBANY"},
		{"12 Main St, Albany, 12207", "12207"},
		{"12 Main St, Albany, 12207-1234", "12207"},
		{"12 Main St, Albany, NY 12207-1234", "12207"},
		{"1 Long Lane, " + fmt.Sprintf("%050d", 1), ""},
		{"浙江省绍兴市越城区解放路12号", "浙江省绍兴市越城区"},
		{"绍兴市越城区解放路12号阳光小区", "绍兴市越城区"},
		{"绍兴市诸暨市南门街1号", "绍兴市诸暨市"},
		{"上海市黄浦区中山东一路1号", "上海市黄浦区"},
		{"桐庐县城南街道3号", "桐庐县"},
		{"北门街1号, 绍兴, 312000", "312000"},
		{"北门街1号，绍兴", "绍兴"},
		{"北门街1号", ""},
		{"臺北市信義區市府路1號", "臺北市信義區"},
	} {
		if got := districtOf(tt.address); got != tt.want {
			t.Errorf("%q is in %q, want %q", tt.address, got, tt.want)
		}
	}
}

// A pin far from all others of its postcode is suspect, though nobody has visited it.
func TestPinsAreHeldAgainstTheirAddress(t *testing.T) {
	t.Parallel()
	o := newTown(t)
	for i := range 7 {
		r := FreshRetailer()
		r.Code, r.Name, r.Address = fmt.Sprint(i), "Shop", fmt.Sprintf("北门街%d号, 绍兴, 312000", i)
		at := orb.Point{120.5812345 + 0.01*float64(i), 30.0112345}
		if i == 6 {
			at[1] += 0.5
		}
		_, err := o.AddRetailer(context.Background(), o.admin, r, &PinChange{Pin: geo.Pin{Point: at}, Reason: "geocoded"})
		o.must(err)
	}
	_, err := o.RankPins(context.Background(), o.org.ID)
	o.must(err)
	found, err := o.PinSuspects(context.Background(), o.admin, 0, rounds.RetailerID{}, 10)
	o.must(err)
	if len(found) != 1 || found[0].RetailerCode != "6" || !slices.Equal(found[0].Reasons, []string{"far_from_place"}) || found[0].Severity != 60 ||
		found[0].Place == nil || *found[0].Place < 50_000 || *found[0].Place > 60_000 {
		t.Errorf("%+v", found)
	}
}
