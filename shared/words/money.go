package words

import (
	"math"
	"strconv"
	"strings"
)

// USD writes dollars with the digits that matter: cents from a dollar on, four
// significant digits below.
func USD(v float64) string {
	sign := ""
	if v < 0 {
		sign, v = "−", -v
	}
	switch {
	case v == 0:
		return "$0"
	case v >= 10_000:
		return sign + "$" + Grouped(int64(math.Round(v)))
	case v >= 1:
		whole, cents, _ := strings.Cut(strconv.FormatFloat(v, 'f', 2, 64), ".")
		n, _ := strconv.ParseInt(whole, 10, 64) // digits only, by construction
		return sign + "$" + Grouped(n) + "." + cents
	case v < 1e-6:
		return sign + "under $0.000001"
	}
	decimals := max(2, 3-int(math.Floor(math.Log10(v))))
	return sign + "$" + strings.TrimRight(strconv.FormatFloat(v, 'f', decimals, 64), "0")
}

// Grouped writes a whole number with thousands separators.
func Grouped(n int64) string {
	digits := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, digits = "−", digits[1:]
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return sign + digits
}
