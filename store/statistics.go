package store

import "context"

// AnalyzeRegister tells PostgreSQL's planner how much the register holds. Until autovacuum does, a minute or
// more after a large import, it takes the tables for all but empty and compares every row with every other.
func (s *Store) AnalyzeRegister(ctx context.Context) error {
	const q = `analyze retailers, pins, territories, territory_reps, territory_retailers`
	_, err := exec(ctx, s.db, q)
	return err
}
