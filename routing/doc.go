// Package routing puts stops in order. It knows indices and whole-number costs;
// it does not know places, roads, hours, people or the time of day, and logs
// nothing. What an index stands for and what a cost is made of is the caller's.
//
// # Laws
//
//   - Costs are whole numbers. With them a gain is exactly the cost before less
//     the cost after, so a search that takes gains above zero comes to an end,
//     and comes to the same end on every machine.
//   - Costs may differ there and back: streets are one-way. No move assumes otherwise.
//   - The same problem and seed give the same tour. A context may cut a search
//     short; it never makes it wrong.
//   - [Check] shares no code with the search and recomputes what the search claims.
package routing
