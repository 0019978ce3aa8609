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
