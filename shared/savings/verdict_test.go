package savings

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestTheVerdictIsHonestAboutLittle(t *testing.T) {
	for _, c := range []struct {
		name string
		plan Plan
		want string
	}{
		{"a good plan", Plan{Levers: []string{PromptCache}, CostBeforeUSD: 4000, CostAfterUSD: 2900, SavingsUSD: 1100, Percentage: 27.5, PercentageInterval: Interval{Low: 23.9, High: 30.8}},
			"The plan cuts the bill from $4,000.00 to $2,900.00, by 27.5% (90% interval 23.9% to 30.8%)."},
		{"little", Plan{Levers: []string{Waste}, CostBeforeUSD: 4000, SavingsUSD: 40, Percentage: 1}, "The best plan saves little: $40.00, 1.0% of the bill. It may not be worth the work."},
		{"unsure", Plan{Levers: []string{Waste}, CostBeforeUSD: 400, SavingsUSD: 40, Percentage: 10, PercentageInterval: Interval{Low: -1, High: 20}}, "The plan saves $40.00, 10.0% of the bill, on this log, but the log is too short or too uneven to be sure that it saves at all."},
		{"nothing", Plan{CostBeforeUSD: 4000}, "Nothing saves money on this log without a decision of yours."},
		{"nothing priced", Plan{}, "Nothing in this log has a known price, so no saving can be computed."},
	} {
		assert.Equal(t, c.want, verdict(c.plan), c.name)
	}
}
