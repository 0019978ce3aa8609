package savings_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/dataset"
	"netra/shared/savings"
	"netra/shared/usage"
)

// similar makes a log of prompts that come in families: a variant differs from the
// family's prompt in some bins of its sketch, and some prompts come again as they were.
func similar(seed uint64, n int) []usage.Call {
	r := rand.New(rand.NewPCG(seed, 17))
	families := make([][]uint32, 40)
	for f := range families {
		families[f] = make([]uint32, usage.SketchBins)
		for i := range families[f] {
			families[f][i] = r.Uint32() &^ 1
		}
	}
	var calls []usage.Call
	for i := range n {
		c := call(time.Duration(i)*time.Minute, []string{"gpt-4o", "claude-sonnet-4-5"}[r.IntN(2)], int64(500+r.IntN(1000)), int64(r.IntN(300)))
		c.Tag, c.PromptHash, c.Sketch = []string{"faq", "chat", "news"}[r.IntN(3)], r.Uint64()|1, slices.Clone(families[r.IntN(len(families))])
		for range r.IntN(9) {
			c.Sketch[r.IntN(len(c.Sketch))] = r.Uint32() &^ 1
		}
		if i > 30 && r.IntN(6) == 0 {
			old := calls[i-1-r.IntN(30)]
			c.Provider, c.Model, c.Tag, c.PromptHash, c.Sketch, c.Tokens = old.Provider, old.Model, old.Tag, old.PromptHash, old.Sketch, old.Tokens
		}
		c.Status = usage.Status(max(0, r.IntN(20)-16))
		if r.IntN(10) == 0 {
			c.Sketch = nil
		}
		calls = append(calls, c)
	}
	return calls
}

// shows reports by brute force whether so many equal bins of n show the similarity.
func shows(same, n int, similarity float64) bool {
	tail := 0.0
	for m := same; m <= n; m++ {
		p := 1.0
		for k := range n { // the binomial term, factor by factor
			if k < m {
				p *= similarity * float64(n-k) / float64(m-k)
			} else {
				p *= 1 - similarity
			}
		}
		tail += p
	}
	return tail <= 0.05/8
}

// bruteNear is what a cache of exact and then near repeats saves, call against call.
func bruteNear(t *testing.T, calls []usage.Call, ttl time.Duration, similarity float64, fresh string) (exact, near float64) {
	n := &naive{book: book(t)}
	asked := map[string]int64{}
	var stored []usage.Call
	for _, c := range calls {
		usd, _ := n.price(c)
		if c.Status == usage.Served {
			usd = 0
		}
		if c.Tag == fresh {
			continue
		}
		at, again := asked[key(c)]
		if again && usd > 0 && c.Time-at <= ttl.Microseconds() {
			exact += usd
			continue
		}
		if c.Status == usage.OK {
			asked[key(c)] = c.Time
		}
		hit := usd > 0 && slices.ContainsFunc(stored, func(s usage.Call) bool {
			same := 0
			for i := range c.Sketch {
				if c.Sketch[i] == s.Sketch[i] {
					same++
				}
			}
			return s.Model == c.Model && s.Tag == c.Tag && c.Time-s.Time <= ttl.Microseconds() && c.Sketch != nil && shows(same, usage.SketchBins, similarity)
		})
		switch {
		case hit:
			near += usd
		case c.Status == usage.OK && c.Sketch != nil:
			stored = append(stored, c)
		}
	}
	return exact, near
}

func TestNearRepeatsEqualABruteForceSearch(t *testing.T) {
	for seed := range uint64(6) {
		calls := similar(seed, 2000)
		opts := savings.Options{Levers: []string{savings.ResponseCache, savings.NearRepeats}, ResponseCacheTTL: []time.Duration{2 * time.Hour, 9 * time.Hour}[seed%2]}
		if seed%3 == 1 {
			opts.NearSimilarity = 0.9
		}
		if seed%3 == 2 {
			opts.FreshTags = []string{"news"}
		}
		exact, near := bruteNear(t, calls, opts.ResponseCacheTTL, max(0.8, opts.NearSimilarity), append(opts.FreshTags, "none")[0])
		require.Positive(t, near)
		a := analyse(t, calls, opts)
		p := proposal(t, a, savings.NearRepeats)
		require.Equal(t, savings.Optional, p.Status, p.Reason)
		assert.InDelta(t, near, p.SavingsUSD, 0.005*near+0.01, "alone, without the exact repeats (seed %d)", seed)
		assert.LessOrEqual(t, p.SavingsUSD, near+1e-9, "what the lookup misses is not counted")
		assert.InDelta(t, exact, a.Plan.SavingsUSD, 1e-6, "the plan holds exact repeats only")
		require.NotNil(t, a.Plan.IfAccepted)
		assert.InDelta(t, exact+p.SavingsUSD, a.Plan.IfAccepted.SavingsUSD, 1e-6, "no call is counted twice")
		assert.NotContains(t, p.Policy.NearRepeats.Tags, append(opts.FreshTags, "none")[0])
		accepted := opts
		accepted.Accept = []string{savings.NearRepeats}
		assert.InDelta(t, a.Plan.IfAccepted.SavingsUSD, analyse(t, calls, accepted).Plan.SavingsUSD, 1e-9)
		safe := opts
		safe.NoQualityRisk = true
		assert.Equal(t, savings.Excluded, proposal(t, analyse(t, calls, safe), savings.NearRepeats).Status)
	}
}

func TestOfUnlikePromptsNoneIsAnsweredAndTheBoundHolds(t *testing.T) {
	// Prompts whose true similarity is 0.7, under the bound of 0.8: at most 5% may pass.
	r := rand.New(rand.NewPCG(3, 3))
	var calls []usage.Call
	for pair := range 1000 {
		base := make([]uint32, usage.SketchBins)
		for i := range base {
			base[i] = r.Uint32() &^ 1
		}
		for k := range 2 {
			c := call(time.Duration(2*pair+k)*time.Minute, "gpt-4o", 1000, 100)
			c.PromptHash, c.Sketch = r.Uint64()|1, slices.Clone(base)
			for i := range c.Sketch {
				if k == 1 && r.Float64() > 0.79 {
					c.Sketch[i] = r.Uint32() &^ 1
				}
			}
			calls = append(calls, c)
		}
	}
	p := proposal(t, analyse(t, calls, savings.Options{Levers: []string{savings.NearRepeats}}), savings.NearRepeats)
	assert.LessOrEqual(t, p.Evidence.Calls, int64(50), "of 1000 calls whose similarity is just under the bound")
}

func TestNearRepeatsOfRealPromptsAndWhatTheyNeed(t *testing.T) {
	var log strings.Builder
	words := strings.Fields("please explain how the returns desk handles a damaged parcel when the customer has lost the invoice and wants the money back today ")
	for i := range 60 {
		var long []string
		for k := range 120 {
			long = append(long, fmt.Sprintf("%s%d", words[k%len(words)], k))
		}
		prompt := strings.Join(long, " ") + fmt.Sprintf(" number %d", i) // one word of 122 differs
		fmt.Fprintf(&log, `{"timestamp":"%s","model":"gpt-4o","prompt":%q,"input_tokens":900,"output_tokens":100}`+"\n",
			start.Add(time.Duration(i)*time.Hour/2).Format(time.RFC3339), prompt)
	}
	f := normalise(t, func() (dataset.Source, error) {
		return usage.Open(bytes.NewReader([]byte(log.String())), usage.Options{})
	})
	a, err := savings.Analyse(t.Context(), f, book(t), savings.Options{})
	require.NoError(t, err)
	p := proposal(t, a, savings.NearRepeats)
	require.Equal(t, savings.Optional, p.Status, p.Reason)
	each := 900*2.5e-6 + 100*1e-5
	assert.InDelta(t, 58*each, p.SavingsUSD, 1e-9, "the answer lives a day: 49 hits, one that is asked again, then hits again")
	assert.NotContains(t, a.Plan.Levers, savings.NearRepeats)
	assert.Equal(t, "high", p.Risk)
	assert.Contains(t, strings.Join(p.Assumptions, " "), "95% confidence")
	assert.NotEmpty(t, p.Evidence.Rows)

	plain := proposal(t, analyse(t, repeats("", 0, time.Hour), savings.Options{}), savings.NearRepeats)
	assert.Equal(t, savings.NeedsData, plain.Status)
	_, err = savings.Analyse(t.Context(), f, book(t), savings.Options{NearSimilarity: 0.99})
	assert.ErrorContains(t, err, "0.92")
}
