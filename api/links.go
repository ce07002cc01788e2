package api

import (
	"fmt"
	"net/url"

	"rounds/geo"

	"github.com/paulmach/orb"
)

// asSoldInChina are the datums of maps that shift Hong Kong and Macau like the mainland.
var asSoldInChina = geo.Datums{ShiftHongKongMacau: true}

// The means of getting about by the words of each map; scooters are led as bicycles where the map has them, else as cars.
var (
	amapModes   = map[string]string{"car": "car", "motor_scooter": "ride", "foot": "walk"}
	baiduModes  = map[string]string{"car": "driving", "motor_scooter": "riding", "foot": "walking"}
	googleModes = map[string]string{"car": "driving", "motor_scooter": "driving", "foot": "walking"}
	appleModes  = map[string]string{"car": "d", "motor_scooter": "d", "foot": "w"}
)

// mapLinks open a map that leads from where the phone is to a place, each in the datum that the map has there. None of them
// says where the phone is.
//
//	AMap    https://lbs.amap.com/api/uri-api/guide/travel/route
//	Baidu   https://lbsyun.baidu.com/faq/api?title=webapi/uri
//	Google  https://developers.google.com/maps/documentation/urls/get-started
//	Apple   https://developer.apple.com/library/archive/featuredarticles/iPhoneURLScheme_Reference/MapLinks/MapLinks.html
func mapLinks(p *orb.Point, name, profile string) *MapLinks {
	if p == nil {
		return nil
	}
	return &MapLinks{
		Amap: amapLink(*p, name, amapModes[profile]), Baidu: baiduLink(*p, name, baiduModes[profile]),
		Google: googleLink(*p, googleModes[profile]), Apple: appleLink(*p, appleModes[profile]),
	}
}

func amapLink(p orb.Point, name, mode string) string {
	on, coordinate := asSoldInChina.FromWGS84(p, geo.GCJ02), "gaode"
	if on == p {
		coordinate = "wgs84"
	}
	return "https://uri.amap.com/navigation?" + query(
		"to", fmt.Sprintf("%.6f,%.6f,%s", on.Lon(), on.Lat(), name), "mode", mode, "coordinate", coordinate, "src", "rounds", "callnative", "1")
}

func baiduLink(p orb.Point, name, mode string) string {
	on, coordinates := asSoldInChina.FromWGS84(p, geo.BD09), "bd09ll"
	if on == p {
		coordinates = "wgs84"
	}
	return "https://api.map.baidu.com/direction?" + query(
		"origin", "我的位置", "destination", fmt.Sprintf("latlng:%.6f,%.6f|name:%s", on.Lat(), on.Lon(), name), "region", "全国",
		"mode", mode, "coord_type", coordinates, "output", "html", "src", "webapp.rounds.rounds")
}

func googleLink(p orb.Point, mode string) string {
	on := geo.FromWGS84(p, geo.GCJ02)
	return "https://www.google.com/maps/dir/?" + query("api", "1", "destination", fmt.Sprintf("%.6f,%.6f", on.Lat(), on.Lon()), "travelmode", mode)
}

func appleLink(p orb.Point, mode string) string {
	on := geo.FromWGS84(p, geo.GCJ02)
	return "https://maps.apple.com/?" + query("daddr", fmt.Sprintf("%.6f,%.6f", on.Lat(), on.Lon()), "dirflg", mode)
}

// query writes names and values in their order; a space is %20, which apps read better than a plus.
func query(pairs ...string) (text string) {
	for i := 0; i < len(pairs); i += 2 {
		if i > 0 {
			text += "&"
		}
		text += pairs[i] + "=" + url.PathEscape(pairs[i+1])
	}
	return text
}
