package locate

import "context"

// getAddress is a carrier that answers GetAddress(xml) with an address, and coordinates if it has them:
//
//	<response><result>0</result><address>杭州市西湖区…</address></response>
type getAddress struct{ *service }

// Locate answers without a point where the carrier gives an address only, and not found where that is empty.
func (c getAddress) Locate(ctx context.Context, q Query) (Position, error) {
	document, err := c.ask(ctx, q)
	if err != nil {
		return Position{}, err
	}
	return c.read(document)
}

func (c getAddress) read(document string) (Position, error) {
	answer, err := c.agreed(document)
	if err != nil {
		return Position{}, err
	}
	p, err := c.position(answer)
	silent := p.Point == nil && p.Address == ""
	switch {
	case err != nil, silent && len(answer.all(c.Schema.Address)) == 0:
		return Position{}, c.fail(ErrTemporary, BadAnswer)
	case silent:
		return Position{}, c.fail(ErrNotFound, Unknown)
	}
	return c.judged(p)
}
