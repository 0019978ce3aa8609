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
	// Router is the hash of the router that grades the prompts, "" without one.
	Router string `json:"router,omitempty"`
}

type normaliseOut struct{ handover.Intelligence }

// normalise is the tool that turns the logs into one sorted data set.
func (w *work) normalise() tools.Tool[normaliseIn, normaliseOut] {
	return tools.Tool[normaliseIn, normaliseOut]{
		Name: "normalise_log", Purpose: "read every row, count tokens in disjoint buckets, sort by time, keep hashes instead of prompts",
		Permission: plan.ReadLog, Timeout: 8 * time.Minute, Run: w.readLogs,
		Summary: func(out normaliseOut) string {
			if out.Coverage.IsBill() {
				return fmt.Sprintf("%s of a bill read, %s", words.Count(int(out.Coverage.Rows), "line", "lines"), out.days())
			}
			return fmt.Sprintf("%d calls read, %s", out.Coverage.Calls, out.days())
		},
	}
}

// layout is the version of the data set's columns: one of another version is not
// used again.
const layout = "3"

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
	sum := sha256.Sum256([]byte(strings.Join(slices.Concat(names, []string{in.PriceModel, in.Router, layout}), "|")))
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
	source, data, err := w.writeCalls(ctx, name, documents, in.PriceModel, nil)
	if err != nil {
		return normaliseOut{}, err
	}
	if calls, about := withoutBills(documents, source.reports); about != "" {
		in.Datasets = in.Datasets[:0:0]
		for _, d := range calls {
			in.Datasets = append(in.Datasets, d.ID)
		}
		out, err := w.readLogs(ctx, in)
		out.Notes = append(out.Notes, about)
		return out, err
	}
	if twice := doubles(source.prints, source.fields()); len(twice) > 0 {
		if source, data, err = w.writeCalls(ctx, name, documents, in.PriceModel, twice); err != nil {
			return normaliseOut{}, err
		}
		noted(source.reports, source.names(), source.skipped, twice)
	}
	source.coverage.Finish()
	return normaliseOut{handover.Intelligence{
		Object: name, Reports: source.reports, Coverage: &source.coverage, Data: data, Tags: source.tagNames(), Fetched: w.fetchedOf(in),
	}}, nil
}

// writeCalls writes the logs' calls as one data set, without those that are
// counted with another log.
func (w *work) writeCalls(ctx context.Context, name string, logs []store.Dataset, model string, twice []double) (*chain, dataset.Summary, error) {
	var source *chain
	open := func(ctx context.Context) (dataset.Source, error) {
		source = &chain{ctx: ctx, work: w, logs: logs, model: model, twice: twice, skipped: make([]int64, len(logs))}
		return source, nil
	}
	create := func(ctx context.Context) (io.WriteCloser, error) { return w.objects.Create(ctx, name) }
	// The log may be far out of order, and the system's own folder is memory.
	scratch := w.objects.Folder(fmt.Sprintf("runs/%s/sort/%d.%d", w.in.Run.ID, w.in.Run.Round, w.in.Run.Attempt))
	data, err := dataset.Write(ctx, open, create, dataset.Settings{Scratch: scratch})
	if source != nil {
		err = errors.Join(err, source.close())
	}
	return source, data, err
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
	// twice are the calls to leave out, and skipped counts those of each log.
	twice   []double
	skipped []int64
	// prints are the logs' fingerprints where there are several.
	prints []*prints

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
		n = c.leaveOut(batch[:n])
		for i := range batch[:n] {
			c.count(&batch[i])
		}
		if err == nil && n == 0 {
			continue // all of the batch is in another log
		}
		if !errors.Is(err, io.EOF) {
			return n, err
		}
		if err := c.finish(); err != nil || n > 0 {
			return n, err
		}
	}
}

// leaveOut drops the calls that another log has and returns how many are left.
func (c *chain) leaveOut(batch []usage.Call) int {
	if len(c.twice) == 0 {
		return len(batch)
	}
	log, kept := len(c.reports), 0
	for i := range batch {
		if skips(c.twice, log, &batch[i]) {
			c.skipped[log]++
			continue
		}
		batch[kept] = batch[i]
		kept++
	}
	return kept
}

// names are the logs' file names, fields how many fields each carries.
func (c *chain) names() []string {
	var names []string
	for _, d := range c.logs {
		names = append(names, d.Filename)
	}
	return names
}

func (c *chain) fields() []int {
	var counts []int
	for _, r := range c.reports {
		counts = append(counts, len(r.Fields))
	}
	return counts
}

func (c *chain) open(d store.Dataset) error {
	body := c.work.body(c.ctx, d)
	c.body, c.check = body, newChecked(body, d.SHA256)
	model := c.model
	if model == "" {
		model = d.PriceModel
	}
	mapping, err := usage.ParseMapping([]byte(d.Mapping))
	if err != nil {
		return fmt.Errorf("read the mapping of %s: %w", d.ID, err)
	}
	reader, err := usage.Open(c.check, usage.Options{Name: d.Filename, PriceModel: model, Mapping: mapping, Grade: c.work.grade})
	if err != nil {
		return err
	}
	c.reader = reader
	if len(c.logs) > 1 {
		c.prints = append(c.prints, &prints{})
	}
	return nil
}

// body opens an uploaded or fetched log.
func (w *work) body(ctx context.Context, d store.Dataset) io.ReadCloser {
	if f, fetched := w.fetched[d.ID]; fetched {
		return w.objects.Joined(ctx, f.Parts)
	}
	return w.objects.Log(ctx, d.ID, d.Parts())
}

func (c *chain) count(call *usage.Call) {
	c.coverage.Add(call)
	if len(c.prints) > 0 {
		c.prints[len(c.prints)-1].add(call)
	}
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
