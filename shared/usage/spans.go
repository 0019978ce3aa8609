package usage

// spanTree counts a call once where a parent span repeats the usage of the
// spans below it, as agent and workflow spans do. Spans may come in any order
// within the window.
type spanTree struct {
	pending window
	parents memory[uint64]
	below   memory[spanSum]
	n       int64
}

// spanSum is the usage found below a span.
type spanSum struct {
	prompt, output int64 // of all calls below
	last           [2]int64
}

// maxDepth bounds the walk from a span to its ancestors.
const maxDepth = 64

func newSpanTree() *spanTree {
	return &spanTree{pending: newWindow(), parents: newMemory[uint64](), below: newMemory[spanSum]()}
}

func (t *spanTree) merged() int64 { return t.n }

func (t *spanTree) add(row *decoded, out []Call) []Call {
	c, key, parent, isCall := &row.call, row.ids.call, row.ids.parent, row.isCall
	if key == 0 {
		if isCall {
			out = append(out, *c)
		}
		return out
	}
	if parent != 0 {
		t.parents.put(key, parent)
	}
	agent := row.ids.kind == agentSpan
	sum, hasBelow := t.below.get(key)
	if isCall && hasBelow && (agent || same(c, sum)) {
		t.n++
		isCall = false
	}
	if !isCall {
		if hasBelow { // its own parent was not known when the spans below came
			t.credit(parent, sum)
		}
		return out
	}
	usage := spanSum{c.Prompt(), c.Output, [2]int64{c.Prompt(), c.Output}}
	t.credit(parent, usage)
	return t.hold(key, agent, c, out)
}

// credit adds usage to all known ancestors from span on.
func (t *spanTree) credit(span uint64, usage spanSum) {
	for range maxDepth {
		if span == 0 {
			return
		}
		sum, _ := t.below.get(span)
		sum.prompt += usage.prompt
		sum.output += usage.output
		sum.last = usage.last
		t.below.put(span, sum)
		span, _ = t.parents.get(span)
	}
}

// hold keeps a call until the window has passed: its children may yet come. An
// agent span is marked for that time by a negative Line.
func (t *spanTree) hold(key uint64, agent bool, c *Call, out []Call) []Call {
	held := *c
	if agent {
		held.Line = -held.Line
	}
	t.pending.push(key, &held)
	if len(t.pending.calls) >= 2*windowCalls {
		out = t.release(windowCalls, out)
	}
	return out
}

func (t *spanTree) release(n int, out []Call) []Call {
	t.pending.take(n, func(key uint64, c *Call) {
		agent := c.Line < 0
		if agent {
			c.Line = -c.Line
		}
		sum, ok := t.below.get(key)
		if ok && (agent || same(c, sum)) {
			t.n++
			return
		}
		out = append(out, *c)
	})
	return out
}

func (t *spanTree) flush(out []Call) []Call { return t.release(len(t.pending.calls), out) }

func same(c *Call, below spanSum) bool {
	own := [2]int64{c.Prompt(), c.Output}
	return own == [2]int64{below.prompt, below.output} || own == below.last
}
