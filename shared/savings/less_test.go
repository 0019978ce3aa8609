package savings_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"netra/shared/savings"
	"netra/shared/usage"
)

// known is a log that says everything: chats by day with long shared prompts,
// questions that come again, and a nightly class that is partly followed up.
func known(seed uint64) []usage.Call {
	r := rand.New(rand.NewPCG(seed, 5))
	var calls []usage.Call
	for hour := range 10 * 24 {
		night := hour%24 < 6
		for i := range 3 + r.IntN(8) {
			c := call(time.Duration(hour)*time.Hour+time.Duration(i*5)*time.Minute+time.Duration(r.IntN(200))*time.Second, []string{"gpt-4o", "claude-sonnet-4-5"}[r.IntN(2)], int64(2000+r.IntN(2000)), int64(100+r.IntN(300)))
			c.Tag, c.Session = "chat", fmt.Sprint("chat", hour/2, r.IntN(3))
			switch {
			case night && seed%2 == 0:
				c.Tag, c.Session = "digest", fmt.Sprint("digest", hour, i)
			case night:
				c.Tag, c.Session = "agent", fmt.Sprint("agent", hour/2)
			case r.IntN(5) == 0:
				c.Tag, c.Session = "faq", fmt.Sprint("faq", hour, i)
			}
			c.PromptHash = r.Uint64() | 1
			if c.Tag == "faq" {
				c.PromptHash = uint64(1 + 2*r.IntN(8))
			}
			c.BlockTokens, c.Blocks = 512, []uint64{1, 2, 3, r.Uint64()}
			if c.Tag == "chat" {
				c.TTFTMS = 300
			}
			c.Status, c.User = usage.Status(max(0, r.IntN(30)-27)), fmt.Sprint("u", r.IntN(5))
			calls = append(calls, c)
		}
	}
	return calls
}

func TestWithLessInformationThePlanClaimsNoMore(t *testing.T) {
	strips := map[string]func(i int, c *usage.Call){
		"no sessions": func(_ int, c *usage.Call) { c.Session = "" },
		"no sessions at night": func(_ int, c *usage.Call) {
			if c.Tag != "chat" {
				c.Session = ""
			}
		},
		"sessions of every tenth": func(i int, c *usage.Call) {
			if i%10 != 0 {
				c.Session = ""
			}
		},
		"no tags":              func(_ int, c *usage.Call) { c.Tag = "" },
		"no times":             func(_ int, c *usage.Call) { c.Time = 0 },
		"no prompts":           func(_ int, c *usage.Call) { c.PromptHash, c.Blocks = 0, nil },
		"no tags and sessions": func(_ int, c *usage.Call) { c.Tag, c.Session = "", "" },
	}
	for seed := range uint64(4) {
		for _, opts := range []savings.Options{{}, {FreshTags: []string{"faq"}}, {ExcludeTags: []string{"chat"}}, {BatchTags: []string{"agent"}}} {
			full := analyse(t, known(seed), opts)
			for name, strip := range strips {
				calls := known(seed)
				for i := range calls {
					strip(i, &calls[i])
				}
				less := analyse(t, calls, opts)
				assert.LessOrEqual(t, less.Plan.Percentage, full.Plan.Percentage+0.05, "seed %d, %s, %+v: %v instead of %v", seed, name, opts, less.Plan.Levers, full.Plan.Levers)
			}
		}
	}
}
