package savings_test

import (
	"bytes"
	"context"
	"io"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"netra/shared/dataset"
	"netra/shared/pricing"
	"netra/shared/savings"
	"netra/shared/usage"
)

// slice is a source of calls in memory.
type slice struct{ calls []usage.Call }

func (s *slice) Read(batch []usage.Call) (int, error) {
	n := copy(batch, s.calls)
	s.calls = s.calls[n:]
	if len(s.calls) == 0 {
		return n, io.EOF
	}
	return n, nil
}

type memory struct{ *bytes.Buffer }

func (memory) Close() error { return nil }

// normalise makes the data set of calls.
func normalise(t testing.TB, src func() (dataset.Source, error)) *dataset.File {
	t.Helper()
	var out memory
	_, err := dataset.Write(t.Context(),
		func(context.Context) (dataset.Source, error) { return src() },
		func(context.Context) (io.WriteCloser, error) { out = memory{new(bytes.Buffer)}; return out, nil }, dataset.Settings{})
	require.NoError(t, err)
	f, err := dataset.Open(bytes.NewReader(out.Bytes()), int64(out.Len()))
	require.NoError(t, err)
	return f
}

var embedded = sync.OnceValues(pricing.Embedded)

func book(t testing.TB) *pricing.Book {
	t.Helper()
	b, err := embedded()
	require.NoError(t, err)
	return b
}

// analyse runs the engine on calls.
func analyse(t testing.TB, calls []usage.Call, opts savings.Options) *savings.Analysis {
	t.Helper()
	f := normalise(t, func() (dataset.Source, error) { return &slice{calls}, nil })
	a, err := savings.Analyse(t.Context(), f, book(t), opts)
	require.NoError(t, err)
	return a
}

func proposal(t testing.TB, a *savings.Analysis, lever string) savings.Proposal {
	t.Helper()
	i := slices.IndexFunc(a.Proposals, func(p savings.Proposal) bool { return p.Lever == lever })
	require.GreaterOrEqual(t, i, 0, "no proposal for %s", lever)
	return a.Proposals[i]
}

// start is the first moment of all made-up logs: a Monday, UTC.
var start = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)

// call makes a plain call at a time since start.
func call(at time.Duration, model string, input, output int64) usage.Call {
	provider := "anthropic"
	if model[:3] == "gpt" {
		provider = "openai"
	}
	return usage.Call{Time: start.Add(at).UnixMicro(), Provider: provider, Model: model, Tokens: usage.Tokens{Input: input, Output: output},
		LatencyMS: -1, TTFTMS: -1, Count: 1, Weight: 1}
}

// busyLog makes a log in which every lever has something to do: sessions that
// grow, shared prefixes, repeats, duplicates, failures, nightly runs, reported
// costs, calls cached already. It is sorted by time; no two calls share one.
func busyLog(seed uint64, n int, span time.Duration) []usage.Call {
	r := rand.New(rand.NewPCG(seed, 99))
	models := []string{"claude-sonnet-4-5", "claude-3-5-haiku-20241022", "gpt-4o", "claude-3-7-sonnet-20250219"}
	times := make([]time.Duration, n)
	for i := range times {
		times[i] = time.Duration(r.Int64N(int64(span)/int64(n))).Truncate(time.Microsecond) + time.Duration(i)*(span/time.Duration(n))
	}
	calls := make([]usage.Call, n)
	sessions := map[int][]uint64{}
	for i := range calls {
		tag := r.IntN(4)
		model := models[(tag+r.IntN(2))%len(models)]
		c := call(times[i], model, 0, int64(20+r.IntN(600)))
		c.Tag, c.Line, c.BlockTokens = []string{"", "chat", "report", "search"}[tag], int64(i+1), 512
		session := tag*1000 + r.IntN(6)
		switch {
		case i > 20 && r.IntN(8) == 0: // an exact repeat of an earlier call
			old := calls[i-1-r.IntN(20)]
			c.Provider, c.Model, c.Tag, c.Blocks, c.PromptHash, c.Tokens = old.Provider, old.Model, old.Tag, old.Blocks, old.PromptHash, old.Tokens
		default:
			blocks := slices.Clone(sessions[session])
			if len(blocks) == 0 || len(blocks) > 30 {
				blocks = []uint64{uint64(tag + 1), uint64(tag+1) * 7} // the tag's system prompt
			}
			for range 1 + r.IntN(3) {
				blocks = append(blocks, r.Uint64())
			}
			sessions[session] = blocks
			blocks = append(slices.Clone(blocks), r.Uint64()) // a last block that is shorter
			c.Blocks, c.PromptHash = blocks, r.Uint64()
			c.Input = int64(len(blocks))*512 - int64(r.IntN(500))
			c.Session = "s" + string(rune('a'+session%26)) + model
		}
		c.Status = usage.Status(max(0, r.IntN(20)-16)) // now and then failed, aborted or served
		if r.IntN(10) == 0 {
			c.ReportedCost, c.HasCost = 0.002+r.Float64()/100, true
		}
		if c.Session != "" && tag == 2 && r.IntN(2) == 0 && c.Input > 2000 { // partly cached already
			c.CacheRead, c.Input = 1024, c.Input-1024
		}
		if c.Model == "gpt-4o" && i%7 == 3 {
			c.Tier = usage.Priority
		}
		if r.IntN(3) == 0 {
			c.LatencyMS = 200 + float64(c.Prompt())/20 + 15*float64(c.Output) + 50*r.Float64()
		}
		calls[i] = c
	}
	return calls
}
