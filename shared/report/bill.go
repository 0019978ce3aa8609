package report

import (
	"cmp"
	"fmt"

	"netra/shared/savings"
	"netra/shared/words"
)

// What the report says where the log is a bill: costs without calls and tokens.

// billed is the headline of a bill.
func billed(r Report) string {
	const next = "A bill does not say on which calls it went, so no saving can be computed from it: what to export instead is listed below."
	if r.Spend.USD <= 0 {
		return "Your bill has no cost in USD. " + next
	}
	text := fmt.Sprintf("Your bill shows %s", words.USD(r.Spend.USD))
	if len(r.Spend.ByModel) > 0 {
		most := r.Spend.ByModel[0]
		text += fmt.Sprintf(", most of it on %s (%s)", cmp.Or(most.Key, "lines that name no model"), percent(100*most.CostUSD/r.Spend.USD))
	}
	return text + ". " + next
}

// billCaveats belong beside the figures of a bill; those of a log of calls do not hold
// for it.
func billCaveats(a *savings.Analysis) []string {
	out := []string{"The costs are those of the bill itself, without credits; none was computed."}
	if n := a.Pricing.Reconciliation.OtherCurrency; n > 0 {
		out = append(out, words.Count(int(n), "line is", "lines are")+" in another currency than USD and in no total: export the bill in USD to have them counted.")
	}
	if n := a.Pricing.CorruptRows; n > 0 {
		out = append(out, "Left out of every total, for an impossible cost: "+words.Count(int(n), "line", "lines")+".")
	}
	return out
}

// billFacts is the table of what a bill holds.
func (l Log) billFacts() Table {
	return Table{Head: []string{"Fact", "Value"}, Rows: [][]string{
		{"Format", l.Format},
		{"Rows", words.Grouped(l.Rows)},
		{"Costs of language models among them", words.Grouped(l.BillLines)},
		{"Unreadable rows", words.Grouped(l.Unreadable)},
		{"Calls, tokens", "not on the bill"},
		{"First line of", l.moment(l.First)},
		{"Last line of", l.moment(l.Last)},
		{"Cost on the bill", exactly(l.ReportedCostUSD)},
		{"Price book of", cmp.Or(l.PricesAsOf, "not used")},
	}}
}

// howBilled says how the figures of a bill were computed.
func howBilled() map[string]string {
	return map[string]string{
		"spend":   "Sums of the costs on the bill, in USD, by its own days, models and projects. Lines of $0, credits and other services are not in them.",
		"chances": "The spend of each line times the largest share that the other list price takes off, for the tokens that the line names; where it names none, off input or output. Lines whose model the price book does not know are in none.",
	}
}

// chances is the table of what a bill leaves open.
func chances(r Report) Table {
	t := Table{Head: []string{"What", "Could save", "Of this spend", "Share of the bill", "Models"}}
	for _, c := range r.Chances {
		share := 0.0
		if r.Spend.USD > 0 {
			share = 100 * c.SpendUSD / r.Spend.USD
		}
		t.Rows = append(t.Rows, []string{c.What, "between $0 and " + words.USD(c.MostUSD), words.USD(c.SpendUSD), percent(share), listed(c.Models)})
	}
	return t
}

// shownModels is how many models a cell names.
const shownModels = 4

func listed(models []string) string {
	text := ""
	for i, m := range models {
		switch {
		case i == shownModels:
			return text + fmt.Sprintf(" and %d more", len(models)-i)
		case i > 0:
			text += ", "
		}
		text += m
	}
	return text
}

// first is the table without the columns after the first n.
func (t Table) first(n int) Table {
	out := Table{Head: t.Head[:n]}
	for _, row := range t.Rows {
		out.Rows = append(out.Rows, row[:n])
	}
	return out
}
