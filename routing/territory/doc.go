// Package territory cuts places into territories that are fair by several measures at once, compact, each in one
// piece, and as near to those of today as is asked for; and it says how near any cut could have come. It knows indices, whole-number
// loads and points of a plane; it does not know shops, dates or people.
//
// # Laws
//
//   - What decides is whole numbers: loads, limits, squared distances, fines, how much dearer a cut may become. Sums are kept
//     while nodes move, and equal what counting again finds, exactly.
//   - Tolerances are limits of loads in whole numbers, worked out once with numbers of any size.
//   - The same problem, seed and number of iterations give the same plan. A context may cut a search short at any
//     moment; the plan is the best so far.
//   - A cut is better if fewer territories are broken; then if the worst is less outside its capacity; then its tolerances; then if fewer are
//     empty; then if all are less outside; then if it costs less.
//   - Locks, frozen territories, groups and pairs are never traded for anything.
//   - [Check] shares no code with the search and recomputes what it claims.
//
// # How a cut is found
//
//	a problem        what is asked, what is answered             problem.go
//	faults           what makes no sense, with the units         faults.go faults_groups.go
//	nodes            units that stay together, who is beside     compile.go beside.go grid.go
//	a state          who is where, and what it adds up to        state.go excess.go
//	a start          halves of halves, part by part              start.go lots.go
//	levelled         a power diagram of even weights, its means  level.go
//	several starts   where territories are few                   heats.go
//	in one piece     what lies apart, ways through, pairs        repair.go repairfew.go pieces.go unite.go
//	nobody empty     and small problems tried anyhow             inhabit.go shake.go
//	better           one or two change hands, fines, cooling     anneal.go aims.go best.go
//	all of it        and an answer                               balance.go
//	a change         made good, the rest left as it is           local.go
//	from today's     square fines, a price, a limit, a curve     rebalance.go rebalance_new.go curve.go match.go
//	proof            all figures again, why not better           check.go floors.go floors_parts.go floors_whole.go
//	little change    how much must change hands                  bound.go boundfree.go flow.go least.go
//
// # How groups are served from one of their places
//
//	a problem        places, medians, capacities                 median.go
//	a plan           first ones, changes of it, groups anew      mediansearch.go medianstate.go mediananneal.go medianchange.go medianpart.go
//	a bound          prices for being served, knapsacks          medianbound.go medianpack.go
//	a proof          median or none, server by server            medianbranch.go
//	checked          all of it again                             mediancheck.go
package territory
