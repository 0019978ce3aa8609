package savings

import (
	"math"
	"time"
)

// ledger is the account of one lever in one replay.
type ledger struct {
	byBlock []float64
	saved   float64
	calls   int64
	tokens  int64
	cost    float64
	top     []saving
	before  sketch
	after   sketch
}

// saving is one changed call.
type saving struct {
	usd, cost float64
	row       int64
	time      int64
	class     int32
	tag       uint32
	in, out   int64
}

// maxEvidence bounds the calls that a proposal names.
const maxEvidence = 10

// book records what the rows that the actor touched save.
func (l *ledger) book(w *work, a actor) {
	l.money(w)
	known := w.known()
	clock, ok := a.(timed)
	if !ok {
		return
	}
	for _, i := range known {
		before := w.latency(i)
		w.late[i] = clock.after(w, int(i), before)
		l.before.add(before)
		l.after.add(w.late[i])
	}
}

// money adds up the touched rows. Sums are kept out of memory: additions to one
// place would wait for one another.
func (l *ledger) money(w *work) {
	b, saved, cost := w.b, l.saved, l.cost
	calls, tokens, least := int64(0), int64(0), l.least()
	for k, i := range w.touched {
		now := w.prices[k]
		usd := w.cost[i] - now
		w.cost[i] = now
		saved += usd
		l.byBlock[b.block[i]] += usd
		calls += b.Counts[i]
		tokens += b.prompt[i] + b.Output[i]
		cost += b.cost[i]
		if usd > least {
			l.keep(w, int(i), usd)
			least = l.least()
		}
	}
	l.saved, l.cost = saved, cost
	l.calls += calls
	l.tokens += tokens
}

// least is the saving that a call must exceed to be named as evidence.
func (l *ledger) least() float64 {
	if len(l.top) < maxEvidence {
		return math.Inf(-1)
	}
	return l.top[len(l.top)-1].usd
}

// keep inserts a call into the ordered list of the largest savings.
func (l *ledger) keep(w *work, i int, usd float64) {
	b := w.b
	s := saving{usd: usd, cost: b.cost[i], row: b.Row + int64(i), time: b.Time[i], class: b.class[i], tag: b.Tag[i],
		in: b.prompt[i], out: b.Output[i]}
	if len(l.top) < maxEvidence {
		l.top = append(l.top, s)
	} else {
		l.top[len(l.top)-1] = s
	}
	for k := len(l.top) - 1; k > 0 && l.top[k].usd > l.top[k-1].usd; k-- {
		l.top[k], l.top[k-1] = l.top[k-1], l.top[k]
	}
}

func moment(micros int64) time.Time {
	if micros == 0 {
		return time.Time{}
	}
	return time.UnixMicro(micros).UTC()
}
