package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"cloud.google.com/go/firestore"

	"netra/shared/run"
)

// watch follows one run, shows it, and answers its data requests.
type watch struct {
	api      *client
	target   target
	runID    string
	std      stdio
	log      string
	started  time.Time
	follower *follower

	// received are the events as JSON Lines, count how many.
	received []byte
	count    int64
	stages   map[string]int64 // duration in ms
	first    time.Time        // when the first event arrived
}

// toTheEnd follows the run until it has ended. When it is interrupted it stops
// the run, so that nothing goes on unseen.
func (w *watch) toTheEnd(ctx context.Context) error {
	connect := func(ctx context.Context) (*firestore.Client, error) {
		return openFirestore(ctx, w.target.project, w.target.emulator, w.target.token)
	}
	w.follower = &follower{connect: connect, api: w.api, uid: w.target.uid, runID: w.runID, quiet: quiet}
	w.stages = map[string]int64{}
	show := &display{out: w.std.err}
	err := w.follower.follow(ctx, func(e run.Event) (bool, error) {
		if w.first.IsZero() {
			w.first = time.Now()
		}
		if err := w.keep(e); err != nil {
			return false, err
		}
		show.show(e)
		return w.react(ctx, e)
	})
	if errors.Is(err, context.Canceled) {
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		return errors.Join(errors.New("interrupted: the run was asked to stop"),
			w.api.call(stop, "POST", "/api/runs/"+w.runID+"/cancel", nil, nil))
	}
	return err
}

func (w *watch) keep(e run.Event) error {
	line, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("keep event %d: %w", e.Seq, err)
	}
	w.received = append(append(w.received, line...), '\n')
	w.count++
	var done run.AgentCompletedData
	if e.Type == run.AgentCompleted && json.Unmarshal(e.Data, &done) == nil {
		w.stages[e.Stage] += done.DurationMS
	}
	return nil
}

// react answers a data request and notices the end.
func (w *watch) react(ctx context.Context, e run.Event) (stop bool, err error) {
	switch e.Type {
	case run.RunCompleted, run.RunFailed, run.RunCancelled:
		return true, nil
	case run.DataRequested:
		var req run.DataRequest
		if err := json.Unmarshal(e.Data, &req); err != nil {
			return false, fmt.Errorf("understand the data request: %w", err)
		}
		return false, w.answer(ctx, req)
	}
	return false, nil
}

// answer asks the person at the terminal for data; without a terminal it goes on
// with what there is.
func (w *watch) answer(ctx context.Context, req run.DataRequest) error {
	fmt.Fprint(w.std.err, requestText(req))
	terminal := interactive(w.std)
	if !terminal {
		fmt.Fprintln(w.std.err, "\nNobody to ask here: going on with what there is.")
		return w.goOn(ctx)
	}
	in := bufio.NewReader(w.std.in)
	for {
		fmt.Fprint(w.std.err, "\nPath of a log to add, model=NAME to price calls that name no model, or Enter to go on with what there is: ")
		line, err := in.ReadString('\n')
		if given := strings.TrimSpace(line); given != "" {
			if err := w.give(ctx, given); err != nil {
				fmt.Fprintf(w.std.err, "%v\n", err)
				continue
			}
			return nil
		}
		if err != nil && line == "" || err == nil {
			return w.goOn(ctx)
		}
	}
}

// give answers with a log, or with the model that prices the calls.
func (w *watch) give(ctx context.Context, given string) error {
	if model, ok := strings.CutPrefix(given, "model="); ok {
		return w.api.call(ctx, "POST", "/api/runs/"+w.runID+"/data", map[string]any{"price_model": model}, nil)
	}
	d, err := w.api.upload(ctx, filepath.Clean(given), nil)
	if err != nil {
		return err
	}
	return w.api.call(ctx, "POST", "/api/runs/"+w.runID+"/data", map[string]any{"datasets": []string{d.ID}}, nil)
}

func (w *watch) goOn(ctx context.Context) error {
	return w.api.call(ctx, "POST", "/api/runs/"+w.runID+"/continue", nil, nil)
}

// interactive reports whether the input is a terminal.
func interactive(std stdio) bool {
	f, ok := std.in.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// timing says how long what took, in milliseconds.
func (w *watch) timing() map[string]int64 {
	t := map[string]int64{"total": time.Since(w.started).Milliseconds()}
	if !w.first.IsZero() {
		t["first_event"] = w.first.Sub(w.started).Milliseconds()
	}
	for stage, ms := range w.stages {
		t[stage] = ms
	}
	return t
}
