// Package integrity knows which visits a person should look at first. It reads one rep's taps of a day
// beside those of the weeks before and names what honest phones rarely do: a position marked as made up,
// a journey nobody makes, the same bits on many days, one phone in many hands, a clock that cannot be right.
//
// It knows no verdict and no scorecard, and nothing it finds changes one: signals only order a review
// queue, and everyone concerned may see each of them. It has no database, clock or chance; the same
// window gives the same signals, whatever the order of its taps.
//
// # Laws
//
//   - A signal is whole tenths. Signals of one family tend to have one cause, so a family adds at most
//     [Cap] to a score, and one name counts once a visit. What speaks for the rep takes doubt away, but
//     never a doubt about the device.
//   - In doubt there is no signal: not without an accuracy, a time of the fix or a true time of the tap,
//     and times that are not certain are taken as they suit the rep.
//   - Receivers at rest repeat their coordinates, and cells have one position for all who are in them. So
//     repetition counts across days only, for fixes fine enough to differ, and never for network fixes.
//   - Details hold counts, metres and seconds, and no coordinates.
//
// # Limits
//
// One forged position with believable noise, on a phone that hides it, looks like a real one. A passenger
// of an airliner who taps in two cities shows a speed of 250 m/s: a person looks, and sees why.
package integrity
