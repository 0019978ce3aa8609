package savings

import (
	"fmt"
	"slices"
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
	learnt *answers
	saved  []float64 // by tag
	cached []bool    // by tag: the policy
	last   *answers
}

func (l *responseCache) name() string { return ResponseCache }

func (l *responseCache) learn(b *batch, n int) {
	l.start()
	for _, i := range b.repeats {
		if int(i) < n && l.learnt.next(b, int(i), b.locked[i], true) {
			l.saved[b.Tag[i]] += b.cost[i]
		}
	}
}

// follow keeps the state of the cache over calls that are not learned from.
func (l *responseCache) follow(b *batch, n int) {
	l.start()
	for _, i := range b.repeats {
		if int(i) < n {
			l.learnt.next(b, int(i), b.locked[i], true)
		}
	}
}

func (l *responseCache) start() {
	if l.learnt != nil {
		return
	}
	l.ttl = l.opts.responseTTL().Microseconds()
	l.saved = make([]float64, l.file.Tags.Len())
	all := make([]bool, l.file.Tags.Len())
	for tag := range all {
		all[tag] = !slices.Contains(l.opts.FreshTags, l.file.Tags.Name(uint32(tag)))
	}
	l.learnt = l.newAnswers(all)
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
	if untold(l.file, l.opts.FreshTags) {
		return NeedsData, freshUntold
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
		return NoSaving, "no prompt came twice within " + words.Duration(l.opts.responseTTL())
	}
	return Proposed, ""
}

// prepare counts the answers that the first calls of prompts store.
func (l *responseCache) prepare(b *batch) {
	b.firsts = 0
	for i, tag := range b.Tag {
		if l.cached[tag] && b.PromptBack[i] == 0 && usage.Status(b.Status[i]) == usage.OK {
			b.firsts++
		}
	}
}

func (l *responseCache) actor() actor {
	l.last = l.newAnswers(l.cached)
	return &answerReplay{responseCache: l, answers: l.last}
}

type answerReplay struct {
	*responseCache
	answers *answers
}

func (r *answerReplay) act(w *work) {
	r.answers.stores += w.b.firsts
	for _, i32 := range w.b.repeats {
		i := int(i32)
		if r.answers.next(w.b, i, w.b.locked[i], !w.gone[i]) {
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
// row would get was stored. Only rows whose prompt was asked before have a state
// of their own; that of a prompt's first call follows from the call.
type answers struct {
	*env
	ttl int64
	// cached tells by tag which calls use the cache.
	cached []bool
	// stored is by row, and holds what repeats left behind.
	stored []int64
	// stores counts answers stored, for the capacity.
	stores int64
}

func (l *responseCache) newAnswers(cached []bool) *answers {
	return &answers{env: l.env, ttl: l.ttl, cached: cached, stored: make([]int64, l.hist.mask+1)}
}

// at is when the answer that row i would get was stored, 0 if there is none.
func (a *answers) at(b *batch, i int) int64 {
	k, ok := a.hist.slot(b.Row+int64(i), b.PromptBack[i])
	switch {
	case !ok:
		return 0
	case a.hist.status[k]&asked != 0:
		return a.stored[k]
	case a.hist.ok(k) && a.cached[a.hist.tag[k]]:
		return max(a.hist.time[k], 1)
	}
	return 0
}

// next looks a repeat up and reports a hit. A miss stores the answer, unless the
// call has none to store. Locked calls store but do not hit, and calls that are
// not made, or of a tag that is not cached, only hand on what is stored.
func (a *answers) next(b *batch, i int, locked, made bool) bool {
	at, now := a.at(b, i), b.Time[i]
	made = made && a.cached[b.Tag[i]]
	hit := made && !locked && at != 0 && (a.ttl == 0 || now-at <= a.ttl)
	if made && !hit && usage.Status(b.Status[i]) == usage.OK {
		at = max(now, 1)
		a.stores++
	}
	a.stored[(b.Row+int64(i))&a.hist.mask] = at
	return hit
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
		"Enable the cache in the gateway with the lifetime of the policy" + only(policy.Tags) + ". At a LiteLLM proxy, requests that may use it have \"cache\": {\"use-cache\": true} in the body.",
		"Name the classes whose answers must be fresh, and run this analysis again without them.",
	}
	p.Verify = "Share of calls with cache_hit = true: it should come near the share of repeats in this report."
}

// only names the classes that a policy is for, where the log has any.
func only(tags []string) string {
	if names := named(tags); names != "" {
		return ", for these classes only" + names
	}
	return ""
}
