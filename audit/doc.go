// Package audit draws random samples of retailers so that anyone can draw them again and nobody can steer them, and checks what a
// server published of its draws. It can be read alone: it shares no code with what it audits, and knows neither database nor clock
// nor any chance but the seed it is given.
//
//	what may be picked          a list, its hash                      frame.go
//	what is asked               numbers, strata, a method             spec.go
//	how many of each stratum    whole numbers that add up             allocate.go
//	which                       numbers from the seed, an order       draw.go select.go
//	what was promised before    commitments, a chain, the seed        commitment.go
//	what was changed by hand    accepted changes, made once more      changes.go
//	what a server tells         records and chains, read in JSON      published.go
//	what was drawn before       the same retailers and days           beside.go
//
// SPECIFICATION.md says the same in words, so that others can write it again; testdata/vectors.json has draws to try that with.
//
// # Laws
//
//   - Same frame, specification and seed: same draw, on every machine. Whole numbers where possible; elsewhere IEEE 754 doubles,
//     each operation rounded by itself.
//   - The order of rows and columns never matters.
//   - A number of chance belongs to a retailer's code and the seed, and to nothing else.
//
// # Who could cheat, and what shows it
//
//	a secret, list or specification changed after the promise     [Record.CheckPromise]
//	another draw than the seed gives                              [Record.Check]
//	a shop put in or out without a reason or a second person      [Published.Check]
//	a promise dropped, renumbered or changed                      [Chain.Check], with a head that somebody kept
//	drawing again until it suits                                  [CheckBeside]
//
// Nothing here shows that an administrator read the secret and told it to whoever added the value, unless a beacon was named; nor that
// the beacon said what was entered, and when: its source does. Nor does it show that the list was complete, or that auditors went.
package audit
