package store

import "context"

// AnalyzeRegister tells PostgreSQL's planner how much the register holds, in a transaction also what it has
// itself written. Until autovacuum does, a minute or more after a large import, the planner takes the tables
// for all but empty and compares, for a join or a foreign key, every row with every other.
func (s *Store) AnalyzeRegister(ctx context.Context) error {
	const q = `analyze retailers, pins, territories, territory_reps, territory_retailers`
	_, err := exec(ctx, s.db, q)
	return err
}
