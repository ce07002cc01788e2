package audit

import (
	"fmt"
	"slices"
	"time"
)

// toldWithin is how long after its end an audit may still be missing in what is told: clocks of several servers differ.
const toldWithin = time.Minute

// CheckBeside looks for draws that could have been drawn again until they suited: the records that could draw some of the same retailers
// for some of the same days as one before them, and do not name it. They are faults where the record was told after the other's end,
// when everybody is told of it. Of a record told before, or that does not say when, nothing is known but that it should be asked for again.
func CheckBeside(records []Published) (faults, unknown []error) {
	for _, p := range records {
		for _, before := range records {
			if before.Commitment.Number >= p.Commitment.Number || !p.overlaps(before) || slices.Contains(p.Beside, before.Commitment.Number) {
				continue
			}
			text := fmt.Sprintf("commitment %d could draw some of the same retailers for some of the same days as %d before it", p.Commitment.Number, before.Commitment.Number)
			if p.couldName(before) {
				faults = append(faults, fmt.Errorf("%s, and does not say so, though that had ended", text))
			} else {
				unknown = append(unknown, fmt.Errorf("%s; its record does not say that it was told after the other's end, when it had to say so: ask for it again", text))
			}
		}
	}
	return faults, unknown
}

// couldName reports whether a record was told when everybody was told of the other one.
func (p Published) couldName(other Published) bool {
	ended, err := time.Parse(time.RFC3339, other.EndedAt)
	told, notTold := time.Parse(time.RFC3339, p.ToldAt)
	return err == nil && notTold == nil && told.Sub(ended) > toldWithin
}

func (p Published) overlaps(other Published) bool {
	a, b := p.Commitment, other.Commitment
	if a.From > b.To || b.From > a.To {
		return false
	}
	i, j := p.Frame.rows, other.Frame.rows
	for len(i) > 0 && len(j) > 0 {
		switch {
		case i[0][0] == j[0][0]:
			return true
		case i[0][0] < j[0][0]:
			i = i[1:]
		default:
			j = j[1:]
		}
	}
	return false
}
