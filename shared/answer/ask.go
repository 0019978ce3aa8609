package answer

import (
	"fmt"
	"time"

	"netra/shared/savings"
)

// dayLong is how long the response cache keeps answers where nobody says so.
const dayLong = 24 * time.Hour

func lifetimeOf(o savings.Options) time.Duration {
	if o.ResponseCacheTTL > 0 {
		return o.ResponseCacheTTL
	}
	return dayLong
}

// called are the words for a lever that package goal reads.
func called(lever string) string {
	return map[string]string{
		savings.Waste: "duplicates", savings.ResponseCache: "a response cache", savings.NearRepeats: "near repeats", savings.Routing: "routing", savings.SameModel: "another provider",
		savings.NewerModel: "newer models", savings.Context: "trimming", savings.Output: "output caps", savings.PromptCache: "a prompt cache",
		savings.ServiceTier: "the priority tier", savings.BatchTier: "batch", savings.Commitment: "provisioned throughput",
	}[lever]
}

func takeIn(lever string) string { return fmt.Sprintf("“include %s”", called(lever)) }

// Suggestions are messages that make sense on this log after this plan. Package
// goal reads each of them.
func Suggestions(a *savings.Analysis) []string {
	var out []string
	if _, in := step(a, savings.PromptCache); in {
		out = append(out, "what if the cache lived an hour?")
	}
	for _, s := range a.Spend.ByTag {
		if s.Key != "" {
			out = append(out, fmt.Sprintf("leave out the %s team", s.Key), fmt.Sprintf("nobody waits for %s", s.Key))
			break
		}
	}
	if !a.Options.NoQualityRisk {
		out = append(out, "only options with no quality risk")
	}
	for _, p := range a.Proposals {
		if p.Status == savings.Optional && p.EstimatedSavingsPercentage >= 1 {
			out = append(out, "include "+called(p.Lever))
		}
	}
	for _, lever := range []string{savings.BatchTier, savings.ResponseCache, savings.PromptCache} {
		if p, ok := find(a, lever); ok && !saves(p) {
			out = append(out, "why not "+called(lever)+"?")
			break
		}
	}
	return append(out, "only the last 7 days", "start over")
}
