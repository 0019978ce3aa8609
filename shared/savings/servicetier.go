package savings

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"netra/shared/words"
)

// serviceTier takes calls off the priority tier. What its premium buys is speed under
// load: how much of it, the log does not tell, so the user decides. Calls that nobody
// waits for are the batch lever's.
type serviceTier struct {
	*env
	seen  bool
	alone *tierReplay
}

func (l *serviceTier) name() string { return ServiceTier }

func (l *serviceTier) learn(b *batch, n int) {
	l.seen = l.seen || slices.Contains(b.Tier[:n], priorityCode)
}

func (l *serviceTier) settle() (Status, string) {
	if !l.seen {
		return NoSaving, "no call was billed at a provider's priority tier"
	}
	return Optional, "the priority tier answers sooner under load: decide for which classes that is worth its price"
}

func (l *serviceTier) actor() actor {
	r := &tierReplay{}
	if l.alone == nil {
		l.alone = r
	}
	return r
}

// prepare finds the calls of a batch that were billed at the priority tier.
func (l *serviceTier) prepare(b *batch) {
	b.premium = b.premium[:0]
	for i, tier := range b.Tier {
		if tier == priorityCode && b.scale[i] != 0 {
			b.premium = append(b.premium, int32(i))
		}
	}
}

// tierReplay serves calls at the standard tier, and adds up what that saves.
type tierReplay struct{ saved perTag[tierSaving] }

type tierSaving struct {
	calls int64
	usd   float64
}

func (r *tierReplay) act(w *work) {
	for _, i32 := range w.b.premium {
		i := int(i32)
		if w.fixed(i) {
			continue
		}
		usd := w.priceAs(i, w.class[i], standardCode)
		if usd >= w.cost[i] {
			continue
		}
		s := r.saved.at(w.b.class[i], w.b.Tag[i])
		s.calls += w.b.Counts[i]
		s.usd += w.cost[i] - usd
		w.tier[i] = standardCode
		w.touch(i, usd)
	}
}

func (l *serviceTier) describe(p *Proposal) {
	if l.alone != nil {
		for _, k := range l.alone.saved.keys {
			s := l.alone.saved.at(k.class, k.tag)
			p.Policy.ServiceTier = append(p.Policy.ServiceTier, TierSetting{From: l.classes.list[k.class].name, Tag: l.file.Tags.Name(k.tag),
				Tier: "priority", To: "standard", Calls: s.calls, SavingsUSD: s.usd})
		}
	}
	slices.SortFunc(p.Policy.ServiceTier, func(a, b TierSetting) int {
		return cmp.Or(cmp.Compare(b.SavingsUSD, a.SavingsUSD), cmp.Compare(a.From.Model, b.From.Model), cmp.Compare(a.Tag, b.Tag))
	})
	p.Summary = fmt.Sprintf("Serve %s of calls at the standard tier instead of the priority tier.", words.Count(len(p.Policy.ServiceTier), "class", "classes"))
	p.Effort, p.Risk = "low", "medium"
	p.RiskNote = "Answers can come later, most of all when the provider is under load."
	p.Rollback = "Ask for the priority tier again: it holds from the next request on."
	p.Assumptions = []string{
		"The tier decides how soon a call is served, not what serves it: answers stay as they are.",
		"The standard tier's price holds for all tokens of a call, cached ones too.",
	}
	p.Steps = []string{
		"Look at what each class pays for priority" + premiums(p.Policy.ServiceTier) + ", and keep it where somebody waits and your objective for the response time needs it.",
		"Name the tier in the requests of the others (OpenAI: service_tier \"default\"), and look whether priority is the project's default. A gateway's setting holds for requests that name none.",
	}
	p.Verify = "Share of the class's calls by the tier that served them, and the 95th percentile of its response time."
}

// premiums names the classes that pay most for the tier.
func premiums(settings []TierSetting) string {
	var out []string
	for _, s := range settings[:min(len(settings), 5)] {
		name := s.From.Model
		if s.Tag != "" {
			name = s.Tag + " on " + name
		}
		out = append(out, name+": "+words.USD(s.SavingsUSD))
	}
	if len(out) == 0 {
		return ""
	}
	return " (" + strings.Join(out, "; ") + ")"
}
