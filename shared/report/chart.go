package report

import "math"

// Chart is a picture with the table behind it. Its coordinates are those of a
// view box as wide as a phone, so text keeps its size on small screens.
type Chart struct {
	ID    string
	Title string
	// Desc says in words what the picture shows, for those who do not see it.
	Desc string
	// How says how the figures were computed.
	How    string
	Height float64
	Shapes []Shape
	Table  Table
}

// Table holds a header and rows; all columns but the first are figures.
type Table struct {
	Head []string
	Rows [][]string
}

// Shape is one element of a chart. Kind is rect, line, circle, text or path; a
// Class carries colour and pattern.
type Shape struct {
	Kind, Class  string
	X, Y, W, H   float64
	X2, Y2, R    float64
	Path         string
	Text, Anchor string
	Tip          string
}

// chartWidth is the width of every view box.
const chartWidth = 360

func rect(class string, x, y, w, h float64, tip string) Shape {
	return Shape{Kind: "rect", Class: class, X: tenth(x), Y: tenth(y), W: tenth(math.Max(w, 0)), H: tenth(h), Tip: tip}
}

func rule(class string, x, y, x2, y2 float64) Shape {
	return Shape{Kind: "line", Class: class, X: tenth(x), Y: tenth(y), X2: tenth(x2), Y2: tenth(y2)}
}

func dot(class string, x, y, r float64, tip string) Shape {
	return Shape{Kind: "circle", Class: class, X: tenth(x), Y: tenth(y), R: r, Tip: tip}
}

func label(class, anchor string, x, y float64, text string) Shape {
	return Shape{Kind: "text", Class: class, Anchor: anchor, X: tenth(x), Y: tenth(y), Text: text}
}

// tenth rounds a coordinate: finer digits only make the page larger.
func tenth(v float64) float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return 0
	}
	return math.Round(v*10) / 10
}

// scale maps values from lo..hi to a..b.
type scale struct{ lo, hi, a, b float64 }

func (s scale) at(v float64) float64 {
	if s.hi <= s.lo {
		return s.a
	}
	return s.a + (v-s.lo)/(s.hi-s.lo)*(s.b-s.a)
}

// roundUp returns the next 1, 2, 2.5 or 5 times a power of ten, for an axis.
func roundUp(v float64) float64 {
	if v <= 0 || math.IsInf(v, 0) || math.IsNaN(v) {
		return 1
	}
	power := math.Pow(10, math.Floor(math.Log10(v)))
	for _, step := range []float64{1, 2, 2.5, 5, 10} {
		if v <= step*power*(1+1e-9) {
			return step * power
		}
	}
	return 10 * power
}

// charts returns the report's charts, only those that have something to show.
func (r Report) charts() []Chart {
	var out []Chart
	for _, make := range []func(Report) (Chart, bool){waterfall, accepted, intervals, byModel, byTag, byTier, byDay, cacheHits} {
		if c, ok := make(r); ok {
			out = append(out, c)
		}
	}
	return out
}
