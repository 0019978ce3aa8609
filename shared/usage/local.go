package usage

import (
	"bytes"
	"fmt"
	"strconv"
	"time"
)

// local says how a table writes numbers and dates. The zero local is that of
// programs and of the United States: 1,234.50 and month/day/year.
type local struct {
	// comma is true where a comma parts the decimals: 1.234,50.
	comma bool
	// dayFirst is true where 03/04/2025 is in April.
	dayFirst bool
}

// localRows is how many rows at the start of a table are looked at.
const localRows = 5000

// tellLocal looks at the cells of number and time columns. notes say what was
// decided where the cells alone leave it open.
func tellLocal(nodes []*node, rows [][]string, delimiter byte) (l local, notes []string) {
	var seen evidence
	for _, row := range rows {
		for i, cell := range row[:min(len(row), len(nodes))] {
			if nodes[i] != nil {
				seen.add(nodes[i].field, bytes.TrimSpace([]byte(cell)))
			}
		}
	}
	l.comma = !seen.point && (seen.comma || seen.either && delimiter == ';')
	l.dayFirst = seen.day && !seen.month
	if seen.slashes && !seen.day && !seen.month {
		l.dayFirst = l.comma
		notes = append(notes, fmt.Sprintf("dates such as %s were read with the %s first; if that is wrong, export them as 2025-06-13",
			seen.date, map[bool]string{true: "day", false: "month"}[l.dayFirst]))
	}
	if l.comma {
		notes = append(notes, "numbers were read with a decimal comma (1.234,5)")
	}
	return l, notes
}

// evidence is what the cells of a table tell of how it writes.
type evidence struct {
	comma, point, either bool // what parts the decimals
	slashes, day, month  bool // which comes first in a date
	date                 string
}

func (e *evidence) add(f field, cell []byte) {
	switch shapeOf(f) {
	case shapeTokens, shapeFloat:
		e.number(shapeOf(f), money(cell))
	case shapeTime:
		a, b, ok := slashed(cell)
		e.slashes = e.slashes || ok
		if ok && e.date == "" {
			e.date = string(cell[:min(len(cell), 10)])
		}
		e.day, e.month = e.day || ok && a > 12, e.month || ok && b > 12
	}
}

func (e *evidence) number(s shape, text []byte) {
	comma, point := bytes.LastIndexByte(text, ','), bytes.LastIndexByte(text, '.')
	switch {
	case comma < 0 && point < 0:
	case comma >= 0 && point >= 0:
		e.comma, e.point = e.comma || comma > point, e.point || point > comma
	case comma >= 0 && (!grouped(text, ',') || text[0] == '0'):
		e.comma = true
	case comma >= 0:
		e.either = true
	case s == shapeTokens && grouped(text, '.') && !bytes.HasSuffix(text, []byte("000")):
		e.comma = true // a count has no decimals
	case !grouped(text, '.'):
		e.point = true
	}
}

// slashed reads the first two numbers of a date such as 13/6/2025.
func slashed(text []byte) (a, b int, ok bool) {
	parts := bytes.SplitN(text, []byte("/"), 3)
	if len(parts) < 3 || len(parts[2]) < 2 {
		return 0, 0, false
	}
	a, errA := strconv.Atoi(string(parts[0]))
	b, errB := strconv.Atoi(string(parts[1]))
	return a, b, errA == nil && errB == nil && a <= 31 && b <= 31
}

// grouped says whether text is digits in groups of three parted by sep.
func grouped(text []byte, sep byte) bool {
	groups := bytes.Split(text, []byte{sep})
	for i, g := range groups {
		if _, err := strconv.ParseUint(string(g), 10, 64); err != nil || i > 0 && len(g) != 3 || i == 0 && len(g) > 3 {
			return false
		}
	}
	return len(groups) > 1
}

// money takes off what stands beside an amount: signs of currencies, and the
// spaces and apostrophes that group digits.
func money(text []byte) []byte {
	for _, s := range []string{"$", "€", "USD", "US", "EUR", "\u00a0", "\u202f", "'", "’", " "} {
		text = bytes.ReplaceAll(text, []byte(s), nil)
	}
	return text
}

// number writes a number of the table as programs do.
func (l local) number(text []byte) ([]byte, error) {
	if !l.comma {
		return text, nil
	}
	plain := money(text)
	whole, fraction, _ := bytes.Cut(plain, []byte(","))
	if bytes.IndexByte(whole, '.') >= 0 && !grouped(whole, '.') {
		return nil, fmt.Errorf("%s is not a number with a decimal comma, as the others of this log", show(text))
	}
	out := bytes.ReplaceAll(whole, []byte("."), nil)
	if len(fraction) > 0 {
		out = append(append(out, '.'), fraction...)
	}
	return out, nil
}

// clocks are the spellings of a time of day after a date.
func clocks() []string {
	return []string{"", " 15:04:05", " 15:04", " 3:04:05 PM", " 3:04 PM"}
}

// moment reads dates as people write them: 13.06.2025 10:00, 6/13/2025, 13/06/25
// 10:00:05. Dots mean that the day comes first. Times without a zone are UTC.
func (l local) moment(text []byte) (int64, bool) {
	date, clock, _ := bytes.Cut(text, []byte(" "))
	date = bytes.TrimSuffix(date, []byte(","))
	dots := bytes.Count(date, []byte(".")) == 2
	parts := bytes.FieldsFunc(date, func(r rune) bool { return r == '/' || dots && r == '.' })
	if len(parts) != 3 || len(parts[0]) > 2 || len(parts[1]) > 2 {
		return 0, false
	}
	day, month, year := parts[0], parts[1], parts[2]
	if !dots && !l.dayFirst {
		day, month = month, day
	}
	if len(year) == 2 {
		year = append([]byte("20"), year...)
	}
	spelled := fmt.Sprintf("%s-%s-%s", year, month, day)
	if clock = bytes.TrimSpace(clock); len(clock) > 0 {
		spelled += " " + string(bytes.ToUpper(clock))
	}
	for _, layout := range clocks() {
		if at, err := time.Parse("2006-1-2"+layout, spelled); err == nil {
			return at.UnixMicro(), true
		}
	}
	return 0, false
}
