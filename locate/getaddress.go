package locate

import "context"

// getAddress is a carrier that answers GetAddress(xml) with an address, and coordinates if it has them:
//
//	<response><result>0</result><address>杭州市西湖区…</address></response>
type getAddress struct{ *service }

// Locate answers without a point where the carrier gives an address only, and not found where it gives neither.
func (c getAddress) Locate(ctx context.Context, q Query) (Position, error) {
	answer, err := c.ask(ctx, q)
	if err != nil {
		return Position{}, err
	}
	p, err := c.position(answer)
	switch {
	case err != nil:
		return Position{}, c.fail(ErrTemporary, BadAnswer)
	case p.Point == nil && p.Address == "" && len(answer.all(c.Schema.Address)) == 0:
		return Position{}, c.fail(ErrTemporary, BadAnswer)
	case p.Point == nil && p.Address == "":
		return Position{}, c.fail(ErrNotFound, Unknown)
	}
	return c.judged(p)
}
