package api

import (
	"context"

	"rounds"
	"rounds/store"
)

// ListMissedCalls lists calls that no day's plan has.
func (s *Server) ListMissedCalls(ctx context.Context, r ListMissedCallsRequestObject) (ListMissedCallsResponseObject, error) {
	a := actor(ctx)
	from, err := day(r.Params.Date, "date", s.today(a))
	if err != nil {
		return nil, err
	}
	until, err := day(r.Params.Until, "until", from)
	if err != nil {
		return nil, err
	}
	after, err := missedKey(r.Params.After)
	if err != nil {
		return nil, err
	}
	n := limit(r.Params.Limit)
	found, err := s.store.Missed(ctx, a.Scope(), from, until, nounID[rounds.User](r.Params.Rep), after, n+1)
	found, next := page(found, n, func(m store.ListedMissed) []string {
		return []string{string(m.Day), m.RepID.String(), m.RetailerID.String()}
	})
	return ListMissedCalls200JSONResponse{Items: mapped(found, wireMissed), Next: next}, err
}

func missedKey(c *Cursor) (key store.MissedKey, err error) {
	after, err := readCursor(c, 3)
	if err != nil || c == nil {
		return key, err
	}
	var errs [3]error
	key.Day, errs[0] = rounds.ParseDay(after[0])
	key.RepID, errs[1] = rounds.ParseID[rounds.User](after[1])
	key.RetailerID, errs[2] = rounds.ParseID[rounds.Retailer](after[2])
	if errs != [3]error{} {
		return key, errCursor()
	}
	return key, nil
}

func wireMissed(m store.ListedMissed) MissedCall {
	return MissedCall{
		Date: Day(m.Day), RepID: wireID(m.RepID), RetailerID: wireID(m.RetailerID), Code: m.Code, Name: m.Name,
		Reason: MissedCallReason(m.Reason), PlannedOn: Day(m.PlannedOn), FoundAt: m.FoundAt,
	}
}
