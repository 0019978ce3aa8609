// Package artifact writes the files that put a plan into practice: a LiteLLM
// configuration, prompt-cache settings, batch jobs, alert rules, queries that
// check the result, and the order in which to apply them. Each file is in the
// format of the tool it is for, and holds only levers that are in the plan.
//
// Names in a log (models, tags) are data to every format: they are written by
// the format's own encoder or escaped for it, never pasted.
package artifact

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"netra/shared/savings"
	"netra/shared/words"
)

// File is one file to apply.
type File struct {
	Name      string `json:"name"`
	MediaType string `json:"media_type"`
	// About says in one sentence what the file does and for which tool.
	About string `json:"about"`
	Data  []byte `json:"-"`
}

// Files returns the files for an analysis, in the order in which they are used.
// Queries that check the bill and a guide are always among them, and alerts where
// the log is long enough for a daily amount; the rest is there if a lever needs
// it. Levers that wait for the user's decision go into files of their own, whose
// names and heads say so. router is the learned router of a plan that routes prompt
// by prompt (routing.Router.File), nil for other plans; regions are those of a cloud
// that the log names (usage.Report).
func Files(a *savings.Analysis, router []byte, regions []string) ([]File, error) {
	if a == nil {
		return nil, nil
	}
	p := newPlan(a, savings.Proposed)
	p.router, p.regions = router, regions
	var files []File
	writers := []func(plan) (File, bool, error){liteLLM, promptCache, limits, routes, routerFile, hook, nearRepeats}
	for _, format := range batchFormats() {
		writers = append(writers, format.writer)
	}
	for _, write := range append(writers, afterDecision, alerts, queries) {
		f, wanted, err := write(p)
		if err != nil {
			return nil, fmt.Errorf("write %s: %w", f.Name, err)
		}
		if wanted {
			files = append(files, f)
		}
	}
	return append(files, guide(p, files)), nil
}

// plan is the analysis with the proposals to apply by lever.
type plan struct {
	*savings.Analysis
	chosen map[string]savings.Proposal
	router []byte
	// regions are those of a cloud that the log names.
	regions []string
}

// newPlan takes the proposals of the given statuses.
func newPlan(a *savings.Analysis, statuses ...savings.Status) plan {
	p := plan{Analysis: a, chosen: map[string]savings.Proposal{}}
	for _, proposal := range a.Proposals {
		if slices.Contains(statuses, proposal.Status) {
			p.chosen[proposal.Lever] = proposal
		}
	}
	return p
}

// optional lists the proposals that wait for the user's decision.
func (p plan) optional() []savings.Proposal {
	var out []savings.Proposal
	for _, proposal := range p.Proposals {
		if proposal.Status == savings.Optional {
			out = append(out, proposal)
		}
	}
	return out
}

// policy returns the setting of a lever; the zero Policy if it is not in the plan.
func (p plan) policy(lever string) savings.Policy { return p.chosen[lever].Policy }

// prefixes are the prompt-cache settings of the plan.
func (p plan) prefixes() []savings.PrefixSetting { return p.policy(savings.PromptCache).PromptCache }

// indented is JSON for people.
func indented(v any) ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(v)
	return words.JSON(out.Bytes()), err
}
