package savings

import (
	"fmt"
	"math"
)

// trim limits the history that long sessions resend. It is net of the prompt
// cache: a trimmed prompt no longer starts as the one before it, so it is charged
// as uncached.
type trim struct {
	*env
	steps  [14]int64 // trimLimits
	groups perTag[trimStats]
	limits perTag[int64]
	any    bool
}

// trimStats are what a limit would save, and how long the prompts of grown
// sessions are.
type trimStats struct {
	sizes sizeHist
	saved [14]float64
}

// trimLimits are the limits considered, in tokens.
func trimLimits() [14]int64 {
	return [14]int64{2_000, 3_000, 4_000, 6_000, 8_000, 12_000, 16_000, 24_000, 32_000, 48_000, 64_000, 96_000, 128_000, 192_000}
}

func (l *trim) name() string { return Context }

func (l *trim) learn(b *batch, n int) {
	for i := range n {
		if !b.grown[i] || b.locked[i] || b.scale[i] == 0 {
			continue
		}
		s := l.groups.at(b.class[i], b.Tag[i])
		s.sizes.add(b.prompt[i])
		l.price(b, i, s)
	}
}

func (l *trim) price(b *batch, i int, s *trimStats) {
	sched := l.classes.list[b.class[i]].tiers[b.Tier[i]]
	rates := sched.at(b.Time[i])
	for j, limit := range l.steps {
		if b.prompt[i] <= limit {
			break
		}
		usd := 0.0
		if b.rare {
			t := bill{in: limit, out: b.Output[i]}
			t.extras(&b.Columns, i)
			usd = t.cost(rates, b.Counts[i])
		} else {
			usd = plain(rates, limit, 0, 0, 0, b.Output[i], b.Counts[i])
		}
		s.saved[j] += b.cost[i] - usd*b.scale[i]
	}
}

// settle gives each model and tag the smallest limit above three quarters of its
// grown prompts, if that saves.
func (l *trim) settle() (Status, string) {
	if !l.file.Carries("session") {
		return NeedsData, "the log has no session ids, so resent history cannot be told from new prompts"
	}
	for _, k := range l.groups.keys {
		s := l.groups.at(k.class, k.tag)
		typical := s.sizes.quantile(0.75)
		for j, limit := range trimLimits() {
			if limit >= typical && s.saved[j] > 0 {
				*l.limits.at(k.class, k.tag) = limit
				l.any = true
				break
			}
		}
	}
	if !l.any {
		return NoSaving, "no session resends so much history that trimming it would pay, net of the prompt cache"
	}
	return Optional, "shorter context can change answers: evaluate it first"
}

func (l *trim) actor() actor {
	r := &trimReplay{trim: l}
	for _, k := range l.pairs.keys {
		limit := int64(math.MaxInt64)
		if v := l.limits.find(k.class, k.tag); v != nil {
			limit = *v
		}
		r.limit = append(r.limit, limit)
	}
	return r
}

// trimReplay has the limit of each pair of class and tag.
type trimReplay struct {
	*trim
	limit []int64
}

func (r *trimReplay) act(w *work) {
	for i, pair := range w.b.pair {
		if int(pair) >= len(r.limit) || w.b.prompt[i] <= r.limit[pair] || !w.b.grown[i] || w.fixed(i) || w.b.scale[i] == 0 {
			continue
		}
		if limit := r.limit[pair]; w.prompt(i) > limit {
			r.cut(w, i, limit)
		}
	}
}

// cut shortens the prompt unless the lost cache would cost more than it saves.
func (l *trim) cut(w *work, i int, limit int64) {
	in, read, w5, w1 := w.in[i], w.read[i], w.w5[i], w.w1[i]
	w.in[i], w.read[i], w.w5[i], w.w1[i] = limit, 0, 0, 0
	usd := w.price(i)
	if usd >= w.cost[i] {
		w.in[i], w.read[i], w.w5[i], w.w1[i] = in, read, w5, w1
		return
	}
	w.cold[i] = true
	w.touch(i, usd)
}

func (l *trim) after(w *work, i int, before float64) float64 {
	return max(0, before-l.latency.perPrompt*float64(w.b.prompt[i]-w.in[i]))
}

func (l *trim) method() string { return l.latency.method() }

func (l *trim) describe(p *Proposal) {
	for _, k := range l.limits.keys {
		p.Policy.Context = append(p.Policy.Context, ContextLimit{From: l.classes.list[k.class].name,
			Tag: l.file.Tags.Name(k.tag), MaxPromptTokens: *l.limits.at(k.class, k.tag)})
	}
	p.Summary = "Summarise or drop the oldest turns when a session's prompt passes the limit."
	if len(p.Policy.Context) > 0 {
		p.Summary = fmt.Sprintf("Keep prompts of long sessions under %d tokens by summarising or dropping the oldest turns.", p.Policy.Context[0].MaxPromptTokens)
	}
	p.Effort, p.Risk = "medium", "high"
	p.RiskNote = "What was trimmed is gone for the model: answers that need it get worse."
	p.Rollback = "Raise or remove the limit; the next call sends the full history again."
	p.Assumptions = []string{
		"A trimmed prompt has exactly the limit's tokens, and none of them are read from a cache.",
		"The answer is as long as before.",
	}
	p.Steps = []string{"Evaluate sessions beyond the limit with trimmed history.", "Set the limit in the client or gateway, per class."}
	p.Verify = "The 95th percentile of prompt tokens per tag: it should be at the limit. Compare quality scores of long sessions."
}
