package savings

import (
	"fmt"
	"math"
	"slices"

	"netra/shared/dataset"
	"netra/shared/usage"
	"netra/shared/words"
)

// nearRepeats answers questions that are nearly the same as an earlier one, with the
// same prompt around them (usage.Call.Sketch), from a cache of the user's own. It is apart from the response cache, which serves exact
// repeats only: those are never counted here, and the answers given here are
// answers to another prompt, so the user must decide.
//
// It learns nothing: the rule is the same for every class of calls but those whose
// answers must be fresh.
type nearRepeats struct {
	*env
	alone *nearReplay
}

// defaultSimilarity is the Jaccard similarity of prompts from which they count as
// nearly the same where the user names none.
const defaultSimilarity = 0.8

func (l *nearRepeats) name() string      { return NearRepeats }
func (l *nearRepeats) learn(*batch, int) {}

func (o Options) nearSimilarity() float64 {
	if o.NearSimilarity > 0 {
		return o.NearSimilarity
	}
	return defaultSimilarity
}

func (l *nearRepeats) settle() (Status, string) {
	if !l.file.Carries("sketch") {
		return NeedsData, "the log has no prompts with questions short enough to compare, so those that are nearly the same cannot be told"
	}
	if untold(l.file, l.opts.FreshTags) {
		return NeedsData, freshUntold
	}
	if !l.clock.dated() {
		return NeedsData, "the calls have no times, so how old a cached answer would be is not known"
	}
	return Optional, "calls would get the answer to another, similar prompt: judge a sample of them first"
}

func (l *nearRepeats) actor() actor {
	cached := make([]bool, l.file.Tags.Len())
	for tag := range cached {
		cached[tag] = !slices.Contains(l.opts.FreshTags, l.file.Tags.Name(uint32(tag)))
	}
	ttl := l.opts.responseTTL().Microseconds()
	r := &nearReplay{env: l.env, cached: cached, ttl: ttl, sketches: l.file.Sketches(),
		index: newNearIndex(newNearRule(l.opts.nearSimilarity()), l.file.Rows()),
		exact: (&responseCache{env: l.env, ttl: ttl}).newAnswers(cached), saved: make([]float64, len(cached))}
	if l.alone == nil {
		l.alone = r
	}
	return r
}

// nearReplay is a cache that looks a prompt up exactly first and then nearly.
type nearReplay struct {
	*env
	cached   []bool // by tag
	ttl      int64
	sketches *dataset.Sketches
	index    *nearIndex
	// exact is the cache for exact repeats that stands before this one.
	exact *answers
	// saved is by tag.
	saved []float64
}

func (r *nearReplay) act(w *work) {
	repeats := w.b.repeats
	for i := range w.b.N {
		again := len(repeats) > 0 && int(repeats[0]) == i
		if again {
			repeats = repeats[1:]
		}
		if again && r.exact.next(w.b, i, w.b.locked[i], !w.gone[i]) || w.gone[i] || !r.cached[w.b.Tag[i]] || w.b.Counts[i] != 1 {
			continue
		}
		sketch, err := r.sketches.At(w.b.Row + int64(i))
		if err != nil {
			r.fail(err)
			return
		}
		if sketch != nil {
			r.ask(w, i, sketch)
		}
	}
}

// ask looks a call up; a miss stores its answer, unless it has none to store. A
// hit does not renew what was stored, and is not stored itself: answers do not
// drift away from the prompt that they were given to.
func (r *nearReplay) ask(w *work, i int, sketch []uint32) {
	key, now := uint64(w.b.class[i])<<32|uint64(w.b.Tag[i]), w.b.Time[i]
	if !w.fixed(i) && r.index.find(key, sketch, now-r.ttl) {
		r.saved[w.b.Tag[i]] += w.cost[i]
		w.gone[i] = true
		w.touch(i, 0)
		return
	}
	if usage.Status(w.b.Status[i]) == usage.OK {
		r.index.put(key, sketch, now)
	}
}

func (r *nearReplay) after(*work, int, float64) float64 { return answerMS }
func (r *nearReplay) method() string {
	return "a hit takes 5 ms, the time of a lookup in a cache on the same network"
}

func (l *nearRepeats) describe(p *Proposal) {
	p.Title = Title(NearRepeats)
	rule := newNearRule(l.opts.nearSimilarity())
	policy := &NearRepeatsPolicy{TTLSeconds: int64(l.opts.responseTTL().Seconds()), Capacity: nearCapacity, Similarity: rule.similarity,
		Confidence: nearConfidence, Bins: usage.SketchBins, EqualBins: rule.need[usage.SketchBins], Tags: []string{}}
	if l.alone != nil {
		for tag, usd := range l.alone.saved {
			if usd > 0 {
				policy.Tags = append(policy.Tags, l.file.Tags.Name(uint32(tag)))
			}
		}
	}
	slices.Sort(policy.Tags)
	p.Policy.NearRepeats = policy
	p.Summary = fmt.Sprintf("Serve questions that are nearly the same as one of the last %s from the cache too: similarity at least %.3g.",
		words.Duration(l.opts.responseTTL()), rule.similarity)
	p.Effort, p.Risk = "medium", "high"
	p.RiskNote = "The answer was given to another question. Questions that differ in one name, number or date are nearly the same to this measure and need different answers."
	p.Rollback = "Switch the near lookup off; the exact cache goes on as before."
	p.Assumptions = nearAssumptions(rule)
	p.Steps = []string{
		"Take the calls of the evidence and 100 more at random, with the prompt whose answer they would get, and judge whether that answer would do.",
		"Leave out the classes in which it would not: name them as classes that must stay fresh, and run this analysis again.",
		"Gateways measure nearness otherwise: LiteLLM's redis-semantic and qdrant-semantic caches compare embeddings, and no similarity_threshold of theirs is this rule. " +
			"Put this rule (the file of near repeats has it) into code of your own, or start with a threshold of 0.95 there and check its hits as above.",
	}
	p.Verify = "Judge 50 answers served to near repeats a week; the share of calls served should come near the evidence's."
}

// nearAssumptions name the bound on the similarity.
func nearAssumptions(rule nearRule) []string {
	n := usage.SketchBins
	return []string{
		"Exact repeats are not counted here: the response cache answers them first.",
		fmt.Sprintf("Compared is what is asked, the user's last message of up to %d words; all else in the prompt (system prompt, history, tools, images) must be the same.", usage.MaxAsked),
		fmt.Sprintf("Nearness is the Jaccard similarity of runs of 3 words, estimated by MinHash with %d permutations folded into one: the standard error is at most %.2g.",
			n, 0.5/math.Sqrt(float64(n))),
		fmt.Sprintf("A call is answered if at least %d of %d bins agree: its similarity is then at least %.3g with %.0f%% confidence (exact binomial bound, for up to %d comparisons a call). "+
			"Prompts too short to show that are not answered.", rule.need[n], n, rule.similarity, 100*nearConfidence, nearBands),
		"The bound is about words. That the answer fits is not known from the log, and not claimed.",
		fmt.Sprintf("The cache keeps the last %d answers; near repeats that its lookup misses are not counted.", nearCapacity),
	}
}
