package report

import (
	"bytes"
	"cmp"
	_ "embed"
	"fmt"
	"html/template"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"netra/shared/sufficiency"
	"netra/shared/words"
)

//go:embed page.html
var pageSource string

//go:embed page.css
var pageStyle string

// page is what the template sees: the report and what is derived from it.
type page struct {
	Report
	Style template.CSS
	// First is the chart that answers the question; Charts are the others.
	First  []Chart
	Charts []Chart
	Facts  Table
	Tiles  []Tile
	Fields []Field
	// Own are the steps to export each missing part, Common those that several need.
	Own    [][]string
	Common []string
	// Blind says that no cache can be judged, "" if one can.
	Blind string
}

// Tile is a headline figure.
type Tile struct{ Name, Value, Note, How string }

// Field is the share of rows that carry a field.
type Field struct {
	Name  string
	Share string
}

// HTML returns the report as one page that needs nothing else: no scripts, no
// requests, no fonts. It reads well on a phone, on paper, in dark and in light.
func (r Report) HTML() ([]byte, error) {
	t, err := template.New("page").Funcs(template.FuncMap{
		"sentence": sentence, "usd": words.USD, "percent": percent, "grouped": words.Grouped, "titled": titled, "change": change, "changes": changes, "tried": triedTable, "chances": chances,
		"span": func(i Range) string { return span(i, words.USD) },
		"day":  func(e timed) string { return e.Format("2006-01-02 15:04") },
	}).Parse(pageSource)
	if err != nil {
		return nil, fmt.Errorf("parse the report page: %w", err)
	}
	var out bytes.Buffer
	// The style sheet is part of the program and not of the log.
	p := r.page()
	p.Style = template.CSS(pageStyle)
	if err := t.Execute(&out, p); err != nil {
		return nil, fmt.Errorf("write the report page: %w", err)
	}
	return []byte(strings.TrimSpace(words.Page(out.String()))), nil
}

// page derives what the templates show beside the report itself.
func (r Report) page() page {
	p := page{Report: r, Facts: r.facts(), Tiles: r.tiles(), Fields: r.fields(), Blind: r.blind()}
	if r.Log.BillLines > 0 {
		p.Blind = ""
	}
	p.First, p.Charts = r.split()
	p.Own, p.Common = sufficiency.Export(r.Sufficiency.Missing)
	return p
}

// sentence begins a text that was made to follow a colon with a capital letter.
func sentence(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	if size == 0 {
		return text
	}
	return string(unicode.ToUpper(first)) + text[size:]
}

// timed is what the template formats as a time.
type timed interface{ Format(string) string }

// tiles are the figures at the top.
func (r Report) tiles() []Tile {
	if r.Log.Rows == 0 {
		return nil
	}
	if r.Log.BillLines > 0 {
		return []Tile{{"Spend on the bill", words.USD(r.Spend.USD), r.Log.days(), r.How["spend"]}, {"Lines of the bill", words.Grouped(r.Log.BillLines), "for a number of calls that it does not say", ""}}
	}
	if r.Plan.CostBeforeUSD == 0 && r.Spend.USD > 0 {
		return []Tile{{"Spend in the log", words.USD(r.Spend.USD), r.Log.days(), r.How["spend"]}, {"Calls in the log", words.Grouped(r.Log.Calls), "", r.How["log.tokens"]}}
	}
	if r.Plan.CostBeforeUSD == 0 && len(r.Plan.Steps) == 0 {
		return []Tile{{"Calls in the log", words.Grouped(r.Log.Calls), "", r.How["log.tokens"]}}
	}
	out := []Tile{
		{"Spend in the log", words.USD(r.Plan.CostBeforeUSD), r.Log.days(), r.How["spend"]},
		{"With the plan", words.USD(r.Plan.CostAfterUSD), r.planNote(), r.How["plan"]},
		{"Saved", words.USD(r.Plan.SavingsUSD), percent(r.Plan.SavingsPercentage) + "; 90% interval " + span(r.Plan.Interval, words.USD), r.How["recommendation.interval_90"]},
	}
	if m := r.Plan.Monthly; m != nil {
		return append(out, Tile{"Saved a month", words.USD(m.SavingsUSD), "90% interval " + span(m.Interval, words.USD), r.How["monthly"]})
	}
	return append(out, Tile{"Saved a month", "not given", "the log is too short to stand for a month", r.How["monthly"]})
}

// facts is the table of what the log holds.
func (r Report) facts() Table {
	l := r.Log
	if l.BillLines > 0 {
		return l.billFacts()
	}
	rows := [][]string{
		{"Format", cmp.Or(l.Format, "not known")},
		{"Rows", words.Grouped(l.Rows)},
		{"Calls", words.Grouped(l.Calls)},
		{"Unreadable rows", words.Grouped(l.Unreadable)},
		{"Input tokens", words.Grouped(l.InputTokens)},
		{"Output tokens", words.Grouped(l.OutputTokens)},
		{"First call", l.moment(l.First)},
		{"Last call", l.moment(l.Last)},
	}
	rows = append(rows, l.costs()...)
	rows = append(rows, [][]string{
		{"Flagged rows, left out", words.Grouped(l.FlaggedRows)},
		{"Unpriced calls", fmt.Sprintf("%s (%s of calls, %s of tokens)", words.Grouped(l.Unpriced.Calls), percent(100*l.Unpriced.CallShare), percent(100*l.Unpriced.TokenShare))},
	}...)
	if l.PricesAsOf != "" {
		rows = append(rows, []string{"Price book of", l.PricesAsOf})
	}
	return Table{Head: []string{"Fact", "Value"}, Rows: rows}
}

// costs compares what the log says it cost with tokens x price, over the rows
// that have both.
func (l Log) costs() [][]string {
	r := l.Reconciliation
	rows := [][]string{{"Reported cost, all rows that have one", exactly(l.ReportedCostUSD)}}
	switch {
	case l.ReportedCostUSD == 0 && r.Rows == 0:
		return [][]string{{"Reported cost", "none in the log"}}
	case r.Rows == 0:
		return rows
	}
	return append(rows, []string{"Rows with a reported and a computed cost", words.Grouped(r.Rows)},
		[]string{"Their reported cost", exactly(r.ReportedUSD)}, []string{"Their computed cost (tokens x price)", exactly(r.ComputedUSD)},
		[]string{"Unexplained (reported − computed)", exactly(r.ResidualUSD)},
		[]string{"Rows whose two costs agree", fmt.Sprintf("%s of %s", words.Grouped(r.MatchingRows), words.Grouped(r.Rows))})
}

// fields lists the coverage by name.
func (r Report) fields() []Field {
	var out []Field
	for name, share := range r.Log.Coverage {
		out = append(out, Field{name, percent(100 * share)})
	}
	slices.SortFunc(out, func(a, b Field) int { return bytes.Compare([]byte(a.Name), []byte(b.Name)) })
	return out
}

// planNote says what the plan does to response times, or how many levers it has.
func (r Report) planNote() string {
	if l := r.Plan.Latency; l != nil && l.Calls > 0 {
		return "response time: " + r.Plan.LatencyNote
	}
	if len(r.Plan.Steps) == 0 {
		return "nothing pays without a decision of yours"
	}
	return counted(len(r.Plan.Steps), "lever")
}

// split puts the waterfalls before the other charts.
func (r Report) split() (first, rest []Chart) {
	for _, c := range r.charts() {
		if c.ID == "waterfall" || c.ID == "accepted" {
			first = append(first, c)
		} else {
			rest = append(rest, c)
		}
	}
	return first, rest
}
