package goal_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/goal"
	"netra/shared/savings"
)

func TestAFollowUpChangesOnlyWhatItSpeaksOf(t *testing.T) {
	tags := []string{"team:eu", "team:us", "neural", "News"}
	before := savings.Options{
		ExcludeLevers: []string{savings.BatchTier}, ExcludeTags: []string{"neural"},
		NoQualityRisk: true, PromptCacheTTL: "5m", Seed: 9,
	}
	cases := map[string]struct {
		text   string
		change func(*savings.Options)
		notes  int
	}{
		"nothing said":                   {"", func(*savings.Options) {}, 0},
		"the cache lives longer":         {"what if the cache lived an hour?", func(o *savings.Options) { o.PromptCacheTTL = "1h" }, 0},
		"a tag is left out as well":      {"leave out the eu team", func(o *savings.Options) { o.ExcludeTags = []string{"neural", "team:eu"} }, 0},
		"letters of a word are no tag":   {"leave out the ne team", func(*savings.Options) {}, 1},
		"an accepted lever is taken in":  {"include batch in the plan", func(o *savings.Options) { o.ExcludeLevers, o.Accept = nil, []string{savings.BatchTier} }, 1},
		"asking why brings a lever back": {"why not batch?", func(o *savings.Options) { o.ExcludeLevers = nil }, 0},
		"only some levers": {"only batch and routing", func(o *savings.Options) {
			o.Levers, o.ExcludeLevers = []string{savings.BatchTier, savings.Routing}, nil
		}, 0},
		"only one tag leaves out all others":  {"only the us team", func(o *savings.Options) { o.ExcludeTags = []string{"neural", "team:eu", "News"} }, 0},
		"case does not matter":                {"never cache news", func(o *savings.Options) { o.FreshTags = []string{"News"} }, 0},
		"speed is kept from now on":           {"without slower answers", func(o *savings.Options) { o.NoSlower = true }, 0},
		"another lifetime for the own cache":  {"response cache ttl 2 days", func(o *savings.Options) { o.ResponseCacheTTL = 48 * time.Hour }, 0},
		"a tag that the log lacks is said so": {"leave out the mars team and the eu team", func(o *savings.Options) { o.ExcludeTags = []string{"neural", "team:eu"} }, 1},
		"an unknown only-tag leaves out none": {"only the mars team", func(*savings.Options) {}, 1},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			g, err := goal.Read(c.text)
			require.NoError(t, err)
			got, notes := g.Options(before, tags)
			want := before
			c.change(&want)
			assert.Equal(t, want, got)
			assert.Len(t, notes, c.notes)
			assert.NoError(t, got.Validate())
		})
	}
}

func TestALeverLeftOutLaterIsNoLongerAmongTheOnlyOnes(t *testing.T) {
	g, err := goal.Read("without batch")
	require.NoError(t, err)
	got, _ := g.Options(savings.Options{Levers: []string{savings.BatchTier, savings.Routing}}, nil)
	assert.Equal(t, []string{savings.Routing}, got.Levers)
}

func TestSummarySaysWhatWasUnderstood(t *testing.T) {
	cases := map[string]string{
		"": "find what can be saved",
		"cut our LLM spend by 30% without slower answers":         "cut cost by 30%; answers must not get slower",
		"under $5,000 a month, leave out the eu team":             "spend at most $5000 a month; leave out calls tagged eu",
		"only options with no quality risk since 2025-03-01":      "nothing that could change an answer; from 2025-03-01",
		"p95 latency below 800 ms, why not batch? last two weeks": "answers within 800ms; say what became of batch; the last 14 days of the log",
	}
	for text, want := range cases {
		g, err := goal.Read(text)
		require.NoError(t, err)
		assert.Equal(t, want, g.Summary(), text)
	}
}

func TestATimeRangeLimitsTheReplayUntilAnotherIsNamed(t *testing.T) {
	week, err := goal.Read("what could we have saved in the last 7 days?")
	require.NoError(t, err)
	o, _ := week.Options(savings.Options{}, nil)
	assert.Equal(t, 7*24*time.Hour, o.Last)
	more, err := goal.Read("newer models are fine")
	require.NoError(t, err)
	o, _ = more.Options(o, nil)
	assert.Equal(t, 7*24*time.Hour, o.Last, "a question that names no range keeps it")
}

func TestWhenAllAnswersMayWaitEveryClassMay(t *testing.T) {
	for _, text := range []string{"halve our bill, answers may wait", "nothing is urgent", "cut cost; all our calls can wait", "nobody waits for the answers"} {
		g, err := goal.Read(text)
		require.NoError(t, err)
		o, _ := g.Options(savings.Options{}, []string{"eu", "us"})
		assert.ElementsMatch(t, []string{"", "eu", "us"}, o.BatchTags, text)
	}
	g, err := goal.Read("the nightly jobs can wait")
	require.NoError(t, err)
	assert.False(t, g.AllMayWait)
}

func TestOfALogWithoutTagsTheNamesOfWhatMustNotChangeStay(t *testing.T) {
	g, err := goal.Read("never cache the faq answers; leave out the eu team")
	require.NoError(t, err)
	o, notes := g.Options(savings.Options{}, []string{})
	assert.Equal(t, []string{"faq"}, o.FreshTags)
	assert.Equal(t, []string{"eu"}, o.ExcludeTags)
	assert.NotEmpty(t, notes)
	unknown, _ := g.Options(savings.Options{}, nil)
	assert.Empty(t, unknown.FreshTags, "of a log whose tags are not known")
}
