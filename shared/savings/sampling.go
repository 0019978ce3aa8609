package savings

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"netra/shared/pricing"
	"netra/shared/savings/routing"
	"netra/shared/words"
)

// sampling plans the labels that would settle what may be routed: of the calls to
// the model that costs most, on a cheaper one, tag by tag (routing.Sampling).
func (l *route) sampling() *Sampling {
	strong, total := l.dearest()
	if total.cost <= 0 || !l.classes.list[strong].known {
		return nil
	}
	from := l.classes.list[strong]
	to, ok := l.cheaperNeighbour(from.ref, total)
	if !ok {
		return nil
	}
	var uses []routing.Use
	for _, k := range l.spend.keys {
		if k.class == strong {
			uses = append(uses, l.use(l.file.Tags.Name(k.tag), from.ref, to, l.spend.at(k.class, k.tag)))
		}
	}
	target := routing.DefaultTarget()
	weak := pricing.Profile(to.Model, from.name.Model, nil)
	return newSampling(from.name.Model, weak, routing.Sampling(from.name.Model, weak, uses, target), target)
}

func newSampling(strong, weak string, plan routing.SamplingPlan, target routing.Target) *Sampling {
	s := &Sampling{Calls: plan.Labels, CostUSD: plan.CostUSD, AtStakeUSD: plan.AtStakeUSD, Model: weak, DetectableLoss: target.MaxLoss,
		Confidence: target.Confidence, Samples: plan.Samples}
	worth := fmt.Sprintf("At most $%.2f of the calls looked at could be saved by it.", s.AtStakeUSD)
	if len(plan.Samples) == 0 { // still told, with what it costs
		s.Samples = plan.Skipped
		for _, skipped := range plan.Skipped {
			s.Calls, s.CostUSD, s.AtStakeUSD = s.Calls+skipped.Labels, s.CostUSD+skipped.CostUSD, s.AtStakeUSD+skipped.AtStakeUSD
		}
		worth = fmt.Sprintf("Over the calls looked at that costs more than the $%.2f it could save: it pays only if the traffic goes on.", s.AtStakeUSD)
	}
	if s.Calls == 0 {
		return nil
	}
	s.Steps = []string{
		fmt.Sprintf("Take %s of %s at random, from each tag as many as listed.", words.Count(int(s.Calls), "call", "calls"), strong),
		fmt.Sprintf("Send the same prompts to %s and keep both answers.", weak),
		"Score each pair as right or wrong, or better, equal and worse, and upload the table (prompt, tag, one column per model).",
		worth,
	}
	return s
}

// verdictTokens is the length of a judge's verdict.
const verdictTokens = 10

// use prices a tag's calls as they were, on the weak model, and judged by the
// strong model, which reads the prompt and both answers.
func (l *route) use(tag string, strong, weak pricing.Ref, s *classSpend) routing.Use {
	calls := float64(s.calls)
	return routing.Use{Tag: tag, Calls: s.calls, StrongUSD: s.cost, WeakUSD: calls * l.perCall(weak, *s, 0, 1),
		JudgeUSD: calls * (l.perCall(strong, *s, 2, 0) + l.perCall(strong, classSpend{calls: 1, out: verdictTokens}, 0, 1))}
}

// perCall is what a call of the mean size costs on a model, with so many answers
// in its prompt and so many given.
func (l *route) perCall(ref pricing.Ref, s classSpend, read, given float64) float64 {
	rates, ok := l.classes.book.Rates(ref, l.classes.book.Settled(), "")
	if !ok || s.calls == 0 {
		return 0
	}
	return (rates.Base.Input*(float64(s.in)+read*float64(s.out)) + rates.Base.Output*given*float64(s.out)) / float64(s.calls)
}

// dearest is the class that costs most, with its calls of all tags.
func (l *route) dearest() (class int32, total classSpend) {
	totals := make([]classSpend, len(l.classes.list))
	for _, k := range l.spend.keys {
		s, t := l.spend.at(k.class, k.tag), &totals[k.class]
		t.calls, t.cost, t.in, t.out = t.calls+s.calls, t.cost+s.cost, t.in+s.in, t.out+s.out
		if t.cost > totals[class].cost {
			class = k.class
		}
	}
	if len(totals) == 0 {
		return 0, classSpend{}
	}
	return class, totals[class]
}

// answersText says whether a model answers text with text, by its name: price
// books list models that transcribe, speak, draw or embed beside those that chat.
func answersText(model string) bool {
	return !slices.ContainsFunc([]string{"transcribe", "whisper", "tts", "audio", "realtime", "image", "embed", "moderation", "search", "rerank", "ocr"},
		func(part string) bool { return strings.Contains(model, part) })
}

// cheaperNeighbour finds the model of the same provider that would cost between
// a twentieth and a half of ref for these calls, the dearest of the newest generation
// of the same maker, or else the dearest of all: the likeliest to answer as well.
func (l *route) cheaperNeighbour(ref pricing.Ref, s classSpend) (pricing.Ref, bool) {
	per := func(r pricing.Ref) float64 { return l.perCall(r, s, 0, 1) }
	now := per(ref)
	models := slices.DeleteFunc(l.classes.book.Models(ref.Provider, l.classes.book.Settled()), func(r pricing.Ref) bool {
		return per(r) > now/2 || per(r) < now/20 || !answersText(r.Model)
	})
	if len(models) == 0 {
		return pricing.Ref{}, false
	}
	maker, _, known := l.classes.book.Generation(ref)
	generation := func(r pricing.Ref) int {
		if m, major, ok := l.classes.book.Generation(r); ok && known && m == maker {
			return major
		}
		return 0
	}
	return slices.MaxFunc(models, func(a, b pricing.Ref) int {
		return cmp.Or(cmp.Compare(generation(a), generation(b)), cmp.Compare(per(a), per(b)))
	}), true
}
