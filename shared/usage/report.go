package usage

// maxReasons is how many unreadable rows a report names.
const maxReasons = 10

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
// Skipped + Merged, but for sources where one row holds several calls.
type Report struct {
	// Format is the format's name, Container how it is laid out (jsonl, json,
	// csv, parquet) and Packing how it is packed ("", gzip, zstd).
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
	// Summed is true if the source reports sums of calls, RelativeTime if its
	// times count from an unknown start.
	Summed       bool `json:"summed,omitempty"`
	RelativeTime bool `json:"relative_time,omitempty"`
	// SampleRate is the share of calls that the log holds, 1 for a complete log.
	SampleRate float64 `json:"sample_rate"`
	// Fields counts the rows that carry each field, by the name a Mapping uses.
	Fields map[string]int64 `json:"fields,omitempty"`
	// Columns are the columns of a table, in order.
	Columns []string `json:"columns,omitempty"`
	Notes   []Note   `json:"notes,omitempty"`
}
