package savings

import (
	"fmt"
	"slices"
	"time"

	"netra/shared/dataset"
)

// Options are what a user's goal fixes. The zero Options lets the engine choose
// everything. A follow-up question is a second Analyse with other Options; Diff
// shows what changed.
type Options struct {
	// Levers are the only levers to use; empty means all. ExcludeLevers are left out.
	Levers        []string `json:"levers,omitempty"`
	ExcludeLevers []string `json:"exclude_levers,omitempty"`
	// ExcludeTags are classes of calls that no lever may change.
	ExcludeTags []string `json:"exclude_tags,omitempty"`
	// FreshTags are classes whose answers must not come from a cache.
	FreshTags []string `json:"fresh_tags,omitempty"`
	// BatchTags are classes that nobody waits for.
	BatchTags []string `json:"batch_tags,omitempty"`
	// NoQualityRisk leaves out levers that could change an answer.
	NoQualityRisk bool `json:"no_quality_risk,omitempty"`
	// NoSlower leaves out levers that make answers come later, and leaves another host
	// for the same model to the user's decision.
	NoSlower bool `json:"no_slower,omitempty"`
	// Accept lists levers that need the user's decision (Optional) and have it.
	Accept []string `json:"accept,omitempty"`
	// PromptCacheTTL fixes the lifetime: "5m" or "1h"; "" lets the engine choose.
	PromptCacheTTL string `json:"prompt_cache_ttl,omitempty"`
	// MinPrefix replaces the provider's shortest cacheable prefix in tokens; nil keeps it.
	MinPrefix *int64 `json:"min_prefix,omitempty"`
	// ResponseCacheTTL fixes the lifetime of answers; 0 means 24 hours.
	ResponseCacheTTL time.Duration `json:"response_cache_ttl,omitempty"`
	// NearSimilarity is the Jaccard similarity from which prompts count as nearly the
	// same, 0.8 to 0.92; 0 means 0.8. ResponseCacheTTL holds for them too.
	NearSimilarity float64 `json:"near_similarity,omitempty"`
	// Offers are prices for provisioned throughput.
	Offers []Offer `json:"offers,omitempty"`
	// Routing is a policy learned on quality labels; nil without labels.
	Routing *RoutingPolicy `json:"routing,omitempty"`
	// PriceModel prices the calls of a log that names no model.
	PriceModel Model `json:"price_model,omitzero"`
	// From and To leave out the calls before and after them; zero is no bound. Last
	// leaves out what is older than that, counted back from the log's last call.
	From time.Time     `json:"from,omitzero"`
	To   time.Time     `json:"to,omitzero"`
	Last time.Duration `json:"last,omitempty"`
	// Seed makes the intervals reproducible.
	Seed uint64 `json:"seed,omitempty"`
}

// Levers is every lever, in the order in which they act.
func Levers() []string {
	return []string{Waste, ResponseCache, NearRepeats, Routing, SameModel, NewerModel, Context, Output, PromptCache, ServiceTier, BatchTier, Commitment}
}

// Validate reports options that name unknown levers or impossible values.
func (o Options) Validate() error {
	for _, name := range slices.Concat(o.Levers, o.ExcludeLevers, o.Accept) {
		if !slices.Contains(Levers(), name) {
			return fmt.Errorf("unknown lever %q: use one of %v", name, Levers())
		}
	}
	if !slices.Contains([]string{"", "5m", "1h"}, o.PromptCacheTTL) {
		return fmt.Errorf("prompt cache lifetime %q: use 5m or 1h", o.PromptCacheTTL)
	}
	if o.ResponseCacheTTL < 0 {
		return fmt.Errorf("response cache lifetime %s: it must not be negative", o.ResponseCacheTTL)
	}
	if o.NearSimilarity != 0 && !(o.NearSimilarity >= 0.8 && o.NearSimilarity <= 0.92) {
		return fmt.Errorf("similarity of near repeats %g: it must be from 0.8 to 0.92, the highest that 64 equal bins show", o.NearSimilarity)
	}
	if !o.From.IsZero() && !o.To.IsZero() && o.To.Before(o.From) || o.Last < 0 {
		return fmt.Errorf("time range from %s to %s, last %s: it must not end before it starts", o.From, o.To, o.Last)
	}
	for _, offer := range o.Offers {
		if err := offer.validate(); err != nil {
			return err
		}
	}
	return nil
}

// MayChangeAnswers reports whether a lever could change what a call is answered. Hosts
// of one model differ in quantisation.
func MayChangeAnswers(lever string) bool {
	return slices.Contains([]string{NearRepeats, Routing, SameModel, NewerModel, Context, Output}, lever)
}

// OwnSpeed reports whether a lever has calls answered by another model, host or tier,
// which is as fast as it is: the log does not tell.
func OwnSpeed(lever string) bool {
	return slices.Contains([]string{SameModel, NewerModel, Routing, ServiceTier}, lever)
}

// wants reports whether the options let a lever take part, and why not.
func (o Options) wants(lever string) (bool, string) {
	if slices.Contains(o.ExcludeLevers, lever) || len(o.Levers) > 0 && !slices.Contains(o.Levers, lever) {
		return false, "left out by your choice of levers"
	}
	if o.NoQualityRisk && MayChangeAnswers(lever) {
		return false, "it could change answers, and you asked for no risk to quality"
	}
	if o.NoSlower && lever == BatchTier && len(o.BatchTags) == 0 { // nobody waits for those that the user named
		return false, "answers would come later, and you asked for none to be slower"
	}
	if o.NoSlower && lever == ServiceTier {
		return false, "the standard tier can answer later than the priority tier, and you asked for no slower answers"
	}
	return true, ""
}

// untold reports whether a log has none of the tags that would tell classes of
// calls apart, so that what was said of some classes may hold for any call.
func untold(file *dataset.File, tags []string) bool { return len(tags) > 0 && !file.Carries("tag") }

// freshUntold is the reason not to cache answers of such a log.
const freshUntold = "the log has no tags, so the classes whose answers must stay fresh cannot be told from the rest"

// accepts reports whether the user decided for a lever that needs a decision.
func (o Options) accepts(lever string) bool { return slices.Contains(o.Accept, lever) }
