package dataset

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/parquet-go/parquet-go"
	"netra/shared/usage"
)

// Source gives the calls of a log. Read fills batch and returns how many calls
// it filled, and io.EOF after the last; *usage.Reader is one. Slices in a call
// are the reader's to keep.
type Source interface {
	Read(batch []usage.Call) (int, error)
}

// Settings bound the memory of Write. The zero Settings suits a function with 1 GiB.
type Settings struct {
	// Window is how many calls are held to be put in order; 0 is 65,536. A log
	// that is out of order by more is sorted through files in Scratch.
	Window int
	// Scratch is the room for these files; nil is a folder of the system's own,
	// which is memory on Cloud Run and Lambda.
	Scratch Scratch
	// RowGroup is the number of rows of a row group; 0 is 65,536.
	RowGroup int
}

func (s Settings) withDefaults() Settings {
	if s.Window <= 0 {
		s.Window = 1 << 16
	}
	if s.RowGroup <= 0 {
		s.RowGroup = 1 << 16
	}
	return s
}

// Summary says what was written.
type Summary struct {
	Rows  int64 `json:"rows"`
	Calls int64 `json:"calls"`
	// Undated counts rows without a time; they stay where they were in the log.
	Undated int64     `json:"undated"`
	From    time.Time `json:"from,omitzero"`
	To      time.Time `json:"to,omitzero"`
	// Sorted is true if the log was so far out of order that it took an external sort.
	Sorted bool `json:"sorted"`
}

// errLate marks a call that is older than one already written.
var errLate = errors.New("the log is out of order by more than the window")

// Write makes the data set of a log. open starts to read the log, create starts
// the file; both may be called twice, because a log that turns out to be far out
// of order is read again and sorted. The context given to create is cancelled to
// abandon a file. The log's own errors are returned as they are.
func Write(ctx context.Context, open func(context.Context) (Source, error),
	create func(context.Context) (io.WriteCloser, error), s Settings) (Summary, error) {
	s = s.withDefaults()
	sum, err := attempt(ctx, open, create, s, inOrder)
	if errors.Is(err, errLate) {
		sum, err = attempt(ctx, open, create, s, externally)
		sum.Sorted = true
	}
	return sum, err
}

// sorter moves calls from src to sink in order of time.
type sorter func(ctx context.Context, src Source, sink func(*usage.Call) error, s Settings) error

func attempt(ctx context.Context, open func(context.Context) (Source, error),
	create func(context.Context) (io.WriteCloser, error), s Settings, order sorter) (Summary, error) {
	ctx, abandon := context.WithCancel(ctx)
	defer abandon()
	src, err := open(ctx)
	if err != nil {
		return Summary{}, err
	}
	file, err := create(ctx)
	if err != nil {
		return Summary{}, fmt.Errorf("create the data set: %w", err)
	}
	w := newWriter(file, s)
	if err := order(ctx, src, w.add, s); err != nil {
		abandon()
		return Summary{}, errors.Join(err, quietly(file.Close()))
	}
	if err := w.close(); err != nil {
		abandon()
		return Summary{}, errors.Join(fmt.Errorf("write the data set: %w", err), quietly(file.Close()))
	}
	if err := file.Close(); err != nil {
		return Summary{}, fmt.Errorf("write the data set: %w", err)
	}
	return w.sum, nil
}

// quietly drops the error of closing an abandoned file: it says only that it was abandoned.
func quietly(err error) error {
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// batchRows is how many records go to the Parquet writer at once.
const batchRows = 256

// writer turns ordered calls into Parquet rows.
type writer struct {
	parquet *parquet.GenericWriter[record]
	links   *linker
	batch   []record
	calls   []usage.Call
	// backs and tokens hold the batch's link lists.
	backs, tokens []int32
	sum           Summary
}

func newWriter(w io.Writer, s Settings) *writer {
	return &writer{
		parquet: parquet.NewGenericWriter[record](w,
			parquet.Compression(&parquet.Snappy),
			parquet.MaxRowsPerRowGroup(int64(s.RowGroup)),
			parquet.CreatedBy("netra", "1", ""),
			parquet.DataPageStatistics(false), // the footer has them
			parquet.SkipPageBounds("session"), parquet.SkipPageBounds("user"),
			parquet.SortingWriterConfig(parquet.SortingColumns(parquet.Ascending("time")))),
		links: newLinker(),
		batch: make([]record, 0, batchRows), calls: make([]usage.Call, batchRows),
	}
}

// add writes a call; it keeps the call's slices until the batch is written.
func (w *writer) add(c *usage.Call) error {
	i := len(w.batch)
	w.calls[i] = *c
	w.batch = w.batch[:i+1]
	links := *w.links.next(c)
	links.back = keep(&w.backs, links.back)
	links.tokens = keep(&w.tokens, links.tokens)
	w.batch[i].fill(&w.calls[i], &links)
	w.count(&w.batch[i])
	if len(w.batch) == cap(w.batch) {
		return w.flush()
	}
	return nil
}

// keep copies v to the end of the arena and returns the copy. An arena that
// grows leaves earlier copies where they were.
func keep(arena *[]int32, v []int32) []int32 {
	n := len(*arena)
	*arena = append(*arena, v...)
	return (*arena)[n:len(*arena):len(*arena)]
}

func (w *writer) count(r *record) {
	w.sum.Rows++
	w.sum.Calls += r.Count
	if r.Time == 0 {
		w.sum.Undated++
		return
	}
	w.sum.To = time.UnixMicro(r.Time).UTC()
	if w.sum.From.IsZero() {
		w.sum.From = w.sum.To
	}
}

func (w *writer) flush() error {
	_, err := w.parquet.Write(w.batch)
	w.batch, w.backs, w.tokens = w.batch[:0], w.backs[:0], w.tokens[:0]
	if err != nil {
		return fmt.Errorf("write rows: %w", err)
	}
	return nil
}

func (w *writer) close() error {
	if err := w.flush(); err != nil {
		return err
	}
	return w.parquet.Close()
}
