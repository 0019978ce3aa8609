package savings

import (
	"fmt"
	"time"

	"netra/shared/usage"
	"netra/shared/words"
)

// answerMS is the time that a lookup in the user's own cache takes.
const answerMS = 5

// defaultAnswerTTL is the lifetime of a stored answer where the user names none.
const defaultAnswerTTL = 24 * time.Hour

// responseCache answers exact repeats of a prompt from a cache of the user's own.
// An answer lives from when it was stored; a hit does not renew it.
type responseCache struct {
	*env
	ttl    int64 // microseconds; 0 is unlimited
	fresh  tagNamed
	learnt *answers
	saved  []float64 // by tag
	cached []bool    // by tag: the policy
	last   *answers
}

func (l *responseCache) name() string { return ResponseCache }

func (l *responseCache) learn(b *batch, n int) {
	l.start()
	for len(l.saved) < l.file.Tags.Len() {
		l.saved = append(l.saved, 0)
	}
	for i := range n {
		if l.fresh.has(l.file, b.Tag[i]) {
			l.learnt.pass(b, i)
			continue
		}
		if l.learnt.ask(b, i, !b.locked[i]) {
			l.saved[b.Tag[i]] += b.cost[i]
		}
	}
}

// follow keeps the state of the cache over calls that are not learned from.
func (l *responseCache) follow(b *batch, n int) {
	l.start()
	for i := range n {
		if l.fresh.has(l.file, b.Tag[i]) {
			l.learnt.pass(b, i)
		} else {
			l.learnt.ask(b, i, !b.locked[i])
		}
	}
}

func (l *responseCache) start() {
	if l.learnt == nil {
		l.fresh.names = l.opts.FreshTags
		l.ttl = l.opts.responseTTL().Microseconds()
		l.learnt = l.newAnswers()
	}
}

// responseTTL is the lifetime to use.
func (o Options) responseTTL() time.Duration {
	if o.ResponseCacheTTL > 0 {
		return o.ResponseCacheTTL
	}
	return defaultAnswerTTL
}

func (l *responseCache) settle() (Status, string) {
	if !l.file.Carries("prompt_hash") {
		return NeedsData, "the log has neither prompts nor their hashes, so repeats cannot be told"
	}
	if !l.clock.dated() {
		return NeedsData, "the calls have no times, so how old a cached answer would be is not known"
	}
	any := false
	l.cached = make([]bool, len(l.saved))
	for tag, usd := range l.saved {
		l.cached[tag] = usd > 0
		any = any || usd > 0
	}
	if !any {
		return NoSaving, fmt.Sprintf("no prompt came twice within %s", l.opts.responseTTL())
	}
	return Proposed, ""
}

func (l *responseCache) actor() actor {
	l.last = l.newAnswers()
	return &answerReplay{responseCache: l, answers: l.last}
}

type answerReplay struct {
	*responseCache
	answers *answers
}

func (r *answerReplay) act(w *work) {
	for i := range w.b.N {
		tag := w.b.Tag[i]
		if w.gone[i] || int(tag) >= len(r.cached) || !r.cached[tag] {
			r.answers.pass(w.b, i)
			continue
		}
		if r.answers.ask(w.b, i, !w.b.locked[i]) {
			w.gone[i] = true
			w.touch(i, 0)
		}
	}
}

func (r *answerReplay) after(*work, int, float64) float64 { return answerMS }
func (r *answerReplay) method() string {
	return "a hit takes 5 ms, the time of a lookup in a cache on the same network"
}

// answers is the state of a response cache: when the answer that a repeat of a
// row would get was stored, by row.
type answers struct {
	*env
	ttl    int64
	stored []int64
	// stores counts answers stored, for the capacity.
	stores int64
}

func (l *responseCache) newAnswers() *answers {
	return &answers{env: l.env, ttl: l.ttl, stored: make([]int64, l.hist.mask+1)}
}

// pass hands on what is stored for a prompt to a call that does not use the cache.
func (a *answers) pass(b *batch, i int) {
	row := b.Row + int64(i)
	at := int64(0)
	if back := b.PromptBack[i]; back != 0 {
		if k, ok := a.hist.slot(row, back); ok {
			at = a.stored[k]
		}
	}
	a.stored[row&a.hist.mask] = at
}

// ask looks a call up and reports a hit. A miss stores the answer, unless the
// call has none to store. Calls that may not be changed store but do not hit.
func (a *answers) ask(b *batch, i int, may bool) bool {
	a.pass(b, i)
	slot := (b.Row + int64(i)) & a.hist.mask
	now, at := b.Time[i], a.stored[slot]
	if may && at != 0 && (a.ttl == 0 || now-at <= a.ttl) {
		return true
	}
	if usage.Status(b.Status[i]) == usage.OK {
		a.stored[slot] = max(now, 1)
		a.stores++
	}
	return false
}

func (l *responseCache) describe(p *Proposal) {
	policy := &ResponseCachePolicy{TTLSeconds: l.ttl / 1_000_000}
	for tag, on := range l.cached {
		if on {
			policy.Tags = append(policy.Tags, l.file.Tags.Name(uint32(tag)))
		}
	}
	if l.last != nil {
		policy.PeakEntries = l.last.stores
	}
	ttl := time.Duration(l.ttl) * time.Microsecond
	p.Summary = fmt.Sprintf("Keep answers for %s by prompt hash and serve exact repeats from the cache.", words.Duration(ttl))
	p.Policy.ResponseCache = policy
	p.Effort, p.Risk = "low", "medium"
	p.RiskNote = "An answer can be as old as the lifetime: classes that need fresh answers must be left out."
	p.Rollback = "Switch the cache off, or flush it; calls go to the provider as before."
	p.Assumptions = []string{
		"The same prompt to the same model may get the same answer within the lifetime, for every user who sends it.",
		"An answer lives from when it was stored; a hit does not renew it.",
		"Only answers of successful calls are stored. Running the cache itself costs next to nothing.",
	}
	p.Steps = []string{
		"Enable the cache in the gateway with the lifetime of the policy, for the listed tags only.",
		"Name the classes whose answers must be fresh, and run this analysis again without them.",
	}
	p.Verify = "Share of calls with cache_hit = true: it should come near the share of repeats in this report."
}
