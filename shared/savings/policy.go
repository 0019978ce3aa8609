package savings

import (
	"slices"

	"netra/shared/savings/routing"
)

// Policy is the setting that a proposal asks for: the one field of its lever is
// set. Configuration files are made from it.
type Policy struct {
	Waste         *WastePolicy         `json:"waste,omitempty"`
	ResponseCache *ResponseCachePolicy `json:"response_cache,omitempty"`
	NearRepeats   *NearRepeatsPolicy   `json:"near_repeats,omitempty"`
	Routing       *RoutingPolicy       `json:"routing,omitempty"`
	Swaps         []Swap               `json:"swaps,omitempty"`
	Context       []ContextLimit       `json:"context,omitempty"`
	Output        []OutputCap          `json:"output,omitempty"`
	PromptCache   []PrefixSetting      `json:"prompt_cache,omitempty"`
	ServiceTier   []TierSetting        `json:"service_tier,omitempty"`
	Batch         *BatchPolicy         `json:"batch,omitempty"`
	Commitment    *CommitmentPolicy    `json:"commitment,omitempty"`
}

// WastePolicy drops calls that repeat one another within seconds.
type WastePolicy struct {
	// WindowSeconds: an identical prompt within this time of the last one is the same request.
	WindowSeconds float64 `json:"window_seconds"`
}

// ResponseCachePolicy answers exact repeats from a cache of the user's own.
type ResponseCachePolicy struct {
	// TTLSeconds counts from when the answer was stored; 0 is unlimited.
	TTLSeconds int64 `json:"ttl_seconds"`
	// Tags are the classes that are cached; "" stands for calls without a tag.
	Tags []string `json:"tags"`
	// PeakEntries is how many answers lived at once in the replay: the capacity to give it.
	PeakEntries int64 `json:"peak_entries"`
}

// NearRepeatsPolicy answers prompts that are nearly the same as a stored one.
type NearRepeatsPolicy struct {
	// TTLSeconds counts from when the answer was stored; a hit does not renew it.
	TTLSeconds int64 `json:"ttl_seconds"`
	// Capacity is the number of answers kept; the one stored first is dropped first.
	Capacity int64 `json:"capacity"`
	// Similarity is the Jaccard similarity of runs of 3 words that an answered call
	// has at least, at Confidence.
	Similarity float64 `json:"similarity"`
	Confidence float64 `json:"confidence"`
	// EqualBins of Bins MinHash bins must agree if all are filled.
	EqualBins int `json:"equal_bins"`
	Bins      int `json:"bins"`
	// Tags are the classes in which calls are answered; "" stands for calls without a tag.
	Tags []string `json:"tags"`
}

// RoutingPolicy sends some calls to another model, as learned on quality labels
// (package routing).
type RoutingPolicy struct {
	Rules []RoutingRule `json:"rules"`
	// LossBound is the bound on the loss of quality at Confidence.
	LossBound  float64 `json:"loss_bound"`
	Confidence float64 `json:"confidence"`
	// Study and Decision are what the policy was learned from: how the router and
	// the baselines did, and the bound; nil where they are not known.
	Study    *routing.Study    `json:"study,omitempty"`
	Decision *routing.Decision `json:"decision,omitempty"`
}

// RoutingRule sends calls of From to To if the tag matches ("" is all), the prompt
// is at most MaxPromptTokens long (0: any length), and it has a grade of at most
// MaxGrade (0: with or without a grade).
type RoutingRule struct {
	Tag             string `json:"tag"`
	From            Model  `json:"from"`
	To              Model  `json:"to"`
	MaxPromptTokens int64  `json:"max_prompt_tokens"`
	// MaxGrade is of a learned router, whose grades are in the data set.
	MaxGrade int `json:"max_grade,omitempty"`
}

// Learned reports whether the policy decides prompt by prompt.
func (p *RoutingPolicy) Learned() bool {
	return p != nil && slices.ContainsFunc(p.Rules, func(r RoutingRule) bool { return r.MaxGrade > 0 })
}

// Model names a model of the price book.
type Model struct {
	Provider string `json:"provider"`
	Model    string `json:"model"`
}

// Swap replaces one model by another one for all its calls.
type Swap struct {
	From Model `json:"from"`
	To   Model `json:"to"`
	// SavingsUSD is what the swap saves over the log.
	SavingsUSD float64 `json:"savings_usd"`
	// BreakEvenOutput is how many times the output tokens the new model may take for the
	// same work before the saving is gone; 0 if the calls have no output.
	BreakEvenOutput float64 `json:"break_even_output,omitempty"`
	// Thinks: the new model reasons before it answers and the old one does not.
	// Reasoning is billed as output.
	Thinks bool `json:"thinks,omitempty"`
}

// ContextLimit trims the history of long sessions.
type ContextLimit struct {
	From            Model  `json:"model"`
	Tag             string `json:"tag"`
	MaxPromptTokens int64  `json:"max_prompt_tokens"`
}

// OutputCap limits the length of answers.
type OutputCap struct {
	From            Model  `json:"model"`
	Tag             string `json:"tag"`
	MaxOutputTokens int64  `json:"max_output_tokens"`
}

// NotCached is the lifetime of a prefix that is not worth caching.
const NotCached = "none"

// PrefixSetting caches the prompts that start with one prefix.
type PrefixSetting struct {
	From Model  `json:"model"`
	Tag  string `json:"tag"`
	// Prefix is the hash of the prompt's first block in hex; "" stands for all
	// prefixes of the model and tag that are not listed by themselves.
	Prefix string `json:"prefix"`
	// TTL is "5m" or "1h". NotCached takes a prefix out of the setting that holds for
	// all others of its model and tag.
	TTL       string `json:"ttl"`
	MinPrefix int64  `json:"min_prefix_tokens"`
	// Marked says that the log's calls mark the prefix already, where it does not pay:
	// those marks go.
	Marked bool `json:"marked,omitempty"`
	// MarkTokens is how much of the prompt's start is marked; 0 is all of it.
	MarkTokens   int64   `json:"mark_tokens,omitempty"`
	Calls        int64   `json:"calls"`
	HitTokens    int64   `json:"hit_tokens"`
	PromptTokens int64   `json:"prompt_tokens"`
	HitShare     float64 `json:"hit_share"`
}

// TierSetting serves the calls of one model and tag at another tier.
type TierSetting struct {
	From Model  `json:"model"`
	Tag  string `json:"tag"`
	// Tier is "priority", the one that is billed, and To "standard".
	Tier  string `json:"tier"`
	To    string `json:"to"`
	Calls int64  `json:"calls"`
	// SavingsUSD is over the log.
	SavingsUSD float64 `json:"savings_usd"`
}

// BatchPolicy moves classes of calls to the provider's batch tier.
type BatchPolicy struct {
	Tags []string `json:"tags"`
	// Flex are the models whose flex tier costs what their batch tier does: a setting
	// of the request, and no batch file.
	Flex []Model `json:"flex,omitempty"`
	// WindowHours is how long an answer may take.
	WindowHours float64 `json:"window_hours"`
}

// CommitmentPolicy buys throughput by the hour.
type CommitmentPolicy struct {
	Offer Offer `json:"offer"`
	Units int   `json:"units"`
	// Utilisation is the used share of what is bought.
	Utilisation float64 `json:"utilisation"`
}

// Offer is a price for provisioned throughput, given by the user.
type Offer struct {
	From Model `json:"model"`
	// TokensPerHour is what one unit serves, prompt and output tokens together.
	TokensPerHour float64 `json:"tokens_per_hour"`
	USDPerHour    float64 `json:"usd_per_hour"`
	// MaxUnits bounds the search; 0 means 100.
	MaxUnits int `json:"max_units,omitempty"`
}
