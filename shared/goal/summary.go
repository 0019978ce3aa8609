package goal

import (
	"fmt"
	"strings"
	"time"

	"netra/shared/words"
)

// Summary says in one sentence what was understood, so that the user can
// correct it. It repeats names of tags and models; show it as plain text.
func (g Goal) Summary() string {
	parts := append(g.aims(), g.limits()...)
	return strings.Join(parts, "; ")
}

func (g Goal) aims() []string {
	var parts []string
	t := g.Targets
	say := func(when bool, format string, args ...any) {
		if when {
			parts = append(parts, fmt.Sprintf(format, args...))
		}
	}
	say(t.CostCut > 0, "cut cost by %.3g%%", t.CostCut)
	say(t.CostUSD > 0, "spend at most $%.10g a month", t.CostUSD)
	say(t.CostCut == 0 && t.CostUSD == 0 && g.About(Cost), "find what can be saved")
	say(t.LatencyCut > 0, "make answers %.3g%% faster", t.LatencyCut)
	say(t.LatencyMS > 0, "answers within %s", time.Duration(t.LatencyMS*float64(time.Millisecond)))
	say(t.LatencyCut == 0 && t.LatencyMS == 0 && g.About(Latency) && !g.NoSlower, "look at response times")
	say(t.QualityLoss > 0, "lose at most %.3g points of quality", t.QualityLoss)
	return parts
}

func (g Goal) limits() []string {
	var parts []string
	list := func(names []string, format string) {
		if len(names) > 0 {
			parts = append(parts, fmt.Sprintf(format, strings.Join(names, ", ")))
		}
	}
	if g.NoSlower {
		parts = append(parts, "answers must not get slower")
	}
	if g.NoQualityRisk {
		parts = append(parts, "nothing that could change an answer")
	}
	list(g.Levers, "only %s")
	list(g.ExcludeLevers, "without %s")
	list(g.Accept, "take %s into the plan")
	list(g.WhyNot, "say what became of %s")
	list(g.OnlyTags, "only calls tagged %s")
	list(g.ExcludeTags, "leave out calls tagged %s")
	list(g.IncludeTags, "look at calls tagged %s again")
	list(g.FreshTags, "never answer %s from a cache")
	list(g.BatchTags, "nobody waits for %s")
	if g.AllMayWait {
		parts = append(parts, "answers may wait")
	}
	if g.MaySlow {
		parts = append(parts, "answers may get slower")
	}
	if g.MayRisk {
		parts = append(parts, "answers may change")
	}
	if g.StartOver {
		parts = append(parts, "forget the limits of earlier messages")
	}
	if g.PromptCacheTTL != "" {
		parts = append(parts, "prompts cached for "+g.PromptCacheTTL)
	}
	if g.ResponseCacheTTL > 0 {
		parts = append(parts, "answers cached for "+words.Duration(g.ResponseCacheTTL))
	}
	if g.Range != (Range{}) {
		parts = append(parts, g.Range.String())
	}
	return parts
}

// String says the range in words.
func (r Range) String() string {
	switch {
	case r.Last > 0:
		return "the last " + words.Duration(r.Last) + " of the log"
	case r.From.IsZero() && r.To.IsZero():
		return "all of the log"
	case r.To.IsZero():
		return "from " + r.From.Format(time.DateOnly)
	case r.From.IsZero():
		return "before " + r.To.Format(time.DateOnly)
	}
	return fmt.Sprintf("from %s to before %s", r.From.Format(time.DateOnly), r.To.Format(time.DateOnly))
}
