package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"netra/shared/savings"
	"netra/shared/usage"
	"netra/shared/words"
)

// Log is what the log holds. Rows, Calls and tokens count every row that could
// be read; costs are without flagged rows.
type Log struct {
	Format       string     `json:"format"`
	Rows         int64      `json:"rows"`
	Calls        int64      `json:"calls"`
	Unreadable   int64      `json:"unreadable"`
	InputTokens  int64      `json:"input_tokens"`
	OutputTokens int64      `json:"output_tokens"`
	First        *time.Time `json:"first"`
	Last         *time.Time `json:"last"`
	// BillLines counts the costs of a bill, 0 for a log of calls. For how many calls a bill
	// is, is not known: Calls is 0 then.
	BillLines int64 `json:"bill_lines,omitempty"`
	// RelativeTime is true if the log's times count from an unknown start.
	RelativeTime bool `json:"relative_time,omitempty"`
	// ReportedCostUSD is what the log's own costs add up to, ComputedCostUSD what
	// tokens times prices say of the rows that have both.
	ReportedCostUSD float64        `json:"reported_cost_usd"`
	ComputedCostUSD float64        `json:"computed_cost_usd"`
	Flagged         []Flagged      `json:"flagged"`
	FlaggedRows     int64          `json:"flagged_rows"`
	Unpriced        Unpriced       `json:"unpriced"`
	Reconciliation  Reconciliation `json:"reconciliation"`
	// Coverage is the share of rows, 0 to 1, that carry each field.
	Coverage        map[string]float64 `json:"coverage"`
	FirstUnreadable []usage.Unreadable `json:"first_unreadable"`
	Notes           []usage.Note       `json:"notes"`
	PricesAsOf      string             `json:"prices_as_of"`
}

// Flagged is a row that is left out of all totals.
type Flagged struct {
	Line            int64   `json:"line"`
	Model           string  `json:"model"`
	Reason          string  `json:"reason"`
	ReportedCostUSD float64 `json:"reported_cost_usd"`
}

// Unpriced are the calls of models that the price book does not know.
type Unpriced struct {
	Calls  int64    `json:"calls"`
	Models []string `json:"models"`
	// CallShare and TokenShare are of the whole log, 0 to 1.
	CallShare  float64 `json:"call_share"`
	TokenShare float64 `json:"token_share"`
}

// Reconciliation compares reported with computed cost where a row has both.
type Reconciliation struct {
	Rows         int64   `json:"rows"`
	MatchingRows int64   `json:"matching_rows"`
	ReportedUSD  float64 `json:"reported_usd"`
	ComputedUSD  float64 `json:"computed_usd"`
	ResidualUSD  float64 `json:"residual_usd"`
	Note         string  `json:"note"`
}

// priced is the analysis that priced the log, nil if none did.
func (in Input) priced() *savings.Analysis {
	if in.Analysis != nil {
		return in.Analysis
	}
	return in.Spend
}

func newLog(in Input) Log {
	l := Log{
		Flagged: []Flagged{}, Unpriced: Unpriced{Models: []string{}}, Coverage: map[string]float64{},
		FirstUnreadable: []usage.Unreadable{}, Notes: []usage.Note{},
	}
	for _, source := range in.Logs {
		l.source(source)
	}
	if c := in.Coverage; c != nil {
		l.Calls, l.InputTokens, l.OutputTokens = c.Calls, c.PromptTokens, c.Tokens.Output
		l.First, l.Last = known(c.First), known(c.Last)
		l.ReportedCostUSD = c.ReportedCost
		if c.IsBill() {
			l.BillLines = c.Billed
		}
		l.Coverage = coverage(c)
	}
	if a := in.priced(); a != nil {
		l.pricing(a)
	}
	return l
}

// source adds how one log was read. Logs of several formats name them all.
func (l *Log) source(s usage.Report) {
	switch {
	case l.Format == "":
		l.Format = s.Format
	case !slices.Contains(strings.Split(l.Format, ", "), s.Format):
		l.Format += ", " + s.Format
	}
	l.Rows, l.Calls, l.Unreadable = l.Rows+s.Rows, l.Calls+s.Calls, l.Unreadable+s.Unreadable
	l.RelativeTime = l.RelativeTime || s.RelativeTime
	l.FirstUnreadable = append(l.FirstUnreadable, s.FirstUnreadable...)
	l.Notes = append(l.Notes, s.Notes...)
}

func known(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func (l *Log) pricing(a *savings.Analysis) {
	p := a.Pricing
	l.PricesAsOf, l.FlaggedRows = p.BookAsOf, p.CorruptRows
	for _, row := range p.Corrupt {
		l.Flagged = append(l.Flagged, Flagged{row.Line, row.Model, flagReason(row.ReportedUSD, row.ComputedUSD), row.ReportedUSD})
	}
	l.ReportedCostUSD = p.ReportedUSD
	if l.BillLines > 0 { // nothing is priced by tokens
		l.Reconciliation.Note = "A bill cannot be compared with prices: it counts no tokens."
		return
	}
	for _, u := range p.Unpriced {
		l.Unpriced.Calls += u.Calls
		l.Unpriced.Models = append(l.Unpriced.Models, u.Model)
	}
	l.Unpriced.CallShare, l.Unpriced.TokenShare = p.UnpricedCallShare, p.UnpricedTokenShare
	r := p.Reconciliation
	l.ComputedCostUSD = r.ComputedUSD
	l.Reconciliation = Reconciliation{r.Rows, r.Matching, r.ReportedUSD, r.ComputedUSD, r.ResidualUSD, residualNote(r.Rows, r.Matching, r.ResidualUSD)}
}

func flagReason(reported, computed float64) string {
	if reported < 0 {
		return "the reported cost is negative"
	}
	if computed > 0 {
		return fmt.Sprintf("the reported cost is %s times what tokens x price say (%s)", words.Grouped(int64(reported/computed)), words.USD(computed))
	}
	return "the reported cost is more than the tokens could cost at any price"
}

func residualNote(rows, matching int64, residual float64) string {
	switch {
	case rows == 0:
		return "The log reports no costs that could be compared with prices."
	case rows == matching:
		return "Every reported cost agrees with tokens x price."
	case residual < 0:
		return "The log reports less than tokens x price; cache reads that it does not itemise, free tiers and discounts do that."
	}
	return "The log reports more than tokens x price; cache writes, searches or fees that it does not itemise do that."
}

func coverage(c *usage.Coverage) map[string]float64 {
	k := c.Carried
	return map[string]float64{
		"time": c.Share(k.Time), "model": c.Share(k.Model), "prompt": c.Share(k.PromptHash), "blocks": c.Share(k.Blocks),
		"session": c.Share(k.Session), "tag": c.Share(k.Tag), "user": c.Share(k.User), "latency": c.Share(k.Latency),
		"quality": c.Share(k.Quality), "cost": c.Share(k.Cost), "cache": c.Share(k.CacheTold),
	}
}
