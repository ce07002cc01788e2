// Package evidence knows what proves, beside a position, that somebody stood in a shop: the code on a small
// display, one from a printed list, a tag, a photograph. It reads what a phone says that it was shown, makes the
// secrets that a shop shows, and tells whether the one belongs to the other at an instant.
//
// It knows neither visits nor what is stored: who showed the same thing first, and what it may credit, is
// decided elsewhere.
package evidence
