package savings

import (
	"fmt"
	"math"
)

// design says how the blocks of a log's clock are resampled. Blocks drawn apart
// from each other are only right if they are independent and alike, and the hours
// of a log are neither: busy hours come in rows, and nights differ from days. So
// blocks at the same place of a cycle are drawn for each other (a stratified
// bootstrap), and dependence between neighbours widens the interval. Hours are
// joined to longer blocks, but to no fewer than it takes to tell a drift from noise.
type design struct {
	// join is how many blocks of the clock make one block of the bootstrap.
	join int
	// strata is the number of places in a cycle (the days of a week, the parts of a
	// day), 1 if the log shows no cycle twice or its blocks are whole weeks.
	strata int
	// unit is what the joined block is called.
	unit string
}

// fine is how many blocks tell a drift from noise.
const fine = 24

// designOf chooses the design for n blocks of a unit of the clock: the longest
// blocks that give fine of them, in the cycle of a week or a day if the log shows it
// twice.
func designOf(n int, unit string) design {
	switch {
	case unit == "day" && n >= 7*fine:
		return design{7, 1, "week"}
	case unit == "day" && n >= 2*7:
		return design{1, 7, "day"}
	case unit == "hour" && n >= 2*24:
		d := longest(n, unit, 8, 6, 4, 3, 2)
		d.strata = 24 / d.join
		return d
	case unit == "minute" || unit == "second":
		return longest(n, unit, 60, 30, 20, 15, 10, 6, 5, 4, 3, 2)
	}
	return design{1, 1, unit}
}

// longest joins as many blocks as leave fine of them.
func longest(n int, unit string, lengths ...int) design {
	for _, k := range lengths {
		if n/k >= fine {
			return design{k, 1, fmt.Sprintf("%d-%s span", k, unit)}
		}
	}
	return design{1, 1, unit}
}

// blocks is how many blocks the design makes of n of the clock. A short rest
// belongs to the block before it.
func (d design) blocks(n int) int {
	return max(1, int(math.Round(float64(n)/float64(d.join))))
}

// joined adds up a series of the clock's blocks.
func (d design) joined(series []float64) []float64 {
	out := make([]float64, d.blocks(len(series)))
	for i, x := range series {
		out[min(i/d.join, len(out)-1)] += x
	}
	return out
}

// in returns how many of n blocks lie at place p of the cycle.
func (d design) in(n, p int) int { return (n - p + d.strata - 1) / d.strata }

// mix is how many of the clock's blocks from one on to another lie at each place
// of the cycle.
func (d design) mix(from, to int) []float64 {
	out := make([]float64, d.strata)
	for i := from; i < to; i++ {
		out[i/d.join%d.strata]++
	}
	return out
}

// mixed is the sum of a series if the places of the cycle had come in the given
// mix: a log of three and a half days has seen one half of the day once more.
func (d design) mixed(series, mix []float64) float64 {
	total, weights := 0.0, 0.0
	for p, weight := range mix {
		part := 0.0
		for j := p; j < len(series); j += d.strata {
			part += series[j]
		}
		total += weight * part / float64(d.in(len(series), p))
		weights += weight
	}
	return total * float64(len(series)) / weights
}
