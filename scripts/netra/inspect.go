package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"netra/shared/sufficiency"
	"netra/shared/usage"
	"netra/shared/words"
)

// inspect tells what a usage log holds, without a cloud and without prices.
func inspect(ctx context.Context, args []string, std stdio) error {
	flags := newFlags("inspect")
	asJSON := flags.Bool("json", false, "print JSON")
	model := flags.String("model", "", "the model of calls that name none")
	parquet := flags.String("parquet", "", "file to write the normalised calls to, for verify.sql")
	mapping := mappingFlag(flags)
	paths, err := parseAnywhere(flags, args)
	if err != nil {
		return err
	}
	if len(paths) == 0 {
		return fmt.Errorf("%w: name one log or more, or - for the standard input", errUsage)
	}
	if *parquet != "" && slices.Contains(paths, "-") {
		return fmt.Errorf("%w: --parquet needs a file to read, not the standard input", errUsage)
	}
	name, remove, err := gather(paths)
	if err != nil {
		return err
	}
	defer remove()
	opts := usage.Options{Name: name, PriceModel: *model}
	raw, err := readMapping(*mapping)
	if err != nil {
		return err
	}
	if opts.Mapping, err = usage.ParseMapping(raw); err != nil {
		return fmt.Errorf("read the mapping %s: %w", *mapping, err)
	}
	found, err := inspectFile(name, opts, std.in)
	if err != nil {
		return explain(err, std.err, "inspect", args)
	}
	if *parquet != "" {
		log := simulateFlags{logs: []string{name}, model: *model, mapping: raw}
		if err := log.normalise(ctx, *parquet); err != nil {
			return err
		}
	}
	if *asJSON {
		return printJSON(std.out, found)
	}
	return printInspection(std.out, found)
}

func inspectFile(name string, opts usage.Options, in io.Reader) (usage.Inspection, error) {
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return usage.Inspection{}, err
		}
		defer f.Close()
		in = f
	}
	reader, err := usage.Open(in, opts)
	if err != nil {
		return usage.Inspection{}, err
	}
	defer reader.Close()
	return usage.Inspect(reader)
}

// shownModels is how many models the table shows.
const shownModels = 15

func printInspection(out io.Writer, i usage.Inspection) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	row := func(name, format string, args ...any) {
		fmt.Fprintf(w, "%s\t%s\n", words.Line(name), words.Line(fmt.Sprintf(format, args...)))
	}
	row("format", "%s (%s)", i.Format, strings.TrimSpace(i.Container+" "+i.Packing))
	if len(i.Columns) > 0 {
		row("columns", "%s", strings.Join(i.Columns, ", "))
	}
	row("rows", "%d, of which %d unreadable, %d not calls, %d merged, %d repeated", i.Rows, i.Unreadable, i.Skipped, i.Merged, i.Repeated)
	if i.Coverage.IsBill() {
		row("calls", "not known: the rows are lines of a bill, without calls and tokens")
	} else {
		row("calls", "%d", i.Calls)
		row("input tokens", "%d (cache read %d, cache write %d)", i.InputTokens, i.Tokens.CacheRead, i.Tokens.CacheWrite5m+i.Tokens.CacheWrite1h)
		row("output tokens", "%d (reasoning %d)", i.OutputTokens, i.Tokens.Reasoning)
	}
	if p, a := i.Prompts, i.Answers; p != nil && a != nil {
		row("input tokens a call", "mean %.6f, median %d, p90 %d, p95 %d, p99 %d", p.Mean, p.P50, p.P90, p.P95, p.P99)
		row("output tokens a call", "mean %.6f, median %d, p90 %d, p95 %d, p99 %d", a.Mean, a.P50, a.P90, a.P95, a.P99)
	}
	row("span", "%s", spanText(i))
	row("reported cost", "%s", costText(i))
	row("sample rate", "%g", i.SampleRate)
	row("flags", "%s", cmp.Or(strings.Join(i.Flags, ", "), "(none)"))
	row("", "")
	carried, missing := sharesText(i.Shares)
	row("carried by", "%s", carried)
	row("not in the log", "%s", missing)
	if i.Scores != nil {
		row("routing", "%s", sufficiency.Scored(i.Scores))
	}
	for _, n := range i.Notes {
		row("note", "%s", noteText(n))
	}
	for _, u := range i.FirstUnreadable {
		row(fmt.Sprintf("line %d", u.Line), "%s", u.Reason)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if i.Coverage.IsBill() {
		return printCharges(out, i.Coverage.Charges)
	}
	return printModels(out, i.Models)
}

// printCharges prints a table of what a bill charges for, the dearest first.
func printCharges(out io.Writer, charges []usage.ChargeUse) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "\ncost\t  for\t  model")
	for n, c := range charges {
		if n == shownModels {
			fmt.Fprintf(w, "\t\t  and %d more\n", len(charges)-n)
			break
		}
		what := strings.TrimSpace(string(c.Tier) + " " + string(c.Charge))
		fmt.Fprintf(w, "%s\t  %s\t  %s\n", words.USD(c.CostUSD), what, words.Line(modelText(usage.ModelUse{Provider: c.Provider, Model: c.Model})))
	}
	return w.Flush()
}

// printModels prints a table of the models, the dearest in calls first.
func printModels(out io.Writer, models []usage.ModelUse) error {
	if len(models) == 0 {
		return nil
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "\ncalls\tinput tokens\toutput tokens\t  model")
	for n, m := range models {
		if n == shownModels {
			fmt.Fprintf(w, "\t\t\t  and %d more\n", len(models)-n)
			break
		}
		fmt.Fprintf(w, "%d\t%d\t%d\t  %s\n", m.Calls, m.InputTokens, m.OutputTokens, words.Line(modelText(m)))
	}
	return w.Flush()
}

// modelText names a model with its provider, once.
func modelText(m usage.ModelUse) string {
	if m.Provider == "" || strings.HasPrefix(m.Model, m.Provider+"/") {
		return cmp.Or(m.Model, "(none)")
	}
	return m.Provider + "/" + cmp.Or(m.Model, "(none)")
}

func spanText(i usage.Inspection) string {
	span := time.Duration(i.SpanSeconds * float64(time.Second)).Round(time.Second)
	if i.First.IsZero() {
		return span.String()
	}
	return fmt.Sprintf("%s to %s (%s)", i.First.Format(time.RFC3339), i.Last.Format(time.RFC3339), span)
}

func costText(i usage.Inspection) string {
	if i.RowsWithCost == 0 {
		return "none"
	}
	return fmt.Sprintf("$%.6f in %d of %d rows, as logged", i.ReportedCostUSD, i.RowsWithCost, i.Coverage.Rows)
}

func noteText(n usage.Note) string {
	if n.Rows == 0 {
		return n.Text
	}
	return fmt.Sprintf("%s (%d rows)", n.Text, n.Rows)
}

// sharesText names the fields with the share of the rows that carry them, and
// those that no row carries.
func sharesText(shares map[string]float64) (carried, missing string) {
	var some, none []string
	for _, name := range slices.Sorted(maps.Keys(shares)) {
		if shares[name] > 0 {
			some = append(some, fmt.Sprintf("%s %.1f%%", name, shares[name]*100))
		} else {
			none = append(none, name)
		}
	}
	return cmp.Or(strings.Join(some, ", "), "(none)"), cmp.Or(strings.Join(none, ", "), "(none)")
}
