package main

import (
	"io"
	"math/rand/v2"

	"netra/shared/usage"
)

// traffic is a source of made-up calls: thirty days of eight models, twenty
// classes of calls with a system prompt each, sessions that grow, 5% exact
// repeats, some calls cached already, latencies and reported costs on half of
// the calls. It is seeded, and needs no memory but that of the open sessions.
type traffic struct {
	r     *rand.Rand
	calls int
	n     int
	// open are the sessions that go on, recent the last calls, to be repeated.
	open   [4096]session
	recent [1024]usage.Call
}

type session struct {
	id     string
	tag    int
	model  int
	blocks []uint64
	tokens int64
}

// span is thirty days in microseconds, start a Monday.
const (
	span        = 30 * 24 * 3_600_000_000
	start       = 1_772_409_600_000_000
	blockTokens = 1024
)

func models() [8][2]string {
	return [8][2]string{
		{"anthropic", "claude-sonnet-4-5"}, {"anthropic", "claude-haiku-4-5"}, {"openai", "gpt-4o"}, {"openai", "gpt-4.1-mini"},
		{"openai", "gpt-4o-mini"}, {"google", "gemini-2.5-flash"}, {"google", "gemini-2.5-pro"}, {"deepseek", "deepseek-chat"},
	}
}

func tags() [20]string {
	return [20]string{"chat", "search", "summary", "code", "review", "support", "extract", "classify", "translate", "report",
		"nightly", "digest", "agent", "plan", "tools", "rank", "title", "moderate", "embed-prep", "eval"}
}

func newTraffic(calls int, seed uint64) *traffic {
	return &traffic{r: rand.New(rand.NewPCG(seed, 1)), calls: calls}
}

// Read fills batch with the next calls.
func (t *traffic) Read(batch []usage.Call) (int, error) {
	for i := range batch {
		if t.n == t.calls {
			return i, io.EOF
		}
		batch[i] = t.next()
		t.n++
	}
	return len(batch), nil
}

func (t *traffic) next() usage.Call {
	c := t.fresh()
	if old := &t.recent[t.r.IntN(len(t.recent))]; old.Model != "" && t.r.IntN(20) == 0 {
		c.Provider, c.Model, c.Tag, c.Tokens = old.Provider, old.Model, old.Tag, old.Tokens
		c.Blocks, c.PromptHash, c.Session = old.Blocks, old.PromptHash, old.Session
	}
	c.Time = start + int64(float64(t.n)/float64(t.calls)*span) + t.r.Int64N(max(span/int64(t.calls), 1))
	c.Line = int64(t.n + 1)
	t.recent[t.n%len(t.recent)] = c
	return c
}

// fresh is the next call of a session.
func (t *traffic) fresh() usage.Call {
	s := &t.open[t.r.IntN(len(t.open))]
	if s.id == "" || t.r.IntN(6) == 0 {
		*s = session{id: hex(t.r.Uint64()), tag: t.r.IntN(20), model: t.r.IntN(8)}
		s.blocks = []uint64{uint64(s.tag+1) * 0x9e3779b97f4a7c15}
		s.tokens = blockTokens
	}
	s.tokens += t.r.Int64N(1500)
	for int64(len(s.blocks)) < (s.tokens+blockTokens-1)/blockTokens {
		s.blocks = append(s.blocks[:len(s.blocks):len(s.blocks)], t.r.Uint64())
	}
	m := models()[s.model]
	c := usage.Call{Provider: m[0], Model: m[1], Tag: tags()[s.tag], Session: s.id, User: s.id[:3], BlockTokens: blockTokens, HasCache: true,
		Blocks: s.blocks, PromptHash: t.r.Uint64(), LatencyMS: -1, TTFTMS: -1, Count: 1, Weight: 1}
	c.Input, c.Output = s.tokens, 20+t.r.Int64N(800)
	if m[0] == "openai" && t.r.IntN(4) == 0 {
		c.CacheRead = c.Input / 2 / 128 * 128
		c.Input -= c.CacheRead
	}
	if t.r.IntN(2) == 0 {
		c.LatencyMS = float64(int64(300 + c.Prompt()/20 + 12*c.Output + t.r.Int64N(400)))
		c.ReportedCost, c.HasCost = float64(c.Prompt())*2e-6+float64(c.Output)*1e-5, true
	}
	return c
}

func hex(v uint64) string {
	const digits = "0123456789abcdef"
	var b [16]byte
	for i := range b {
		b[i] = digits[v>>(4*i)&15]
	}
	return string(b[:])
}
