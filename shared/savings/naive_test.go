package savings_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"netra/shared/pricing"
	"netra/shared/savings"
	"netra/shared/usage"
)

// naive replays a plan call by call with maps of hashes: no columns, no links, no
// tables. It knows only the log, the price book and the policies as they are
// written in the proposals.
type naive struct {
	book     *pricing.Book
	policies map[string]savings.Policy
	excluded map[string]bool

	lastPrompt map[string]usage.Call      // the last call with the prompt
	stored     map[string]int64           // when an answer was stored
	blocks     map[string]map[uint64]held // per model: each block in the cache
	prompts    map[string]int64           // prompt size of the session's last call
	users      map[string]map[uint64]user // per model: last user of each block
	lastMoved  map[string]bool            // whether the session's last call was routed
	row        int
}

// user is a call that used a block: whether it was routed away, and if so how much of
// its prompt one that was not had used, and when.
type user struct {
	row      int
	moved    bool
	at, warm int64
}

// held is a block in the provider's cache: when it was last used, and up to which
// token of the prompt it was marked.
type held struct{ at, upTo int64 }

func newNaive(t *testing.T, a *savings.Analysis) *naive {
	n := &naive{book: book(t), policies: map[string]savings.Policy{}, excluded: map[string]bool{},
		lastPrompt: map[string]usage.Call{}, stored: map[string]int64{}, blocks: map[string]map[uint64]held{}, prompts: map[string]int64{},
		users: map[string]map[uint64]user{}, lastMoved: map[string]bool{}}
	for _, lever := range a.Plan.Levers {
		n.policies[lever] = proposal(t, a, lever).Policy
	}
	for _, tag := range a.Options.ExcludeTags {
		n.excluded[tag] = true
	}
	return n
}

// equalsNaive holds a plan's total against the naive replay of the log, to the cent.
func equalsNaive(t *testing.T, a *savings.Analysis, calls []usage.Call) {
	t.Helper()
	n := newNaive(t, a)
	var before, after float64
	for _, c := range calls {
		was, now := n.costs(c)
		before, after = before+was, after+now
	}
	assert.InDelta(t, before, a.Plan.CostBeforeUSD, 1e-6)
	assert.InDelta(t, after, a.Plan.CostAfterUSD, 1e-6)
}

// price is the book's price of a call, false if it has none.
func (n *naive) price(c usage.Call) (float64, bool) {
	ref, ok := n.book.Resolve(c.Provider, c.Model)
	if !ok {
		return 0, false
	}
	at := c.Time
	if c.RequestedModel == moved {
		at = n.book.Settled() // a model to move to is priced as it will stay
	}
	rates, ok := n.book.Rates(ref, at, c.Tier)
	if !ok {
		return 0, false
	}
	return rates.Cost(c.Tokens), true
}

// costs returns what a call cost and what it would have cost.
func (n *naive) costs(c usage.Call) (before, after float64) {
	computed, priced := n.price(c)
	before = computed
	if c.HasCost {
		before = c.ReportedCost
	}
	if c.Status == usage.Served {
		before = 0
	}
	free := before <= 0 || n.excluded[c.Tag]
	scale := 0.0
	if priced && computed > 0 {
		scale = before / computed
	}
	gone := n.duplicate(c, free)
	gone = n.answered(c, free, gone)
	now, cold := n.routed(c, free || gone || scale <= 0)
	if !free && !gone && scale > 0 {
		now = n.swapped(now, savings.SameModel, scale)
		now = n.swapped(now, savings.NewerModel, scale)
		short := false
		now, short = n.trimmed(now, c)
		cold = cold || short
		now = n.capped(now, c)
		now = n.cached(now, c, cold)
		now = n.standard(now)
		now = n.batched(now)
	}
	n.prompts[c.Session] = c.Prompt()
	switch {
	case gone:
		return before, 0
	case free || scale == 0:
		return before, before
	}
	usd, _ := n.price(now)
	return before, usd * scale
}

// moved marks a call that a lever sent to another model.
const moved = "moved"

func key(c usage.Call) string { return fmt.Sprint(c.Provider, c.Model, c.PromptHash) }

func (n *naive) duplicate(c usage.Call, free bool) bool {
	last, seen := n.lastPrompt[key(c)]
	n.lastPrompt[key(c)] = c
	p := n.policies[savings.Waste].Waste
	return p != nil && seen && !free && last.Status == usage.OK && float64(c.Time-last.Time) <= p.WindowSeconds*1e6
}

func (n *naive) answered(c usage.Call, free, gone bool) bool {
	p := n.policies[savings.ResponseCache].ResponseCache
	if gone || p == nil || !contains(p.Tags, c.Tag) {
		return gone
	}
	at, ok := n.stored[key(c)]
	if ok && !free && c.Time-at <= p.TTLSeconds*1e6 {
		return true
	}
	if c.Status == usage.OK {
		n.stored[key(c)] = c.Time
	}
	return false
}

// routed moves a call to the other model, where its prompt is cold, or takes from a
// call that stays what moved ones no longer leave in the cache.
func (n *naive) routed(c usage.Call, fixed bool) (now usage.Call, away bool) {
	p := n.policies[savings.Routing].Routing
	if p == nil {
		return c, false
	}
	now = c
	for _, rule := range p.Rules {
		if rule.From.Model != c.Model || fixed || rule.Tag != "" && rule.Tag != c.Tag || rule.MaxGrade > 0 && (c.Grade == 0 || int(c.Grade) > rule.MaxGrade) {
			continue
		}
		to := c
		to.Provider, to.Model, to.RequestedModel = rule.To.Provider, rule.To.Model, moved
		to.Tokens = usage.Tokens{Input: c.Prompt(), Output: c.Output}
		stay, _ := n.price(c)
		if usd, ok := n.price(to); ok && usd < stay {
			now, away = to, true
			break
		}
	}
	kept, u := n.left(c)
	if p.Rules[0].From.Model == c.Model && !away && !fixed && kept < c.CacheRead {
		now.Input, now.CacheRead = c.Input+c.CacheRead-kept, kept
	}
	if u.moved = away; !away {
		u.at, u.warm = c.Time, c.Prompt()
	}
	n.note(c, u)
	return now, away
}

// left returns how much of a call's logged reads routed calls still leave in the
// cache, and what the call would be as a user if it is routed away.
func (n *naive) left(c usage.Call) (kept int64, away user) {
	blocks := n.users[c.Provider+c.Model]
	kept, away.row = c.CacheRead, n.row
	if c.Status == usage.Served {
		return kept, away
	}
	first, ok := blocks[firstOf(c.Blocks)]
	if !ok {
		if n.lastMoved[c.Session] {
			kept = 0
		}
		return kept, away
	}
	start, cut := true, false
	for k, b := range c.Blocks {
		u, ok := blocks[b]
		if !ok {
			break
		}
		from, to := int64(k)*c.BlockTokens, min(int64(k+1)*c.BlockTokens, c.Prompt())
		if start = start && u.row == first.row; start {
			away.at, away.warm = first.at, min(to, first.warm)
		}
		switch {
		case cut || !u.moved:
		case !start:
			kept, cut = min(kept, from), true
		case c.Time-first.at > (5 * time.Minute).Microseconds():
			kept, cut = 0, true
		case first.warm < to:
			kept, cut = min(kept, first.warm), true
		}
	}
	return kept, away
}

func (n *naive) note(c usage.Call, u user) {
	n.row++
	if c.Session != "" {
		n.lastMoved[c.Session] = u.moved
	}
	id := c.Provider + c.Model
	if n.users[id] == nil {
		n.users[id] = map[uint64]user{}
	}
	for _, b := range c.Blocks {
		if c.Status != usage.Served {
			n.users[id][b] = u
		}
	}
}

func firstOf(blocks []uint64) uint64 {
	if len(blocks) == 0 {
		return 0
	}
	return blocks[0]
}

func (n *naive) swapped(c usage.Call, lever string, scale float64) usage.Call {
	if c.RequestedModel == moved { // as a call to a model to move to, it stays
		return c
	}
	for _, s := range n.policies[lever].Swaps {
		if s.From == (savings.Model{Provider: c.Provider, Model: c.Model}) {
			to := c
			to.Provider, to.Model, to.RequestedModel = s.To.Provider, s.To.Model, moved
			now, _ := n.price(c)
			if usd, ok := n.price(to); ok && usd < now {
				return to
			}
			return c
		}
	}
	return c
}

func (n *naive) trimmed(now, was usage.Call) (usage.Call, bool) {
	for _, l := range n.policies[savings.Context].Context {
		before, grew := n.prompts[was.Session]
		if l.From.Model != was.Model || l.Tag != was.Tag || was.Session == "" || !grew || was.Prompt() < before || now.Prompt() <= l.MaxPromptTokens {
			continue
		}
		short := now
		short.Tokens = usage.Tokens{Input: l.MaxPromptTokens, Output: now.Output}
		full, _ := n.price(now)
		if usd, _ := n.price(short); usd < full {
			return short, true
		}
	}
	return now, false
}

func (n *naive) capped(now, was usage.Call) usage.Call {
	for _, l := range n.policies[savings.Output].Output {
		if l.From.Model == was.Model && l.Tag == was.Tag {
			now.Output = min(now.Output, l.MaxOutputTokens)
		}
	}
	return now
}

// setting finds the prompt cache setting of a call: its prefix's own, or the one
// for the rest of its model and tag.
func (n *naive) setting(c usage.Call) (setting savings.PrefixSetting) {
	for _, s := range n.policies[savings.PromptCache].PromptCache {
		if s.From.Model != c.Model || s.From.Provider != c.Provider || s.Tag != c.Tag {
			continue
		}
		if s.Prefix == prefixName(c.Blocks[0]) {
			return s
		}
		if s.Prefix == "" {
			setting = s
		}
	}
	return setting
}

// prefixName is the hash under which a data set keeps a first block: the
// finalizer of SplitMix64, made odd.
func prefixName(block uint64) string {
	h := block + 1
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return fmt.Sprintf("%016x", (h^h>>31)|1)
}

func (n *naive) cached(now, was usage.Call, cold bool) usage.Call {
	if len(was.Blocks) == 0 || cold {
		return now
	}
	ref, _ := n.book.Resolve(now.Provider, now.Model)
	facts, _ := n.book.Facts(ref)
	setting := n.setting(was)
	ttl, marked := setting.TTL, now.Prompt()
	if setting.Marked && ttl == "none" {
		now.Tokens = usage.Tokens{Input: now.Prompt(), Output: now.Output}
	}
	if setting.MarkTokens > 0 {
		marked = min(marked, setting.MarkTokens)
	}
	if ttl == "" || ttl == "none" || !facts.Cached || now.Prompt() < facts.Cache.MinPrefix {
		return now
	}
	life := 5 * time.Minute
	if ttl == "1h" {
		life = time.Hour
	}
	hit := min(n.use(was, life, setting.MarkTokens), marked)
	if hit < facts.Cache.MinPrefix {
		hit = 0
	}
	if s := facts.Cache.Step; hit > 0 && s > 1 {
		hit = facts.Cache.MinPrefix + (hit-facts.Cache.MinPrefix)/s*s
	}
	miss := marked - hit
	now.Tokens = usage.Tokens{Input: now.Prompt() - marked, CacheRead: hit, Output: now.Output}
	if ttl == "1h" {
		now.CacheWrite1h = miss
	} else {
		now.CacheWrite5m = miss
	}
	return now
}

// use returns the cached tokens of a call's prompt, then puts what it marks of it in
// the cache; what it does not mark hides what others left there.
func (n *naive) use(c usage.Call, life time.Duration, mark int64) int64 {
	id := c.Provider + c.Model
	if n.blocks[id] == nil {
		n.blocks[id] = map[uint64]held{}
	}
	if mark == 0 {
		mark = math.MaxInt64
	}
	hit, open := int64(0), true
	for i, b := range c.Blocks {
		start, end := int64(i)*c.BlockTokens, min(int64(i+1)*c.BlockTokens, c.Prompt())
		h, ok := n.blocks[id][b]
		if open = open && ok && c.Time-h.at <= life.Microseconds(); open {
			hit = max(hit, min(end, h.upTo))
			open = end <= h.upTo
		}
		if delete(n.blocks[id], b); start < mark {
			n.blocks[id][b] = held{c.Time, min(int64(i+1)*c.BlockTokens, mark)}
		}
	}
	return hit
}
