package intelligence

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"

	"netra/shared/plan"
	"netra/shared/savings/routing"
	"netra/shared/store"
	"netra/shared/tools"
	"netra/shared/usage"
)

// maxLabelBytes bounds a label file, which is read whole.
const maxLabelBytes = 64 << 20

// routingSeed makes the learned policy repeatable, in a retry too.
const routingSeed = 1

type learnIn struct {
	Datasets []string `json:"data_sets"`
	files    []store.Dataset
}

// lesson is what quality labels teach before a log is read.
type lesson struct {
	labels *routing.Labels
	Study  routing.Study `json:"study"`
	// router grades the log's prompts; nil where none beats the baselines.
	router *routing.Router
	// Router is the hash of what it says, "" without one.
	Router string `json:"router,omitempty"`
}

// learnRouting is the tool that learns from quality labels how to tell calls that a
// cheaper model may take.
func (w *work) learnRouting() tools.Tool[learnIn, lesson] {
	return tools.Tool[learnIn, lesson]{
		Name: "learn_routing", Purpose: "learn from your quality labels how to tell the calls that a cheaper model may take",
		Permission: plan.Route, Run: w.learn, Summary: lesson.summary,
	}
}

func (l lesson) summary() string {
	s := l.Study
	switch {
	case s.Baselines == nil:
		return fmt.Sprintf("%d labels: %s is no better than %s on them", s.Rows, l.labels.Strong, l.labels.Weak)
	case l.router == nil:
		return fmt.Sprintf("%d labels: the learned router (%.3f of the gap) does not beat prompt length (%.3f) and a prior by tag (%.3f)", s.Rows, s.APGR, s.Baselines.Length.APGR, s.Baselines.Tag.APGR)
	}
	return fmt.Sprintf("%d labels: the learned router (%.3f of the gap) beats prompt length (%.3f) and a prior by tag (%.3f), and will grade your prompts", s.Rows, s.APGR, s.Baselines.Length.APGR, s.Baselines.Tag.APGR)
}

// useLabels learns from the label files among the run's data sets; nil without any.
// On a plan without routing the run goes on without, and the user is told which
// plan has it.
func (w *work) useLabels(ctx context.Context, files []store.Dataset) (*lesson, error) {
	if len(files) == 0 {
		return nil, nil
	}
	in := learnIn{files: files}
	for _, f := range files {
		in.Datasets = append(in.Datasets, f.ID)
	}
	out, err := tools.Call(ctx, w.tools, w.learnRouting(), in)
	var denied *tools.DeniedError
	if errors.As(err, &denied) {
		w.labelsPlan = denied.Plan
		return nil, nil
	}
	return &out, err
}

func (w *work) learn(ctx context.Context, in learnIn) (lesson, error) {
	labels, err := w.readLabels(ctx, in.files)
	if err != nil {
		return lesson{}, err
	}
	study, err := routing.Evaluate(labels, routing.Options{Seed: routingSeed})
	if err != nil && !errors.Is(err, routing.ErrNoGap) {
		return lesson{}, err
	}
	l := lesson{labels: labels, Study: study, router: routing.Learn(labels, study, routingSeed)}
	labels.Forget() // the log needs the memory
	if l.router == nil {
		return l, nil
	}
	raw, err := l.router.File(routing.Decision{})
	sum := sha256.Sum256(raw)
	l.Router = hex.EncodeToString(sum[:8])
	return l, err
}

// readLabels reads the files as one set of labels for the pair of models of the
// first: the dearest and the cheapest of its columns.
func (w *work) readLabels(ctx context.Context, files []store.Dataset) (*routing.Labels, error) {
	var sources []routing.Source
	var columns routing.Columns
	for i, f := range files {
		body, err := w.readWhole(ctx, f)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			models, _ := routing.Sniff(bytes.NewReader(body))
			if columns, err = w.pair(models); err != nil {
				return nil, err
			}
		}
		sources = append(sources, routing.Source{Name: f.Filename, Reader: bytes.NewReader(body)})
	}
	labels, err := routing.Read(sources, columns)
	if err != nil {
		return nil, badLabels{err}
	}
	return labels, nil
}

func (w *work) readWhole(ctx context.Context, f store.Dataset) ([]byte, error) {
	body := w.body(ctx, f)
	text := usage.Text(f.Filename, body)
	raw, err := io.ReadAll(io.LimitReader(text, maxLabelBytes+1))
	if err = errors.Join(err, text.Close(), body.Close()); err != nil {
		return nil, fmt.Errorf("read the labels: %w", err)
	}
	if len(raw) > maxLabelBytes {
		return nil, badLabels{fmt.Errorf("%s unpacks to more than the %d MiB that are read as labels; leave rows out", f.Filename, maxLabelBytes>>20)}
	}
	return raw, nil
}

// pair chooses the strong and the weak model by what a typical call costs on
// each. Models without a price cannot be compared.
func (w *work) pair(models []string) (routing.Columns, error) {
	type priced struct {
		name string
		cost float64
	}
	book := w.book()
	var known []priced
	for _, name := range models {
		ref, ok := book.Resolve("", name)
		if !ok {
			continue
		}
		if rates, ok := book.Rates(ref, 0, ""); ok {
			known = append(known, priced{name, 3*rates.Base.Input + rates.Base.Output})
		}
	}
	if len(known) < 2 {
		return routing.Columns{}, badLabels{fmt.Errorf("of the models %v fewer than two have a known price: name the columns as the models are called, such as gpt-4o", models)}
	}
	slices.SortStableFunc(known, func(a, b priced) int { return cmp.Compare(b.cost, a.cost) })
	return routing.Columns{Strong: known[0].name, Weak: known[len(known)-1].name}, nil
}

// badLabels is a label file that cannot be used; its text is for the user.
type badLabels struct{ err error }

func (b badLabels) Error() string       { return b.err.Error() }
func (b badLabels) Unwrap() error       { return b.err }
func (b badLabels) UserMessage() string { return b.err.Error() }
