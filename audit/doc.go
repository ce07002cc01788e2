// Package audit draws random samples of retailers so that anyone can draw them again and nobody can steer them. It can be read
// alone: it shares no code with what it audits, and knows neither database nor clock nor any chance but the seed it is given.
//
//	what may be picked          a list, its hash                  frame.go
//	what is asked               numbers, strata, a method         spec.go
//	how many of each stratum    whole numbers that add up         allocate.go
//	which                       numbers from the seed, an order   draw.go select.go
//	what was promised before    commitments, a chain, the seed    commitment.go
//
// SPECIFICATION.md says the same in words, so that others can write it again; testdata/vectors.json has draws to try that with.
//
// # Laws
//
//   - Same frame, specification and seed: same draw, on every machine. Whole numbers where possible; elsewhere IEEE 754 doubles,
//     each operation rounded by itself.
//   - The order of rows and columns never matters.
//   - A number of chance belongs to a retailer's code and the seed, and to nothing else.
package audit
