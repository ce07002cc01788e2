// Package geo knows points on the Earth: how far apart they are, in which of
// the three datums used in China they were written down, and what a phone's
// position says about somebody's claim to be at a place.
//
// It does not know retailers, visits, databases, HTTP or the time of day.
// Everything in it is a pure function of its arguments: no clock, no log, no
// chance, so that a verdict can be taken again years later and come out the same.
//
// # Laws
//
//   - A point is an [orb.Point]: longitude first, then latitude, in degrees.
//     Inside the system it is WGS-84; [ToWGS84] is called once, at the edge.
//   - Metres and seconds have types. A bare float64 is a probability or a ratio.
//   - What is unknown is nil, never zero and never NaN. Comparisons are written
//     so that NaN fails: !(d <= r) is true where d is not a number, d > r is not.
//   - A claim is judged in two steps. [Measure] takes numbers from the evidence
//     and drops the positions; [Judge] sees those numbers only. Once the
//     positions are deleted, the verdict can still be replayed.
//   - A verdict is a finding, never an error, and gives every reason that holds.
package geo

// Meters is a length on the ground, or a standard deviation of one.
type Meters float64

// Seconds is a length of time. It is a float so that it survives JSON unchanged.
type Seconds float64
