// Package estimate says what a random audit tells about all retailers that could be drawn: shares, means and totals with intervals,
// for all of them and for each domain (rep, territory, class). It knows the probabilities of being drawn and what was answered, and
// nothing of where either came from.
//
//	shares, means    weighted ratios          Hájek 1971
//	totals           weighted sums            Horvitz and Thompson 1952
//	their variance   by strata, by retailer   Hájek 1964 in the form of Deville 1999; of ratios by linearising (Taylor)
//	intervals        Wilson's score 1927      with an effective number of answers, Korn and Graubard 1998
//
// # What is counted
//
// A retailer is drawn as a whole, with all claimed visits there: answers of one retailer hang together, so the variance is taken
// between retailers. A domain is a part of the whole sample and not a sample of its own. Who is drawn with certainty brings no chance
// into anything, and where all are, intervals are points.
//
// Who was drawn and not visited is counted (Missed) and stands for nobody: an estimate speaks of retailers like those that were
// visited. Whether the others are like them, numbers cannot say.
//
// # Intervals
//
// An estimated share's variance divided by p(1-p) is what each answer weighs; Wilson's interval takes its inverse as the number of
// answers. Of a few refuted claims that variance is itself a matter of luck: if the only one happened to be of a retailer that stands
// for few, it is far too small. So it is mixed with what weights and likeness within retailers say alone (Kish 1965: squares of weights;
// one correlation within retailers), the more so the fewer retailers gave the rarer answer, and never to less than was seen: retailers
// may lie farther apart than weights and one correlation can say, such as where all that is invented is of one class. Where all answered
// alike, only weights are left, and answers of one retailer count as one.
//
// Shares of single answers come in steps: of 59 drawn alike out of very many, of which 5 % are invented, the number found is one of
// a few, and an interval by any rule holds 5 % for some of them and not for others. Those of 0 to 6 hold it here: 97 %. One less would
// be 92 %. By size, or with several claims at a retailer, steps are finer. The test's tables say how often intervals held the truth.
package estimate
