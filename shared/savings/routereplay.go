package savings

import (
	"slices"
	"time"

	"netra/shared/dataset"
)

func (l *route) actor() actor {
	r := &routeReplay{env: l.env, from: make([]bool, len(l.classes.list)),
		moved: make([]bool, l.hist.mask+1), used: make([]int64, l.hist.mask+1), warm: make([]int32, l.hist.mask+1)}
	for _, rule := range l.opts.Routing.Rules {
		to := routeRule{RoutingRule: rule, from: l.classes.matching(rule.From), tag: tagNamed{names: []string{rule.Tag}}}
		for _, class := range to.from {
			r.from[class] = true
		}
		to.to = l.classes.target(rule.To)
		r.rules = append(r.rules, to)
	}
	if l.opts.Routing.Learned() {
		r.grades = l.file.Grades()
	}
	return r
}

type routeRule struct {
	RoutingRule
	from []int32
	to   int32
	tag  tagNamed
}

// routeReplay moves calls to the other model, where they find no cached prefix: all
// of their prompt is charged as uncached, every time. What they would have left in
// the first model's cache is missed there by the calls that stay.
type routeReplay struct {
	*env
	rules  []routeRule
	grades *dataset.Grades // nil for rules that ask for none
	// from are the classes that calls are moved from.
	from []bool
	// moved tells of the last rows, in a ring as history's, which were moved: 13 bytes
	// a row with used and warm. The first warm tokens of a moved call's prompt were
	// last used at that time by a call that stayed.
	moved []bool
	used  []int64
	warm  []int32
}

func (r *routeReplay) act(w *work) {
	for i := range w.b.N {
		slot := (w.b.Row + int64(i)) & r.hist.mask
		r.moved[slot] = false
		if class := w.b.class[i]; int(class) >= len(r.from) || !r.from[class] {
			continue
		}
		grade, err := r.grade(w.b.Row + int64(i))
		if err != nil {
			r.fail(err)
			return
		}
		if r.moved[slot] = r.move(w, i, grade); r.moved[slot] {
			r.used[slot], r.warm[slot] = r.left(w.b, i)
		} else if w.read[i] > 0 && !w.fixed(i) && w.b.scale[i] > 0 {
			w.cool(i, r.kept(w.b, i, w.read[i]))
		}
	}
}

func (r *routeReplay) grade(row int64) (uint8, error) {
	if r.grades == nil {
		return 0, nil
	}
	return r.grades.At(row)
}

// move sends row i where the first rule that fits says, unless it would cost more.
func (r *routeReplay) move(w *work, i int, grade uint8) bool {
	if w.fixed(i) || w.b.scale[i] == 0 {
		return false
	}
	for j := range r.rules {
		if r.rules[j].fits(r.file, w, i, grade) && w.reroute(i, r.rules[j].to) {
			return true
		}
	}
	return false
}

func (r *routeRule) fits(file *dataset.File, w *work, i int, grade uint8) bool {
	return slices.Contains(r.from, w.class[i]) && (r.Tag == "" || r.tag.has(file, w.b.Tag[i])) &&
		(r.MaxPromptTokens == 0 || w.b.prompt[i] <= r.MaxPromptTokens) &&
		(r.MaxGrade == 0 || grade > 0 && int(grade) <= r.MaxGrade)
}

// reroute moves a call unless it would cost more there.
func (w *work) reroute(i int, to int32) bool {
	in, read, w5, w1 := w.in[i], w.read[i], w.w5[i], w.w1[i]
	w.in[i], w.read[i], w.w5[i], w.w1[i] = w.prompt(i), 0, 0, 0
	usd := w.priceAs(i, to, w.tier[i])
	if usd >= w.cost[i] {
		w.in[i], w.read[i], w.w5[i], w.w1[i] = in, read, w5, w1
		return false
	}
	w.class[i], w.cold[i] = to, true
	w.touch(i, usd)
	return true
}

// stillWarm is how long the start of a prompt is sure to be cached: every
// provider's shortest lifetime.
const stillWarm = 5 * time.Minute

// kept is how much of the tokens that a call read from the cache is still there,
// now that calls were moved: the prefix up to the first part that a moved call used
// last. Of the first part, such as a system prompt, that much is there as a call that
// stayed used within stillWarm. Without prefixes, a call after a moved one of its
// session reads nothing.
func (r *routeReplay) kept(b *batch, i int, read int64) int64 {
	first, end, row := b.PrefixFrom[i], b.PrefixFrom[i+1], b.Row+int64(i)
	if first == end && r.wasMoved(row, b.SessionBack[i]) {
		return 0
	}
	for j := first; j < end; j++ {
		if !r.wasMoved(row, int64(b.PrefixBack[j])) {
			continue
		}
		if j > first {
			return min(read, int64(b.PrefixTokens[j-1]))
		}
		slot := (row - int64(b.PrefixBack[j])) & r.hist.mask
		if b.Time[i]-r.used[slot] > stillWarm.Microseconds() {
			return 0
		}
		if warm := r.warm[slot]; warm < b.PrefixTokens[j] {
			return min(read, int64(warm))
		}
	}
	return read
}

func (r *routeReplay) wasMoved(row, back int64) bool {
	slot, ok := r.hist.slot(row, back)
	return ok && r.moved[slot]
}

// left returns how much of a moved call's prompt a call that stayed used, and when.
func (r *routeReplay) left(b *batch, i int) (used int64, warm int32) {
	first := b.PrefixFrom[i]
	if first == b.PrefixFrom[i+1] {
		return 0, 0
	}
	slot, ok := r.hist.slot(b.Row+int64(i), int64(b.PrefixBack[first]))
	warm = b.PrefixTokens[first]
	switch {
	case !ok:
		return 0, 0
	case r.moved[slot]:
		return r.used[slot], min(warm, r.warm[slot])
	}
	return r.hist.time[slot], warm
}

// cool charges what a call no longer reads from the cache as uncached.
func (w *work) cool(i int, kept int64) {
	if kept >= w.read[i] {
		return
	}
	w.in[i], w.read[i] = w.in[i]+w.read[i]-kept, kept
	w.touch(i, w.price(i))
}
