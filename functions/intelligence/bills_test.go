package intelligence

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"netra/shared/store"
	"netra/shared/usage"
)

func TestABillBesideCallsIsNotCounted(t *testing.T) {
	logs := []store.Dataset{{ID: "a", Filename: "bill.csv"}, {ID: "b", Filename: "usage.json"}}
	for name, c := range map[string]struct {
		formats []string
		kept    []store.Dataset
		about   string
	}{
		"both":  {[]string{"openai-costs", "openai-usage"}, logs[1:], "the bill bill.csv"},
		"bills": {[]string{"openai-costs", "costs"}, logs, ""},
		"calls": {[]string{"openai", "openai-usage"}, logs, ""},
	} {
		kept, about := withoutBills(logs, []usage.Report{{Format: c.formats[0]}, {Format: c.formats[1]}})
		assert.Equal(t, c.kept, kept, name)
		assert.Contains(t, about, c.about, name)
		assert.Equal(t, c.about == "", about == "", name)
	}
}

func TestLinesOfTwoBillsOfTheSameDaysAreNoDoubles(t *testing.T) {
	lines := func(usd float64) []usage.Call {
		var out []usage.Call
		for d := range 60 {
			out = append(out, usage.Call{Time: (1_750_000_000 + int64(d)*86_400) * 1_000_000, Charge: usage.ChargeTokens, ReportedCost: usd + float64(d)})
		}
		return out
	}
	assert.Empty(t, doubles([]*prints{printsOf(lines(1)), printsOf(lines(0.5))}, []int{4, 4}))
	assert.NotEmpty(t, doubles([]*prints{printsOf(lines(1)), printsOf(lines(1))}, []int{4, 4}), "the same bill twice")
}
