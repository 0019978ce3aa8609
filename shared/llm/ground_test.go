package llm

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"netra/shared/tools"
)

// found is what the tools of a run returned.
const found = `{"calls": 12345, "cost_before_usd": 1234.567, "estimated_savings_percentage": 23.4, "hit_share": 0.293387,
	"ttl_seconds": 300, "latency": {"before_p50_ms": 850, "after_p50_ms": 640}, "interval_90": {"low": 210.4, "high": 351.9},
	"model": "gpt-4o-mini-2024-07-18", "day": "2026-01-31", "tags": ["team-7", "eu"], "hours": 58.2, "speedup": 2.0}`

func evidence(extra ...float64) *Evidence {
	e := NewEvidence([]tools.Result{{Tool: "replay", Output: json.RawMessage(found)}})
	e.Add(extra...)
	return e
}

func TestSentencesWhoseFiguresToolsReturnedHold(t *testing.T) {
	for _, sentence := range []string{
		"There is much to save here.",
		"You made 12,345 calls.",
		"You made about 12,000 calls, or 12.3k.",
		"The bill was $1,234.57, roughly $1.2k.",
		"It cost 1235 dollars.",
		"That saves 23.4%, or about 23 percent.",
		"That saves twenty-three percent.",
		"29% of tokens hit the cache, 29.34% to be exact.",
		"The cache lives 5 minutes, that is 300 seconds.",
		"Answers come in 640 ms instead of 0.85 seconds.",
		"Between $210 and $352.",
		"Use gpt-4o-mini-2024-07-18 from 2026-01-31 on.",
		"The tag team-7 is one of two.",
		"The log covers 58 hours.",
		"Answers come twice as fast.",
		"One thing stands out.",
	} {
		assert.True(t, evidence().holds(sentence), sentence)
	}
}

func TestSentencesWithOtherFiguresDoNot(t *testing.T) {
	for _, sentence := range []string{
		"You will save 80%.",
		"You will save 24.4%.",
		"You will save eighty percent.",
		"You will save $5,000 a month.",
		"You will save five thousand dollars.",
		"That cuts the bill in half.",
		"Answers come three times as fast.",
		"Your costs triple.",
		"You made 12,399 calls.",
		"You made 13k calls.",
		"It saves 12345%.",            // a count is no share
		"It saves $300.",              // seconds are no dollars
		"It takes 23 seconds.",        // percent are no seconds
		"You will save ８０％.",          // full-width digits
		"You will save ٨٠ percent.",   // Arabic-Indic digits
		"You will save 8\u200b0%.",    // a hidden blank inside
		"You will save ½ of it.",      // a fraction
		"You will save a third.",      // in words
		"It drops ten-fold.",          //
		"Visit https://evil.example.", // addresses
		"See <b>this</b>.",            // markup
		"Use gpt-5-turbo-9999.",       // a name that no tool returned
		"Savings of 99.9% by team-7.", // a name does not cover its neighbours
		"A hundred dollars are yours.",
	} {
		assert.False(t, evidence().holds(sentence), sentence)
	}
}

func TestAFailingSentenceIsReplacedByTheTemplatesAndCounted(t *testing.T) {
	template := []string{"Your bill was $1,234.57.", "Caching saves 23.4%.", "Check it after a week."}
	g := Ground("Your bill of $1,234.57 is high. Caching saves 80%! Look again soon.", evidence(), template)
	assert.Equal(t, Grounded{Text: "Your bill of $1,234.57 is high. Caching saves 23.4%. Look again soon.", Replaced: 1, Kept: 2}, g)

	g = Ground("Good. Fine. Nice. You save 99%.", evidence(), template)
	assert.Equal(t, Grounded{Text: "Good. Fine. Nice.", Replaced: 1, Kept: 3}, g, "beyond the template a sentence is left out")

	g = Ground("You save 99%. And $9,999. But 12,345 calls.", evidence(), template)
	assert.Equal(t, Grounded{Text: strings.Join(template, " "), Replaced: 3}, g, "a text that mostly lies is dropped whole")

	assert.Equal(t, strings.Join(template, " "), Ground("", evidence(), template).Text)
}

func TestALyingTextCannotHideBehindItsLength(t *testing.T) {
	g := Ground(strings.Repeat("Fine. ", 500)+"You save 99%.", evidence(), nil)
	assert.LessOrEqual(t, g.Kept, maxSentences)
	assert.NotContains(t, g.Text, "99")
}

func TestKnownConstantsMayBeAdded(t *testing.T) {
	assert.False(t, evidence().holds("This holds at 90% confidence."))
	assert.True(t, evidence(90).holds("This holds at 90% confidence."))
}

func TestHostileNamesAreNoEvidence(t *testing.T) {
	e := NewEvidence([]tools.Result{{Output: json.RawMessage(`{"tag": "80%", "other": "save 80 percent now", "third": "80"}`)}})
	assert.False(t, e.holds("You save 80%."))
	assert.False(t, e.holds("Now save 80 percent now."))
}

func FuzzGround(f *testing.F) {
	f.Add("You save 23.4%. And 80%!")
	f.Fuzz(func(t *testing.T, text string) {
		g := Ground(text, evidence(), []string{"Template."})
		for _, s := range split(g.Text) {
			if !evidence().holds(s) {
				t.Errorf("%q came through", s)
			}
		}
	})
}
