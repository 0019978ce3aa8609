package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"netra/emulators/local"
	"netra/shared/pricing"
	"netra/shared/run"
	"netra/shared/sample"
	"netra/shared/words"
)

// analysis is what one call of netra analyze was asked for.
type analysis struct {
	// logs are what was named, log the one file that they became.
	logs                                []string
	log, sample, goal, model, plan, out string
	// labels is a file of quality labels, "" for none.
	labels string
	own    ownTerms
	// mapping reads a log of unknown format; nil for any other.
	mapping json.RawMessage
	// then are the messages that follow in the same thread.
	then   []string
	asJSON bool
	remote target
	// credentials are secrets of the local cloud, by name: what a user stores for
	// the sources that Netra fetches logs from.
	credentials map[string]string
}

// target is a cloud to work with.
type target struct {
	api, project, uid, token string
	// emulator is the Firestore emulator's host:port, "" for Google's Firestore.
	emulator string
}

func parseAnalyze(args []string) (analysis, error) {
	var a analysis
	var tokenFile string
	flags := newFlags("analyze")
	flags.StringVar(&a.sample, "sample", "coding", "public log to take where none is named: coding or chat")
	flags.StringVar(&a.goal, "goal", "cut our LLM cost", "what you want, in your own words")
	flags.StringVar(&a.model, "model", "", "prices the calls of a log that names no model")
	flags.StringVar(&a.own.price, "price", "", "USD per million input,output tokens of every call")
	flags.StringVar(&a.own.file, "prices", "", "JSON file of your own prices and offers")
	flags.StringVar(&a.labels, "labels", "", labelsUsage)
	flags.StringVar(&a.plan, "plan", "enterprise", "plan of the local user: free, early, mid, enterprise")
	flags.StringVar(&a.out, "out", "out", "folder for the report and its files")
	flags.BoolVar(&a.asJSON, "json", false, "print report.json instead of the report")
	flags.Func("then", "a message that follows in the same thread; may be given several times", func(text string) error {
		a.then = append(a.then, text)
		return nil
	})
	a.credentials = credentialFlag(flags)
	flags.StringVar(&a.remote.api, "api", "", "URL of a deployed api; without it a local cloud is started")
	flags.StringVar(&a.remote.project, "project", "", "Google Cloud project of --api")
	flags.StringVar(&a.remote.uid, "uid", "", "your user id at --api")
	flags.StringVar(&tokenFile, "token-file", "", "file with your Firebase ID token for --api")
	mapping := mappingFlag(flags)
	rest, err := parseAnywhere(flags, args)
	if err != nil {
		return a, err
	}
	if a.mapping, err = readMapping(*mapping); err != nil {
		return a, err
	}
	if a.logs = rest; len(rest) == 1 {
		a.log = rest[0]
	}
	if a.model == "" && a.own.price != "" {
		a.model = pricing.UnnamedModel
	}
	if a.remote.api == "" {
		return a, nil
	}
	if len(a.credentials) > 0 {
		return a, fmt.Errorf("%w: --credential is for the local cloud; a deployed one reads Secret Manager (see shared/connector/README.md)", errUsage)
	}
	if tokenFile == "" || a.remote.project == "" || a.remote.uid == "" {
		return a, fmt.Errorf("%w: --api needs --project, --uid and --token-file", errUsage)
	}
	token, err := os.ReadFile(tokenFile)
	if err != nil {
		return a, fmt.Errorf("read the token: %w", err)
	}
	a.remote.token = strings.TrimSpace(string(token))
	return a, nil
}

// analyze is the main job: log in, report out.
func analyze(ctx context.Context, args []string, std stdio) error {
	a, err := parseAnalyze(args)
	if err != nil {
		return err
	}
	if len(a.logs) > 0 {
		log, remove, err := gather(a.logs)
		if err != nil {
			return err
		}
		defer remove()
		a.log = log
	}
	if a.log == "" && len(a.credentials) == 0 {
		public, err := sample.Named(a.sample)
		if err != nil {
			return fmt.Errorf("%w: --sample: %w", errUsage, err)
		}
		log, remove, err := sampleFile(public)
		if err != nil {
			return err
		}
		defer remove()
		a.log, a.model = log, cmp.Or(a.model, public.PriceModel)
		fmt.Fprintln(std.err, strings.TrimSpace("No log named: taking a built-in sample, a "+public.About+". "+public.Lacks))
	}
	return explain(a.anywhere(ctx, std), std.err, "analyze", args)
}

// anywhere runs the analysis at the cloud that was named, else at a local one.
func (a analysis) anywhere(ctx context.Context, std stdio) error {
	if a.remote.api != "" {
		return a.at(ctx, a.remote, std)
	}
	return withLocalCloud(ctx, local.Options{Plan: a.plan, Secrets: a.credentials}, std, func(ctx context.Context, t target) error { return a.at(ctx, t, std) })
}

// sampleFile unpacks the built-in log for upload.
func sampleFile(public sample.Log) (name string, remove func(), err error) {
	dir, err := os.MkdirTemp("", "netra-sample-")
	if err != nil {
		return "", nil, err
	}
	remove = func() { _ = os.RemoveAll(dir) } // a leftover in the system's temporary folder does no harm
	log, err := public.Open()
	if err != nil {
		remove()
		return "", nil, err
	}
	name = filepath.Join(dir, public.Name)
	f, err := os.Create(name)
	if err == nil {
		_, err = f.ReadFrom(log)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		remove()
		return "", nil, fmt.Errorf("unpack the sample: %w", err)
	}
	return name, remove, nil
}

// at runs the analysis against a cloud, and then the messages that follow.
func (a analysis) at(ctx context.Context, t target, std stdio) error {
	started := time.Now()
	api := newClient(t.api, t.token)
	var datasets []string
	if a.log != "" {
		fmt.Fprintf(std.err, "Uploading %s ...\n", filepath.Base(a.log))
		d, err := api.upload(ctx, a.log, a.mapping)
		if err != nil {
			return err
		}
		fmt.Fprintf(std.err, "Format: %s. ", words.Line(d.Format))
		datasets = []string{d.ID}
	}
	if a.labels != "" {
		id, err := uploadLabels(ctx, api, a.labels)
		if err != nil {
			return err
		}
		datasets = append(datasets, id)
	}
	own, err := a.own.upload(ctx, api)
	if err != nil {
		return err
	}
	if own != "" {
		datasets = append(datasets, own)
	}
	var thread struct{ ID string }
	if err := api.call(ctx, "POST", "/api/threads", map[string]any{}, &thread); err != nil {
		return err
	}
	out := a.out
	for i, message := range append([]string{a.goal}, a.then...) {
		fmt.Fprintf(std.err, "Goal: %s\n\n", words.Line(message))
		w := &watch{api: api, target: t, std: std, log: a.log, started: started}
		if err := w.ask(ctx, thread.ID, message, datasets, a.model); err != nil {
			return err
		}
		if i > 0 {
			a.out = filepath.Join(out, fmt.Sprintf("then-%d", i))
		}
		if err := w.finish(ctx, a); err != nil {
			return err
		}
		started, datasets = time.Now(), nil // the thread keeps its data
	}
	return nil
}

// ask sends a message and follows its run to the end.
func (w *watch) ask(ctx context.Context, thread, message string, datasets []string, model string) error {
	var accepted struct {
		RunID string `json:"run_id"`
	}
	body := map[string]any{"content": message, "price_model": model}
	if datasets != nil {
		body["datasets"] = datasets
	}
	if err := w.api.call(ctx, "POST", "/api/threads/"+thread+"/messages", body, &accepted); err != nil {
		return err
	}
	w.runID = accepted.RunID
	return w.toTheEnd(ctx)
}

// finish fetches what the run made, and fails if the run did.
func (w *watch) finish(ctx context.Context, a analysis) error {
	var r run.Run
	if err := w.api.call(ctx, "GET", "/api/runs/"+w.runID, nil, &r); err != nil {
		return err
	}
	if r.Failure != nil {
		return fmt.Errorf("%s. What to do: %s", r.Failure.Reason, r.Failure.Advice)
	}
	if r.Status == run.Cancelled {
		return errors.New("the run was cancelled")
	}
	results, err := w.save(ctx, a.out, r)
	if err != nil {
		return err
	}
	shown := "report.md"
	if a.asJSON {
		shown = "report.json"
	}
	fmt.Fprintln(w.std.err)
	fmt.Fprintf(w.std.out, "%s\n", results[shown])
	fmt.Fprintf(w.std.err, "Written to %s: %d files, report.html among them.\n", a.out, len(results)+1)
	return nil
}

// save writes the run's files and its events to the folder.
func (w *watch) save(ctx context.Context, out string, r run.Run) (map[string][]byte, error) {
	if err := os.MkdirAll(out, 0o755); err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for _, name := range r.Artifacts {
		body, err := w.api.raw(ctx, "GET", "/api/runs/"+r.ID+"/artifacts/"+name, nil)
		if err != nil {
			return nil, fmt.Errorf("fetch %s: %w", name, err)
		}
		files[filepath.Base(name)] = body
	}
	var err error
	if files["report.json"], err = w.completed(files["report.json"], r); err != nil {
		return nil, err
	}
	for name, body := range files {
		if err := os.WriteFile(filepath.Join(out, name), body, 0o644); err != nil {
			return nil, err
		}
	}
	return files, os.WriteFile(filepath.Join(out, "events.jsonl"), w.received, 0o644)
}

// completed adds to report.json what only the listener knows at the end.
func (w *watch) completed(report []byte, r run.Run) ([]byte, error) {
	var doc map[string]json.RawMessage
	if err := json.Unmarshal(report, &doc); err != nil {
		return nil, fmt.Errorf("read report.json: %w", err)
	}
	more := map[string]any{
		"status":    r.Status,
		"events":    map[string]int64{"count": w.count, "last_seq": w.follower.last},
		"timing_ms": w.timing(),
	}
	for name, value := range more {
		raw, err := json.Marshal(value)
		if err != nil {
			return nil, err
		}
		doc[name] = raw
	}
	return json.MarshalIndent(doc, "", "  ")
}
