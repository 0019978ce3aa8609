package words_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"netra/shared/words"
)

func TestDurationsAreReadAsPeopleSayThem(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0:                               "0 seconds",
		time.Second:                     "1 second",
		42 * time.Second:                "42 seconds",
		time.Minute:                     "1 minute",
		58*time.Minute + 57*time.Second: "59 minutes",
		time.Hour:                       "1 hour",
		24 * time.Hour:                  "24 hours",
		23*time.Hour + 15*time.Minute:   "23.2 hours",
		7 * 24 * time.Hour:              "7 days",
		7178 * time.Hour:                "299.1 days",
	} {
		assert.Equal(t, want, words.Duration(d), d.String())
	}
}

func TestCountsAgreeWithTheirNouns(t *testing.T) {
	assert.Equal(t, "1 prefix", words.Count(1, "prefix", "prefixes"))
	assert.Equal(t, "0 prefixes", words.Count(0, "prefix", "prefixes"))
}

func TestMarkdownOfHostileTextIsText(t *testing.T) {
	for text, want := range map[string]string{
		"set max_tokens to 5":    "set max_tokens to 5",
		"_gone_ a_ _b __init__":  `\_gone\_ a\_ \_b \_\_init\_\_`,
		"a|b\nc":                 `a\|b c`,
		"<b>x</b> &amp;":         "&lt;b&gt;x&lt;/b&gt; &amp;amp;",
		"![x](http://evil.test)": `\!\[x\](http:&#47;/evil.test)`,
		"www.evil.test a@b.c":    "www&#46;evil.test a&#64;b.c",
		"# h *b* `c` ~~s~~":      "\\# h \\*b\\* \\`c\\` \\~\\~s\\~\\~",
	} {
		assert.Equal(t, want, words.Markdown(text))
	}
}
