package routing

import (
	"maps"
	"slices"
)

// Traffic counts a log's calls to the strong model by tag and grade; calls of
// grade 0 have none, because their prompt is not known or their class has too few
// labels. Counts are scaled by the sample rate of a sampled log.
type Traffic map[string]*[Grades + 1]float64

// Add counts calls.
func (t Traffic) Add(tag string, grade uint8, calls float64) {
	if t[tag] == nil {
		t[tag] = new([Grades + 1]float64)
	}
	t[tag][min(grade, Grades)] += calls
}

// Calls is how many calls each tag has, and Graded how many of them have a grade.
func (t Traffic) Calls() Mix  { return t.sum(0, Grades) }
func (t Traffic) Graded() Mix { return t.sum(1, Grades) }

// sum counts the calls of the grades from low to high.
func (t Traffic) sum(low, high int) Mix {
	m := Mix{}
	for tag, grades := range t {
		for _, calls := range grades[low : high+1] {
			m[tag] += calls
		}
	}
	return m
}

// Mix counts calls by tag.
type Mix map[string]float64

// total adds up all calls, in a fixed order: sums must not depend on that of a map.
func (m Mix) total() (sum float64) {
	for _, tag := range slices.Sorted(maps.Keys(m)) {
		sum += m[tag]
	}
	return sum
}

// of returns the calls of some classes.
func (l *Labels) of(m Mix, classes map[string]bool) Mix {
	out := Mix{}
	for tag, calls := range m {
		if classes[l.class(tag)] {
			out[tag] = calls
		}
	}
	return out
}

// class is what the labels know of a tag: of labels without tags all are one.
func (l *Labels) class(tag string) string {
	if !l.Tagged {
		return ""
	}
	return tag
}

// minClass is how many labels of a class each part needs for the class to count:
// fewer say nothing of it, and would weigh so much that they drown all others.
const minClass = 10

// standing are the classes that the labels stand for. It depends on how many labels
// a class has and not on their scores, so that it does not weaken a bound.
func (p parts) standing(labels *Labels) map[string]bool {
	choose, later := map[string]int{}, map[string]int{}
	for _, row := range p.choose {
		choose[labels.class(row.Tag)]++
	}
	for _, row := range p.later {
		later[labels.class(row.Tag)]++
	}
	out := map[string]bool{}
	for class, n := range choose {
		if n >= minClass && later[class] >= minClass {
			out[class] = true
		}
	}
	return out
}

// In returns the labels weighted as the calls of a log are mixed: figures that
// Decide and DecideByTag give for them are those of a call of the log. Classes
// without labels, or with too few, are left out of labels and calls.
func (l *Labels) In(mix Mix) *Labels {
	own := *l
	own.mix = mix
	return &own
}

// weigh scores a part of the labels. With a mix the part is cut down to the classes
// that stand, and a prompt weighs as much as its class in the log over its class in
// the part; heaviest is the largest weight.
//
// Given how many labels each class has, the weighted losses are independent and
// their mean is the expected loss of a call, so that bound holds for them: its
// theorem asks for independent values in one range, not for equal distributions
// (Maurer and Pontil 2009, theorem 11).
func (l *Labels) weigh(r router, rows []Label, standing map[string]bool) (out []scored, heaviest float64) {
	if l.mix == nil {
		return score(r, rows), 1
	}
	rows = slices.DeleteFunc(slices.Clone(rows), func(row Label) bool { return !standing[l.class(row.Tag)] })
	weights := l.weights(rows, standing)
	out = score(r, rows)
	for i, row := range rows {
		out[i].weight = weights[l.class(row.Tag)]
		heaviest = max(heaviest, out[i].weight)
	}
	return out, heaviest
}

// weights is the share of each class in the log over its share in the rows.
func (l *Labels) weights(rows []Label, standing map[string]bool) map[string]float64 {
	counts, calls := map[string]float64{}, Mix{}
	for _, row := range rows {
		counts[l.class(row.Tag)]++
	}
	known := l.of(l.mix, standing)
	for _, tag := range slices.Sorted(maps.Keys(known)) {
		calls[l.class(tag)] += known[tag]
	}
	total := calls.total()
	out := map[string]float64{}
	for class, n := range counts {
		if total > 0 {
			out[class] = calls[class] / total * float64(len(rows)) / n
		}
	}
	return out
}
