package goal_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/goal"
	"netra/shared/savings"
)

// TestMessagesThatFollow reads what users write under a plan, and what it makes of
// the options of the plan before.
func TestMessagesThatFollow(t *testing.T) {
	tags := []string{"nightly-report", "search", "team:eu", "team:us"}
	limited := savings.Options{NoSlower: true, NoQualityRisk: true, ExcludeTags: []string{"team:eu"}, ExcludeLevers: []string{savings.Output}}
	for message, want := range map[string]func(*savings.Options){
		"what if the cache lived an hour?":              func(o *savings.Options) { o.PromptCacheTTL = "1h" },
		"and with a cache lifetime of five minutes?":    func(o *savings.Options) { o.PromptCacheTTL = "5m" },
		"what about caching answers for a day?":         func(o *savings.Options) { o.ResponseCacheTTL = 24 * time.Hour },
		"leave out the us team":                         func(o *savings.Options) { o.ExcludeTags = []string{"team:eu", "team:us"} },
		"don't touch search":                            func(o *savings.Options) { o.ExcludeTags = []string{"team:eu", "search"} },
		"bring the eu team back":                        func(o *savings.Options) { o.ExcludeTags = nil },
		"include team:eu again":                         func(o *savings.Options) { o.ExcludeTags = nil },
		"nobody waits for the nightly reports":          func(o *savings.Options) { o.BatchTags = []string{"nightly-report"} },
		"would batching the nightly reports help?":      func(o *savings.Options) { o.BatchTags = []string{"nightly-report"} },
		"why not batch?":                                func(*savings.Options) {},
		"does routing make sense?":                      func(*savings.Options) {},
		"why not output caps?":                          func(o *savings.Options) { o.ExcludeLevers = nil },
		"use haiku instead of sonnet":                   func(*savings.Options) {},
		"what if we switched everything to gpt-4o-mini": func(*savings.Options) {},
		"slower answers are fine":                       func(o *savings.Options) { o.NoSlower = false },
		"a little quality risk is fine":                 func(o *savings.Options) { o.NoQualityRisk = false },
		"only risk-free savings":                        func(*savings.Options) {},
		"include newer models":                          func(o *savings.Options) { o.Accept = []string{savings.NewerModel} },
		"only the last 7 days":                          func(o *savings.Options) { o.Last = 7 * 24 * time.Hour },
		"start over":                                    func(o *savings.Options) { *o = savings.Options{} },
		"forget the constraints, but no batch":          func(o *savings.Options) { *o = savings.Options{ExcludeLevers: []string{savings.BatchTier}} },
	} {
		t.Run(message, func(t *testing.T) {
			g, err := goal.Read(message)
			require.NoError(t, err)
			assert.Empty(t, g.Unread)
			assert.True(t, g.Says())
			expected := limited
			want(&expected)
			got, _ := g.Options(limited, tags)
			assert.Equal(t, expected, got)
		})
	}
	for _, message := range []string{"thanks, that is great", "asdf qwer zxcv", "hello there"} {
		g, err := goal.Read(message)
		require.NoError(t, err)
		assert.False(t, g.Says(), message)
		assert.NotEmpty(t, g.Unread, message)
	}
}
