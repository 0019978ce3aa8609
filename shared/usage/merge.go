package usage

import "github.com/cespare/xxhash/v2"

// merger makes one call of the rows that tell of it. It holds calls back until
// no further row of theirs is to be expected; its memory is bounded.
type merger interface {
	// add takes a row; of rows that are no calls only the names and ids matter.
	// It appends calls that are complete to out.
	add(row *decoded, out []Call) []Call
	// flush appends the calls still held back.
	flush(out []Call) []Call
	// merged counts rows that became part of another row's call.
	merged() int64
}

// ids are what tells a merger which rows belong together: hashes, since the
// texts are gone by then.
type ids struct {
	// call is that of the row's call or span, parent of the span above it; 0 if there is none.
	call, parent uint64
	kind         rowKind
	// sequence counts a session's tokens, -1 if unknown.
	sequence int64
}

// rowKind marks rows that mergers treat apart.
type rowKind uint8

const (
	plainRow rowKind = iota
	agentSpan
	streamStart
	turnContext
	sessionStart
)

func (r *row) ids() ids {
	out := ids{kind: kindOf(r.text(fOperation)), sequence: -1}
	if out.kind == plainRow {
		out.kind = kindOf(r.text(fType))
	}
	beside := r.text(fRequestID)
	if trace := r.text(fTrace); trace != nil {
		beside = trace
	}
	if id := r.text(fID); len(id) > 0 {
		out.call = nonZero(pairKey(id, beside))
	}
	if parent := r.text(fParent); len(parent) > 0 {
		out.parent = nonZero(pairKey(parent, beside))
	}
	if r.has(fSequence) {
		out.sequence = r.num(fSequence)
	}
	return out
}

// kindOf reads the operations and types that matter: those of agents
// (gen_ai.operation.name of the OpenTelemetry conventions) contain model calls.
func kindOf(text []byte) rowKind {
	switch string(text) {
	case "invoke_agent", "create_agent", "invoke_workflow", "execute_tool":
		return agentSpan
	case "message_start":
		return streamStart
	case "turn_context":
		return turnContext
	case "session_meta":
		return sessionStart
	}
	return plainRow
}

// Bounds on how far apart the rows of one call may be: windowCalls calls while
// the call can still grow, then twice memoryCalls during which its repeats are dropped.
const (
	windowCalls = 1024
	memoryCalls = 1 << 19
)

// memory is a set of keys that forgets the oldest half when full.
type memory[V any] struct{ young, old map[uint64]V }

func newMemory[V any]() memory[V] {
	return memory[V]{young: map[uint64]V{}, old: map[uint64]V{}}
}

func (m *memory[V]) get(key uint64) (V, bool) {
	v, ok := m.young[key]
	if !ok {
		v, ok = m.old[key]
	}
	return v, ok
}

func (m *memory[V]) put(key uint64, v V) {
	if len(m.young) >= memoryCalls {
		m.young, m.old = make(map[uint64]V), m.young
	}
	m.young[key] = v
}

// window is a queue of calls by key.
type window struct {
	calls []Call
	keys  []uint64
	index map[uint64]int // key to position counted from the first call ever
	start int
}

func newWindow() window { return window{index: map[uint64]int{}} }

func (w *window) find(key uint64) *Call {
	at, ok := w.index[key]
	if !ok {
		return nil
	}
	return &w.calls[at-w.start]
}

func (w *window) push(key uint64, c *Call) {
	w.index[key] = w.start + len(w.calls)
	w.calls = append(w.calls, *c)
	w.keys = append(w.keys, key)
}

// take removes the n oldest calls and hands each to f.
func (w *window) take(n int, f func(key uint64, c *Call)) {
	for i := range n {
		delete(w.index, w.keys[i])
		f(w.keys[i], &w.calls[i])
	}
	w.calls = append(w.calls[:0], w.calls[n:]...)
	w.keys = append(w.keys[:0], w.keys[n:]...)
	w.start += n
}

// sameCall merges rows with the same ids, taking the most that any of them says
// in each bucket: a stream's first line has the output so far, its last the whole.
type sameCall struct {
	pending window
	seen    memory[struct{}]
	n       int64
}

func newSameCall() *sameCall {
	return &sameCall{pending: newWindow(), seen: newMemory[struct{}]()}
}

func (s *sameCall) merged() int64 { return s.n }

func (s *sameCall) add(row *decoded, out []Call) []Call {
	c, key := &row.call, row.ids.call
	switch {
	case !row.isCall:
		return out
	case key == 0:
		return append(out, *c)
	}
	if first := s.pending.find(key); first != nil {
		absorb(first, c)
		s.n++
		return out
	}
	if _, again := s.seen.get(key); again {
		s.n++
		return out
	}
	s.seen.put(key, struct{}{})
	s.pending.push(key, c)
	if len(s.pending.calls) >= 2*windowCalls {
		s.pending.take(windowCalls, func(_ uint64, c *Call) { out = append(out, *c) })
	}
	return out
}

func (s *sameCall) flush(out []Call) []Call {
	s.pending.take(len(s.pending.calls), func(_ uint64, c *Call) { out = append(out, *c) })
	return out
}

func pairKey(a, b []byte) uint64 { return mix(xxhash.Sum64(a)) ^ xxhash.Sum64(b) }

// absorb adds what another row says of a call: the prompt as the row has it that
// knows most of it, and the most of everything else.
func absorb(c, more *Call) {
	if p, q := c.Prompt(), more.Prompt(); q > p || q == p && more.Input < c.Input {
		c.Input, c.CacheRead, c.CacheWrite5m, c.CacheWrite1h = more.Input, more.CacheRead, more.CacheWrite5m, more.CacheWrite1h
		c.AudioInput = more.AudioInput
	}
	c.Output = max(c.Output, more.Output)
	c.Reasoning = max(c.Reasoning, more.Reasoning)
	c.AudioOutput = max(c.AudioOutput, more.AudioOutput)
	c.WebSearches = max(c.WebSearches, more.WebSearches)
	c.ReportedCost = max(c.ReportedCost, more.ReportedCost)
	c.HasCost = c.HasCost || more.HasCost
	c.HasCache = c.HasCache || more.HasCache
	if more.Model != "" && (c.Model == "" || c.Model == c.RequestedModel) {
		c.Model = more.Model
	}
	if c.Tag == "" {
		c.Tag = more.Tag
	}
	if more.PromptHash != 0 { // a prompt logged in parts: its prefix is in the first
		c.PromptHash = nonZero(mix(c.PromptHash ^ more.PromptHash))
		c.Grade = 0 // the grade of a part is not that of the whole
	}
}
