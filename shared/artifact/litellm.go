package artifact

import (
	"bytes"
	"math"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"netra/shared/savings"
)

// liteLLMConfig is config.yaml of the LiteLLM proxy, as far as plans use it:
// https://docs.litellm.ai/docs/proxy/config_settings
type liteLLMConfig struct {
	Models   []deployment    `yaml:"model_list"`
	Settings liteLLMSettings `yaml:"litellm_settings"`
	Router   *routerSettings `yaml:"router_settings,omitempty"`
}

type deployment struct {
	Name   string        `yaml:"model_name"`
	Params liteLLMParams `yaml:"litellm_params"`
}

type liteLLMParams struct {
	Model     string           `yaml:"model"`
	APIKey    string           `yaml:"api_key,omitempty"`
	APIBase   string           `yaml:"api_base,omitempty"`
	MaxTokens int64            `yaml:"max_tokens,omitempty"`
	Tags      []string         `yaml:"tags,omitempty"`
	CachePts  []injectionPoint `yaml:"cache_control_injection_points,omitempty"`
}

// injectionPoint marks a message for the provider's prompt cache:
// https://docs.litellm.ai/docs/tutorials/prompt_caching
type injectionPoint struct {
	Location string       `yaml:"location"`
	Role     string       `yaml:"role"`
	Control  cacheControl `yaml:"control"`
}

type cacheControl struct {
	Type string `yaml:"type" json:"type"`
	TTL  string `yaml:"ttl" json:"ttl"`
}

type liteLLMSettings struct {
	Callbacks []string     `yaml:"callbacks"`
	Cache     bool         `yaml:"cache,omitempty"`
	Params    *cacheParams `yaml:"cache_params,omitempty"`
}

type cacheParams struct {
	Type  string   `yaml:"type"`
	Host  string   `yaml:"host"`
	Port  string   `yaml:"port"`
	TTL   int64    `yaml:"ttl,omitempty"`
	Mode  string   `yaml:"mode,omitempty"`
	Calls []string `yaml:"supported_call_types"`
}

type routerSettings struct {
	TagFiltering bool `yaml:"enable_tag_filtering"`
}

const liteLLMHead = `# LiteLLM proxy: litellm --config litellm.yaml
# Made by Netra from your own usage log. Keys are read from the environment.
# Merge it with your configuration; the guide (apply.md) says in which order.
`

func liteLLM(p plan) (File, bool, error) {
	f := File{Name: "litellm.yaml", MediaType: "application/yaml", About: "LiteLLM proxy: models as the plan serves them, caches, tags and caps"}
	config := liteLLMConfig{Models: p.deployments(), Settings: p.cacheSettings()}
	if len(config.Models) == 0 {
		return f, false, nil // a log without a model that LiteLLM can serve
	}
	for _, d := range config.Models {
		if len(d.Params.Tags) > 0 {
			config.Router = &routerSettings{TagFiltering: true}
		}
	}
	var out bytes.Buffer
	out.WriteString(liteLLMHead)
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	if err := encoder.Encode(config); err != nil {
		return f, false, err
	}
	f.Data = out.Bytes()
	return f, true, encoder.Close()
}

// cacheSettings turns the response cache on, or, for requests repeated within
// seconds, one that lives as long as the repeats come.
func (p plan) cacheSettings() liteLLMSettings {
	s := liteLLMSettings{Callbacks: []string{"prometheus"}}
	params := cacheParams{Type: "redis", Host: "os.environ/REDIS_HOST", Port: "os.environ/REDIS_PORT", Calls: []string{"acompletion"}}
	switch cache, waste := p.policy(savings.ResponseCache).ResponseCache, p.policy(savings.Waste).Waste; {
	case cache != nil:
		params.TTL = cache.TTLSeconds
		// Other classes must stay fresh: a request asks for the cache with
		// "cache": {"use-cache": true} in its body.
		params.Mode = "default_off"
	case waste != nil:
		params.TTL = int64(math.Ceil(waste.WindowSeconds))
	default:
		return s
	}
	s.Cache, s.Params = true, &params
	return s
}

// place is what a deployment is for: a model as asked for, and a class of calls
// ("" is all others).
type place struct {
	model savings.Model
	tag   string
}

// deployments lists every model of the log, as the plan serves it: one
// deployment for all calls, and one for each class that is treated apart.
func (p plan) deployments() []deployment {
	served := p.served()
	marks := p.marks()
	caps := p.caps()
	places := p.places(served, marks, caps)
	var out []deployment
	for _, at := range places {
		target, ok := served[at]
		if !ok {
			target, ok = served[place{at.model, ""}]
		}
		if !ok {
			target = at.model
		}
		route, ok := liteLLMRoute(target)
		if !ok {
			continue
		}
		d := deployment{Name: at.model.Model, Params: route}
		d.Params.MaxTokens = caps[at]
		if ttl := marks[at]; ttl != "" && strings.Contains(target.Model, "claude") {
			d.Params.CachePts = []injectionPoint{{"message", "system", cacheControl{"ephemeral", ttl}}}
		}
		if at.tag != "" {
			d.Params.Tags = []string{at.tag}
		} else if slices.ContainsFunc(places, func(other place) bool { return other.model == at.model && other.tag != "" }) {
			d.Params.Tags = []string{"default"}
		}
		out = append(out, d)
	}
	return out
}

// places returns every (model, tag) that needs a deployment, in a fixed order:
// the log's models by cost, each before its tags.
func (p plan) places(served map[place]savings.Model, marks map[place]string, caps map[place]int64) []place {
	var extra []place
	for _, m := range []func(func(place)){keysOf(served), keysOf(marks), keysOf(caps)} {
		m(func(at place) { extra = append(extra, at) })
	}
	slices.SortFunc(extra, func(a, b place) int { return strings.Compare(a.tag+"\x00"+a.model.Model, b.tag+"\x00"+b.model.Model) })
	var out []place
	for _, s := range p.Spend.ByModel {
		provider, name, ok := strings.Cut(s.Key, "/")
		if !ok {
			continue
		}
		model := savings.Model{Provider: provider, Model: name}
		out = append(out, place{model, ""})
		for _, at := range extra {
			if at.model == model && at.tag != "" && !slices.Contains(out, at) {
				out = append(out, at)
			}
		}
	}
	return out
}

func keysOf[V any](m map[place]V) func(func(place)) {
	return func(yield func(place)) {
		for at := range m {
			yield(at)
		}
	}
}

// served says which model answers instead of the one asked for. Rules that
// depend on the prompt's length are not LiteLLM's: they are in routes.json.
func (p plan) served() map[place]savings.Model {
	out := map[place]savings.Model{}
	for _, lever := range []string{savings.SameModel, savings.NewerModel} {
		for _, s := range p.policy(lever).Swaps {
			out[place{s.From, ""}] = s.To
		}
	}
	if r := p.policy(savings.Routing).Routing; r != nil {
		for _, rule := range r.Rules {
			if rule.MaxPromptTokens == 0 {
				out[place{rule.From, rule.Tag}] = rule.To
			}
		}
	}
	return out
}

// marks says where the prompt's start is marked for the provider's cache, and
// for how long: the lifetime under which most tokens are read.
func (p plan) marks() map[place]string {
	out, most := map[place]string{}, map[place]int64{}
	for _, s := range p.prefixes() {
		at := place{s.From, s.Tag}
		if s.TTL == "auto" || s.TTL == "" || out[at] != "" && s.HitTokens <= most[at] {
			continue
		}
		out[at], most[at] = s.TTL, s.HitTokens
	}
	return out
}

func (p plan) caps() map[place]int64 {
	out := map[place]int64{}
	for _, c := range p.policy(savings.Output).Output {
		out[place{c.From, c.Tag}] = c.MaxOutputTokens
	}
	return out
}
