package admission_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"netra/shared/admission"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	noon   = time.Date(2026, 8, 3, 12, 0, 0, 0, time.UTC)
	until  = noon.Add(time.Hour)
	limits = admission.Limits{Running: 2, Queued: 2, RunsPerDay: 10}
)

// full has r1 and r2 running, r3 and r4 queued.
func full(t *testing.T) *admission.Slots {
	t.Helper()
	s := &admission.Slots{}
	for i := 1; i <= 4; i++ {
		_, err := s.Admit(fmt.Sprintf("r%d", i), limits, noon, until)
		require.NoError(t, err)
	}
	return s
}

func TestRunsStartThenQueueThenAreRefused(t *testing.T) {
	s := &admission.Slots{}
	for i, want := range []admission.Decision{{Started: true}, {Started: true}, {Position: 1}, {Position: 2}} {
		got, err := s.Admit(fmt.Sprint(i), limits, noon, until)
		require.NoError(t, err)
		assert.Equal(t, want, got, "run %d", i)
	}
	_, err := s.Admit("one too many", limits, noon, until)
	require.ErrorIs(t, err, admission.ErrQueueFull)
	assert.Equal(t, 4, s.RunsToday, "a refused run does not count")
	assert.Equal(t, []string{"2", "3"}, s.Queued)
}

func TestFreeSlotGoesToTheQueueBeforeANewRun(t *testing.T) {
	s := full(t)
	require.True(t, s.Release("r1"))
	s.Queued = s.Queued[:1]
	d, err := s.Admit("new", limits, noon, until)
	require.NoError(t, err)
	assert.Equal(t, admission.Decision{Position: 2}, d)
	assert.Equal(t, "r3", s.Next(limits, noon))
	s.Promote(until)
	assert.Equal(t, []string{"new"}, s.Queued)
	assert.Empty(t, s.Next(limits, noon), "all slots are taken again")
}

func TestReleaseGivesBackAnyPlaceOnce(t *testing.T) {
	for _, id := range []string{"r1", "r2", "r3", "r4"} {
		s := full(t)
		assert.True(t, s.Release(id), id)
		assert.False(t, s.Release(id), "%s a second time", id)
		assert.Len(t, append(idsOf(s.Running), s.Queued...), 3)
	}
	assert.False(t, full(t).Release("never seen"))
}

func TestSlotOfACrashedRunIsFreeWhenItsLeaseExpires(t *testing.T) {
	s := full(t)
	assert.Empty(t, s.Next(limits, until.Add(-1)))
	assert.Equal(t, "r3", s.Next(limits, until))
}

func TestRunsOfTheDayStartAgainAtMidnightUTC(t *testing.T) {
	s := &admission.Slots{}
	few := admission.Limits{Running: 9, Queued: 9, RunsPerDay: 2}
	lateHere := time.Date(2026, 8, 4, 1, 59, 0, 0, time.FixedZone("two hours east", 2*3600)) // 23:59 UTC
	for i := range 2 {
		_, err := s.Admit(fmt.Sprint(i), few, lateHere, lateHere.Add(time.Hour))
		require.NoError(t, err)
	}
	_, err := s.Admit("third", few, lateHere, lateHere.Add(time.Hour))
	require.ErrorIs(t, err, admission.ErrDayFull)
	_, err = s.Admit("next day", few, lateHere.Add(time.Minute), lateHere.Add(time.Hour))
	require.NoError(t, err)
	assert.Equal(t, 1, s.RunsToday)
	assert.Equal(t, "2026-08-04", s.Day)
}

func TestResumedRunIsNeverTurnedAwayAndCountsOnce(t *testing.T) {
	s := full(t)
	s.RunsToday = limits.RunsPerDay
	d, err := s.Readmit("resumed", limits, noon, until)
	require.NoError(t, err)
	assert.Equal(t, admission.Decision{Position: 3}, d)
	assert.Equal(t, limits.RunsPerDay, s.RunsToday)

	empty := &admission.Slots{}
	d, err = empty.Readmit("resumed", limits, noon, until)
	require.NoError(t, err)
	assert.True(t, d.Started)
}

func idsOf(running []admission.Slot) []string {
	var ids []string
	for _, r := range running {
		ids = append(ids, r.RunID)
	}
	return ids
}

// TestRandomTrafficNeverExceedsTheLimitsAndKeepsTheOrder compares the slots
// with the plain rule: at most so many run, and the queue is first come, first
// served.
func TestRandomTrafficNeverExceedsTheLimitsAndKeepsTheOrder(t *testing.T) {
	for seed := range uint64(500) {
		random := rand.New(rand.NewPCG(seed, 2))
		l := admission.Limits{Running: 1 + random.IntN(5), Queued: random.IntN(6), RunsPerDay: 1000}
		s := &admission.Slots{}
		now := noon
		var alive, waited, started []string
		for i := range 200 {
			now = now.Add(time.Duration(random.IntN(30)) * time.Second)
			switch random.IntN(3) {
			case 0:
				id := fmt.Sprint(i)
				switch d, err := s.Admit(id, l, now, now.Add(10*time.Minute)); {
				case err != nil:
					require.ErrorIs(t, err, admission.ErrQueueFull)
					require.Len(t, s.Queued, l.Queued, "refused with a place left")
				case d.Started:
					alive = append(alive, id)
				default:
					alive, waited = append(alive, id), append(waited, id)
				}
			case 1:
				if len(alive) > 0 {
					s.Release(alive[random.IntN(len(alive))])
				}
			default:
				for id := s.Next(l, now); id != ""; id = s.Next(l, now) {
					s.Promote(now.Add(10 * time.Minute))
					started = append(started, id)
				}
			}
			require.LessOrEqual(t, len(s.Running), l.Running, "seed %d", seed)
			require.LessOrEqual(t, len(s.Queued), l.Queued, "seed %d", seed)
		}
		require.True(t, subsequence(started, waited), "seed %d: started %v of %v", seed, started, waited)
	}
}

func subsequence(part, whole []string) bool {
	for _, id := range whole {
		if len(part) > 0 && part[0] == id {
			part = part[1:]
		}
	}
	return len(part) == 0
}
