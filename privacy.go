package rounds

import "time"

// PositionRead says that somebody looked at the positions of somebody else's visit, or at a pin proposed from few
// people's, that one's among them.
type PositionRead struct {
	ID         ID[PositionRead]
	VisitID    VisitID       // zero: a proposal's
	ProposalID PinProposalID // zero: a visit's
	RepID      UserID        // whose positions
	ReaderID   UserID
	Purpose    string // in the reader's words
	At         time.Time
}
