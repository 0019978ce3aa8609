package api_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/run"
)

const keyHeader = "Idempotency-Key"

func TestRepeatedRequestIsAnsweredAsTheFirstAndDoesNothing(t *testing.T) {
	k := newKit(t)
	path := "/api/threads/" + k.thread("ann") + "/messages"
	for _, c := range []struct {
		path   string
		body   any
		status int
	}{
		{"/api/threads", map[string]string{"title": "x"}, 201},
		{path, map[string]string{"content": "go"}, 202},
		{"/api/datasets", map[string]any{"filename": "a", "bytes": 5}, 201},
		{"/api/datasets/sample", nil, 201},
	} {
		first := k.call("ann", "POST", c.path, c.body, keyHeader, "key 1")
		require.Equal(t, c.status, first.status, "%s: %s", c.path, first.body)
		again := k.call("ann", "POST", c.path, c.body, keyHeader, "key 1")
		assert.Equal(t, c.status, again.status)
		assert.JSONEq(t, string(first.body), string(again.body))
		assert.Equal(t, "true", again.header.Get("Idempotent-Replayed"))
		other := k.call("bob", "POST", c.path, c.body, keyHeader, "key 1")
		assert.Empty(t, other.header.Get("Idempotent-Replayed"), "a key is its user's own")
	}
	assert.Len(t, ok[struct{ Runs []run.Run }](k, 200, "ann", "GET", "/api/runs", nil).Runs, 1)
	assert.Len(t, k.queue.all, 1)
}

func TestKeyOfAnotherRequestIsRefused(t *testing.T) {
	k := newKit(t)
	path := "/api/threads/" + k.thread("ann") + "/messages"
	ok[accepted](k, 202, "ann", "POST", path, map[string]string{"content": "go"}, keyHeader, "key")
	k.refused("key_reused", k.call("ann", "POST", path, map[string]string{"content": "stop"}, keyHeader, "key"))
	k.refused("invalid", k.call("ann", "POST", path, map[string]string{"content": "go"}, keyHeader, strings.Repeat("k", 201)))
}

func TestRefusedRequestCanBeRepeatedWithItsKey(t *testing.T) {
	k := newKit(t)
	path := "/api/threads/" + k.thread("ann") + "/messages"
	for range 3 {
		ok[accepted](k, 202, "ann", "POST", path, map[string]string{"content": "go"})
	}
	k.refused("queue_full", k.call("ann", "POST", path, map[string]string{"content": "go"}, keyHeader, "patient"))
	first := ok[struct{ Runs []run.Run }](k, 200, "ann", "GET", "/api/runs", nil).Runs[0]
	ok[run.Run](k, 200, "ann", "POST", "/api/runs/"+first.ID+"/cancel", nil)
	ok[accepted](k, 202, "ann", "POST", path, map[string]string{"content": "go"}, keyHeader, "patient")
}

func TestResumeIsRepeatedWithItsKey(t *testing.T) {
	k := newKit(t)
	a := k.message("ann", "go")
	k.wait("ann", a.RunID)
	path := "/api/runs/" + a.RunID + "/continue"
	first := ok[accepted](k, 202, "ann", "POST", path, nil, keyHeader, "once")
	assert.Equal(t, first, ok[accepted](k, 202, "ann", "POST", path, nil, keyHeader, "once"))
	k.refused("not_waiting", k.call("ann", "POST", path, nil, keyHeader, "another"))
}

func TestOneOfManyEqualRequestsAtOnceActs(t *testing.T) {
	k := newKit(t)
	path := "/api/threads/" + k.thread("ann") + "/messages"
	for _, c := range []struct {
		path   string
		body   any
		status int
	}{{path, map[string]string{"content": "go"}, 202}, {"/api/threads", map[string]string{"title": "x"}, 201}} {
		answers := make([]answer, 8)
		var wg sync.WaitGroup
		for i := range answers {
			wg.Go(func() { answers[i] = k.call("ann", "POST", c.path, c.body, keyHeader, "race") })
		}
		wg.Wait()
		acted := 0
		for _, a := range answers {
			require.Equal(t, c.status, a.status, "%s: %s", c.path, a.body)
			assert.JSONEq(t, string(answers[0].body), string(a.body))
			if a.header.Get("Idempotent-Replayed") == "" {
				acted++
			}
		}
		assert.Equal(t, 1, acted, c.path)
	}
	assert.Len(t, ok[struct{ Runs []run.Run }](k, 200, "ann", "GET", "/api/runs", nil).Runs, 1)
}
