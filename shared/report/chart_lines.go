package report

import (
	"fmt"
	"strings"

	"netra/shared/savings"
	"netra/shared/words"
)

// intervals shows what each lever saves alone, with its 90% interval.
func intervals(r Report) (Chart, bool) {
	if len(r.Recommendations) == 0 {
		return Chart{}, false
	}
	lo, hi := 0.0, 0.0
	for _, p := range r.Recommendations {
		lo, hi = min(lo, p.Interval[0]), max(hi, p.Interval[1], p.EstimatedSavingsUSD)
	}
	if hi <= lo {
		return Chart{}, false
	}
	c := Chart{ID: "intervals", Title: "What each lever saves alone", How: r.How["recommendation.interval_90"],
		Desc:  "A dot for the saving of each lever over the log and a bar for its 90% interval.",
		Table: Table{Head: []string{"Lever", "Saving", "90% low", "90% high", "Of the bill"}}}
	x := scale{lo, hi, 6, chartWidth - 6}
	for _, p := range r.Recommendations {
		c.interval(x, p)
		c.Table.Rows = append(c.Table.Rows, []string{titled(p), words.USD(p.EstimatedSavingsUSD), words.USD(p.Interval[0]), words.USD(p.Interval[1]), percent(p.EstimatedSavingsPercentage)})
	}
	c.Shapes = append(c.Shapes, rule("grid", x.at(0), 18, x.at(0), c.Height), label("dim", "start", max(x.at(0)-3, 0), c.Height+13, "$0"),
		label("dim", "end", chartWidth, c.Height+13, words.USD(hi)))
	c.Height += 20
	return c, true
}

func (c *Chart) interval(x scale, p Recommendation) {
	y := c.Height
	a, b, at := x.at(p.Interval[0]), x.at(p.Interval[1]), x.at(p.EstimatedSavingsUSD)
	class := "range"
	if p.Status == savings.Optional {
		class = "range optional"
	}
	tip := fmt.Sprintf("%s: %s (%s)", p.Title, words.USD(p.EstimatedSavingsUSD), span(p.Interval, words.USD))
	c.Shapes = append(c.Shapes, label("", "start", 0, y+13, short(titled(p), 42)), label("", "end", chartWidth, y+13, words.USD(p.EstimatedSavingsUSD)),
		rule(class, a, y+25, b, y+25), rule("whisker", a, y+20, a, y+30), rule("whisker", b, y+20, b, y+30), dot("mark", at, y+25, 4.5, tip))
	c.Height += rowHeight
}

// titled marks the levers that are not in the plan.
func titled(p Recommendation) string {
	if p.Status == savings.Optional {
		return p.Title + " (your decision)"
	}
	return p.Title
}

// cacheHits shows what caches would hit, by how long an entry lives.
func cacheHits(r Report) (Chart, bool) {
	prompt, response := r.told(r.CacheHits.PromptTokens, "blocks"), r.told(r.CacheHits.Responses, "prompt")
	if len(prompt) == 0 && len(response) == 0 {
		return Chart{}, false
	}
	c := Chart{ID: "cache", Title: "Cache hits by lifetime", How: r.How["cache_hits"], Height: 206,
		Desc:  "The longer entries live, the larger the share that a cache answers.",
		Table: curveTable(prompt, response)}
	y := scale{0, 1, 160, 14}
	for _, v := range []float64{0, 0.5, 1} {
		c.Shapes = append(c.Shapes, rule("grid", left, y.at(v), chartWidth, y.at(v)), label("dim", "end", left-6, y.at(v)+4, percentWhole(v)))
	}
	c.curve(y, prompt, "solid", "Prompt tokens", 0)
	c.curve(y, response, "dashed", "Whole answers", 1)
	c.lifetimes(prompt, response)
	return c, true
}

// told returns the points of a curve, none where the log lacks the field that
// hits are told by: then zero hits mean "not known" and not "none".
func (r Report) told(points []savings.CurvePoint, field string) []savings.CurvePoint {
	if r.Log.Coverage[field] > 0 {
		return points
	}
	for _, p := range points {
		if p.Hits > 0 {
			return points
		}
	}
	return nil
}

// blind says in words that no cache can be judged, or "".
func (r Report) blind() string {
	if len(r.told(r.CacheHits.PromptTokens, "blocks"))+len(r.told(r.CacheHits.Responses, "prompt")) > 0 || r.Log.Rows == 0 {
		return ""
	}
	return "The log carries neither prompts nor their blocks or hashes, so what caches would hit cannot be told."
}

func percentWhole(share float64) string { return fmt.Sprintf("%.0f%%", 100*share) }

// curveTable has a row for each lifetime.
func curveTable(prompt, response []savings.CurvePoint) Table {
	t := Table{Head: []string{"Lifetime"}}
	rows := map[int64]int{}
	for _, series := range []struct {
		points []savings.CurvePoint
		heads  []string
	}{{prompt, []string{"Prompt tokens hit", "Share"}}, {response, []string{"Whole answers hit", "Share"}}} {
		if len(series.points) == 0 {
			continue
		}
		for _, p := range series.points {
			i, known := rows[p.LifetimeSeconds]
			if !known {
				i, rows[p.LifetimeSeconds] = len(t.Rows), len(t.Rows)
				t.Rows = append(t.Rows, append([]string{lifetime(p.LifetimeSeconds)}, make([]string, len(t.Head)-1)...))
			}
			t.Rows[i] = append(t.Rows[i], words.Grouped(p.Hits), percent(100*p.Share))
		}
		t.Head = append(t.Head, series.heads...)
	}
	return t
}

// across places the i-th of n lifetimes.
func across(i, n int) float64 {
	if n < 2 {
		return (left + chartWidth) / 2
	}
	return left + 14 + float64(i)*float64(chartWidth-left-34)/float64(n-1)
}

// curve draws one series. The two differ in dashes and in the shape of their
// marks, so that they can be told apart without colour.
func (c *Chart) curve(y scale, points []savings.CurvePoint, class, name string, row int) {
	if len(points) == 0 {
		return
	}
	var path strings.Builder
	verb := "M"
	for i, p := range points {
		x, at := tenth(across(i, len(points))), tenth(y.at(p.Share))
		fmt.Fprintf(&path, "%s%g %g", verb, x, at)
		verb = "L"
		tip := fmt.Sprintf("%s, %s: %s", name, lifetime(p.LifetimeSeconds), percent(100*p.Share))
		if row == 0 {
			c.Shapes = append(c.Shapes, dot("mark", x, at, 3.5, tip))
		} else {
			c.Shapes = append(c.Shapes, rect("square", x-3.5, at-3.5, 7, 7, tip))
		}
	}
	c.Shapes = append(c.Shapes, Shape{Kind: "path", Class: class, Path: path.String()})
	c.legend(class, name, row)
}

func (c *Chart) legend(class, name string, row int) {
	x, y := left+float64(row)*150, 200.0
	c.Shapes = append(c.Shapes, Shape{Kind: "path", Class: class, Path: fmt.Sprintf("M%g %gL%g %g", x, y-4, x+28, y-4)}, label("", "start", x+34, y, name))
	if row == 0 {
		c.Shapes = append(c.Shapes, dot("mark", x+14, y-4, 3.5, ""))
	} else {
		c.Shapes = append(c.Shapes, rect("square", x+10.5, y-7.5, 7, 7, ""))
	}
}

func (c *Chart) lifetimes(prompt, response []savings.CurvePoint) {
	points := prompt
	if len(points) == 0 {
		points = response
	}
	for i, p := range points {
		c.Shapes = append(c.Shapes, label("dim", "middle", across(i, len(points)), 178, lifetime(p.LifetimeSeconds)))
	}
}
