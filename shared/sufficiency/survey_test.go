package sufficiency_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/dataset"
	"netra/shared/pricing"
	"netra/shared/sufficiency"
	"netra/shared/usage"
)

// list is a log in memory.
type list struct {
	calls []usage.Call
	at    int
}

func (l *list) Read(batch []usage.Call) (int, error) {
	n := copy(batch, l.calls[l.at:])
	l.at += n
	if l.at == len(l.calls) {
		return n, io.EOF
	}
	return n, nil
}

type buffer struct{ bytes.Buffer }

func (*buffer) Close() error { return nil }

// opened writes calls as a data set and opens it.
func opened(t *testing.T, calls []usage.Call) *dataset.File {
	t.Helper()
	var b buffer
	_, err := dataset.Write(t.Context(), func(context.Context) (dataset.Source, error) { return &list{calls: calls}, nil },
		func(context.Context) (io.WriteCloser, error) { return &b, nil }, dataset.Settings{Scratch: dataset.Folder(t.TempDir()), RowGroup: 500})
	require.NoError(t, err)
	file, err := dataset.Open(bytes.NewReader(b.Bytes()), int64(b.Len()))
	require.NoError(t, err)
	return file
}

var embedded = sync.OnceValues(pricing.Embedded)

func book(t *testing.T) *pricing.Book {
	t.Helper()
	b, err := embedded()
	require.NoError(t, err)
	return b
}

func surveyed(t *testing.T, calls []usage.Call) *sufficiency.Bounds {
	t.Helper()
	bounds, err := sufficiency.Survey(t.Context(), opened(t, calls), book(t), pricing.Ref{})
	require.NoError(t, err)
	return bounds
}

// blockTokens is the size of a prompt block in generated logs.
const blockTokens = 256

// generated makes a log that carries everything: sessions whose prompts grow,
// prompts that are asked again, shared prefixes, failures, and a class of calls
// that runs at night by itself.
func generated(seed uint64) []usage.Call {
	rng := rand.New(rand.NewPCG(seed, 0))
	models := []string{"gpt-4o", "gpt-4o-mini", "claude-sonnet-4-20250514"}
	pRepeat, pFollow := rng.Float64()*0.5, rng.Float64()*0.6
	now := int64(1_750_000_000_000_000)
	var calls []usage.Call
	for n := range 600 {
		now += 1 + rng.Int64N(240_000_000)
		call := usage.Call{
			Time: now, Model: models[rng.IntN(len(models))], Count: 1, Weight: 1, Line: int64(n + 1), BlockTokens: blockTokens, HasCache: true,
			LatencyMS: 500 + 1000*rng.Float64(), TTFTMS: 50 + 100*rng.Float64(), User: fmt.Sprint("u", n%7),
			HasQuality: true, Quality: rng.Float64(), Tag: []string{"chat", "search"}[n%2],
		}
		call.Output = 20 + rng.Int64N(900)
		if rng.IntN(50) == 0 {
			call.Status = usage.Failed
		}
		hour := now / 3_600_000_000 % 24
		switch {
		case hour >= 2 && hour < 4: // nobody is awake
			call.Tag, call.TTFTMS, call.Session = "nightly", -1, fmt.Sprint("job", n)
			grow(&call, 1+rng.IntN(20), rng)
		case n > 20 && rng.Float64() < pRepeat: // the very same request again
			copyPrompt(&call, calls[n-1-rng.IntN(20)])
		case n > 20 && rng.Float64() < pFollow: // the next turn of a session
			last := calls[n-1-rng.IntN(20)]
			copyPrompt(&call, last)
			grow(&call, 1+rng.IntN(6), rng)
			call.Session = last.Session
		default:
			call.Session = string(rune('a'+rng.IntN(26))) + string(rune('a'+n%26))
			grow(&call, 1+rng.IntN(20), rng)
		}
		calls = append(calls, billed(call))
	}
	return calls
}

// billed gives a call a reported cost: what its tokens cost at list price.
func billed(call usage.Call) usage.Call {
	b, err := embedded()
	if err != nil {
		panic(err)
	}
	if ref, ok := b.Resolve("", call.Model); ok {
		if rates, ok := b.Rates(ref, call.Time, ""); ok {
			call.HasCost, call.ReportedCost = true, rates.Cost(call.Tokens)
		}
	}
	return call
}

func copyPrompt(call *usage.Call, from usage.Call) {
	call.Model, call.Session, call.Input, call.PromptHash = from.Model, from.Session, from.Input, from.PromptHash
	call.Blocks = append([]uint64(nil), from.Blocks...)
}

// grow adds blocks to a prompt; new sessions share a system prompt of two blocks.
func grow(call *usage.Call, blocks int, rng *rand.Rand) {
	if len(call.Blocks) == 0 {
		call.Blocks = []uint64{7, 8}
	}
	for range blocks {
		call.Blocks = append(call.Blocks, rng.Uint64())
	}
	call.Input = int64(len(call.Blocks)) * blockTokens
	call.PromptHash = call.Blocks[len(call.Blocks)-1]
}

// truth computes by brute force what the full log yields: exact repeats within
// a day for nothing, and prefixes seen within the hour at the cached price.
func truth(t *testing.T, calls []usage.Call) (repeats, prefixes float64) {
	b := book(t)
	const hour = int64(3_600_000_000)
	asked, seen := map[uint64]int64{}, map[uint64]int64{}
	for _, c := range calls {
		ref, ok := b.Resolve("", c.Model)
		require.True(t, ok, c.Model)
		rates, ok := b.Rates(ref, c.Time, "")
		require.True(t, ok, c.Model)
		if last, ok := asked[c.PromptHash]; ok && c.Time-last <= 24*hour {
			repeats += rates.Cost(c.Tokens)
		}
		asked[c.PromptHash] = c.Time
		hit := int64(0)
		model := uint64(len(c.Model))
		for _, block := range c.Blocks {
			last, ok := seen[block*31+model]
			if !ok || c.Time-last > hour {
				break
			}
			hit += blockTokens
		}
		for _, block := range c.Blocks {
			seen[block*31+model] = c.Time
		}
		if facts, ok := b.Facts(ref); ok && !facts.SelfCaching() { // else they are read already
			prefixes += float64(hit) * (rates.Base.Input - rates.Base.CacheRead)
		}
	}
	return repeats, prefixes
}

// without removes a part from every call, as a log that never had it.
func without(calls []usage.Call, part string) []usage.Call {
	out := make([]usage.Call, len(calls))
	for i, c := range calls {
		switch part {
		case sufficiency.PromptHash:
			c.PromptHash = 0
		case sufficiency.Blocks:
			c.Blocks = nil
		case "prompts":
			c.PromptHash, c.Blocks = 0, nil
		case sufficiency.Time:
			c.Time = 0
		case sufficiency.Session:
			c.Session = ""
		case sufficiency.Tag:
			c.Tag = ""
		case sufficiency.Model:
			c.Model = ""
		case sufficiency.User:
			c.User = ""
		case sufficiency.Latency:
			c.LatencyMS = -1
		case sufficiency.TTFT:
			c.TTFTMS = -1
		case sufficiency.Status:
			c.Status = usage.OK
		case sufficiency.Cache: // what was cached looks like any other token
			c.Input, c.CacheRead, c.CacheWrite5m, c.CacheWrite1h, c.HasCache = c.Prompt(), 0, 0, 0, false
		case sufficiency.Cost:
			c.ReportedCost, c.HasCost = 0, false
		case sufficiency.Quality:
			c.Quality, c.HasQuality = 0, false
		}
		out[i] = c
	}
	return out
}

// TestTheWorthOfAMissingPartContainsWhatTheFullLogYields removes prompts, hashes
// or blocks from 50 logs and compares the range with the truth of the full one.
func TestTheWorthOfAMissingPartContainsWhatTheFullLogYields(t *testing.T) {
	const logs = 50
	held := map[string]int{}
	for seed := range uint64(logs) {
		calls := generated(seed)
		repeats, prefixes := truth(t, calls)
		for part, yields := range map[string]float64{"prompts": max(repeats, prefixes), sufficiency.PromptHash: repeats, sufficiency.Blocks: prefixes, sufficiency.Time: max(repeats, prefixes)} {
			b := surveyed(t, without(calls, part))
			most := map[string]float64{
				"prompts": b.RepeatsUSD + b.PrefixUSD, sufficiency.PromptHash: b.RepeatsUSD,
				sufficiency.Blocks: b.PrefixUSD, sufficiency.Time: b.RepeatsUSD + b.PrefixUSD,
			}[part]
			if yields <= most*(1+1e-9) {
				held[part]++
			}
			assert.Less(t, most, 2*b.CostUSD)
		}
	}
	for part, n := range held {
		assert.GreaterOrEqual(t, n, logs*9/10, part)
	}
	assert.Len(t, held, 4)
}

func TestKnownBlocksNarrowWhatRepeatsCanBe(t *testing.T) {
	calls := generated(3)
	blind := surveyed(t, without(calls, "prompts"))
	hashless := surveyed(t, without(calls, sufficiency.PromptHash))
	assert.Less(t, hashless.RepeatsUSD, blind.RepeatsUSD)
}

func TestBoundsOfCallsCountedByHand(t *testing.T) {
	at := func(second int64) int64 { return 1_750_000_000_000_000 + second*1_000_000 }
	call := func(second, in, out int64) usage.Call {
		return usage.Call{Time: at(second), Model: "gpt-4o", Tokens: usage.Tokens{Input: in, Output: out}, LatencyMS: -1, TTFTMS: -1, Count: 1, Weight: 1}
	}
	// gpt-4o: $2.50 in, $1.25 cached, $10 out per million tokens; batch is half.
	b := surveyed(t, []usage.Call{
		call(0, 1_000_000, 100_000),     // $3.50
		call(5, 1_000_000, 100_000),     // $3.50, of a length seen 5 seconds ago
		call(7200, 2_000_000, 0),        // $5.00, longest prompt before: over an hour ago
		call(7300, 1_000_000, 0),        // $2.50, may be a prefix of the one before
		call(7300+90_000, 1_000_000, 0), // $2.50, of a length seen over a day ago
	})
	assert.InDelta(t, 17, b.CostUSD, 1e-9)
	assert.Equal(t, 1.0, b.PricedShare)
	assert.InDelta(t, 3.5, b.DuplicatesUSD, 1e-9)
	assert.InDelta(t, 3.5+2.5, b.RepeatsUSD, 1e-9)
	assert.InDelta(t, 1.25+1.25, b.CachedUSD, 1e-9)
	assert.Zero(t, b.PrefixUSD, "OpenAI caches unasked")
	assert.InDelta(t, 8.5, b.PatienceUSD, 1e-9)
	assert.InDelta(t, 6*2.5-5*2048*2.5e-6, b.HistoryUSD, 1e-9)
	assert.InDelta(t, 17-0.5*(2*1+5*2048*2.5e-6), b.SessionUSD, 1e-9, "short prompts, at half price")
	assert.InDelta(t, 3.5+2.5+0.5*(3.5+5+2.5), b.TagUSD, 1e-9, "repeats for nothing, the rest at half price")
	assert.InDelta(t, 3.5+2.5+0.5*(3.5+5+2.5), b.TimeUSD, 1e-9, "what a prefix would save is a repeat already")
	assert.Greater(t, b.CheaperUSD, 15.0)
	assert.Zero(t, b.WrittenUSD, "OpenAI writes for nothing")
	sum := call(0, 4_000_000, 0) // $10.00
	sum.Count = 100
	b = surveyed(t, []usage.Call{sum})
	assert.InDelta(t, 9.9, b.RepeatsUSD, 1e-9, "of a sum nothing says that its calls were not all the same")
	assert.InDelta(t, 9.9, b.DuplicatesUSD, 1e-9)
	// claude-sonnet-4: $3 in, $6 written for an hour.
	first, second := call(0, 1_000_000, 0), call(60, 500_000, 0)
	first.Model, second.Model = "claude-sonnet-4-20250514", "claude-sonnet-4-20250514"
	b = surveyed(t, []usage.Call{first, second})
	assert.InDelta(t, 3+1.5, b.WrittenUSD, 1e-9)
	assert.InDelta(t, 0.5*(3-0.3), b.PrefixUSD, 1e-9)
	assert.InDelta(t, b.PrefixUSD, b.CachedUSD, 1e-9)
}

func TestCallsThatCostNothingOrHaveNoPrice(t *testing.T) {
	calls := []usage.Call{
		{Time: 1e15, Model: "gpt-4o", Tokens: usage.Tokens{Input: 1e6}, Status: usage.Served, Count: 1, Weight: 1},
		{Time: 1e15, Model: "my-own-model", Tokens: usage.Tokens{Input: 1e6}, Count: 1, Weight: 1},
		{Time: 1e15, Model: "gpt-4o", Tokens: usage.Tokens{Input: 3e6}, Count: 1, Weight: 2},
	}
	b := surveyed(t, calls)
	assert.InDelta(t, 15, b.CostUSD, 1e-9, "a sampled call stands for two, a served one costs nothing")
	assert.InDelta(t, 15, b.DearestUSD, 1e-9, "a million tokens at $15")
	assert.InDelta(t, 6.0/7, b.PricedShare, 1e-9)

	file := opened(t, []usage.Call{{Time: 1e15, Tokens: usage.Tokens{Input: 1e6}, Count: 1, Weight: 1}})
	priced, err := sufficiency.Survey(t.Context(), file, book(t), pricing.Ref{Provider: "openai", Model: "gpt-4o"})
	require.NoError(t, err)
	assert.InDelta(t, 2.5, priced.CostUSD, 1e-9, "a log without models is priced by the one named")
}

func TestImpossibleCostsAreNotBelieved(t *testing.T) {
	b := surveyed(t, []usage.Call{
		{Time: 1e15, Model: "gpt-4o", Tokens: usage.Tokens{Input: 1e6}, HasCost: true, ReportedCost: 9990, Count: 1, Weight: 1},
		{Time: 1e15, Model: "gpt-4o", Tokens: usage.Tokens{Input: 1e6}, HasCost: true, ReportedCost: 2, Count: 1, Weight: 1},
	})
	assert.InDelta(t, 2.5+2, b.CostUSD, 1e-9)
}
