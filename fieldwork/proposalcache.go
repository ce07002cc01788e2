package fieldwork

import (
	"slices"
	"sync"

	"rounds"
)

// cutsKept is of how many proposals the retailers and who lies beside whom are remembered: some 25 MB for a large city.
const cutsKept = 4

// cutCache remembers proposals that were looked at last, so that an edit need not put the city in numbers again.
type cutCache struct {
	mu   sync.Mutex
	kept []keptCut // the last used one last
}

type keptCut struct {
	id  rounds.TerritoryProposalID
	cut *cut
}

func (c *cutCache) get(id rounds.TerritoryProposalID) *cut {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := slices.IndexFunc(c.kept, func(k keptCut) bool { return k.id == id })
	if i < 0 {
		return nil
	}
	k := c.kept[i]
	c.kept = append(slices.Delete(c.kept, i, i+1), k)
	return k.cut
}

func (c *cutCache) put(id rounds.TerritoryProposalID, k *cut) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.kept = slices.DeleteFunc(c.kept, func(k keptCut) bool { return k.id == id })
	c.kept = append(c.kept, keptCut{id, k})
	c.kept = slices.Delete(c.kept, 0, max(0, len(c.kept)-cutsKept))
}
