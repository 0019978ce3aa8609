package savings

import "time"

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
	clock, _ := a.(timed)
	for k, i32 := range w.touched {
		i := int(i32)
		was, now := w.cost[i], w.prices[k]
		w.cost[i] = now
		usd := was - now
		l.saved += usd
		l.byBlock[w.b.block[i]] += usd
		l.calls += w.b.Counts[i]
		l.tokens += w.b.prompt[i] + w.b.Output[i]
		l.cost += w.b.cost[i]
		if len(l.top) < maxEvidence || usd > l.top[len(l.top)-1].usd {
			l.keep(w, i, usd)
		}
		if clock != nil && w.latency[i] >= 0 {
			l.before.add(w.latency[i])
			w.latency[i] = clock.after(w, i, w.latency[i])
			l.after.add(w.latency[i])
		}
	}
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
