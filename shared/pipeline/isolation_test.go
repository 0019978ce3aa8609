package pipeline_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/plan"
	"netra/shared/store"
)

// TestTwoUsersWithTwentyInterleavedRunsEachNeverMeet runs the same run ids for
// two users at once; every document must speak of its own user only.
func TestTwoUsersWithTwentyInterleavedRunsEachNeverMeet(t *testing.T) {
	k := newKit(t)
	users := []store.User{k.user("ann"), k.user("bob")}
	var wg sync.WaitGroup
	for _, u := range users {
		k.thread(u)
		for i := range 20 {
			wg.Go(func() {
				_, _, err := k.desk.Submit(t.Context(), u, submission(u, fmt.Sprint("r", i), plan.Enterprise))
				assert.NoError(t, err)
			})
		}
	}
	wg.Wait()
	k.drainWith(8)
	for i, u := range users {
		other := "goal of " + users[1-i].UID()
		for n := range 20 {
			id := fmt.Sprint("r", n)
			k.requireCompleted(u, id)
			everything := k.allOf(u, id)
			assert.Contains(t, everything, "goal of "+u.UID()+" "+id)
			assert.NotContains(t, everything, other)
			for _, e := range k.events(u, id) {
				assert.Equal(t, id, e.RunID)
			}
		}
		messages, err := u.Messages(t.Context(), "t")
		require.NoError(t, err)
		assert.Len(t, messages, 20)
	}
	assert.InDelta(t, 40, k.counters()[`netra_runs_ended_total{plan="enterprise",status="completed"}`], 0)
}

// allOf is the text of all that is stored of a run.
func (k *kit) allOf(u store.User, id string) string {
	k.t.Helper()
	results, err := u.Results(k.t.Context(), id)
	require.NoError(k.t, err)
	var all strings.Builder
	require.NoError(k.t, json.NewEncoder(&all).Encode(map[string]any{
		"run": k.run(u, id), "events": k.events(u, id), "results": results}))
	return all.String()
}
