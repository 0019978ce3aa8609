package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"

	"netra/shared/savings/routing"
	"netra/shared/usage"
)

// routingResult is what `netra simulate LABELS --lever routing` prints.
type routingResult struct {
	routing.Study
	// Decision is the policy that keeps the quality target, or why there is none.
	Decision routing.Decision `json:"decision"`
	// ByTag is the policy by tag alone, which a log without prompts can replay.
	ByTag routing.Decision `json:"decision_by_tag"`
	// NoGap tells that the strong model is not better: no figures can be given.
	NoGap bool `json:"no_gap,omitempty"`
}

// routingFlags are the parameters of the lever.
type routingFlags struct {
	columns routing.Columns
	drop    string
	target  routing.Target
	options routing.Options
}

// simulateRouting measures routing on quality labels: CSV files, or folders of
// them, with a prompt column and one column of true/false or a score per model.
func simulateRouting(ctx context.Context, args []string, std stdio) error {
	flags, paths, err := parseRouting(args)
	if err != nil {
		return err
	}
	if flags.columns.Drop, err = readDropList(flags.drop); err != nil {
		return err
	}
	labels, err := readLabels(paths, flags.columns)
	if err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	result, err := studyRouting(labels, flags)
	if err != nil {
		return err
	}
	return printJSON(std.out, result)
}

func studyRouting(labels *routing.Labels, flags routingFlags) (routingResult, error) {
	study, err := routing.Evaluate(labels, flags.options)
	result := routingResult{Study: study, NoGap: errors.Is(err, routing.ErrNoGap)}
	if err != nil && !result.NoGap {
		return result, err
	}
	if result.Decision, err = routing.Decide(labels, study, flags.target, flags.options.Seed); err != nil {
		return result, err
	}
	result.ByTag, err = routing.DecideByTag(labels, flags.target, flags.options.Seed)
	return result, err
}

// parseRouting reads flags and paths in any order.
func parseRouting(args []string) (routingFlags, []string, error) {
	f := routingFlags{target: routing.DefaultTarget()}
	set := newFlags("simulate --lever routing")
	lever := set.String("lever", "routing", "the lever: routing")
	set.Bool("json", true, "print JSON (always)")
	set.StringVar(&f.columns.Strong, "strong", "", "column with the strong model's scores")
	set.StringVar(&f.columns.Weak, "weak", "", "column with the weak model's scores")
	set.StringVar(&f.columns.Prompt, "prompt", "", "column with the prompt (found by its usual names)")
	set.StringVar(&f.columns.Tag, "tag", "", "column with the tag (found by its usual names, else the file's name)")
	set.Float64Var(&f.columns.Lowest, "lowest", 0, "lowest possible score")
	set.Float64Var(&f.columns.Highest, "highest", 0, "highest possible score")
	set.StringVar(&f.drop, "drop", "", "JSON Lines file of prompts to leave out (field eval_prompt or prompt)")
	set.Float64Var(&f.target.MaxLoss, "max-loss", f.target.MaxLoss, "most quality that may be lost, in units of the scores")
	set.Float64Var(&f.target.Confidence, "confidence", f.target.Confidence, "confidence of the bound, 0 to 1")
	set.Uint64Var(&f.options.Seed, "seed", 1, "seed of folds and training")
	set.IntVar(&f.options.Folds, "folds", 2, "parts to cross-fit over")
	paths, err := parseAnywhere(set, args)
	if err != nil {
		return f, nil, err
	}
	switch {
	case *lever != "routing":
		return f, nil, fmt.Errorf("%w: the lever %q is not routing", errUsage, *lever)
	case len(paths) == 0:
		return f, nil, fmt.Errorf("%w: name a CSV file or folder of labels", errUsage)
	case f.columns.Strong == "" || f.columns.Weak == "":
		return f, nil, fmt.Errorf("%w: name the models' columns with --strong and --weak", errUsage)
	}
	return f, paths, nil
}

// readLabels reads files and the CSV files of folders, in the order of names.
func readLabels(paths []string, columns routing.Columns) (*routing.Labels, error) {
	var names []string
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return nil, err
		}
		if !info.IsDir() {
			names = append(names, path)
			continue
		}
		inside, err := filepath.Glob(filepath.Join(path, "*.csv"))
		if err != nil {
			return nil, fmt.Errorf("list %s: %w", path, err)
		}
		if len(inside) == 0 {
			return nil, fmt.Errorf("%s holds no .csv file", path)
		}
		sort.Strings(inside)
		names = append(names, inside...)
	}
	sources := make([]routing.Source, 0, len(names))
	for _, name := range names {
		file, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		sources = append(sources, routing.Source{Name: filepath.Base(name), Reader: usage.Text(name, file)})
	}
	return routing.Read(sources, columns)
}

// readDropList reads prompts to leave out, one JSON object a line.
func readDropList(path string) (func(string) bool, error) {
	if path == "" {
		return nil, nil
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	drop := map[string]bool{}
	decoder := json.NewDecoder(bufio.NewReader(file))
	for decoder.More() {
		var line struct {
			Eval   string `json:"eval_prompt"`
			Prompt string `json:"prompt"`
		}
		if err := decoder.Decode(&line); err != nil {
			return nil, fmt.Errorf("%s: entry %d: %w", path, len(drop)+1, err)
		}
		drop[line.Eval+line.Prompt] = true
	}
	return func(prompt string) bool { return drop[prompt] }, nil
}
