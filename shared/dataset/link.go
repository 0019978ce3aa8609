package dataset

import (
	"math"

	"netra/shared/lastseen"
	"netra/shared/usage"
)

// Bounds of the link tables, in entries; an entry takes 16 to 32 bytes. A table
// that is full forgets the half it saw longest ago.
const (
	maxPrompts  = 2 << 20
	maxSessions = 1 << 20
	maxBlocks   = 4 << 20
)

// links are the link columns of one row. The slices are overwritten by the next row.
type links struct {
	prompt, session int64
	back, tokens    []int32
}

// linker computes the links of calls that come in the order of the file.
type linker struct {
	prompts, sessions, blocks lastseen.Table
	models                    map[modelKey]uint64
	row                       uint32
	links                     links
}

type modelKey struct{ provider, model string }

func newLinker() *linker {
	return &linker{
		prompts: lastseen.New(maxPrompts), sessions: lastseen.New(maxSessions), blocks: lastseen.New(maxBlocks),
		models: map[modelKey]uint64{},
	}
}

// next returns the links of the next call. Calls that the user's own cache
// served never reached a provider: they link to their prompt and session only.
func (l *linker) next(c *usage.Call) *links {
	l.links.prompt, l.links.session = 0, 0
	l.links.back, l.links.tokens = l.links.back[:0], l.links.tokens[:0]
	model := l.model(c)
	if c.PromptHash != 0 {
		l.links.prompt = l.distance(&l.prompts, c.PromptHash^model)
	}
	if c.Session != "" {
		l.links.session = l.distance(&l.sessions, hashString(c.Session))
	}
	if c.Status != usage.Served {
		l.linkBlocks(c, model)
	}
	l.row++
	return &l.links
}

func (l *linker) distance(t *lastseen.Table, key uint64) int64 {
	last, ok := t.Swap(key, l.row)
	if !ok {
		return 0
	}
	return int64(l.row - last)
}

func (l *linker) linkBlocks(c *usage.Call, model uint64) {
	prompt, known := c.Prompt(), true
	for i, block := range c.Blocks {
		last, ok := l.blocks.Swap(block^model, l.row)
		known = known && ok && last != l.row
		if !known {
			continue
		}
		l.extend(int32(min(l.row-last, math.MaxInt32)), int32(min(int64(i+1)*c.BlockTokens, prompt, math.MaxInt32)))
	}
}

// extend adds a block to the parts of the prefix.
func (l *linker) extend(back, end int32) {
	n := len(l.links.back)
	if n > 0 && l.links.back[n-1] == back {
		l.links.tokens[n-1] = end
		return
	}
	l.links.back = append(l.links.back, back)
	l.links.tokens = append(l.links.tokens, end)
}

// model returns a mask that tells prompts of different models apart.
func (l *linker) model(c *usage.Call) uint64 {
	key := modelKey{c.Provider, c.Model}
	mask, ok := l.models[key]
	if !ok {
		mask = lastseen.Mix(hashString(c.Provider) + 31*hashString(c.Model))
		if len(l.models) < 1<<16 {
			l.models[key] = mask
		}
	}
	return mask
}

// hashString is FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv/), finished by lastseen.Mix.
func hashString(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := 0; i < len(s); i++ {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return lastseen.Mix(h)
}
