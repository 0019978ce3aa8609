package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"netra/shared/savings"
	"netra/shared/words"
)

// rowHeight is the height of one labelled bar: a line of text and the bar under it.
const rowHeight = 38

// waterfall shows how the plan's levers bring the cost down, one after the other.
func waterfall(r Report) (Chart, bool) {
	c := Chart{ID: "waterfall", Title: "From the bill to the plan", How: r.How["plan"]}
	return c.steps(r.Plan, "With the plan", func(Step) string { return "saved" })
}

// accepted is the waterfall with the levers that wait for the user's decision,
// which are hatched the other way.
func accepted(r Report) (Chart, bool) {
	if r.Plan.IfAccepted == nil {
		return Chart{}, false
	}
	waiting := map[string]bool{}
	for _, p := range r.Recommendations {
		waiting[p.Lever] = p.Status == savings.Optional
	}
	c := Chart{ID: "accepted", Title: "If you accept what waits for your decision", How: "A second replay with these levers too. " + r.How["plan"]}
	return c.steps(*r.Plan.IfAccepted, "With all of it", func(s Step) string {
		if waiting[s.Lever] {
			return "possible"
		}
		return "saved"
	})
}

func (c Chart) steps(p Plan, end string, class func(Step) string) (Chart, bool) {
	if len(p.Steps) == 0 || p.CostBeforeUSD <= 0 {
		return Chart{}, false
	}
	c.Desc = fmt.Sprintf("The cost falls from %s to %s in %s.", words.USD(p.CostBeforeUSD), words.USD(p.CostAfterUSD), counted(len(p.Steps), "step"))
	c.Table = Table{Head: []string{"Step", "Change", "90% interval of the saving", "Alone", "Cost after"}}
	x := scale{0, p.CostBeforeUSD, 0, chartWidth}
	c.total(x, "Spend in the log", p.CostBeforeUSD)
	c.Table.Rows = append(c.Table.Rows, []string{"Spend in the log", "", "", "", words.USD(p.CostBeforeUSD)})
	before := p.CostBeforeUSD
	for _, s := range p.Steps {
		c.step(x, s, before, class(s))
		c.Table.Rows = append(c.Table.Rows, []string{s.Title, words.USD(-s.MarginalUSD), span(s.Interval, words.USD), words.USD(-s.AloneUSD), words.USD(s.CostAfterUSD)})
		before = s.CostAfterUSD
	}
	c.total(x, end, p.CostAfterUSD)
	c.Table.Rows = append(c.Table.Rows, []string{end, words.USD(-p.SavingsUSD), span(p.Interval, words.USD), "", words.USD(p.CostAfterUSD)})
	return c, true
}

func (c *Chart) total(x scale, name string, v float64) {
	y := c.Height
	c.Shapes = append(c.Shapes, label("strong", "start", 0, y+13, name), label("strong", "end", chartWidth, y+13, words.USD(v)),
		rect("bar", 0, y+19, x.at(v), 13, name+": "+words.USD(v)))
	c.Height += rowHeight
}

func (c *Chart) step(x scale, s Step, before float64, class string) {
	y := c.Height
	from, to := x.at(s.CostAfterUSD), x.at(before)
	c.connect(to, y-rowHeight)
	c.connect(from, y)
	c.Shapes = append(c.Shapes, label("", "start", 0, y+13, short(s.Title, 40)), label("", "end", chartWidth, y+13, words.USD(-s.MarginalUSD)),
		rect(class, from, y+19, max(to-from, 1), 13, s.Title+": "+words.USD(-s.MarginalUSD)))
	c.Height += rowHeight
}

// connect draws the line from a bar to the next one, but for where words stand.
func (c *Chart) connect(x, y float64) {
	c.Shapes = append(c.Shapes, rule("thin", x, y+32, x, y+rowHeight+3), rule("thin", x, y+rowHeight+15, x, y+rowHeight+19))
}

// shownParts is how many parts of the spend have a bar of their own.
const shownParts = 8

// byModel shows which models the money went to.
func byModel(r Report) (Chart, bool) {
	c := Chart{ID: "models", Title: "Spend by model"}
	return c.shares(r, "model", r.Spend.ByModel), len(r.Spend.ByModel) > 0
}

// byTag shows which classes of calls it went to, where there are several.
func byTag(r Report) (Chart, bool) {
	c, part := Chart{ID: "classes", Title: "Spend by class of calls"}, "class"
	if r.Log.BillLines > 0 {
		c.Title, part = "Spend by project", "project"
	}
	return c.shares(r, part, r.Spend.ByTag), len(r.Spend.ByTag) > 1
}

// byTier shows in which service tiers it was spent, where there are several.
func byTier(r Report) (Chart, bool) {
	c := Chart{ID: "tiers", Title: "Spend by service tier"}
	return c.shares(r, "tier", r.Spend.ByTier), len(r.Spend.ByTier) > 1
}

// shares fills the chart with a bar for each part of the spend.
func (c Chart) shares(r Report, part string, parts []savings.Slice) Chart {
	if len(parts) == 0 {
		return c
	}
	parts = folded(parts, shownParts)
	most, total := 0.0, 0.0
	for _, s := range parts {
		most, total = max(most, s.CostUSD), total+s.CostUSD
	}
	none := "no " + part + " named"
	c.How, c.Desc = r.How["spend"], fmt.Sprintf("%s is the largest with %s of %s.", cmp.Or(parts[0].Key, none), words.USD(parts[0].CostUSD), words.USD(total))
	c.Table.Head = []string{sentence(part), "Cost", "Share", "Calls", "Input tokens", "Output tokens"}
	x := scale{0, most, 0, chartWidth}
	for _, s := range parts {
		unpriced := r.Log.Unpriced.whole(s)
		s.Key = cmp.Or(s.Key, none)
		share := 0.0
		if total > 0 {
			share = 100 * s.CostUSD / total
		}
		y := c.Height
		cost, of := words.USD(s.CostUSD), percent(share)
		if unpriced {
			cost, of = "no price", ""
		}
		c.Shapes = append(c.Shapes, label("", "start", 0, y+13, short(s.Key, 34)), label("", "end", chartWidth, y+13, strings.TrimSuffix(cost+" · "+of, " · ")),
			rect("bar", 0, y+19, max(x.at(s.CostUSD), 1), 13, s.Key+": "+cost))
		c.Height += rowHeight
		c.Table.Rows = append(c.Table.Rows, []string{s.Key, cost, of, words.Grouped(s.Calls), words.Grouped(s.InputTokens), words.Grouped(s.OutputTokens)})
	}
	if r.Log.BillLines > 0 {
		c.Table = c.Table.first(3)
	}
	return c
}

// whole says whether nothing is known of what a model's calls cost: its model is
// unpriced and no row reports a cost. That is no $0.
func (u Unpriced) whole(s savings.Slice) bool {
	return s.CostUSD == 0 && slices.ContainsFunc(u.Models, func(model string) bool {
		return s.Key == model || model != "" && strings.HasSuffix(s.Key, "/"+model)
	})
}

// folded keeps the first n slices and sums the rest up.
func folded(parts []savings.Slice, n int) []savings.Slice {
	if len(parts) <= n+1 {
		return parts
	}
	rest := savings.Slice{Key: fmt.Sprintf("the other %d", len(parts)-n)}
	for _, s := range parts[n:] {
		rest.Calls, rest.CostUSD = rest.Calls+s.Calls, rest.CostUSD+s.CostUSD
		rest.InputTokens, rest.OutputTokens = rest.InputTokens+s.InputTokens, rest.OutputTokens+s.OutputTokens
	}
	return append(parts[:n:n], rest)
}

// shownDays is how many days have a column of their own; longer logs show months.
const shownDays = 92

// byDay shows when the money was spent.
func byDay(r Report) (Chart, bool) {
	days := r.Spend.ByDay
	title, unit := "Spend by day", "Day"
	if len(days) > shownDays {
		days, title, unit = months(days), "Spend by month", "Month"
	}
	if len(days) < 2 {
		return Chart{}, false
	}
	peak := days[0]
	for _, d := range days {
		if d.CostUSD > peak.CostUSD {
			peak = d
		}
	}
	c := Chart{ID: "days", Title: title, How: r.How["spend"], Height: 190, Desc: fmt.Sprintf("The peak is %s with %s.", peak.Day, words.USD(peak.CostUSD)),
		Table: Table{Head: []string{unit, "Cost", "Calls"}}}
	top := roundUp(peak.CostUSD)
	y := scale{0, top, 160, 14}
	c.axis(y, top)
	width := float64(chartWidth-left) / float64(len(days))
	for i, d := range days {
		x := left + width*float64(i)
		c.Shapes = append(c.Shapes, rect("bar", x+width*0.1, y.at(d.CostUSD), width*0.8, 160-y.at(d.CostUSD), d.Day+": "+words.USD(d.CostUSD)))
		c.Table.Rows = append(c.Table.Rows, []string{d.Day, words.USD(d.CostUSD), words.Grouped(d.Calls)})
	}
	if r.Log.BillLines > 0 {
		c.Table = c.Table.first(2)
	}
	c.Shapes = append(c.Shapes, label("dim", "start", left, 178, days[0].Day), label("dim", "end", chartWidth, 178, days[len(days)-1].Day))
	return c, true
}

// left is the room for the labels of a vertical axis.
const left = 52

func (c *Chart) axis(y scale, top float64) {
	for _, v := range []float64{0, top / 2, top} {
		c.Shapes = append(c.Shapes, rule("grid", left, y.at(v), chartWidth, y.at(v)), label("dim", "end", left-6, y.at(v)+4, words.USD(v)))
	}
}

// months sums days up by their month.
func months(days []Day) []Day {
	var out []Day
	for _, d := range days {
		month, _, _ := strings.Cut(d.Day[min(len(d.Day), 5):], "-")
		name := d.Day[:min(len(d.Day), 5)] + month
		if len(out) == 0 || out[len(out)-1].Day != name {
			out = append(out, Day{Day: name})
		}
		last := &out[len(out)-1]
		last.Calls, last.CostUSD = last.Calls+d.Calls, last.CostUSD+d.CostUSD
	}
	return out
}
