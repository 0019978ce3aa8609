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

	"netra/shared/savings"
)

// File is one file to apply.
type File struct {
	Name      string `json:"name"`
	MediaType string `json:"media_type"`
	// About says in one sentence what the file does and for which tool.
	About string `json:"about"`
	Data  []byte `json:"-"`
}

// Files returns the files for the plan of an analysis, in the order in which
// they are used; none if the plan has no lever.
func Files(a *savings.Analysis) ([]File, error) {
	if a == nil || len(a.Plan.Steps) == 0 {
		return nil, nil
	}
	p := newPlan(a)
	var files []File
	for _, write := range []func(plan) (File, bool, error){liteLLM, promptCache, limits, routes, openAIBatch, anthropicBatch, alerts, queries} {
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

// plan is the analysis with the proposals of its plan by lever.
type plan struct {
	*savings.Analysis
	chosen map[string]savings.Proposal
}

func newPlan(a *savings.Analysis) plan {
	p := plan{a, map[string]savings.Proposal{}}
	for _, proposal := range a.Proposals {
		if proposal.Status == savings.Proposed {
			p.chosen[proposal.Lever] = proposal
		}
	}
	return p
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
	return out.Bytes(), err
}
