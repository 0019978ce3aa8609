package run_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"netra/shared/run"

	"github.com/stretchr/testify/require"
)

// world drives one run by random changes from several invocations, as messages
// that are late, doubled or lost would, and keeps what was told.
type world struct {
	r      *run.Run
	now    time.Time
	told   []run.Event
	random *rand.Rand
	tokens []string
}

var fuzzRoute = []string{"a", "b", "c"}

func (w *world) token() string {
	if len(w.tokens) == 0 || w.random.IntN(4) == 0 {
		w.tokens = append(w.tokens, fmt.Sprintf("token-%d", len(w.tokens)))
	}
	return w.tokens[w.random.IntN(len(w.tokens))]
}

// holderOften is mostly the present holder and sometimes a zombie.
func (w *world) holderOften() string {
	if w.random.IntN(4) > 0 {
		return w.r.Lease.Token
	}
	return w.token()
}

// working are the drafts of a whole stage; a stage may be cut off after any.
func (w *world) working() []run.Draft {
	all := []run.Draft{
		{Key: "think", Type: run.AgentThinking, Time: w.now, Data: run.AgentThinkingData{}},
		{Key: "call", Type: run.ToolExecuting, Time: w.now, Data: run.ToolExecutingData{}},
		{Key: "done", Type: run.ToolCompleted, Time: w.now, Data: run.ToolCompletedData{}},
	}
	return all[:w.random.IntN(len(all)+1)]
}

func (w *world) complete() ([]run.Event, error) {
	token := w.holderOften()
	all := []run.Draft{
		{Key: "think", Type: run.AgentThinking, Time: w.now, Data: run.AgentThinkingData{}},
		{Key: "call", Type: run.ToolExecuting, Time: w.now, Data: run.ToolExecutingData{}},
		{Key: "done", Type: run.ToolCompleted, Time: w.now, Data: run.ToolCompletedData{}},
	}
	events, err := w.r.Emit(token, all)
	if err != nil {
		return nil, err
	}
	out := run.Outcome{}
	if w.r.Round < run.MaxRounds && w.random.IntN(5) == 0 {
		out.Ask = &run.DataRequest{Resume: w.r.Route[w.random.IntN(len(w.r.Route))], ExpiresAt: w.now.Add(time.Minute)}
	}
	more, err := w.r.Complete(token, out, w.now)
	return append(events, more...), err
}

func (w *world) step() {
	w.now = w.now.Add(time.Duration(w.random.IntN(1500)) * time.Millisecond)
	var events []run.Event
	var err error
	switch w.random.IntN(90) {
	case 0, 1, 2, 3:
		events, err = w.r.Start(w.now, time.Hour)
	case 4:
		events, err = w.r.Enqueue(1, w.now)
	case 5:
		events, err = w.r.Fail(run.Failure{}, w.now)
	case 6:
		events, err = w.r.Cancel("", w.now)
	case 7:
		events, err = w.r.Expire(run.Failure{}, w.now)
	case 8, 9, 10:
		events, err = w.r.Receive("data", nil, w.now, time.Hour)
	case 11, 12, 13:
		err = w.r.Release(w.holderOften(), w.now)
	case 14, 15, 16:
		err = w.r.Renew(w.holderOften(), w.now, time.Second)
	default:
		switch n := w.random.IntN(3); n {
		case 0:
			events, err = w.r.Claim(fuzzRoute[w.random.IntN(3)], "agent", w.token(), w.now, time.Second)
		case 1:
			events, err = w.r.Emit(w.holderOften(), w.working())
		default:
			events, err = w.complete()
		}
	}
	if err == nil {
		w.told = append(w.told, events...)
	}
}

func TestRandomChangesKeepTheInvariants(t *testing.T) {
	finished := 0
	for seed := range uint64(3000) {
		w := &world{r: fresh(), now: noon, random: rand.New(rand.NewPCG(seed, 1))}
		for range 200 {
			w.step()
		}
		require.NoError(t, invariants(w.r, w.told), "seed %d", seed)
		if w.r.Status == run.Completed {
			finished++
		}
	}
	require.Greater(t, finished, 100, "the random changes seldom reach the end: they prove too little")
}

// invariants checks what must hold for the events of a run, ended or not.
func invariants(r *run.Run, told []run.Event) error {
	final := 0
	var stage []run.EventType
	for i, e := range told {
		if e.Seq != int64(i+1) {
			return fmt.Errorf("event %d has number %d", i+1, e.Seq)
		}
		if final > 0 {
			return fmt.Errorf("%s after the end", e.Type)
		}
		switch e.Type {
		case run.RunCompleted, run.RunFailed, run.RunCancelled:
			final++
		case run.AgentStarted:
			stage = []run.EventType{e.Type}
		case run.AgentThinking, run.ToolExecuting, run.ToolCompleted, run.AgentCompleted:
			if stage = append(stage, e.Type); !inOrder(stage) {
				return fmt.Errorf("events of a stage out of order or doubled: %v", stage)
			}
		}
		if e.Type == run.AgentCompleted && len(stage) != 5 {
			return fmt.Errorf("a completed stage told %v", stage)
		}
	}
	if r.LastSeq != int64(len(told)) {
		return fmt.Errorf("last_seq %d after %d events", r.LastSeq, len(told))
	}
	if r.Status.Final() != (final == 1) {
		return fmt.Errorf("status %s with %d final events", r.Status, final)
	}
	return nil
}

// inOrder reports whether the types are the first ones of the five, in order.
func inOrder(stage []run.EventType) bool {
	five := []run.EventType{run.AgentStarted, run.AgentThinking, run.ToolExecuting, run.ToolCompleted, run.AgentCompleted}
	for i, kind := range stage {
		if i >= len(five) || kind != five[i] {
			return false
		}
	}
	return true
}
