package usage

import (
	"fmt"
	"math/bits"
	"slices"
)

// maxReasons is how many unreadable rows a report names.
const maxReasons = 10

// maxRegions is how many regions a report names: clouds have fewer.
const maxRegions = 32

// Unreadable is a row that was left out, and why.
type Unreadable struct {
	// Line is the row's line (text) or record number (JSON document, Parquet), from 1.
	Line   int64  `json:"line"`
	Reason string `json:"reason"`
}

// Note is something that a user should know about how the log was read.
type Note struct {
	Text string `json:"text"`
	// Rows is how many rows it applies to; 0 means the whole log.
	Rows int64 `json:"rows,omitempty"`
}

// Report says what a Reader has read so far. Rows = calls read + Unreadable +
// Skipped + Merged + Repeated, but for sources where one row holds several calls.
type Report struct {
	// Format is the format's name, Container how it is laid out (jsonl, json,
	// csv, text, events, parquet) and Packing how it is packed ("", gzip, zstd).
	Format    string `json:"format"`
	Container string `json:"container"`
	Packing   string `json:"packing,omitempty"`
	// Rows counts records of the source, Calls the Calls handed out.
	Rows  int64 `json:"rows"`
	Calls int64 `json:"calls"`
	// Unreadable counts rows left out as broken; FirstUnreadable names the first of them.
	Unreadable      int64        `json:"unreadable"`
	FirstUnreadable []Unreadable `json:"first_unreadable,omitempty"`
	// Skipped counts rows that are no calls (user messages, tool spans), Merged
	// rows that belong to a call already counted.
	Skipped int64 `json:"skipped"`
	Merged  int64 `json:"merged"`
	// Repeated counts rows that were in the log before, told by the ids of their calls.
	Repeated int64 `json:"repeated,omitempty"`
	// Summed is true if the source reports sums of calls, RelativeTime if its
	// times count from an unknown start.
	Summed       bool `json:"summed,omitempty"`
	RelativeTime bool `json:"relative_time,omitempty"`
	// SampleRate is the share of calls that the log holds, 1 for a complete log.
	SampleRate float64 `json:"sample_rate"`
	// Fields counts the rows that carry each field, by the name a Mapping uses.
	Fields map[string]int64 `json:"fields,omitempty"`
	// Regions are those of a cloud that the rows name (eu-central-1), at most 32.
	Regions []string `json:"regions,omitempty"`
	// Columns are the columns of a table, in order.
	Columns []string `json:"columns,omitempty"`
	Notes   []Note   `json:"notes,omitempty"`
}

// tally counts what a Report tells of the rows that are calls.
type tally struct {
	fields       [numFields]int64
	unclear      int64 // rows whose cached tokens may be inside or beside the input
	unknownTiers int64
	weight       float64 // sum over calls
	calls        float64
	notes        []string
	regions      []string
}

func (t *tally) add(row *decoded) {
	for seen := row.seen; seen != 0; seen &= seen - 1 {
		t.fields[bits.TrailingZeros64(seen)]++
	}
	if row.region != "" && len(t.regions) < maxRegions && !slices.Contains(t.regions, row.region) {
		t.regions = append(t.regions, row.region)
	}
	t.calls += float64(row.call.Count)
	t.weight += float64(row.call.Count) * row.call.Weight
	count(&t.unclear, row.unclear)
	count(&t.unknownTiers, row.unknownTier)
}

// Report says what was read so far.
func (r *Reader) Report() Report {
	rep := r.report
	rep.SampleRate = 1
	if t := &r.tally; t.weight > t.calls {
		rep.SampleRate = t.calls / t.weight
	}
	if r.merge != nil {
		rep.Merged = r.merge.merged()
	}
	if r.repeats != nil {
		rep.Repeated = r.repeats.n
	}
	rep.Fields = map[string]int64{}
	for f, n := range r.tally.fields {
		if name := reportName(field(f)); n > 0 && name != "" {
			rep.Fields[name] = max(rep.Fields[name], n)
		}
	}
	rep.Regions = slices.Clone(r.tally.regions)
	rep.FirstUnreadable = append([]Unreadable(nil), rep.FirstUnreadable...)
	rep.Notes = r.tally.texts(rep)
	return rep
}

func (t *tally) texts(rep Report) []Note {
	var notes []Note
	for _, text := range t.notes {
		notes = append(notes, Note{Text: text})
	}
	add := func(n int64, text string) {
		if n > 0 {
			notes = append(notes, Note{Text: text, Rows: n})
		}
	}
	add(t.unclear, "cannot tell whether cached tokens are inside the input tokens; counted as inside unless they exceed them")
	add(t.unknownTiers, "service tiers of unknown name were taken as standard")
	add(rep.Merged, "rows that belong to a call already counted were merged into it")
	add(rep.Repeated, "rows were in the log twice, with the same id and tokens; each call is counted once")
	if rep.SampleRate < 1 {
		notes = append(notes, Note{Text: fmt.Sprintf("the log is a sample of about %.4g%% of the calls; totals are scaled up", rep.SampleRate*100)})
	}
	return notes
}
