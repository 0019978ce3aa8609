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

func TestTheSpendOfABillAndOfItsCallsIsCountedOnce(t *testing.T) {
	files := map[string]store.Dataset{"bill": {ID: "bill", Filename: "bill.csv"}, "log": {ID: "log", Filename: "log.jsonl"}}
	bodies := map[string]string{"bill": "date,model,amount,project\n2026-03-02,gpt-4o,500,a\n2026-03-03,gpt-4o,500,a\n", "log": promptLog(0.5)}
	_, both := looked(t, files, bodies)
	delete(files, "bill")
	_, alone := looked(t, files, bodies)
	assert.Equal(t, alone.Coverage.Rows, both.Coverage.Rows)
	assert.Equal(t, alone.Data.Rows, both.Data.Rows)
	assert.Zero(t, both.Coverage.ReportedCost)
	assert.Empty(t, alone.Notes)
	assert.Len(t, both.Notes, 1)
	delete(files, "log")
	files["bill"] = store.Dataset{ID: "bill", Filename: "bill.csv"}
	_, bill := looked(t, files, bodies)
	assert.True(t, bill.Coverage.IsBill())
	assert.Zero(t, bill.Data.Calls)
	assert.InDelta(t, 1000, bill.Coverage.ReportedCost, 1e-9)
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
