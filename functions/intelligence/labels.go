package intelligence

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"netra/shared/handover"
	"netra/shared/plan"
	"netra/shared/savings"
	"netra/shared/savings/routing"
	"netra/shared/store"
	"netra/shared/tools"
)

// maxLabelBytes bounds a label file, which is read whole.
const maxLabelBytes = 64 << 20

// routingSeed makes the learned policy repeatable, in a retry too.
const routingSeed = 1

type learnIn struct {
	Datasets []string `json:"data_sets"`
	files    []store.Dataset
}

type learnOut struct {
	handover.Routing
}

// learnRouting is the tool that learns from quality labels which calls a cheaper
// model may take.
func (w *work) learnRouting() tools.Tool[learnIn, learnOut] {
	return tools.Tool[learnIn, learnOut]{
		Name: "learn_routing", Purpose: "learn from your quality labels which calls a cheaper model may take, and bound the loss",
		Permission: plan.Route, Run: w.learn,
		Summary: func(out learnOut) string { return out.Decision.Reason },
	}
}

// useLabels learns from the label files among the run's data sets. On a plan
// without routing the run goes on without, and the user is told which plan has it.
func (w *work) useLabels(ctx context.Context, files []store.Dataset, into *handover.Intelligence) error {
	if len(files) == 0 {
		return nil
	}
	in := learnIn{files: files}
	for _, f := range files {
		in.Datasets = append(in.Datasets, f.ID)
	}
	out, err := tools.Call(ctx, w.tools, w.learnRouting(), in)
	var denied *tools.DeniedError
	if errors.As(err, &denied) {
		into.LabelsPlan = denied.Plan
		into.Notes = append(into.Notes, "Your quality labels were not used: the plan "+denied.Plan+" learns routing from them. All else is answered without them.")
		return nil
	}
	if err != nil {
		return err
	}
	into.Routing = &out.Routing
	return nil
}

func (w *work) learn(ctx context.Context, in learnIn) (learnOut, error) {
	labels, err := w.readLabels(ctx, in.files)
	if err != nil {
		return learnOut{}, err
	}
	study, err := routing.Evaluate(labels, routing.Options{Seed: routingSeed})
	if err != nil && !errors.Is(err, routing.ErrNoGap) {
		return learnOut{}, err
	}
	decision, err := routing.DecideByTag(labels, routing.DefaultTarget(), routingSeed)
	if err != nil {
		return learnOut{}, err
	}
	return learnOut{handover.Routing{Study: study, Decision: decision, Policy: policy(decision)}}, nil
}

// policy turns the rules of a decision into the engine's; nil without any.
func policy(d routing.Decision) *savings.RoutingPolicy {
	if !d.Proposed {
		return nil
	}
	p := &savings.RoutingPolicy{LossBound: d.Chosen.Bound, Confidence: d.Confidence}
	for _, r := range d.Rules {
		p.Rules = append(p.Rules, savings.RoutingRule{Tag: r.Tag, From: savings.Model{Model: r.Strong}, To: savings.Model{Model: r.Weak}})
	}
	return p
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
	if f.Bytes > maxLabelBytes {
		return nil, badLabels{fmt.Errorf("%s has %d bytes, at most %d are read as labels", f.Filename, f.Bytes, maxLabelBytes)}
	}
	body, err := w.body(ctx, f)
	if err != nil {
		return nil, fmt.Errorf("open the labels: %w", err)
	}
	defer body.Close()
	raw, err := io.ReadAll(io.LimitReader(body, maxLabelBytes))
	if err != nil {
		return nil, fmt.Errorf("read the labels: %w", err)
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
