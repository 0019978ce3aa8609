package optimization

import (
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"time"

	"netra/shared/plan"
	"netra/shared/savings"
	"netra/shared/tools"
	"netra/shared/words"
)

// whatIfIn is what a model may vary. Classes of calls go by their number in the
// list that it is shown: names of a log never reach it.
type whatIfIn struct {
	Without            []string `json:"without,omitempty" jsonschema:"levers to leave out"`
	Only               []string `json:"only,omitempty" jsonschema:"the only levers to use"`
	Accept             []string `json:"accept,omitempty" jsonschema:"levers of status optional to take into the plan"`
	NoQualityRisk      bool     `json:"no_quality_risk,omitempty" jsonschema:"leave out levers that could change an answer"`
	NoSlower           bool     `json:"no_slower,omitempty" jsonschema:"leave out levers that could make answers later"`
	PromptCacheTTL     string   `json:"prompt_cache_ttl,omitempty" jsonschema:"lifetime of the provider's prompt cache: 5m or 1h"`
	ResponseCacheHours float64  `json:"response_cache_hours,omitempty" jsonschema:"lifetime of answers in a cache of one's own, in hours"`
	NobodyWaitsFor     []int    `json:"nobody_waits_for,omitempty" jsonschema:"numbers of the classes of calls that nobody waits for"`
	LeaveAlone         []int    `json:"leave_alone,omitempty" jsonschema:"numbers of the classes of calls that nothing may change"`
}

// whatIfOut is what a model gets back: figures and levers.
type whatIfOut struct {
	SavingsUSD float64  `json:"savings_usd"`
	Percentage float64  `json:"savings_percentage"`
	AgainstUSD float64  `json:"savings_usd_against_the_plan"`
	Levers     []string `json:"levers"`
	trial      savings.Trial
}

// maxTrials bounds what is tried beside the plan.
const maxTrials = 4

// uselessError is a what-if that need not be replayed; its text is for the user.
type uselessError struct{ text string }

func (e *uselessError) Error() string       { return e.text }
func (e *uselessError) UserMessage() string { return e.text }

// trials replays policies beside the plan.
type trials struct {
	replay  func(context.Context, savings.Options) (*savings.Analysis, error)
	options savings.Options
	plan    *savings.Analysis
	classes []string
	seen    []savings.Options
	done    []savings.Trial
}

// whatIf is the tool that replays the log under another policy than the plan's.
func (t *trials) whatIf() tools.Tool[whatIfIn, whatIfOut] {
	return tools.Tool[whatIfIn, whatIfOut]{
		Name: "what_if", Purpose: "replay the log under another policy than the plan's, to see what it would save",
		Permission: plan.WhatIf, Timeout: time.Minute, MaxIn: 4 << 10, Run: t.try,
		Summary: func(out whatIfOut) string {
			return fmt.Sprintf("%s: %s saved, %.1f%% of the bill", out.trial.Change, words.USD(out.SavingsUSD), out.Percentage)
		},
	}
}

func (t *trials) try(ctx context.Context, in whatIfIn) (whatIfOut, error) {
	options, change := t.vary(in)
	same := func(o savings.Options) bool { return reflect.DeepEqual(o, options) }
	switch {
	case len(change) == 0 || same(t.options):
		return whatIfOut{}, &uselessError{"this is the plan's own policy"}
	case slices.ContainsFunc(t.seen, same):
		return whatIfOut{}, &uselessError{"this was tried already"}
	case len(t.seen) >= maxTrials:
		return whatIfOut{}, &uselessError{fmt.Sprintf("no more than %d policies are tried beside the plan", maxTrials)}
	}
	t.seen = append(t.seen, options)
	a, err := t.replay(ctx, options)
	if err != nil {
		return whatIfOut{}, err
	}
	trial := savings.NewTrial(strings.Join(change, "; "), t.plan, a)
	t.done = append(t.done, trial)
	return whatIfOut{SavingsUSD: trial.SavingsUSD, Percentage: trial.Percentage, AgainstUSD: trial.Difference.SavingsUSD, Levers: a.Plan.Levers, trial: trial}, nil
}

// vary puts a what-if on top of the user's own wishes, which it cannot lift. What
// names no lever and no class is left out. change says it in words.
func (t *trials) vary(in whatIfIn) (o savings.Options, change []string) {
	o = t.options
	note := func(format string, args ...any) { change = append(change, fmt.Sprintf(format, args...)) }
	if named := known(in.Without, o.ExcludeLevers); len(named) > 0 {
		o.ExcludeLevers = slices.Concat(o.ExcludeLevers, named)
		note("without %s", strings.Join(named, ", "))
	}
	if named := known(in.Only, o.ExcludeLevers); len(named) > 0 && len(o.Levers) == 0 {
		o.Levers = named
		note("only %s", strings.Join(named, ", "))
	}
	if named := known(in.Accept, slices.Concat(o.Accept, o.ExcludeLevers)); len(named) > 0 && !o.NoQualityRisk {
		o.Accept = slices.Concat(o.Accept, named)
		note("with %s accepted", strings.Join(named, ", "))
	}
	if in.NoQualityRisk && !o.NoQualityRisk {
		o.NoQualityRisk = true
		note("nothing that could change an answer")
	}
	if in.NoSlower && !o.NoSlower {
		o.NoSlower = true
		note("nothing that makes answers later")
	}
	if ttl := in.PromptCacheTTL; (ttl == "5m" || ttl == "1h") && ttl != o.PromptCacheTTL {
		o.PromptCacheTTL = ttl
		note("every prompt prefix cached for %s", ttl)
	}
	if h := in.ResponseCacheHours; h > 0 && h <= 24*365 {
		o.ResponseCacheTTL = time.Duration(math.Round(h*60)) * time.Minute
		note("answers cached for %s", words.Duration(o.ResponseCacheTTL))
	}
	if tags := t.tags(in.NobodyWaitsFor, o.BatchTags); len(tags) > 0 {
		o.BatchTags = slices.Concat(o.BatchTags, tags)
		note("nobody waiting for %s", strings.Join(tags, ", "))
	}
	if tags := t.tags(in.LeaveAlone, o.ExcludeTags); len(tags) > 0 {
		o.ExcludeTags = slices.Concat(o.ExcludeTags, tags)
		note("%s left alone", strings.Join(tags, ", "))
	}
	return o, change
}

// known keeps names of levers that are not in the other list, in their own order.
func known(names, besides []string) []string {
	return slices.DeleteFunc(savings.Levers(), func(lever string) bool {
		return !slices.Contains(names, lever) || slices.Contains(besides, lever)
	})
}

// tags are the classes by number, from 1.
func (t *trials) tags(numbers []int, besides []string) []string {
	var out []string
	for _, n := range numbers {
		if n >= 1 && n <= len(t.classes) && !slices.Contains(besides, t.classes[n-1]) && !slices.Contains(out, t.classes[n-1]) {
			out = append(out, t.classes[n-1])
		}
	}
	return out
}

// silent reports whether an error only means that less is tried.
func silent(err error) bool {
	var useless *uselessError
	return errors.Is(err, tools.ErrDenied) || errors.Is(err, tools.ErrTimeLimit) || errors.Is(err, tools.ErrInput) || errors.Is(err, tools.ErrUnknown) || errors.As(err, &useless)
}
