package artifact

import (
	"fmt"

	"netra/shared/savings"
)

// cacheSetting is one prefix of prompt-cache.json. CacheControl is what to put
// on the last block of the prefix, as Anthropic's and Bedrock's APIs take it;
// null for a prefix that is not worth a mark.
type cacheSetting struct {
	savings.PrefixSetting
	CacheControl *cacheControl `json:"cache_control"`
	Do           string        `json:"do"`
}

func promptCache(p plan) (File, bool, error) {
	f := File{Name: "prompt-cache.json", MediaType: "application/json", About: "Prompt-cache settings for each prefix, for the code that builds the prompts"}
	var out []cacheSetting
	for _, s := range p.prefixes() {
		setting := cacheSetting{PrefixSetting: s, Do: "leave it as it is: it is cached already, or not used again soon enough to pay for writing it"}
		if s.TTL != savings.NotCached {
			setting.CacheControl = &cacheControl{"ephemeral", s.TTL}
			setting.Do = "set cache_control on the last block of the prompt, and on the last one that stays the same"
			if s.MarkTokens > 0 {
				setting.Do = fmt.Sprintf("set cache_control on the last block that stays the same, which ends at %d tokens or some way behind, and on none behind it", s.MarkTokens)
			}
		}
		switch {
		case s.Marked && s.TTL == savings.NotCached:
			setting.Do = "take away the cache_control that is there: what it writes costs more than is read back"
		case s.Marked:
			setting.Do += "; take away those that are there now: they write more than is read back"
		}
		out = append(out, setting)
	}
	if len(out) == 0 {
		return f, false, nil
	}
	var err error
	f.Data, err = indented(out)
	return f, true, err
}

// limits are the caps that the plan sets on prompts and answers.
func limits(p plan) (File, bool, error) {
	f := File{Name: "limits.json", MediaType: "application/json", About: "Caps on prompt and answer length per model and class, for the code that makes the calls"}
	context, output := p.policy(savings.Context).Context, p.policy(savings.Output).Output
	if len(context)+len(output) == 0 {
		return f, false, nil
	}
	var err error
	f.Data, err = indented(struct {
		Context []savings.ContextLimit `json:"max_prompt_tokens"`
		Output  []savings.OutputCap    `json:"max_output_tokens"`
	}{append([]savings.ContextLimit{}, context...), append([]savings.OutputCap{}, output...)})
	return f, true, err
}

// routes are the routing rules, with those that depend on the prompt's length,
// which a LiteLLM configuration cannot express.
func routes(p plan) (File, bool, error) {
	f := File{Name: "routes.json", MediaType: "application/json", About: "Routing rules with the bound on their quality loss, for the code that chooses the model"}
	policy := p.policy(savings.Routing).Routing
	if policy == nil || len(policy.Rules) == 0 {
		return f, false, nil
	}
	var err error
	f.Data, err = indented(policy)
	return f, true, err
}

// nearRepeats is the rule for serving near repeats. No gateway has a setting for it
// (LiteLLM's semantic caches compare embeddings), so it is for code of one's own;
// while the user has not decided, it is a file of its own name.
func nearRepeats(p plan) (File, bool, error) {
	f := File{Name: "near-repeats.json", MediaType: "application/json", About: "When a prompt is nearly the same as a stored one, for a cache of your own; no gateway has a setting for this rule"}
	policy := p.policy(savings.NearRepeats).NearRepeats
	for _, proposal := range p.optional() {
		if proposal.Lever == savings.NearRepeats {
			policy = proposal.Policy.NearRepeats
			f.Name, f.About = "near-repeats.after-evaluation.json", "Not part of the plan: "+f.About
		}
	}
	if policy == nil {
		return f, false, nil
	}
	var err error
	f.Data, err = indented(policy)
	return f, true, err
}
