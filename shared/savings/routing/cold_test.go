package routing

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"

	"netra/shared/usage"
)

func TestAColdPrefixIsSentAgain(t *testing.T) {
	cases := map[string]struct {
		tokens, want usage.Tokens
		charged      bool
	}{
		"free writes":          {usage.Tokens{Input: 5, CacheRead: 100}, usage.Tokens{Input: 105}, false},
		"charged writes":       {usage.Tokens{Input: 5, CacheRead: 100}, usage.Tokens{Input: 5, CacheWrite5m: 100}, true},
		"wrote for 5 minutes":  {usage.Tokens{CacheRead: 100, CacheWrite5m: 7}, usage.Tokens{CacheWrite5m: 107}, false},
		"wrote for an hour":    {usage.Tokens{CacheRead: 100, CacheWrite1h: 7}, usage.Tokens{CacheWrite1h: 107}, true},
		"nothing was in cache": {usage.Tokens{Input: 5, Output: 3}, usage.Tokens{Input: 5, Output: 3}, true},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got := Cold(c.tokens, c.charged)
			assert.Equal(t, c.want, got)
			assert.Equal(t, c.tokens.Prompt(), got.Prompt(), "a prompt does not change its length")
		})
	}
}

func TestEverySwitchInsideASessionIsCold(t *testing.T) {
	calls := []struct{ weak, cold bool }{{false, false}, {true, true}, {true, false}, {false, true}, {false, false}}
	s := NewSessions()
	for i, c := range calls {
		assert.Equal(t, c.cold, s.Switched("a", c.weak), "call %d", i)
	}
	assert.True(t, s.Switched("b", true), "another session has a prefix of its own")
	assert.True(t, s.Switched("", true))
	assert.True(t, s.Switched("", true), "calls without a session share no prefix")
	assert.False(t, s.Switched("", false))
}

func TestSessionsStayBounded(t *testing.T) {
	s := NewSessions()
	s.Switched("first", true)
	for i := range maxSessions {
		s.Switched(strconv.Itoa(i), true)
	}
	assert.True(t, s.Switched("first", false), "the last generation is still known")
	for i := range 3 * maxSessions {
		s.Switched(strconv.Itoa(i), true)
	}
	assert.False(t, s.Switched("first", false), "a session silent for a generation is forgotten")
	assert.LessOrEqual(t, len(s.young)+len(s.old), 2*maxSessions)
}
