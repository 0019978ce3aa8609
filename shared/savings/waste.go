package savings

import (
	"fmt"
)

// wasteWindow is the time within which an identical prompt is taken as the same
// request sent again.
const wasteWindow = 10_000_000 // microseconds

// waste drops calls that repeat the call before them within seconds. A repeat
// after a failure is a retry that was needed, and stays.
type waste struct {
	*env
	saved float64
}

func (l *waste) name() string { return Waste }

// repeat reports whether row i repeats a call that was made within the window.
func (l *waste) repeat(b *batch, i int) bool {
	back := b.PromptBack[i]
	if back == 0 {
		return false
	}
	k, ok := l.hist.slot(b.Row+int64(i), back)
	return ok && b.Time[i] != 0 && b.Time[i]-l.hist.time[k] <= wasteWindow && l.hist.ok(k)
}

func (l *waste) learn(b *batch, n int) {
	for _, i32 := range b.repeats {
		if i := int(i32); i < n && !b.locked[i] && l.repeat(b, i) {
			l.saved += b.cost[i]
		}
	}
}

func (l *waste) settle() (Status, string) {
	switch {
	case !l.file.Carries("prompt_hash"):
		return NeedsData, "the log has neither prompts nor their hashes, so repeated requests cannot be told"
	case l.saved <= 0:
		return NoSaving, "no request was sent twice within 10 seconds"
	}
	return Proposed, ""
}

func (l *waste) actor() actor { return l }

func (l *waste) act(w *work) {
	for _, i32 := range w.b.repeats {
		if i := int(i32); !w.fixed(i) && l.repeat(w.b, i) {
			w.gone[i] = true
			w.touch(i, 0)
		}
	}
}

func (l *waste) describe(p *Proposal) {
	p.Summary = fmt.Sprintf("Join identical requests that arrive within %d seconds of each other.", wasteWindow/1_000_000)
	p.Policy.Waste = &WastePolicy{WindowSeconds: wasteWindow / 1e6}
	p.Effort, p.Risk = "low", "low"
	p.RiskNote = "Code that asks the same thing several times on purpose, to compare the answers, would get one answer."
	p.Rollback = "Turn the request coalescing off; nothing is stored."
	p.Assumptions = []string{
		"An identical prompt to the same model within 10 seconds of a call that succeeded is the same request.",
		"A repeat after a failed call is a needed retry and stays.",
	}
	p.Steps = []string{
		"Coalesce requests in flight by prompt hash in the client or gateway.",
		"Give retries a backoff and an idempotency key, so that a slow call is not sent twice.",
	}
	p.Verify = "Count calls whose prompt hash was seen within 10 seconds: the share should fall to near 0."
}
