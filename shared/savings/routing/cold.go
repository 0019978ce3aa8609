package routing

import "netra/shared/usage"

// Cold returns a call's tokens with its prefix cold, as after a switch of the
// model inside a session: what was read from the provider's cache must be sent
// again. It is written again where the call wrote to the cache, or where the
// model it moves to charges for writes (charged).
func Cold(t usage.Tokens, charged bool) usage.Tokens {
	switch {
	case t.CacheWrite1h > 0:
		t.CacheWrite1h += t.CacheRead
	case charged || t.CacheWrite5m > 0:
		t.CacheWrite5m += t.CacheRead
	default:
		t.Input += t.CacheRead
	}
	t.CacheRead = 0
	return t
}

// maxSessions bounds the sessions remembered per generation.
const maxSessions = 1 << 17

// Sessions remembers which model took each session's last call, so that a
// switch is charged for its cold prefix. Memory is bounded: two generations of
// sessions are kept, and one that was silent for a whole generation is
// forgotten, by which time its prefix has left every provider's cache.
type Sessions struct {
	young, old map[string]bool
}

// NewSessions makes an empty memory.
func NewSessions() *Sessions {
	return &Sessions{young: map[string]bool{}, old: map[string]bool{}}
}

// Switched notes that a session's call goes to the weak (or strong) model, and
// reports whether this model finds the prefix cold although the log found it
// warm: because the call before went to the other model. All calls of the log
// went to the strong model, so the first call is cold on the weak one only.
// Calls without a session count as sessions of one call.
func (s *Sessions) Switched(session string, weak bool) bool {
	if session == "" {
		return weak
	}
	last, known := s.young[session]
	if !known {
		last, known = s.old[session]
	}
	if len(s.young) >= maxSessions {
		s.old, s.young = s.young, make(map[string]bool, maxSessions)
	}
	s.young[session] = weak
	if !known {
		return weak
	}
	return last != weak
}
