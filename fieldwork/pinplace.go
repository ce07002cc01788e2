package fieldwork

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// longestPlace is in characters: no city's name is longer.
const longestPlace = 40

var (
	// addressParts are separated as imports join street, city and postcode, and as people write.
	addressParts = regexp.MustCompile(`\s*[,，;；]\s*`)
	// chinesePlace is what an address in China begins with: province, city, and county or district.
	chinesePlace = regexp.MustCompile(`^\p{Han}{1,12}?(?:市\p{Han}{1,6}?[区區县縣市旗]|[县縣旗]|[区區])`)
	// usZIP is a postcode with the four digits that name a few houses.
	usZIP = regexp.MustCompile(`^(?:[A-Z]{2} )?(\d{5})-\d{4}$`)
)

// districtOf is the city or postcode of an address, whose retailers ought to lie together: the district that a
// Chinese address begins with, or else its last part. "" where it names none.
func districtOf(address string) string {
	address = strings.TrimSpace(address)
	if place := chinesePlace.FindString(address); place != "" {
		return place
	}
	parts := addressParts.Split(strings.TrimRight(address, ",，;； "), -1)
	last := strings.ToUpper(parts[len(parts)-1])
	if len(parts) == 1 || utf8.RuneCountInString(last) > longestPlace {
		return ""
	}
	if zip := usZIP.FindStringSubmatch(last); zip != nil {
		return zip[1]
	}
	return last
}
