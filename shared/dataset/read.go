package dataset

import (
	"fmt"
	"io"
	"iter"
	"time"

	"github.com/parquet-go/parquet-go"
)

// File is an open data set. It is not safe for concurrent use.
type File struct {
	parquet *parquet.File
	// index is the leaf column of each name that a replay reads.
	index map[string]int
	// Providers, Models, Tags, Users and Currencies are the dictionaries of Columns; they
	// grow while the file is read.
	Providers, Models, Tags, Users, Currencies *Dict
	numbered                                   bool
	keepRows                                   int64
	// kept are the batches of a file that is small enough to be read only once.
	kept []*Columns
}

// Open opens a data set of Write.
func Open(r io.ReaderAt, size int64) (*File, error) {
	pf, err := parquet.OpenFile(r, size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return nil, fmt.Errorf("open the data set: %w", err)
	}
	f := &File{
		parquet: pf, index: map[string]int{}, keepRows: keepRows,
		Providers: newDict(), Models: newDict(), Tags: newDict(), Users: newDict(), Currencies: newDict("USD"),
	}
	for i, path := range pf.Schema().Columns() {
		f.index[path[0]] = i
	}
	want := parquet.SchemaOf(record{})
	for _, path := range want.Columns() {
		leaf, _ := want.Lookup(path...)
		found, ok := pf.Schema().Lookup(path...)
		if !ok || found.Node.Type().Kind() != leaf.Node.Type().Kind() {
			return nil, fmt.Errorf("open the data set: it has no column %q of type %s: was it made by another version? Analyse the log again", path[0], leaf.Node.Type().Kind())
		}
	}
	return f, nil
}

// dicts are the numbered columns.
func (f *File) dicts() iter.Seq2[string, *Dict] {
	return func(yield func(string, *Dict) bool) {
		_ = yield("provider", f.Providers) && yield("model", f.Models) && yield("tag", f.Tags) &&
			yield("user", f.Users) && yield("currency", f.Currencies)
	}
}

// Rows is the number of rows of the file.
func (f *File) Rows() int64 { return f.parquet.NumRows() }

// Span returns the times of the first and the last dated row, zero without one.
func (f *File) Span() (from, to time.Time) {
	var first, last int64
	for _, group := range f.parquet.RowGroups() {
		chunk, ok := group.ColumnChunks()[f.index["time"]].(*parquet.FileColumnChunk)
		if !ok {
			continue
		}
		low, high, ok := chunk.Bounds()
		if !ok || low.IsNull() {
			continue
		}
		if first == 0 {
			first = low.Int64()
		}
		last = max(last, high.Int64())
	}
	if first == 0 {
		return from, to
	}
	return time.UnixMicro(first).UTC(), time.UnixMicro(last).UTC()
}

// decode fills c with the rows of a row group.
func (f *File) decode(group parquet.RowGroup, c *Columns, buf *scratch) error {
	c.resize(int(group.NumRows()))
	d := decoder{chunks: group.ColumnChunks(), index: f.index, buf: buf}
	for _, col := range []struct {
		name string
		dst  *[]int64
	}{
		{"time", &c.Time}, {"input_tokens", &c.Input}, {"cache_read_tokens", &c.CacheRead},
		{"cache_write_5m_tokens", &c.Write5m}, {"cache_write_1h_tokens", &c.Write1h},
		{"output_tokens", &c.Output}, {"reasoning_tokens", &c.Reasoning},
		{"audio_input_tokens", &c.AudioInput}, {"audio_output_tokens", &c.AudioOutput},
		{"web_searches", &c.WebSearches}, {"calls", &c.Counts}, {"prefix_hash", &c.PrefixHash},
		{"prompt_back", &c.PromptBack}, {"session_back", &c.SessionBack},
	} {
		*col.dst = d.column(col.name, *col.dst, c.N)
	}
	c.LatencyMS = d.floatColumn("latency_ms", c.LatencyMS, -1, c.N)
	c.TTFTMS = d.floatColumn("ttft_ms", c.TTFTMS, -1, c.N)
	c.Cost = d.floatColumn("reported_cost", c.Cost, nan(), c.N)
	c.Weight = d.floatColumn("weight", c.Weight, 1, c.N)
	c.Provider = d.names("provider", c.Provider, f.Providers, c.N)
	c.Model = d.names("model", c.Model, f.Models, c.N)
	c.Tag = d.names("tag", c.Tag, f.Tags, c.N)
	c.User = d.names("user", c.User, f.Users, c.N)
	c.Currency = d.names("currency", c.Currency, f.Currencies, c.N)
	c.CacheTold = d.flags("cache_told", c.CacheTold, c.N)
	d.codes("tier", c.Tier, tierCode)
	d.codes("status", c.Status, statusCode)
	c.PrefixFrom, c.PrefixBack = d.lists("prefix_back", c.PrefixFrom, c.PrefixBack, c.N)
	c.PrefixTokens = d.listed("prefix_tokens", c.PrefixTokens)
	if d.err == nil && len(c.PrefixBack) != len(c.PrefixTokens) {
		return fmt.Errorf("read the data set: prefix_back and prefix_tokens differ in length")
	}
	return d.err
}

// Carries reports whether some row of the file has a value in a column.
func (f *File) Carries(column string) bool {
	i, ok := f.index[column]
	if !ok {
		return false
	}
	for _, group := range f.parquet.RowGroups() {
		if chunk, ok := group.ColumnChunks()[i].(*parquet.FileColumnChunk); ok && chunk.NumValues() > chunk.NullCount() {
			return true
		}
	}
	return false
}

// Origin is where a row of the data set comes from.
type Origin struct {
	// Line is the row's line or record in the log.
	Line int64
	// PromptHash is 0 if unknown.
	PromptHash uint64
}

// Origins looks up rows by their numbers.
func (f *File) Origins(rows []int64) (map[int64]Origin, error) {
	found := make(map[int64]Origin, len(rows))
	var first int64
	for _, group := range f.parquet.RowGroups() {
		last := first + group.NumRows()
		var here []int64
		for _, row := range rows {
			if row >= first && row < last {
				here = append(here, row)
			}
		}
		if len(here) > 0 {
			lines, hashes := make([]int64, last-first), make([]int64, last-first)
			d := decoder{chunks: group.ColumnChunks(), index: f.index, buf: new(scratch)}
			d.ints("line", lines)
			d.ints("prompt_hash", hashes)
			if d.err != nil {
				return nil, d.err
			}
			for _, row := range here {
				found[row] = Origin{Line: lines[row-first], PromptHash: uint64(hashes[row-first])}
			}
		}
		first = last
	}
	return found, nil
}
