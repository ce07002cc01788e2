// Package routing puts stops in order, and says how much cheaper any order could be at
// best; and it finds the cheapest ways along a graph of roads. It knows indices and whole-number
// costs; it does not know places, dates or people, and logs nothing. What an index stands for and what a cost
// is made of is the caller's.
//
// # Laws
//
//   - Costs are whole numbers. With them a gain is exactly the cost before less
//     the cost after, so a search that takes gains above zero comes to an end,
//     and comes to the same end on every machine; and a bound is a proof. Only penalties are looked for in floating
//     point, and rounded, before whole numbers prove with them.
//   - Costs may differ there and back: streets are one-way. Nothing assumes otherwise.
//   - The same problem, seed and number of kicks give the same tour. A context may cut a
//     search short; it never makes it wrong.
//   - [Check], [CheckWindows] and [CheckJourney] share no code with the search and recompute what it claims.
//
// # How a tour is found
//
//	up to 12 nodes   all orders, by subsets                    exact.go
//	any problem      as a closed two-way tour, the ring        ring.go
//	a start          neighbours, joined greedily               neighbours.go grid.go greedy.go
//	better           chains of moves, kicks between them       chain.go array.go kick.go
//	better still     many such tours, crossed with each other  pool.go cross.go
//	a bound          1-trees with penalties                    onetree.go bound.go
//	some 60 nodes    branch and bound, until it is proven;     branch.go choices.go
//	                 some 300, where there is time for it
//	penalties there  of a relaxation, with sets and combs      relax.go simplex.go cuts.go combs.go
//	all of it        in the order that pays                    solve.go search.go
//
// # How a day with opening hours is found
//
//	the problem        windows, services, lunch, the day         windows.go
//	what is possible   windows cut to it, who is before whom     windows_hours.go
//	when               of an order: arrivals, lunch, the end     windows_timetable.go
//	up to 20 stops     all orders, by sets and last stops        windows_exact.go windows_prize.go
//	more               moves that may be late, at a price        windows_search.go windows_moves.go windows_span.go
//	a bound            1-trees and a proof without legs too late  windows_bound.go
//	too much           stops taken out, others put in            windows_exchange.go
//
// # How a cycle of days is planned
//
//	the problem      days, calls, patterns, what it all costs    journey.go
//	patterns         of days, from how often and what is wished  journeypatterns.go
//	tours            of all days, changed and changed back       journeyboard.go journeyeven.go
//	better           calls taken out together and put in again   journeysearch.go journeyruin.go journeyinsert.go
//	better still     plans made of two plans                     journeyevolve.go
//	an answer        tours, sums, why calls are left out         journeyplan.go
//
// # What a leg along roads costs
//
//	a graph          arcs in flat arrays, Dijkstra, components  roads.go
//	prepared         nodes contracted, shortcuts left behind    roadscontract.go roadshierarchy.go
//	one way          two climbs that meet, shortcuts unfolded   roadsquery.go
//	a table          a climb for each place, calls left at tops roadstable.go
package routing
