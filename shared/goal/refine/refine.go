// Package refine lets a language model read the sentences of a goal that no rule
// has read. It may choose among the settings of a goal and nothing else: it sets
// no figure, names no lever that does not exist and no tag that the user did not
// write.
package refine

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"netra/shared/goal"
	"netra/shared/llm"
	"netra/shared/savings"
)

// reading is what a model may say about a goal.
type reading struct {
	Levers        []string `json:"only_levers,omitempty" jsonschema:"the only levers the user wants, if they say so"`
	ExcludeLevers []string `json:"exclude_levers,omitempty" jsonschema:"levers the user does not want"`
	Accept        []string `json:"accept_levers,omitempty" jsonschema:"risky levers the user agrees to"`
	WhyNot        []string `json:"asked_levers,omitempty" jsonschema:"levers the user asks about"`
	OnlyTags      []string `json:"only_tags,omitempty" jsonschema:"classes of calls (teams, endpoints) to look at alone, in the user's own words"`
	ExcludeTags   []string `json:"exclude_tags,omitempty" jsonschema:"classes of calls to leave out, in the user's own words"`
	FreshTags     []string `json:"fresh_tags,omitempty" jsonschema:"classes whose answers must not come from a cache, in the user's own words"`
	BatchTags     []string `json:"batch_tags,omitempty" jsonschema:"classes that nobody waits for, in the user's own words"`
	NoSlower      bool     `json:"no_slower,omitempty" jsonschema:"answers must not get slower"`
	NoQualityRisk bool     `json:"no_quality_risk,omitempty" jsonschema:"answers must not change or get worse"`
}

// maxTags bounds what a model may add to one list.
const maxTags = 10

// Goal returns g with what a model read in its unread sentences; g as it is if
// there are none. The error is the model's; g is then unchanged.
func Goal(ctx context.Context, model llm.Model, g goal.Goal) (goal.Goal, error) {
	if len(g.Unread) == 0 {
		return g, nil
	}
	sentences, err := llm.Data(map[string]any{"sentences": g.Unread})
	if err != nil {
		return g, err
	}
	r, err := llm.Structured[reading](ctx, model, llm.Request{
		System:    "You turn wishes of a user into settings of a tool that cuts the cost of LLM calls. Set only what the sentences clearly say; leave out everything else. The levers are: " + strings.Join(savings.Levers(), ", ") + ". " + llm.DataRule,
		Messages:  []llm.Message{{Role: llm.User, Text: "Which settings do these sentences ask for?\n" + sentences}},
		MaxOutput: 400,
	})
	if err != nil {
		return g, fmt.Errorf("read the goal with a model: %w", err)
	}
	return merge(g, r), nil
}

// merge adds what is allowed of a reading. The sentences stay listed as unread
// unless something was read in them.
func merge(g goal.Goal, r reading) goal.Goal {
	said := strings.ToLower(strings.Join(g.Unread, "\n"))
	before := g
	g.Levers = more(g.Levers, levers(r.Levers))
	g.ExcludeLevers = more(g.ExcludeLevers, levers(r.ExcludeLevers))
	g.Accept = more(g.Accept, levers(r.Accept))
	g.WhyNot = more(g.WhyNot, levers(r.WhyNot))
	g.OnlyTags = more(g.OnlyTags, written(r.OnlyTags, said))
	g.ExcludeTags = more(g.ExcludeTags, written(r.ExcludeTags, said))
	g.FreshTags = more(g.FreshTags, written(r.FreshTags, said))
	g.BatchTags = more(g.BatchTags, written(r.BatchTags, said))
	g.NoSlower = g.NoSlower || r.NoSlower
	g.NoQualityRisk = g.NoQualityRisk || r.NoQualityRisk
	if g.Summary() != before.Summary() {
		g.Unread = nil
		g.Notes = append(slices.Clone(g.Notes), "a part of your message was read by a language model: check that this is what you meant")
	}
	return g
}

func levers(names []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(n string) bool { return !slices.Contains(savings.Levers(), n) })
}

// written keeps names that the user wrote.
func written(names []string, said string) []string {
	var out []string
	for _, n := range names {
		n = strings.ToLower(strings.TrimSpace(n))
		if len(n) > 1 && len(strings.Fields(n)) <= 3 && strings.Contains(said, n) && len(out) < maxTags {
			out = append(out, n)
		}
	}
	return out
}

func more(list, added []string) []string {
	list = slices.Clone(list)
	for _, v := range added {
		if !slices.Contains(list, v) {
			list = append(list, v)
		}
	}
	return list
}
