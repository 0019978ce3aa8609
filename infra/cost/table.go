package cost

import (
	"fmt"
	"strconv"
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

// Prices renders the list prices as a Markdown table: price, free allowance of a
// month, and where and when each was read.
func Prices() string {
	var out strings.Builder
	out.WriteString("| | price | free a month | page | as of |\n|---|---|---|---|---|\n")
	for _, m := range meters {
		per := ""
		if m.per > 1 {
			per = grouped(m.per) + " "
		}
		free := "none"
		if m.free > 0 {
			free = strings.TrimSuffix(strings.TrimSuffix(fmt.Sprintf("%.1f", m.free), "0"), ".")
			if m.free >= 1000 {
				free = grouped(m.free)
			}
		}
		from := sources[m.service]
		fmt.Fprintf(&out, "| %s | $%s for %s%s | %s | %s | %s |\n", m.service, exact(m.price), per, unit(m), free, from.page, from.asOf)
	}
	return out.String()
}

// unit is what the price is for.
func unit(m meter) string {
	unit, _, _ := strings.Cut(m.how, " (")
	if m.service == "Pub/Sub" {
		return "GiB published and delivered"
	}
	return unit
}

// exact writes a price with at least two digits behind the point.
func exact(price float64) string {
	text := strconv.FormatFloat(price, 'f', -1, 64)
	if _, cents, _ := strings.Cut(text, "."); len(cents) < 2 {
		return fmt.Sprintf("%.2f", price)
	}
	return text
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
