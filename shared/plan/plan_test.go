package plan_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/shared/plan"
)

func TestRunningAtOnceIsOneThreeFiveFive(t *testing.T) {
	want := map[string]int{plan.Free: 1, plan.Early: 3, plan.Mid: 5, plan.Enterprise: 5}
	require.Len(t, plan.All(), len(want))
	for name, running := range want {
		p := plan.Named(name)
		assert.Equal(t, name, p.Name)
		assert.Equal(t, running, p.Running, name)
	}
}

func TestALargerPlanNeverAllowsLess(t *testing.T) {
	all := plan.All()
	for i := 1; i < len(all); i++ {
		less, more := all[i-1], all[i]
		assert.GreaterOrEqual(t, more.Running, less.Running, more.Name)
		assert.Greater(t, more.Queued, less.Queued, more.Name)
		assert.Greater(t, more.RunsPerDay, less.RunsPerDay, more.Name)
		assert.Greater(t, more.LogBytes, less.LogBytes, more.Name)
		assert.Greater(t, more.RetentionDays, less.RetentionDays, more.Name)
		assert.Subset(t, more.Permissions, less.Permissions, more.Name)
		assert.NotEqual(t, more.Strategy, less.Strategy, more.Name)
	}
}

func TestEveryPlanCanFinishARun(t *testing.T) {
	for _, p := range plan.All() {
		for _, needed := range []plan.Permission{plan.ReadLog, plan.Price, plan.Replay, plan.WriteReport} {
			assert.True(t, p.Allows(needed), "%s lacks %s", p.Name, needed)
		}
	}
}

func TestWithoutAPlanOfTheNameTheDefaultHolds(t *testing.T) {
	for name, want := range map[string]string{"": plan.Default, "platinum": plan.Default, plan.Mid: plan.Mid} {
		assert.Equal(t, want, plan.Named(name).Name, name)
	}
}

func TestLowestPlanThatHasAPermission(t *testing.T) {
	cases := map[plan.Permission]string{
		plan.ReadLog: plan.Free, plan.UseModel: plan.Early, plan.Route: plan.Mid, plan.Comply: plan.Enterprise,
	}
	for permission, want := range cases {
		p, ok := plan.Lowest(permission)
		require.True(t, ok, permission)
		assert.Equal(t, want, p.Name, permission)
	}
	_, ok := plan.Lowest("teleport")
	assert.False(t, ok)
}

func TestCallersCannotChangeTheTable(t *testing.T) {
	p := plan.Named(plan.Free)
	p.Permissions[0] = "changed"
	_ = append(p.Permissions[:1], "overwritten")
	again := plan.Named(plan.Free)
	assert.Equal(t, plan.ReadLog, again.Permissions[0])
	early := plan.Named(plan.Early)
	assert.Equal(t, plan.Price, early.Permissions[1])
}
