package savings

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
)

// streams is work on batches that runs on all cores. A stream takes the batches
// one after the other; different streams do not depend on each other, but that
// those of a later stage need a batch to have left the earlier stages.
type streams struct {
	work  [][]func(*batch) // by stage
	procs int

	mutex sync.Mutex
	moved *sync.Cond
	// next is each stream's next batch, busy whether it is at work on it.
	next [][]int
	busy [][]bool
	// broken is the first panic of any worker. It ends the others and is passed on to
	// the caller of run: on a goroutine of its own it would end the process.
	broken any
}

func newStreams(stages ...[]func(*batch)) *streams {
	s := &streams{work: stages, procs: runtime.GOMAXPROCS(0)}
	s.moved = sync.NewCond(&s.mutex)
	for _, stage := range stages {
		s.next, s.busy = append(s.next, make([]int, len(stage))), append(s.busy, make([]bool, len(stage)))
	}
	return s
}

// run takes all streams through the batches.
func (s *streams) run(batches []*batch) {
	for stage := range s.next {
		clear(s.next[stage])
	}
	var all sync.WaitGroup
	for range s.procs - 1 {
		all.Go(func() { s.worker(batches) })
	}
	s.worker(batches)
	all.Wait()
	if s.broken != nil {
		panic(s.broken)
	}
}

// worker does what can be done until nothing is left to begin.
func (s *streams) worker(batches []*batch) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for {
		stage, k, left := s.pick(len(batches))
		switch {
		case s.broken != nil:
			return
		case k >= 0:
			b := batches[s.next[stage][k]]
			s.busy[stage][k] = true
			s.mutex.Unlock()
			broken := attempt(s.work[stage][k], b)
			s.mutex.Lock()
			s.busy[stage][k] = false
			s.next[stage][k]++
			s.broken = cmp.Or(s.broken, broken)
			s.moved.Broadcast()
		case left:
			s.moved.Wait()
		default:
			return
		}
	}
}

// attempt does the work and returns its panic, with where it was, nil without one.
func attempt(work func(*batch), b *batch) (broken any) {
	defer func() {
		if p := recover(); p != nil {
			broken = fmt.Sprintf("%v\n%s", p, debug.Stack())
		}
	}()
	work(b)
	return nil
}

// pick returns the idle stream that is furthest behind, so that all streams find a
// batch in the caches; k is -1 if there is none now, and left false if no stream
// has anything to begin any more.
func (s *streams) pick(batches int) (stage, k int, left bool) {
	ready, least := batches, batches
	k = -1
	for i, stream := range s.next {
		through := batches
		for j, next := range stream {
			through = min(through, next)
			if s.busy[i][j] {
				left = left || next+1 < batches
				continue
			}
			left = left || next < batches
			if next < least && next < ready {
				stage, k, least = i, j, next
			}
		}
		ready = min(ready, through)
	}
	return stage, k, left
}
