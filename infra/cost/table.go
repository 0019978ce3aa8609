package cost

import (
	"fmt"
	"strings"

	"netra/shared/pipeline"
)

// Table renders the bill as a Markdown table with one column for each number of
// runs a month. Lines that cost under a cent in every column are added up.
func Table(t pipeline.Table, run Run, runs ...float64) string {
	var out strings.Builder
	bills := make([][]Line, len(runs))
	head, rule := "| | priced by |", "|---|---|"
	for i, n := range runs {
		bills[i] = Month(t, run, n)
		head += fmt.Sprintf(" %s runs |", grouped(n))
		rule += "---:|"
	}
	fmt.Fprintf(&out, "%s\n%s\n", head, rule)
	rest := make([]float64, len(runs))
	for l, line := range bills[0] {
		row, small := "", true
		for _, bill := range bills {
			small = small && bill[l].USD < 0.01
			row += fmt.Sprintf(" %s |", dollars(bill[l].USD))
		}
		if !small {
			fmt.Fprintf(&out, "| %s | %s |%s\n", line.Service, line.How, row)
			continue
		}
		for i, bill := range bills {
			rest[i] += bill[l].USD
		}
	}
	others, total := "", ""
	for i, bill := range bills {
		others += fmt.Sprintf(" %s |", dollars(rest[i]))
		total += fmt.Sprintf(" **%s** |", dollars(Total(bill)))
	}
	fmt.Fprintf(&out, "| everything else | |%s\n| **together** | |%s\n", others, total)
	return out.String()
}

func dollars(usd float64) string {
	if usd >= 100 {
		return "$" + grouped(usd)
	}
	return fmt.Sprintf("$%.2f", usd)
}

// grouped writes a whole number with commas between thousands.
func grouped(n float64) string {
	digits := fmt.Sprintf("%.0f", n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
