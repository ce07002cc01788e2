package hours

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// names are the weekdays from Monday, as rules write them.
var names = [7]string{"Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"}

// OfWeek makes opening hours of a table's row with a cell for each weekday from Monday, such as 09:00-12:00,
// 14:00-18:00 or closed; an empty cell is closed. Of a row of empty cells it makes "". The error is an *[Error] of
// the cell, and its weekday.
func OfWeek(cells [7]string) (text string, at time.Weekday, err error) {
	var rules []string
	for i := 0; i < len(cells); {
		cell, last := strings.TrimSpace(cells[i]), i
		if err := checkCell(cell); err != nil {
			return "", weekdayOf(i), err
		}
		for last+1 < len(cells) && strings.TrimSpace(cells[last+1]) == cell {
			last++
		}
		span := names[i]
		if last > i {
			span += "-" + names[last]
		}
		if cell != "" {
			rules = append(rules, span+" "+cell)
		}
		i = last + 1
	}
	return strings.Join(rules, "; "), 0, nil
}

func weekdayOf(fromMonday int) time.Weekday { return time.Weekday((fromMonday + 1) % 7) }

// checkCell refuses what is not the hours of one day.
func checkCell(cell string) error {
	if cell == "" {
		return nil
	}
	h, err := Parse(cell)
	if err != nil {
		return err
	}
	if len(h.rules) > 1 || h.rules[0].dated() {
		return fail("hours_not_one_day", token{at: 1, text: cell})
	}
	return nil
}

// FromTo makes opening hours of every day of when a shop opens and closes; "" of two empty texts. A spreadsheet's
// share of a day is a clock time too. The error is an *[Error].
func FromTo(opens, closes string) (string, error) {
	opens, closes = clockTime(opens), clockTime(closes)
	if opens == "" && closes == "" {
		return "", nil
	}
	text := opens + "-" + closes
	return text, checkCell(text)
}

// clockTime writes a share of a day as a clock time, and leaves seconds of zero away.
func clockTime(cell string) string {
	cell = strings.TrimSpace(cell)
	if share, err := strconv.ParseFloat(cell, 64); err == nil && strings.HasPrefix(cell, "0.") && share < 1 {
		minutes := int(math.Round(share * day))
		return fmt.Sprintf("%02d:%02d", minutes/60, minutes%60)
	}
	if strings.Count(cell, ":") == 2 {
		return strings.TrimSuffix(cell, ":00")
	}
	return cell
}
