package usage

import (
	"errors"
	"io"
	"math"
	"time"
)

// Inspection is what `netra inspect` says of a log: the reader's report and
// what the calls carry.
type Inspection struct {
	Report
	// Calls counts calls, of which a summed row may hold many.
	Calls int64 `json:"calls"`
	// InputTokens counts whole prompts, cached parts too; Tokens has the buckets apart.
	InputTokens  int64  `json:"input_tokens"`
	OutputTokens int64  `json:"output_tokens"`
	Tokens       Tokens `json:"tokens"`
	// Prompts and Answers are how long those of a single call are; missing if no
	// row is one.
	Prompts *Sizes `json:"prompt_tokens_per_call,omitempty"`
	Answers *Sizes `json:"output_tokens_per_call,omitempty"`
	// First and Last are missing where times are unknown or relative.
	First           time.Time  `json:"first,omitzero"`
	Last            time.Time  `json:"last,omitzero"`
	SpanSeconds     float64    `json:"span_seconds"`
	Models          []ModelUse `json:"models"`
	ReportedCostUSD float64    `json:"reported_cost_usd"`
	RowsWithCost    int64      `json:"rows_with_cost"`
	// Shares are the parts of the rows, from 0 to 1, that carry each field.
	Shares map[string]float64 `json:"coverage"`
	// Scores are the quality scores of answers; missing if there are none.
	Scores *Scores  `json:"scores,omitempty"`
	Flags  []string `json:"flags"`
	// Partial is true if only the start of the log was looked at.
	Partial bool `json:"partial,omitempty"`
	// Coverage is what Shares and the sums were computed from.
	Coverage *Coverage `json:"-"`
}

// inspectBatch is how many calls are read at a time.
const inspectBatch = 512

// previewRows bounds what Preview reads of a log, however small it is packed.
const previewRows = 50_000

// Inspect reads a log to its end.
func Inspect(r *Reader) (Inspection, error) { return inspect(r, math.MaxInt64) }

// inspect reads at most so many calls, and a batch more.
func inspect(r *Reader, most int64) (Inspection, error) {
	var c Coverage
	prompts, answers := sizeCount{}, sizeCount{}
	done := func(err error) (Inspection, error) {
		i := inspection(r, &c)
		i.Prompts, i.Answers = prompts.sizes(), answers.sizes()
		return i, err
	}
	batch := make([]Call, inspectBatch)
	for c.Rows < most {
		n, err := r.Read(batch)
		for i := range batch[:n] {
			c.Add(&batch[i])
			if batch[i].Count == 1 {
				prompts.add(batch[i].Prompt())
				answers.add(batch[i].Output)
			}
		}
		if err == io.EOF {
			return done(nil)
		}
		if err != nil {
			return done(err)
		}
	}
	return done(nil)
}

func inspection(r *Reader, c *Coverage) Inspection {
	c.Finish()
	i := Inspection{
		Report: r.Report(), Calls: c.Calls, InputTokens: c.PromptTokens, OutputTokens: c.Tokens.Output, Tokens: c.Tokens,
		First: c.First, Last: c.Last, SpanSeconds: c.Span().Seconds(), Models: c.Models,
		ReportedCostUSD: c.ReportedCost, RowsWithCost: c.Carried.Cost, Shares: c.Shares(), Scores: c.Scores, Flags: c.Flags(), Coverage: c,
	}
	if IsLabels(i.Format) {
		i.Flags = []string{"labels"}
	}
	if i.RelativeTime {
		i.First, i.Last = time.Time{}, time.Time{}
		i.Flags = append(i.Flags, "relative_time")
	}
	return i
}

// withoutCutRow forgets the last row, which the bound on the bytes cut off.
func (i *Inspection) withoutCutRow() {
	i.Rows--
	i.Unreadable--
	if n := len(i.FirstUnreadable); int64(n) > i.Unreadable {
		i.FirstUnreadable = i.FirstUnreadable[:n-1]
	}
}

// Preview inspects at most the first maxBytes of a log, as they are stored, and
// about its first 50,000 calls. It
// tells format errors early, such as right after an upload; a row that the
// bound cuts is left out. A Parquet or zip log longer than that cannot be looked
// into, since its end comes first, and gives its container only.
func Preview(r io.Reader, maxBytes int64, opts Options) (Inspection, error) {
	cut := &io.LimitedReader{R: r, N: maxBytes}
	partial := func() bool { return cut.N <= 0 }
	opts.cut = partial
	reader, err := Open(cut, opts)
	if err != nil {
		for kind, from := range map[string]error{"parquet": errParquet, "zip": errZip} {
			if partial() && errors.Is(err, from) {
				return Inspection{Report: Report{Format: kind, Container: kind, SampleRate: 1}, Partial: true, Coverage: &Coverage{}}, nil
			}
		}
		return Inspection{}, err
	}
	defer reader.Close()
	found, err := inspect(reader, previewRows)
	if partial() && reader.cut > 0 {
		found.withoutCutRow()
	}
	found.Partial = partial() || found.Rows >= previewRows
	if !found.Partial {
		return found, err
	}
	found.Flags = append(found.Flags, "partial")
	if KindOf(err) == KindEmpty {
		err = nil // the calls may come later
	}
	return found, err
}
