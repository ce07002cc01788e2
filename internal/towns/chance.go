package towns

import (
	"math"
	"math/rand/v2"
)

// dice are chance with a seed. Machines differ in the last bits of math.Exp and math.Log, and some fuse a product with a sum:
// so these are made of single steps here, each product rounded by a conversion, and answers are rounded to whole numbers.
type dice struct{ *rand.PCG }

func newDice(seed, stream uint64) dice { return dice{rand.NewPCG(seed, stream)} }

// uniform is from 0 up to 1.
func (d dice) uniform() float64 { return float64(d.Uint64()>>11) / (1 << 53) }

// below is a whole number from 0 to n − 1.
func (d dice) below(n int64) int64 { return int64(d.uniform() * float64(n)) }

// normals are two independent numbers with mean 0 and variance 1 (G. Marsaglia's polar method).
func (d dice) normals() (float64, float64) {
	for {
		x, y := float64(2*d.uniform())-1, float64(2*d.uniform())-1
		if q := float64(x*x) + float64(y*y); q > 0 && q < 1 {
			far := math.Sqrt(float64(-2*ln(q)) / q)
			return float64(x * far), float64(y * far)
		}
	}
}

// lognormal is e to a normal number with the standard deviation sigma.
func (d dice) lognormal(sigma float64) float64 {
	x, _ := d.normals()
	return exp(float64(sigma * x))
}

func exp(x float64) float64 {
	small, term, sum := x/1024, 1.0, 1.0
	for i := 1.0; i <= 10; i++ {
		term = float64(term*small) / i
		sum += term
	}
	for range 10 {
		sum = float64(sum * sum)
	}
	return sum
}

func ln(x float64) float64 {
	fraction, exponent := math.Frexp(x)
	z := (fraction - 1) / (fraction + 1)
	square, power, sum := float64(z*z), z, 0.0
	for i := 1.0; i <= 35; i += 2 {
		sum += power / i
		power = float64(power * square)
	}
	return float64(2*sum) + float64(float64(exponent)*math.Ln2)
}

// whole rounds. Its argument is a product, which the conversion keeps from being fused.
func whole(x float64) int64 { return int64(math.Round(float64(x))) }
