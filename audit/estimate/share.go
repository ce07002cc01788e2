package estimate

import "math"

// z is what a normal number stays within, either way, 95 times of 100.
const z = 1.959963984540054

// few is how many retailers with the rarer answer weigh as much as what is expected without looking at them. From 2 to 5 intervals
// hold the truth as often.
const few = 5

// Share is the part of claims that happened, or of answers that were yes: Sum counts some of Of for each retailer.
func (s Sample) Share() Estimate {
	e, all := s.ratio()
	if e.Told == 0 {
		e.High = 1
		return e
	}
	if e.Value = min(e.Value, 1); e.Value <= 0 || e.Value == 1 {
		return e.between(0, 1, 1/s.expected(all, 1))
	}
	spread := e.Value * (1 - e.Value)
	seen := e.Error * e.Error / spread * (1 - 1/float64(max(2, e.Told))) * s.unsure(student(max(1, int(e.Of)-1)))
	known := float64(s.rarer())
	mixed := (known*seen + few*s.expected(all, s.likeness(e.Value))) / (known + few)
	return e.between(0, 1, 1/max(seen, mixed))
}

// Mean is that of numbers from low to high, such as points of satisfaction: Of is 1 for each retailer that gave one.
func (s Sample) Mean(low, high float64) Estimate {
	e, all := s.ratio()
	if e.Told == 0 {
		e.Low, e.High = low, high
		return e
	}
	e.Value = min(max(low, e.Value), high)
	room := (e.Value - low) * (high - e.Value)
	if room == 0 || e.Error == 0 {
		return e.between(low, high, 1/s.expected(all, 1))
	}
	return e.between(low, high, room/(e.Error*e.Error*s.unsure(z)))
}

// Total is what Sum comes to over all retailers that could be drawn, or would come to if all the drawn had been visited. The interval is a
// normal one (Student's t), never below what was seen, and too short where few retailers have anything: there, multiply a Share.
func (s Sample) Total() Estimate {
	e := s.counts()
	e.Value, e.Error = s.weighted(sum), math.Sqrt(s.variance(sum))
	off := student(s.free()) * e.Error
	e.Low, e.High, e.Effective = e.Value-off, e.Value+off, float64(e.Told)
	if e.Low < e.Sum && e.Sum <= e.Value {
		e.Low = e.Sum
	}
	return e
}

// ratio is the mean over all that was said, with its error, and how much was said by all.
func (s Sample) ratio() (e Estimate, all float64) {
	e = s.counts()
	if e.Told == 0 {
		return e, 0
	}
	all = s.weighted(of)
	e.Value = s.weighted(sum) / all
	e.Error = math.Sqrt(s.variance(func(u Unit) float64 { return (u.Sum - e.Value*u.Of) / all }))
	return e, all
}

// expected is the variance of a share, divided by p(1-p), by weights alone: answers of one retailer are alike as likeness says, from
// 0, each for itself, to 1, all the same.
func (s Sample) expected(all, likeness float64) float64 {
	return s.weighted(func(u Unit) float64 {
		return (1 - u.Probability) / u.Probability * u.Of * (1 + likeness*(u.Of-1))
	}) / (all * all)
}

// likeness is how much answers of one retailer are alike: the correlation that explains how far retailers are from the share p.
func (s Sample) likeness(p float64) float64 {
	far, answers, pairs, n := 0.0, 0.0, 0.0, 0.0
	for _, u := range s.units {
		if u.Of > 0 {
			off := u.Sum - p*u.Of
			far, answers, pairs, n = far+off*off, answers+u.Of, pairs+u.Of*(u.Of-1), n+1
		}
	}
	if !(pairs > 0) || n < 2 {
		return 1
	}
	return min(max(0, (far/(p*(1-p))*n/(n-1)-answers)/pairs), 1)
}

// rarer is how many retailers gave the answer that fewer gave.
func (s Sample) rarer() int {
	yes, no := 0, 0
	for _, u := range s.units {
		yes, no = yes+toInt(u.Sum > 0), no+toInt(u.Sum < u.Of)
	}
	return min(yes, no)
}

// unsure is how much larger a variance is to be taken where few retailers tell how far they lie apart (Korn and Graubard 1998): the
// square of the quantile that does for retailers over the one that would do for answers.
func (s Sample) unsure(answers float64) float64 {
	by := student(s.free()) / answers
	return max(1, by*by)
}

// between sets Wilson's interval for a mean of numbers from low to high, of n answers.
func (e Estimate) between(low, high, n float64) Estimate {
	p, part := (e.Value-low)/(high-low), z*z/n
	middle := (p + part/2) / (1 + part)
	off := math.Sqrt(part*(p*(1-p)+part/4)) / (1 + part)
	e.Effective = n
	e.Low = min(e.Value, max(low, low+(high-low)*(middle-off)))
	e.High = max(e.Value, min(high, low+(high-low)*(middle+off)))
	return e
}

// student is z for few degrees of freedom: the quantile of Student's t, by Cornish and Fisher's series from 3 on, right to 0.2 %.
func student(free int) float64 {
	switch free {
	case 1:
		return 12.706204736
	case 2:
		return 4.302652730
	}
	const (
		q      = z * z
		first  = (q + 1) / 4
		second = ((5*q+16)*q + 3) / 96
		third  = (((3*q+19)*q+17)*q - 15) / 384
		fourth = ((((79*q+776)*q+1482)*q-1920)*q - 945) / 92160
	)
	n := float64(free)
	return z * (1 + (first+(second+(third+fourth/n)/n)/n)/n)
}
