package territory

// unite puts groups whose nodes lie in several territories each into as few territories as have room for them: the ways that hold one
// group together then cross no way of another.
func (s *state) unite() {
	var groups [][]int32
	count := make([]int, len(s.terr)) // of their nodes
	for u := range s.nodes {
		if group := s.spanning(int32(u)); group != nil {
			groups = append(groups, group)
			for _, v := range group {
				count[s.of[v]]++
			}
		}
	}
	if len(groups) < 2 {
		return
	}
	has := make([]int64, len(s.has))
	for _, group := range groups {
		if k := s.roomiest(group, count, has); k != None {
			for _, v := range group {
				s.of[v] = k
				s.add(has, k, v)
			}
		}
	}
}

const spans = 3 // territories

// spanning is the group that begins with a node, if it lies in so many territories and may be anywhere.
func (s *state) spanning(u int32) (group []int32) {
	if s.nodes[u].ties&ringed == 0 || s.nodes[u].ties&fixed != 0 {
		return nil
	}
	in := map[int32]bool{}
	for v := u; ; {
		group, in[s.of[v]] = append(group, v), true
		if v = s.ring[v]; v == u {
			break
		}
		if v < u {
			return nil
		}
	}
	if len(in) < spans {
		return nil
	}
	return group
}

// roomiest is the territory that most of the nodes of such groups are in, of those that a group fills to no more than half.
func (s *state) roomiest(group []int32, count []int, has []int64) int32 {
	best := int32(None)
	for k := range s.terr {
		if !s.closed[k] && (best == None || count[k] > count[best]) && s.fits(group, int32(k), has) {
			best = int32(k)
		}
	}
	return best
}

// fits tells whether a group and others leave half of what a territory may have, and none of its foes is there.
func (s *state) fits(group []int32, k int32, has []int64) bool {
	sum := make([]int64, s.measures)
	copy(sum, has[int(k)*s.measures:])
	for _, u := range group {
		for c := range sum {
			sum[c] += s.load[int(u)*s.measures+c]
		}
		if !s.welcome(u, k) {
			return false
		}
	}
	for c, load := range sum {
		if load > s.high[int(k)*s.measures+c]/2 {
			return false
		}
	}
	return true
}

func (s *state) add(has []int64, k, u int32) {
	for c := range s.measures {
		has[int(k)*s.measures+c] += s.load[int(u)*s.measures+c]
	}
}
