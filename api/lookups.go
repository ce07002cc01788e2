package api

import "rounds"

func wireLocated(l rounds.Located) Located {
	w := Located{Service: l.Service, AccuracyKind: string(l.AccuracyKind), Source: string(l.Source), Datum: string(l.Datum)}
	if p := l.Point; p.Lat() == p.Lat() { // else there is an address only
		w.Lat, w.Lon = new(p.Lat()), new(p.Lon())
	}
	if l.Accuracy > 0 {
		w.AccuracyM = new(float64(l.Accuracy))
	}
	if !l.Time.IsZero() {
		w.FixTime = &l.Time
	}
	if l.Address != "" {
		w.Address = &l.Address
	}
	return w
}

func wireLookup(found map[rounds.EventID]rounds.Lookup, id rounds.EventID) *Lookup {
	l, ok := found[id]
	if !ok {
		return nil
	}
	w := &Lookup{Answer: LookupAnswer(l.Answer), AnsweredAt: l.AnsweredAt}
	if l.Reason != "" {
		w.Reason = &l.Reason
	}
	return w
}
