package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"netra/shared/savings"
	"netra/shared/words"
)

// little is the share of the bill, in percent, under which a plan is called little.
const little = 2

// headline says in a few sentences what the run found, without dressing it up:
// what is safe now, and then what is possible after a decision of the user's.
func headline(r Report, in Input) string {
	if in.Analysis == nil {
		return unanswered(r, in)
	}
	text := r.Plan.Verdict
	for _, t := range r.Targets {
		text += " " + t.Text
	}
	best := possible(r)
	if best == nil || strings.Contains(text, best.Title) {
		return text
	}
	text = fmt.Sprintf("%s “%s” could save %s (%s of the bill, 90%% interval %s), once you have decided on it: it is not counted here.",
		text, best.Title, words.USD(best.EstimatedSavingsUSD), percent(best.EstimatedSavingsPercentage), span(best.Interval, words.USD))
	if all := r.Plan.IfAccepted; all != nil && all.SavingsUSD > 0 {
		text += fmt.Sprintf(" With everything that waits for your decision the bill would fall by %s to %s.", percent(all.SavingsPercentage), words.USD(all.CostAfterUSD))
	}
	return text
}

// unanswered says what is known where the data carries no plan.
func unanswered(r Report, in Input) string {
	const next = "What is missing, what it would unlock and how to get it is listed below."
	switch {
	case r.Log.Rows == 0:
		return "There is no log to look at yet. What to bring, and what each part of it unlocks, is listed below."
	case r.Log.BillLines > 0:
		return billed(r)
	case r.Spend.USD > 0 && len(r.Spend.ByModel) > 0:
		most := r.Spend.ByModel[0]
		return fmt.Sprintf("Your log shows %s in %s calls, most of it on %s (%s). That does not carry an answer to your goal yet. %s",
			words.USD(r.Spend.USD), words.Grouped(r.Log.Calls), cmp.Or(most.Key, "calls that name no model"), percent(100*most.CostUSD/r.Spend.USD), next)
	}
	return fmt.Sprintf("Your log holds %s calls, and none of them can be priced: it does not carry an answer yet. %s", words.Grouped(r.Log.Calls), next)
}

// possible returns the largest saving that needs the user's decision, if it is
// more than little and sure to be one; nil else.
func possible(r Report) *Recommendation {
	var best *Recommendation
	for i, p := range r.Recommendations {
		if p.Status != savings.Optional || p.EstimatedSavingsPercentage < little || p.Interval[0] <= 0 {
			continue
		}
		if best == nil || p.EstimatedSavingsUSD > best.EstimatedSavingsUSD {
			best = &r.Recommendations[i]
		}
	}
	return best
}

// exactly writes dollars to a millionth, for figures that are checked.
func exactly(v float64) string {
	text := strconv.FormatFloat(math.Abs(v), 'f', 6, 64)
	whole, rest, _ := strings.Cut(text, ".")
	n, _ := strconv.ParseInt(whole, 10, 64) // digits only, by construction
	sign := ""
	if v < 0 {
		sign = "−"
	}
	return sign + "$" + words.Grouped(n) + "." + rest
}

func percent(v float64) string {
	text := strconv.FormatFloat(v, 'f', 1, 64)
	if v != 0 && math.Abs(v) < 0.05 {
		text = strconv.FormatFloat(v, 'g', 1, 64)
	}
	return strings.Replace(text, "-", "−", 1) + "%"
}

// counted writes a number with its noun, in the plural where it is one.
func counted(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return words.Grouped(int64(n)) + " " + noun
}

func span(r Range, write func(float64) string) string {
	return write(r[0]) + " to " + write(r[1])
}

// lifetime writes a cache lifetime in its largest whole unit; 0 is unlimited.
func lifetime(seconds int64) string {
	d := time.Duration(seconds) * time.Second
	switch {
	case seconds == 0:
		return "no limit"
	case d%(24*time.Hour) == 0:
		return fmt.Sprintf("%d d", d/(24*time.Hour))
	case d%time.Hour == 0:
		return fmt.Sprintf("%d h", d/time.Hour)
	case d%time.Minute == 0:
		return fmt.Sprintf("%d min", d/time.Minute)
	}
	return fmt.Sprintf("%d s", seconds)
}

// moment writes a time of the log, or that it is not known.
func (l Log) moment(t *time.Time) string {
	switch {
	case t == nil:
		return "not known"
	case l.RelativeTime:
		return words.Duration(t.Sub(time.UnixMicro(0))) + " after an unknown start"
	}
	return t.UTC().Format("2006-01-02 15:04 UTC")
}

// days writes the log's span by its first and last day.
func (l Log) days() string {
	if l.First == nil || l.Last == nil {
		return "times are not known"
	}
	if l.RelativeTime {
		return words.Duration(l.Last.Sub(*l.First)) + ", from an unknown start"
	}
	from, to := l.First.UTC().Format(time.DateOnly), l.Last.UTC().Format(time.DateOnly)
	if from == to {
		return from
	}
	return from + " to " + to
}

func milliseconds(v float64) string {
	switch {
	case v >= 3_600_000: // the quantiles of hours are known to a few per cent
		return strconv.FormatFloat(v/3_600_000, 'f', 0, 64) + " h"
	case v >= 10_000:
		return strconv.FormatFloat(v/1000, 'f', 1, 64) + " s"
	}
	return strconv.FormatFloat(v, 'f', 0, 64) + " ms"
}

// latencyNote says what a lever does to the response times of the calls that it
// changes; the median and the slow end, since a mean hides both.
func latencyNote(lever string, l *savings.Latency) string {
	if savings.OwnSpeed(lever) {
		return "not known: another model, host or tier answers at its own speed; measure it on the first calls"
	}
	if l == nil || l.Calls == 0 {
		return "not known from the log"
	}
	return latencies(l) + " over " + words.Grouped(l.Calls) + " changed calls"
}

// planLatencyNote says what a plan does to the response times of all calls.
func planLatencyNote(p savings.Plan) string {
	if p.Latency == nil || p.Latency.Calls == 0 {
		return "not known: the log has no latencies, or the plan changes nothing"
	}
	note := latencies(p.Latency) + " over the " + words.Grouped(p.Latency.Calls) + " calls whose latency the log has"
	if slices.ContainsFunc(p.Levers, savings.OwnSpeed) {
		note += ", those moved to another model, host or tier taken as they were"
	}
	return note
}

func latencies(l *savings.Latency) string {
	return fmt.Sprintf("median %s to %s, 90th percentile %s to %s",
		milliseconds(l.Before.P50), milliseconds(l.After.P50), milliseconds(l.Before.P90), milliseconds(l.After.P90))
}

// short cuts a long name in the middle, where models differ least.
func short(name string, runes int) string {
	r := []rune(name)
	if len(r) <= runes {
		return name
	}
	head := (runes - 1) / 2
	return string(r[:head]) + "…" + string(r[len(r)-(runes-1-head):])
}

// change says how the plan differs from the one before, in dollars and levers.
func change(d savings.Difference) string {
	text := "The plan saves as much as the one before."
	switch {
	case d.SavingsUSD > 0:
		text = fmt.Sprintf("The plan saves %s more than the one before (%s of the bill).", words.USD(d.SavingsUSD), percent(d.Percentage))
	case d.SavingsUSD < 0:
		text = fmt.Sprintf("The plan saves %s less than the one before (%s of the bill).", words.USD(-d.SavingsUSD), percent(-d.Percentage))
	}
	if len(d.Added) > 0 {
		text += " New: " + strings.Join(d.Added, ", ") + "."
	}
	if len(d.Removed) > 0 {
		text += " Gone: " + strings.Join(d.Removed, ", ") + "."
	}
	return text
}

// changes is the table of what changed lever by lever.
func changes(d savings.Difference) Table {
	t := Table{Head: []string{"Lever", "Before", "Now", "Why"}}
	for _, c := range d.Changed {
		t.Rows = append(t.Rows, []string{c.Lever, words.USD(c.BeforeUSD), words.USD(c.AfterUSD), c.Reason})
	}
	return t
}
