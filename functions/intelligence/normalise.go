package intelligence

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"netra/shared/dataset"
	"netra/shared/handover"
	"netra/shared/plan"
	"netra/shared/store"
	"netra/shared/tools"
	"netra/shared/usage"
	"netra/shared/words"
)

// maxTags bounds the classes that are handed on by name.
const maxTags = 500

type normaliseIn struct {
	Datasets   []string `json:"data_sets"`
	PriceModel string   `json:"price_model,omitempty"`
}

type normaliseOut struct{ handover.Intelligence }

// normalise is the tool that turns the logs into one sorted data set.
func (w *work) normalise() tools.Tool[normaliseIn, normaliseOut] {
	return tools.Tool[normaliseIn, normaliseOut]{
		Name: "normalise_log", Purpose: "read every row, count tokens in disjoint buckets, sort by time, keep hashes instead of prompts",
		Permission: plan.ReadLog, Timeout: 8 * time.Minute, Run: w.readLogs,
		Summary: func(out normaliseOut) string {
			return fmt.Sprintf("%d calls read, %s", out.Coverage.Calls, out.days())
		},
	}
}

// objectName is where the normalised form of these logs lies: below the first
// of them, so that it is deleted with it; of fetched logs below their run.
func (w *work) objectName(in normaliseIn) string {
	names, folder := in.Datasets, "datasets/"+in.Datasets[0]
	if len(w.fetched) > 0 {
		names, folder = nil, "runs/"+w.in.Run.ID
		for _, id := range in.Datasets {
			names = append(names, w.fetched[id].Parts...)
		}
	}
	sum := sha256.Sum256([]byte(strings.Join(names, ",") + "|" + in.PriceModel))
	return fmt.Sprintf("%s/normal-%s.parquet", folder, hex.EncodeToString(sum[:8]))
}

// days says what time the logs cover.
func (out normaliseOut) days() string {
	c := out.Coverage
	switch relative := func(r usage.Report) bool { return r.RelativeTime }; {
	case c.First.IsZero():
		return "without times"
	case slices.ContainsFunc(out.Reports, relative):
		return "over " + words.Duration(c.Span()) + " from an unknown start"
	}
	return fmt.Sprintf("from %s to %s", c.First.Format(time.DateOnly), c.Last.Format(time.DateOnly))
}

func (w *work) readLogs(ctx context.Context, in normaliseIn) (normaliseOut, error) {
	documents := make([]store.Dataset, len(in.Datasets))
	for i, id := range in.Datasets {
		if _, fetched := w.fetched[id]; fetched {
			documents[i] = store.Dataset{ID: id, Filename: id + ".jsonl"}
			continue
		}
		d, err := w.in.Documents.Dataset(ctx, id)
		if err != nil {
			return normaliseOut{}, fmt.Errorf("find the log: %w", err)
		}
		documents[i] = d.Value
	}
	name := w.objectName(in)
	var source *chain
	open := func(ctx context.Context) (dataset.Source, error) {
		source = &chain{ctx: ctx, work: w, logs: documents, model: in.PriceModel}
		return source, nil
	}
	create := func(ctx context.Context) (io.WriteCloser, error) { return w.objects.Create(ctx, name) }
	// The log may be far out of order, and the system's own folder is memory.
	scratch := w.objects.Folder(fmt.Sprintf("runs/%s/sort/%d.%d", w.in.Run.ID, w.in.Run.Round, w.in.Run.Attempt))
	data, err := dataset.Write(ctx, open, create, dataset.Settings{Scratch: scratch})
	if source != nil {
		err = errors.Join(err, source.close())
	}
	if err != nil {
		return normaliseOut{}, err
	}
	source.coverage.Finish()
	return normaliseOut{handover.Intelligence{
		Object: name, Reports: source.reports, Coverage: &source.coverage, Data: data, Tags: source.tagNames(), Fetched: w.fetchedOf(in),
	}}, nil
}

func (w *work) fetchedOf(in normaliseIn) []handover.Fetched {
	var list []handover.Fetched
	for _, id := range in.Datasets {
		if f, ok := w.fetched[id]; ok {
			list = append(list, f)
		}
	}
	return list
}

// chain reads several logs as one, and measures what they hold.
type chain struct {
	ctx   context.Context
	work  *work
	logs  []store.Dataset
	model string

	reader   *usage.Reader
	body     io.Closer
	check    *checked
	reports  []usage.Report
	coverage usage.Coverage
	tags     map[string]bool
}

// Read gives the next calls of the current log, or opens the next one.
func (c *chain) Read(batch []usage.Call) (int, error) {
	for {
		if c.reader == nil {
			if len(c.reports) == len(c.logs) {
				return 0, io.EOF
			}
			if err := c.open(c.logs[len(c.reports)]); err != nil {
				return 0, err
			}
		}
		n, err := c.reader.Read(batch)
		for i := range batch[:n] {
			c.count(&batch[i])
		}
		if !errors.Is(err, io.EOF) {
			return n, err
		}
		if err := c.finish(); err != nil || n > 0 {
			return n, err
		}
	}
}

func (c *chain) open(d store.Dataset) error {
	body, err := c.work.body(c.ctx, d)
	if err != nil {
		return err
	}
	c.body, c.check = body, newChecked(body, d.SHA256)
	model := c.model
	if model == "" {
		model = d.PriceModel
	}
	reader, err := usage.Open(c.check, usage.Options{Name: d.Filename, PriceModel: model})
	if err != nil {
		return err
	}
	c.reader = reader
	return nil
}

// body opens an uploaded or fetched log.
func (w *work) body(ctx context.Context, d store.Dataset) (io.ReadCloser, error) {
	if f, fetched := w.fetched[d.ID]; fetched {
		return w.objects.Joined(ctx, f.Parts), nil
	}
	return w.objects.Log(ctx, d.ID, int((d.Bytes+d.PartBytes-1)/d.PartBytes)), nil
}

func (c *chain) count(call *usage.Call) {
	c.coverage.Add(call)
	if call.Tag != "" && len(c.tags) < maxTags {
		if c.tags == nil {
			c.tags = map[string]bool{}
		}
		c.tags[call.Tag] = true
	}
}

func (c *chain) finish() error {
	report := c.reader.Report()
	if f, fetched := c.work.fetched[c.logs[len(c.reports)].ID]; fetched {
		report.Notes = append(report.Notes, note(f))
	}
	c.reports = append(c.reports, report)
	if err := c.check.verify(); err != nil {
		return err
	}
	return c.close()
}

func (c *chain) close() error {
	if c.reader != nil {
		c.reader.Close()
		c.reader = nil
	}
	if c.body == nil {
		return nil
	}
	body := c.body
	c.body = nil
	return body.Close()
}

func (c *chain) tagNames() []string {
	return append([]string{}, slices.Sorted(maps.Keys(c.tags))...)
}
