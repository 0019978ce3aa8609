package usage

import (
	"cmp"
	"slices"
	"sort"
	"time"
)

// maxModels bounds the models that a Coverage tells apart; the rest count as otherModels.
const (
	maxModels   = 2000
	otherModels = "(other models)"
)

// Carried counts the rows of a log that carry each field.
type Carried struct {
	Time       int64 `json:"time"`
	Model      int64 `json:"model"`
	PromptHash int64 `json:"prompt_hash"`
	Blocks     int64 `json:"blocks"`
	Session    int64 `json:"session"`
	Tag        int64 `json:"tag"`
	User       int64 `json:"user"`
	Latency    int64 `json:"latency"`
	TTFT       int64 `json:"ttft"`
	Quality    int64 `json:"quality"`
	Cost       int64 `json:"cost"`
	// Tier counts calls of a tier other than standard, Status calls that are not OK.
	Tier   int64 `json:"tier"`
	Status int64 `json:"status"`
	// Cache counts calls that read from or wrote to a provider's cache, CacheTold
	// those whose source says whether they did.
	Cache     int64 `json:"cache"`
	CacheTold int64 `json:"cache_told"`
}

// ModelUse is what a log holds of one model.
type ModelUse struct {
	Provider     string `json:"provider,omitempty"`
	Model        string `json:"model"`
	Calls        int64  `json:"calls"`
	InputTokens  int64  `json:"input_tokens"`
	OutputTokens int64  `json:"output_tokens"`
}

// Coverage sums up a stream of Calls in bounded memory: what `netra inspect`
// prints, and what data sufficiency is computed from. The zero Coverage is
// ready to use; it is not safe for concurrent use.
type Coverage struct {
	// Rows counts Add, Calls the calls that the rows stand for, and Estimated
	// those of the whole log where it is a sample.
	Rows      int64   `json:"rows"`
	Calls     int64   `json:"calls"`
	Estimated float64 `json:"estimated_calls"`
	// Tokens are sums; InputTokens in its JSON is the uncached part of the prompt.
	Tokens Tokens `json:"tokens"`
	// PromptTokens is the sum of whole prompts.
	PromptTokens int64 `json:"prompt_tokens"`
	// First and Last are the earliest and latest known times.
	First   time.Time `json:"first,omitzero"`
	Last    time.Time `json:"last,omitzero"`
	Carried Carried   `json:"carried"`
	// ReportedCost sums the costs in USD that rows carry, impossible ones too:
	// pricing flags those.
	ReportedCost float64 `json:"reported_cost_usd"`
	// OtherCurrency counts costs that are not in USD and not in ReportedCost.
	OtherCurrency int64 `json:"other_currency,omitempty"`
	// Charges are the costs in USD of the lines of a bill by what they are for, the
	// largest first, after Finish; Billed counts the lines.
	Charges []ChargeUse `json:"charges,omitempty"`
	Billed  int64       `json:"billed_rows,omitempty"`
	// Models holds every model, most calls first, after Finish.
	Models []ModelUse `json:"models"`
	// Scores are the quality scores of answers, nil if there are none, after Finish.
	Scores *Scores `json:"scores,omitempty"`

	first, last int64
	models      map[modelKey]*ModelUse
	charges     map[ChargeUse]float64
	scoring     scoring
}

// ChargeUse is what a bill charges for a model: in a tier, for a kind of tokens.
type ChargeUse struct {
	Provider string  `json:"provider,omitempty"`
	Model    string  `json:"model"`
	Tier     Tier    `json:"tier,omitempty"`
	Charge   Charge  `json:"charge"`
	CostUSD  float64 `json:"cost_usd"`
}

type modelKey struct{ provider, model string }

// Add counts one call.
func (c *Coverage) Add(call *Call) {
	c.Rows++
	c.Calls += call.Count
	c.Estimated += float64(call.Count) * call.Weight
	c.addTokens(call)
	c.addTime(call.Time)
	c.addCarried(call)
	c.addCost(call)
	c.addModel(call)
}

func (c *Coverage) addTokens(call *Call) {
	t := &c.Tokens
	t.Input += call.Input
	t.CacheRead += call.CacheRead
	t.CacheWrite5m += call.CacheWrite5m
	t.CacheWrite1h += call.CacheWrite1h
	t.Output += call.Output
	t.Reasoning += call.Reasoning
	t.AudioInput += call.AudioInput
	t.AudioOutput += call.AudioOutput
	t.WebSearches += call.WebSearches
	c.PromptTokens += call.Prompt()
}

func (c *Coverage) addTime(at int64) {
	if at == 0 {
		return
	}
	if c.first == 0 || at < c.first {
		c.first = at
	}
	if c.last == 0 || at > c.last {
		c.last = at
	}
}

func (c *Coverage) addCarried(call *Call) {
	k := &c.Carried
	count(&c.Billed, call.Charge != "")
	count(&k.Time, call.Time != 0)
	count(&k.Model, call.Model != "" || call.RequestedModel != "")
	count(&k.PromptHash, call.PromptHash != 0)
	count(&k.Blocks, len(call.Blocks) > 0)
	count(&k.Session, call.Session != "")
	count(&k.Tag, call.Tag != "")
	count(&k.User, call.User != "")
	count(&k.Latency, call.LatencyMS >= 0)
	count(&k.TTFT, call.TTFTMS >= 0)
	count(&k.Quality, call.HasQuality)
	count(&k.Cost, call.HasCost)
	count(&k.Tier, call.Tier != Standard)
	count(&k.Status, call.Status != OK)
	cached := call.CacheRead+call.CacheWrite5m+call.CacheWrite1h > 0
	count(&k.Cache, cached)
	count(&k.CacheTold, cached || call.HasCache)
}

func count(n *int64, carries bool) {
	if carries {
		*n++
	}
}

func (c *Coverage) addCost(call *Call) {
	if !call.HasCost {
		return
	}
	if call.Currency == "" || call.Currency == "USD" {
		c.ReportedCost += call.ReportedCost
		c.addCharge(call)
		return
	}
	c.OtherCurrency++
}

func (c *Coverage) addCharge(call *Call) {
	if call.Charge == "" {
		return
	}
	key := ChargeUse{Provider: call.Provider, Model: call.Model, Tier: call.Tier, Charge: call.Charge}
	if _, known := c.charges[key]; !known && len(c.charges) >= maxModels {
		key = ChargeUse{Model: otherModels, Charge: ChargeOther}
	}
	if c.charges == nil {
		c.charges = map[ChargeUse]float64{}
	}
	c.charges[key] += call.ReportedCost
}

// IsBill says whether the log holds lines of a bill and no calls.
func (c *Coverage) IsBill() bool { return c.Billed > 0 && c.Billed == c.Rows }

func (c *Coverage) addModel(call *Call) {
	if c.models == nil {
		c.models = make(map[modelKey]*ModelUse)
	}
	name := call.Model
	if name == "" {
		name = call.RequestedModel
	}
	key := modelKey{call.Provider, name}
	use := c.models[key]
	if use == nil && len(c.models) >= maxModels {
		key = modelKey{"", otherModels}
		use = c.models[key]
	}
	if use == nil {
		use = &ModelUse{Provider: key.provider, Model: key.model}
		c.models[key] = use
	}
	use.Calls += call.Count
	use.InputTokens += call.Prompt()
	use.OutputTokens += call.Output
	c.scoring.add(call, key)
}

// Finish fills First, Last, Charges, Models and Scores from what was added. It may be called
// again after further Adds.
func (c *Coverage) Finish() {
	c.Scores = c.scoring.scores()
	c.First, c.Last = moment(c.first), moment(c.last)
	c.Charges = nil
	for use, usd := range c.charges {
		use.CostUSD = usd
		c.Charges = append(c.Charges, use)
	}
	slices.SortFunc(c.Charges, func(a, b ChargeUse) int {
		return cmp.Or(cmp.Compare(b.CostUSD, a.CostUSD), cmp.Compare(a.Model, b.Model), cmp.Compare(a.Charge, b.Charge), cmp.Compare(a.Tier, b.Tier), cmp.Compare(a.Provider, b.Provider))
	})
	c.Models = make([]ModelUse, 0, len(c.models))
	for _, use := range c.models {
		c.Models = append(c.Models, *use)
	}
	sort.Slice(c.Models, func(i, j int) bool {
		a, b := c.Models[i], c.Models[j]
		if a.Calls != b.Calls {
			return a.Calls > b.Calls
		}
		if a.Model != b.Model {
			return a.Model < b.Model
		}
		return a.Provider < b.Provider
	})
}

func moment(micros int64) time.Time {
	if micros == 0 {
		return time.Time{}
	}
	return time.UnixMicro(micros).UTC()
}

// Span is the time between the first and the last call, after Finish.
func (c *Coverage) Span() time.Duration { return c.Last.Sub(c.First) }

// Share returns the part of the rows that n is, 0 with no rows.
func (c *Coverage) Share(n int64) float64 {
	if c.Rows == 0 {
		return 0
	}
	return float64(n) / float64(c.Rows)
}

// Shares are the parts of the rows, from 0 to 1, that carry each field.
func (c *Coverage) Shares() map[string]float64 {
	k := &c.Carried
	shares := map[string]float64{}
	for name, n := range map[string]int64{
		"time": k.Time, "model": k.Model, "prompt_hash": k.PromptHash, "blocks": k.Blocks, "session": k.Session, "tag": k.Tag,
		"user": k.User, "latency": k.Latency, "ttft": k.TTFT, "quality": k.Quality, "cost": k.Cost, "tier": k.Tier,
		"status": k.Status, "cache": k.CacheTold,
	} {
		shares[name] = c.Share(n)
	}
	return shares
}

// Flags names what limits the use of the log, in stable identifiers: no_model,
// no_time, no_tokens, bill, no_output, short_span (under an hour), summed, sampled,
// other_currency.
func (c *Coverage) Flags() []string {
	flags := []string{}
	for _, f := range []struct {
		id string
		on bool
	}{
		{"no_model", c.Carried.Model == 0},
		{"no_time", c.Carried.Time == 0},
		{"no_tokens", c.PromptTokens+c.Tokens.Output == 0},
		{"bill", c.IsBill()},
		{"no_output", c.PromptTokens > 0 && c.Tokens.Output == 0},
		{"short_span", c.Carried.Time > 0 && c.Span() < time.Hour},
		{"summed", c.Calls > c.Rows},
		{"sampled", c.Estimated > float64(c.Calls)},
		{"other_currency", c.OtherCurrency > 0},
	} {
		if f.on {
			flags = append(flags, f.id)
		}
	}
	return flags
}
