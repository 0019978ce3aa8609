package usage

import (
	"bytes"
	"math"
	"strconv"

	"github.com/cespare/xxhash/v2"
)

// Where a log holds prompt text rather than block ids, a prompt's prefix is cut
// into blocks of textBlockTokens tokens, the step in which OpenAI counts cached
// tokens. A token is estimated as bytesPerToken bytes of text, the mean of
// English prose and code under the common tokenizers.
const (
	textBlockTokens = 128
	bytesPerToken   = 4
	textBlockBytes  = textBlockTokens * bytesPerToken
)

// maxWord is the length from which an unbroken string (an inlined image or
// file) stands in the prompt by its hash: its bytes are no measure of tokens.
const maxWord = 4096

// prompts turns prompt text into hashes. The text is dropped with the row.
type prompts struct {
	seed   uint64
	text   []byte
	head   int // where in text the prompt begins, behind tools and system prompt
	word   []byte
	digest xxhash.Digest
	slab   slab
	scan   scanner
}

// hash fills the call's PromptHash and Blocks from the row's text.
func (p *prompts) hash(r *row, c *Call) {
	p.text = p.text[:0]
	if !r.hasAny(fPrompt, fSystem) {
		return
	}
	for _, f := range []field{fEarlier, fTools, fSystem} { // the order in which providers match prefixes
		p.flatten(r.text(f), r.plain)
	}
	p.head = len(p.text)
	p.flatten(r.text(fPrompt), r.plain)
	if len(p.text) == 0 {
		return
	}
	p.digest.ResetWithSeed(p.seed)
	c.BlockTokens = textBlockTokens
	c.Blocks = p.slab.take((len(p.text) + textBlockBytes - 1) / textBlockBytes)
	for i := range c.Blocks {
		end := min((i+1)*textBlockBytes, len(p.text))
		_, _ = p.digest.Write(p.text[i*textBlockBytes : end]) // never fails
		c.Blocks[i] = p.digest.Sum64()
	}
	c.PromptHash = nonZero(c.Blocks[len(c.Blocks)-1])
	if prompt := c.Prompt(); prompt > 0 { // text that takes more bytes a token: its blocks have fewer
		c.BlockTokens = max(1, min(textBlockTokens, prompt*textBlockBytes/int64(len(p.text))))
	}
}

// sketch compares the call with others by what its prompt asks. Sketches are alike
// only if all that stands around the question is the same: a long system prompt makes
// no two questions alike.
func (p *prompts) sketch(q *question, asked []byte) []uint32 {
	if len(asked) > maxAskedBytes || q.dropped && !q.asked {
		return nil
	}
	around, ok := p.around(q)
	if !ok || wordsIn(asked) > MaxAsked {
		return nil
	}
	return sketch(asked, p.seed^around)
}

// around hashes tools, system prompt and messages without the question in them. A
// prompt that has no messages is all question. It is false if the question is not
// found there.
func (p *prompts) around(q *question) (h uint64, ok bool) {
	if !q.asked {
		return xxhash.Sum64(p.text[:p.head]), true
	}
	rest := p.text
	for k := len(q.ends) - 1; k >= 0 && q.ends[k] >= q.from; k-- {
		if q.ends[k] >= q.to {
			continue
		}
		start, end := q.from, q.ends[k]
		if k > 0 {
			start = max(start, q.ends[k-1]+1)
		}
		at := bytes.LastIndex(rest, q.spoken[start:end])
		if at < 0 {
			return 0, false
		}
		h = mix(h ^ xxhash.Sum64(rest[at+end-start:]))
		rest = rest[:at]
	}
	return mix(h ^ xxhash.Sum64(rest)), true
}

// flatten appends the text of a prompt: the scalars of JSON in their order, so
// that a conversation's text is a prefix of its continuation's.
func (p *prompts) flatten(raw []byte, plain bool) {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || string(raw) == "null" {
		return
	}
	start := len(p.text)
	if !plain || raw[0] == '{' || raw[0] == '[' {
		p.scan.reset(raw)
		if p.scalars() == nil {
			return
		}
	}
	p.text = append(p.text[:start], raw...)
	p.text = append(p.text, separator)
}

// separator keeps neighbouring texts apart.
const separator = 0x1f

// scalars appends the scalars of the next value.
func (p *prompts) scalars() error {
	s := &p.scan
	switch s.peek() {
	case '{':
		return s.members(func(key []byte) error {
			if string(key) == "cache_control" { // says how to cache, is no part of the prompt
				return s.skip()
			}
			return p.scalars()
		})
	case '[':
		return s.each(p.scalars)
	case '"':
		word, grown, err := s.str(p.word[:0])
		p.word = grown
		if err == nil {
			p.append(word)
		}
		return err
	default:
		raw, err := s.raw()
		p.append(raw)
		return err
	}
}

func (p *prompts) append(word []byte) {
	if inlined(word) {
		p.text = strconv.AppendUint(p.text, xxhash.Sum64(word), 16)
	} else {
		p.text = append(p.text, word...)
	}
	p.text = append(p.text, separator)
}

func nonZero(h uint64) uint64 {
	if h == 0 {
		return 1
	}
	return h
}

// slab hands out small slices of one large array: a fresh slice per call
// without an allocation per call.
type slab struct{ free []uint64 }

func (s *slab) take(n int) []uint64 {
	const size = 1 << 13
	if n > size/8 {
		return make([]uint64, n)
	}
	if n > len(s.free) {
		s.free = make([]uint64, size)
	}
	out := s.free[:n:n]
	s.free = s.free[n:]
	return out
}

// parseBlocks reads a JSON list of block ids, each of which identifies the
// prefix up to and including its block (Mooncake trace format).
func parseBlocks(raw []byte, s *slab) ([]uint64, error) {
	raw = bytes.TrimSpace(raw)
	if len(raw) < 2 || raw[0] != '[' || raw[len(raw)-1] != ']' {
		return nil, errBlocks
	}
	raw = raw[1 : len(raw)-1]
	out := s.take(bytes.Count(raw, []byte(",")) + 1)[:0]
	for len(raw) > 0 {
		id, rest, ok := blockID(raw)
		if !ok {
			return nil, errBlocks
		}
		out, raw = append(out, id), rest
	}
	return out, nil
}

// blockID reads one whole number and the comma after it, if one follows.
func blockID(b []byte) (id uint64, rest []byte, ok bool) {
	i := 0
	for i < len(b) && isSpace(b[i]) {
		i++
	}
	start := i
	for ; i < len(b) && b[i] >= '0' && b[i] <= '9'; i++ {
		digit := uint64(b[i] - '0')
		if id > (math.MaxUint64-digit)/10 {
			return 0, nil, false
		}
		id = id*10 + digit
	}
	digits := i > start
	for i < len(b) && isSpace(b[i]) {
		i++
	}
	if i == len(b) {
		return id, nil, digits
	}
	return id, b[i+1:], digits && b[i] == ',' && i+1 < len(b)
}
