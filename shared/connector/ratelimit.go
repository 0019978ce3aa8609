package connector

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// limits are the headers in which sources tell what is left of a rate limit and
// when it is full again: OpenAI's pairs for requests and tokens, Anthropic's for
// requests, and the general pair that Langfuse and proxies send.
// https://developers.openai.com/api/docs/guides/rate-limits
// https://platform.claude.com/docs/en/api/rate-limits
func limits() [][2]string {
	return [][2]string{
		{"X-Ratelimit-Remaining-Requests", "X-Ratelimit-Reset-Requests"},
		{"X-Ratelimit-Remaining-Tokens", "X-Ratelimit-Reset-Tokens"},
		{"Anthropic-Ratelimit-Requests-Remaining", "Anthropic-Ratelimit-Requests-Reset"},
		{"X-Ratelimit-Remaining", "X-Ratelimit-Reset"},
		{"Ratelimit-Remaining", "Ratelimit-Reset"},
	}
}

// pause is how long a source wants not to be asked again, within bounds: its
// Retry-After, or the time until a limit of which nothing is left is full again.
func pause(status int, h http.Header, now time.Time) time.Duration {
	wait := until(h.Get("Retry-After"), now)
	for _, l := range limits() {
		left, reset := h.Get(l[0]), h.Get(l[1])
		if left == "0" || left == "" && status == http.StatusTooManyRequests {
			wait = max(wait, until(reset, now))
		}
	}
	return max(0, min(wait, maxWait))
}

// until reads when something happens: seconds from now, seconds or milliseconds
// since 1970, a duration such as "6m0s", or a date of RFC 3339 or RFC 9110. It is
// 0 for what it cannot read.
func until(text string, now time.Time) time.Duration {
	text = strings.TrimSpace(text)
	if n, err := strconv.ParseFloat(text, 64); err == nil {
		switch {
		case n >= 0 && n < 1e8:
			return time.Duration(n * float64(time.Second))
		case n >= 1e8 && n < 1e11:
			return time.Unix(int64(n), 0).Sub(now)
		case n >= 1e11 && n < 1e14:
			return time.UnixMilli(int64(n)).Sub(now)
		}
		return 0
	}
	if d, err := time.ParseDuration(text); err == nil {
		return d
	}
	for _, layout := range []string{time.RFC3339, http.TimeFormat} {
		if at, err := time.Parse(layout, text); err == nil {
			return at.Sub(now)
		}
	}
	return 0
}
