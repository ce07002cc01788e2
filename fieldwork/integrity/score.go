package integrity

import "rounds"

// Signal is one thing noticed about one event.
type Signal struct {
	EventID rounds.EventID `json:"event_id"`
	Name    string         `json:"name"`
	Family  Family         `json:"family"`
	Weight  Tenths         `json:"weight_tenths"`
	Detail  Detail         `json:"detail,omitempty"`
}

// Detail is the numbers behind a signal, by names that end in their unit; all are finite and none is a
// coordinate.
type Detail map[string]float64

// Score is the sum of what the families of one visit's signals add; zero or less without a signal of doubt.
func Score(signals []Signal) Tenths {
	var score Tenths
	for _, added := range ByFamily(signals) {
		score += added
	}
	return score
}

// ByFamily is what each family adds to the score of one visit's signals. A name counts once, at its
// largest; a family's sum is kept between -Cap and Cap. A code adds nothing where the device is in doubt: it
// can be photographed, and whoever makes up positions would.
func ByFamily(signals []Signal) map[Family]Tenths {
	largest := map[string]Signal{}
	for _, s := range signals {
		if kept, ok := largest[s.Name]; !ok || s.Weight > kept.Weight {
			largest[s.Name] = s
		}
	}
	sums := map[Family]Tenths{}
	for _, s := range largest {
		sums[s.Family] += s.Weight
	}
	for family, sum := range sums {
		sums[family] = max(-Cap, min(sum, Cap))
	}
	if _, doubted := sums[Device]; doubted && sums[Context] < 0 {
		sums[Context] = 0
	}
	return sums
}
