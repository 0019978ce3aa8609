package dispatcher

import (
	"context"
	"sync"
)

// queues line up the messages of each ordering key.
type queues struct {
	mu   sync.Mutex
	last map[string]chan struct{}
}

// turn is a place in a line; the zero value is the head of none.
type turn struct {
	before, mine chan struct{}
	leave        func()
}

func (q *queues) join(key string) turn {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.last == nil {
		q.last = map[string]chan struct{}{}
	}
	t := turn{before: q.last[key], mine: make(chan struct{})}
	q.last[key] = t.mine
	t.leave = func() { q.leave(key, t.mine) }
	return t
}

func (q *queues) leave(key string, mine chan struct{}) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.last[key] == mine {
		delete(q.last, key)
	}
	close(mine)
}

// wait is true when all before have ended, false if the context ended first.
func (t turn) wait(ctx context.Context) bool {
	if t.before == nil {
		return true
	}
	select {
	case <-t.before:
		return true
	case <-ctx.Done():
		return false
	}
}

func (t turn) end() {
	if t.leave != nil {
		t.leave()
	}
}
