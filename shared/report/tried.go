package report

import (
	"strings"

	"netra/shared/savings"
	"netra/shared/words"
)

// triedTable lists what was replayed beside the plan.
func triedTable(trials []savings.Trial) Table {
	t := Table{Head: []string{"Policy", "Saves", "Of the bill", "Against the plan", "Levers"}}
	for _, tr := range trials {
		against := words.USD(tr.Difference.SavingsUSD)
		if tr.Difference.SavingsUSD > 0 {
			against = "+" + against
		}
		t.Rows = append(t.Rows, []string{tr.Change, words.USD(tr.SavingsUSD), percent(tr.Percentage), against, moved(tr.Difference)})
	}
	return t
}

// moved says which levers a trial has more or less than the plan.
func moved(d savings.Difference) string {
	var parts []string
	for _, lever := range d.Added {
		parts = append(parts, "with "+lever)
	}
	for _, lever := range d.Removed {
		parts = append(parts, "without "+lever)
	}
	if len(parts) == 0 {
		return "those of the plan"
	}
	return strings.Join(parts, ", ")
}
