package main

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"

	"github.com/paulmach/orb"
)

// city is an invented city: where its shops stand, where the register believes them to be, and who calls on
// them. One seed makes one city.
type city struct {
	shops []shop // by code
	reps  []rep  // one a district
}

// shop is a retailer as it is, which the server never learns but from the register and from visits.
type shop struct {
	code, name, address string
	class               class
	district            int
	stands              orb.Point
	pin                 orb.Point // in the register: near, or of another building altogether
	indoor              bool      // no satellite is seen inside
	surveyed            bool      // somebody went there and put the pin right
}

// rep is an account manager with the places that matter to their day.
type rep struct {
	login, name string
	habit       habit
	home        orb.Point
	teahouse    orb.Point // like the home, far from every shop of theirs
}

// class is a kind of shop by its trade, and the care that it gets.
type class struct {
	name    string
	share   float64 // of all shops
	visits  int     // in four weeks
	minutes int     // in store
	volume  int     // at least, in four weeks
}

var classes = []class{
	{name: "A", share: 0.15, visits: 4, minutes: 25, volume: 800},
	{name: "B", share: 0.35, visits: 2, minutes: 15, volume: 300},
	{name: "C", share: 0.50, visits: 1, minutes: 10, volume: 60},
}

// centre is where latitude and longitude cannot be mistaken for each other.
var centre = orb.Point{120.6, 30.0}

const (
	shopsPerDistrict = 200
	streets          = 5
	mallShops        = 16
	indoorShare      = 0.04 // of the shops along streets: market halls, basements
	wrongPinShare    = 0.10 // of the others
)

// builder makes a city, drawing on one source of chance in one order.
type builder struct {
	*rand.Rand
	city
}

func newCity(seed uint64) *city {
	b := builder{Rand: rand.New(rand.NewPCG(seed, 0))}
	b.reps = slices.Clone(staff)
	for d := range districts {
		b.district(d)
	}
	b.license()
	return &b.city
}

// district lays out streets, in some districts a mall, and the places of its rep's day.
func (b *builder) district(d int) {
	turn := 2 * math.Pi * float64(d) / float64(len(districts))
	middle := away(centre, turn, 2500+3000*float64(d%2))
	b.reps[d].home = away(middle, b.turn(), b.between(4200, 5500))
	b.reps[d].teahouse = away(middle, b.turn(), b.between(4500, 6000))
	left := shopsPerDistrict
	if districts[d].mall != "" {
		b.mall(d, away(middle, b.turn(), 400))
		left -= mallShops
	}
	for s := range streets {
		shops := left / (streets - s)
		b.street(d, streetNames[(d*streets+s)%len(streetNames)], away(middle, b.turn(), b.between(0, 900)), shops)
		left -= shops
	}
}

func (b *builder) street(d int, name string, from orb.Point, shops int) {
	turn, length := b.turn(), b.between(900, 1500)
	for i := range shops {
		along := length * (float64(i) + b.Float64()) / float64(shops)
		stands := away(away(from, turn, along), turn+math.Pi/2, b.between(-15, 15))
		b.open(shop{
			address: fmt.Sprintf("%s%s%d号", districts[d].name, name, 2*i+1), district: d,
			stands: stands, indoor: b.Float64() < indoorShare,
		})
	}
}

func (b *builder) mall(d int, at orb.Point) {
	for i := range mallShops {
		b.open(shop{
			address: fmt.Sprintf("%s%s%d楼%d铺", districts[d].name, districts[d].mall, 1+i/8, 101+i), district: d,
			stands: away(at, b.turn(), b.between(5, 40)), indoor: true,
		})
	}
}

// open gives a shop its name, its class and its pin.
func (b *builder) open(s shop) {
	s.name = pick(b, luckyNames) + pick(b, luckyNames) + pick(b, shopKinds)
	s.class = b.class()
	off := math.Abs(b.NormFloat64()) * 12
	s.surveyed = true
	if !s.indoor && b.Float64() < wrongPinShare {
		off, s.surveyed = b.between(330, 670), false
	}
	s.pin = away(s.stands, b.turn(), off)
	b.shops = append(b.shops, s)
}

func (b *builder) class() class {
	drawn := b.Float64()
	for _, c := range classes {
		if drawn -= c.share; drawn < 0 {
			return c
		}
	}
	return classes[len(classes)-1]
}

// license numbers the shops as an office does that licensed them over many years: not street by street.
func (b *builder) license() {
	b.Shuffle(len(b.shops), func(i, j int) { b.shops[i], b.shops[j] = b.shops[j], b.shops[i] })
	for i := range b.shops {
		b.shops[i].code = fmt.Sprintf("9901%08d", i+1)
	}
}

func (b *builder) turn() float64 { return b.between(0, 2*math.Pi) }

func (b *builder) between(low, high float64) float64 { return low + (high-low)*b.Float64() }

func pick(b *builder, from []string) string { return from[b.IntN(len(from))] }

// degree is the metres of a degree of latitude, halfway between equator and pole.
const degree = 111_200

// away is the point so many metres from p in a direction, in radians from east; right to one part in a
// thousand within a city.
func away(p orb.Point, turn, metres float64) orb.Point {
	north := metres * math.Sin(turn) / degree
	east := metres * math.Cos(turn) / (degree * math.Cos(p.Lat()*math.Pi/180))
	return orb.Point{p.Lon() + east, p.Lat() + north}
}

// shop is the one of the code.
func (c *city) shop(code string) (shop, bool) {
	i, ok := slices.BinarySearchFunc(c.shops, code, func(s shop, code string) int { return cmp.Compare(s.code, code) })
	if !ok {
		return shop{}, false
	}
	return c.shops[i], true
}

// register is the city's retailer file, as an office would hand it over.
func (c *city) register() (*bytes.Buffer, error) {
	file := &bytes.Buffer{}
	w := csv.NewWriter(file)
	rows := [][]string{{"许可证号", "店名", "经营地址", "纬度", "经度", "档位", "拜访频次", "服务时长", "订货量", "客户经理", "片区"}}
	for i, s := range c.shops {
		rows = append(rows, []string{
			s.code, s.name, s.address, degrees(s.pin.Lat()), degrees(s.pin.Lon()),
			s.class.name, strconv.Itoa(s.class.visits), strconv.Itoa(s.class.minutes),
			strconv.Itoa(s.class.volume + i*37%s.class.volume), c.reps[s.district].login, districts[s.district].name,
		})
	}
	return file, w.WriteAll(rows)
}

func degrees(d float64) string { return strconv.FormatFloat(d, 'f', 6, 64) }
