// Package words writes lengths of time, counts and money as people read them, and
// makes text that came from outside (goals, logs, file names, models) harmless
// where people read it. The package imports the standard library only.
package words

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Duration writes a length of time in one unit, with a decimal where it counts:
// "42 seconds", "59 minutes", "23.3 hours", "299.1 days".
func Duration(d time.Duration) string {
	switch {
	case d < time.Minute:
		return measured(d.Seconds(), "second")
	case d < time.Hour:
		return measured(d.Minutes(), "minute")
	case d < 48*time.Hour:
		return measured(d.Hours(), "hour")
	}
	return measured(d.Hours()/24, "day")
}

// measured rounds to a tenth, seconds and minutes to whole ones.
func measured(v float64, unit string) string {
	decimals := 1
	if unit == "second" || unit == "minute" {
		decimals = 0
	}
	text := strings.TrimSuffix(strconv.FormatFloat(v, 'f', decimals, 64), ".0")
	if text == "1" {
		return "1 " + unit
	}
	return text + " " + unit + "s"
}

// Count writes a number with its noun: "1 prefix", "12 prefixes".
func Count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
