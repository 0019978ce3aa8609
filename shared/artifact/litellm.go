package artifact

import (
	"bytes"
	"cmp"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"netra/shared/pricing"
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
	Tier      string           `yaml:"service_tier,omitempty"`
	Tags      []string         `yaml:"tags,omitempty"`
	CachePts  []injectionPoint `yaml:"cache_control_injection_points,omitempty"`
}

// injectionPoint marks messages for the provider's prompt cache, those of a role or
// one by its place (-1 is the last): https://docs.litellm.ai/docs/tutorials/prompt_caching
type injectionPoint struct {
	Location string       `yaml:"location"`
	Role     string       `yaml:"role,omitempty"`
	Index    int          `yaml:"index,omitempty"`
	Control  cacheControl `yaml:"control"`
}

// mark is how a prompt is marked: for how long, and whether to its end or only what
// comes before the messages, which the system prompt stands for.
type mark struct {
	ttl   string
	whole bool
}

func (m mark) points() []injectionPoint {
	control := cacheControl{"ephemeral", m.ttl}
	points := []injectionPoint{{Location: "message", Role: "system", Control: control}}
	if m.whole {
		points = append(points, injectionPoint{Location: "message", Index: -1, Control: control})
	}
	return points
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
	TagFiltering bool              `yaml:"enable_tag_filtering,omitempty"`
	Alias        map[string]string `yaml:"model_group_alias,omitempty"`
}

const liteLLMHead = `# LiteLLM proxy: litellm --config litellm.yaml
# Made by Netra from your own usage log. Keys are read from the environment.
# Merge it with your configuration; the guide (apply.md) says how, lever by lever.
`

const unnamedHead = `# The log names no model. Set LITELLM_MODEL to the one that you use, as provider/model
# (openai/gpt-4o), and LITELLM_API_KEY to its key; replace my-model with the name that
# your clients ask for.
`

// tagsHead: https://docs.litellm.ai/docs/proxy/tag_routing
const tagsHead = `# Deployments with tags serve the classes of calls that the log tells apart. A request
# names its class in its body: "metadata": {"tags": ["class"]}.
`

const unplacedHead = `# The log does not show in which geography your Bedrock profiles are. Replace GEOGRAPHY
# with it: us, eu, apac, jp, au, ca or us-gov.
`

const decisionHead = `# NOT part of the plan. This adds the levers that wait for your decision: models
# that answer differently, caps that can cut answers off. Evaluate them on your own
# prompts first, and send them a small share of the calls before all of them.
`

func liteLLM(p plan) (File, bool, error) {
	f := File{Name: "litellm.yaml", MediaType: "application/yaml", About: "LiteLLM proxy: models as the plan serves them, caches, tags and caps"}
	if len(p.chosen) == 0 {
		return f, false, nil
	}
	return p.liteLLM(f, liteLLMHead)
}

// afterDecision is the same with the levers that the user has yet to decide on.
func afterDecision(p plan) (File, bool, error) {
	f := File{Name: "litellm.after-evaluation.yaml", MediaType: "application/yaml", About: "Not part of the plan: LiteLLM proxy with the levers that wait for your evaluation"}
	all := newPlan(p.Analysis, savings.Proposed, savings.Optional)
	all.regions = p.regions
	expressible := false
	for _, proposal := range p.optional() {
		policy := proposal.Policy
		expressible = expressible || len(policy.Swaps)+len(policy.Output)+len(policy.ServiceTier) > 0 || policy.Routing != nil || policy.ResponseCache != nil
	}
	if !expressible {
		return f, false, nil
	}
	return all.liteLLM(f, liteLLMHead+decisionHead)
}

// liteLLM fills f with a configuration that serves the chosen proposals; it is
// not wanted for a log without a model that LiteLLM can serve.
func (p plan) liteLLM(f File, head string) (File, bool, error) {
	models, router := p.deployments()
	if len(models) == 0 {
		return f, false, nil
	}
	models = p.withTarget(models)
	if router.TagFiltering {
		models = byDefault(models)
	}
	config := liteLLMConfig{Models: models, Settings: p.cacheSettings()}
	if p.learned() != nil {
		config.Settings.Callbacks = append(config.Settings.Callbacks, hookCallback)
	}
	if router.TagFiltering || len(router.Alias) > 0 {
		config.Router = &router
	}
	var out bytes.Buffer
	out.WriteString(head)
	if slices.ContainsFunc(models, func(d deployment) bool { return d.Params.Model == unnamedModel }) {
		out.WriteString(unnamedHead)
	}
	if router.TagFiltering {
		out.WriteString(tagsHead)
	}
	if slices.ContainsFunc(models, func(d deployment) bool { return strings.Contains(d.Params.Model, pricing.NoGeography) }) {
		out.WriteString(unplacedHead)
	}
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

// place is what a deployment is for: a model as the log names it (with its
// provider, where the log tells), and a class of calls ("" is all others).
type place struct{ model, tag string }

// named is the place of a model's calls of one class.
func named(m savings.Model, tag string) place {
	if m.Provider == "" {
		return place{m.Model, tag}
	}
	return place{m.Provider + "/" + m.Model, tag}
}

// deployments lists every priced model of the log, as the plan serves it: one
// deployment for all calls, and one for each class that is treated apart.
func (p plan) deployments() ([]deployment, routerSettings) {
	t := treatment{served: p.served(), marks: p.marks(), caps: p.caps(), standard: p.standard(), inUse: p.inUse()}
	places := p.places(t)
	var out []deployment
	router := routerSettings{Alias: map[string]string{}}
	for _, at := range places {
		d, ok := t.deployment(at)
		if !ok {
			continue
		}
		if d.Name != at.model && d.Name != unnamedName {
			router.Alias[at.model] = d.Name
		}
		router.TagFiltering = router.TagFiltering || len(d.Params.Tags) > 0
		if !slices.ContainsFunc(out, func(other deployment) bool { return reflect.DeepEqual(other, d) }) {
			out = append(out, d)
		}
	}
	return out, router
}

// byDefault lets deployments without a tag serve all calls that no tagged one of their
// model takes. Where tags are filtered, LiteLLM refuses a call with a tag to a model
// that has neither the tag nor a default.
func byDefault(models []deployment) []deployment {
	for i := range models {
		if len(models[i].Params.Tags) == 0 {
			models[i].Params.Tags = []string{"default"}
		}
	}
	return models
}

// inUse are the models and regions of the log.
func (p plan) inUse() []string {
	out := slices.Clone(p.regions)
	for _, s := range p.Spend.ByModel {
		out = append(out, s.Key)
	}
	return out
}

// treatment is what the plan does at each place: which model answers, how long
// the prompt's start is cached, how long an answer may be.
type treatment struct {
	served map[place]string
	marks  map[place]mark
	caps   map[place]int64
	// standard are the places that ask for the standard tier.
	standard map[place]bool
	inUse    []string
}

func (t treatment) deployment(at place) (deployment, bool) {
	target := cmp.Or(t.served[at], t.served[place{at.model, ""}], at.model)
	route, ok := liteLLMRoute(target, at.model, t.inUse)
	if !ok {
		return deployment{}, false
	}
	route.MaxTokens = t.caps[at]
	if t.standard[at] && strings.HasPrefix(route.Model, "openai/") {
		route.Tier = "default" // OpenAI's name of the standard tier; a request that names one itself wins
	}
	if m, ok := t.marks[at]; ok && strings.Contains(route.Model, "claude") {
		route.CachePts = m.points()
	}
	if at.tag != "" {
		route.Tags = []string{at.tag}
	}
	return deployment{Name: asked(at.model), Params: route}, true
}

// places returns every (model, tag) that needs a deployment, in a fixed order:
// the log's models by cost, each before its tags. Models without a price are
// left out: what they are is not known.
func (p plan) places(t treatment) []place {
	extra := slices.Concat(slices.Collect(maps.Keys(t.served)), slices.Collect(maps.Keys(t.marks)), slices.Collect(maps.Keys(t.caps)), slices.Collect(maps.Keys(t.standard)))
	slices.SortFunc(extra, func(a, b place) int { return strings.Compare(a.tag+"\x00"+a.model, b.tag+"\x00"+b.model) })
	var unknown []string
	for _, u := range p.Pricing.Unpriced {
		unknown = append(unknown, named(savings.Model{Provider: u.Provider, Model: u.Model}, "").model)
	}
	var out []place
	for _, s := range p.Spend.ByModel {
		if s.Key == "" || slices.Contains(unknown, s.Key) {
			continue
		}
		out = append(out, place{s.Key, ""})
		for _, at := range slices.Concat(extra, p.others(t, s.Key)) {
			if at.model == s.Key && at.tag != "" && !slices.Contains(out, at) {
				out = append(out, at)
			}
		}
	}
	return out
}

// others are the classes of a model, if what is set for its calls without a tag must
// not hold for them: the deployment of those calls serves every tag that has none of
// its own.
func (p plan) others(t treatment, model string) (out []place) {
	at := place{model, ""}
	if _, marked := t.marks[at]; !marked && t.caps[at] == 0 && !t.standard[at] {
		return nil
	}
	for _, tag := range p.Spend.ByTag {
		out = append(out, place{model, tag.Key})
	}
	return out
}

// served says which model answers instead of the one asked for. Rules that
// depend on the prompt's length are not LiteLLM's: they are in routes.json. Those
// that depend on its grade are the hook's (router.go).
func (p plan) served() map[place]string {
	out := map[place]string{}
	for _, lever := range []string{savings.SameModel, savings.NewerModel} {
		for _, s := range p.policy(lever).Swaps {
			out[named(s.From, "")] = named(s.To, "").model
		}
	}
	if r := p.policy(savings.Routing).Routing; r != nil {
		for _, rule := range r.Rules {
			if rule.MaxPromptTokens == 0 && rule.MaxGrade == 0 {
				out[named(rule.From, rule.Tag)] = named(rule.To, "").model
			}
		}
	}
	return out
}

// marks says where prompts are marked for the provider's cache, and how: as the
// prefix of which most tokens are read.
func (p plan) marks() map[place]mark {
	out, most := map[place]mark{}, map[place]int64{}
	for _, s := range p.prefixes() {
		at := named(s.From, s.Tag)
		if _, known := out[at]; s.TTL == savings.NotCached || known && s.HitTokens <= most[at] {
			continue
		}
		out[at], most[at] = mark{s.TTL, s.MarkTokens == 0}, s.HitTokens
	}
	return out
}

// standard says which calls come off the priority tier.
func (p plan) standard() map[place]bool {
	out := map[place]bool{}
	for _, s := range p.policy(savings.ServiceTier).ServiceTier {
		out[named(s.From, s.Tag)] = true
	}
	return out
}

// caps limits answers, but not those of a model that reasons in the place of one that
// does not: what it thinks counts as output, and the cap was learned without.
func (p plan) caps() map[place]int64 {
	out := map[place]int64{}
	swaps := slices.Concat(p.policy(savings.SameModel).Swaps, p.policy(savings.NewerModel).Swaps)
	for _, c := range p.policy(savings.Output).Output {
		if !slices.ContainsFunc(swaps, func(s savings.Swap) bool { return s.From == c.From && s.Thinks }) {
			out[named(c.From, c.Tag)] = c.MaxOutputTokens
		}
	}
	return out
}
