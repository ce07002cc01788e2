// Package pins learns where a retailer is from where people stood when they
// visited it, and says which pins deserve a second look. Everything in it
// proposes: a pin moves when a person accepts, and that is not done here.
//
// It knows sightings, people as opaque names, days as whole numbers, and pins.
// It does not know retailers, verdicts, databases or the time of day.
//
// # Laws
//
//   - A person has one voice a day, and all their days together one pull. A
//     hundred visits of one person weigh as much as the one visit of another.
//   - [Learn] proposes nothing that fewer than three people, and fewer than half
//     of them, stand near; an audit counts as three. It proposes nothing that
//     would be more than 25 m elsewhere without some one person's visits, as long
//     as the others agree on a place without them.
//   - [ByOne] never proposes a point more than 25 m from the anchor: the last
//     accepted pin that is not that person's own work. A hundred proposals in a
//     row have the same anchor, and so end within the same 25 m.
//   - Nobody's pin confirms their own day. A version made from a person's visits,
//     or by their hand, on day D is used for that person's verdicts from D+1 on:
//     see [Applies]. Earlier visits that are still open may be judged again as a
//     proposal, with before and after, which somebody else accepts.
//   - Broken sightings (no place on Earth, null island, no usable accuracy) are
//     as if they were not there. The order of sightings does not matter.
//
// # How far a minority can push
//
// The learned point is the minimum of a convex function, Σ pull·H(|x−c|/s) over
// the people's centres c, where H is Huber's (Annals of Mathematical Statistics
// 35, 1964): a square up to its bend s = 1.5σ and straight beyond. Its slope is
// at most one, so that nobody pulls harder than anybody else, however precise
// they claim to be. Let the honest have their centres within r of a point z, and
// let the share of pull of those who collude be α < 1/2. Then
//
//	|x − z| ≤ max(r + s, r·(1−α)/√(1−2α))
//
// wherever the colluders stand: beyond r + s every honest person pulls back with
// full force, at an angle to z of at most asin(r/|x−z|), and (1−α)·cos > α.
// For the geometric median, s = 0, this is Minsker's lemma (Bernoulli 21, 2015,
// lemma 2.1). With two of five it is 1.35·r, with one of three 1.16·r, and never
// less than r + s. With half or more there is no bound, and where no majority
// agrees nothing is proposed.
package pins
