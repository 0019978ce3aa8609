package savings_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"netra/shared/savings"
	"netra/shared/usage"
)

func TestSpendOfVeryManyUsersAddsUpAndNamesTheDearest(t *testing.T) {
	var calls []usage.Call
	for i := range 60_000 {
		c := call(time.Duration(i)*time.Second, "gpt-4o", 100, 10)
		if c.User = fmt.Sprintf("%016x", i); i%10 == 0 {
			c.User = "heavy"
		}
		calls = append(calls, c)
	}
	a := analyse(t, calls, savings.Options{})
	assert.Len(t, a.Spend.ByUser, 60)
	assert.Contains(t, []string{a.Spend.ByUser[0].Key, a.Spend.ByUser[1].Key}, "heavy")
	var sum float64
	for _, s := range a.Spend.ByUser {
		sum += s.CostUSD
	}
	assert.InDelta(t, a.Before.CostUSD, sum, 1e-6)
}

func TestTheSavingOfEveryTagAndUserAddsUpToThePlan(t *testing.T) {
	calls := busyLog(7, 3000, 30*time.Hour)
	for i := range calls {
		calls[i].User = []string{"", "a", "b", "c"}[i%4]
	}
	a := analyse(t, calls, savings.Options{})
	assert.Positive(t, a.Plan.SavingsUSD)
	for name, slices := range map[string][]savings.Slice{"tag": a.Spend.ByTag, "user": a.Spend.ByUser} {
		var saved float64
		for _, s := range slices {
			saved += s.SavedUSD
		}
		assert.Greater(t, len(slices), 1, name)
		assert.InDelta(t, a.Plan.SavingsUSD, saved, 1e-9, name)
	}
	for _, s := range a.Spend.ByModel {
		assert.Zero(t, s.SavedUSD)
	}
}
