package geo

import (
	"math"

	"github.com/paulmach/orb"
)

// PolylineDecimals are those of [Polyline]: everybody's default, and about a metre.
const PolylineDecimals = 5

// Polyline is a line as text: Google's encoded polyline, latitude before longitude, five decimals
// (https://developers.google.com/maps/documentation/utilities/polylinealgorithm).
func Polyline(line orb.LineString) string {
	var out []byte
	scale := math.Pow10(PolylineDecimals)
	var lat, lon int64
	for _, p := range line {
		y, x := int64(math.Round(p.Lat()*scale)), int64(math.Round(p.Lon()*scale))
		out = appendSigned(appendSigned(out, y-lat), x-lon)
		lat, lon = y, x
	}
	return string(out)
}

// appendSigned writes a number in groups of five bits, the lowest first, its sign in the last bit.
func appendSigned(out []byte, v int64) []byte {
	u := uint64(v) << 1
	if v < 0 {
		u = ^u
	}
	for u >= 0x20 {
		out = append(out, byte(u&0x1f|0x20)+63)
		u >>= 5
	}
	return append(out, byte(u)+63)
}

// ParsePolyline reads a line that was written with so many decimals, false if the text is none.
func ParsePolyline(text string, decimals int) (line orb.LineString, ok bool) {
	scale := math.Pow10(decimals)
	var at [2]int64 // lat, lon
	for len(text) > 0 {
		for k := range at {
			step, rest, ok := signed(text)
			if !ok {
				return nil, false
			}
			at[k] += step
			text = rest
		}
		line = append(line, orb.Point{float64(at[1]) / scale, float64(at[0]) / scale})
	}
	return line, true
}

func signed(text string) (v int64, rest string, ok bool) {
	var u uint64
	for i := 0; i < len(text) && i < 10; i++ {
		c := text[i]
		if c < 63 || c > 127 {
			return 0, "", false
		}
		u |= uint64((c-63)&0x1f) << (5 * i)
		if c-63 < 0x20 {
			v = int64(u >> 1)
			if u&1 != 0 {
				v = ^v
			}
			return v, text[i+1:], true
		}
	}
	return 0, "", false
}
