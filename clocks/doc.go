// Package clocks dates what phones report. A phone's wall clock may be wrong or moved; its uptime counts on
// from a start that nobody wrote down; the server's clock is right, and sees each upload only when it comes.
// Together they give an interval that holds the true time of a tap, and the best guess in it.
//
// A start with a sending is anchored:
//
//	server                                              ● received
//	uptime        0────── u(tap) ──────── u(sent) ╌╌╌╌╌╌┘ under way for up to a minute
//	the start  ├──────┤ received − u(sent), or up to a minute before
//	the tap            ├──────┤ later than that by u(tap)
//
// One without, as the phone was switched off too soon, is bounded by its neighbours:
//
//	seq           1 ─ 2 ─ 3         4 ─ 5         6 ─ 7
//	uptime        0━━━━━━━┥         0━━━┥         0━━━━━▶
//	the start             ├────────────┤ after 3, and so that 5 is before the next start
//
// It does not know visits, zones, databases or what the time is now.
//
// # Laws
//
//   - A [Boot] is all that is kept of one start of a phone. [Boot.Merge] is commutative, associative and
//     idempotent, so the order in which uploads arrive cannot matter, nor how often they do.
//   - A time is a pure function of the boots of one rep's device and of the tap's own numbers.
//   - No time is later than the receipt of its tap, but for a second of rounding and what the oscillator
//     may have drifted since the mark. Where the numbers contradict one another the last receipt of the boot
//     takes the place of the tap's.
//   - Clocks are evidence: whatever they say there is a time, and flags, never an error.
package clocks
