package rounds

import "time"

// PositionRead says that somebody looked at the positions of somebody else's visit.
type PositionRead struct {
	ID       ID[PositionRead]
	VisitID  VisitID
	RepID    UserID // whose positions
	ReaderID UserID
	Purpose  string // in the reader's words
	At       time.Time
}
