package llm

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// unit is what a figure counts, as far as the text says.
type unit uint8

const (
	plain unit = iota
	percent
	money
	duration
	factor
)

// figure is one number in a text: its value in the unit's base (percent, USD,
// seconds), and half of its last shown digit: how far rounding may be off.
type figure struct {
	value, slack float64
	unit         unit
}

// numeral matches a number with what stands around it: a sign or currency, a
// scale and a unit.
var numeral = regexp.MustCompile(`(?i)(\$|€|£|usd\s?)?\s?(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)\s?(k\b|m\b|bn\b|thousand\b|million\b|billion\b)?\s?(%|percent\b|per cent\b|percentage points?\b|points?\b|x\b|×|times\b|-?fold\b|usd\b|dollars?\b|cents?\b|ms\b|milliseconds?\b|s\b|seconds?\b|secs?\b|minutes?\b|mins?\b|h\b|hours?\b|days?\b|weeks?\b)?`)

// figuresIn lists the figures of a sentence, also those in words.
func figuresIn(sentence string) []figure {
	sentence = digits(sentence)
	var out []figure
	for _, m := range numeral.FindAllStringSubmatch(sentence, -1) {
		out = append(out, newFigure(m[1], m[2], strings.ToLower(m[3]), strings.ToLower(m[4])))
	}
	return append(out, figuresInWords(sentence)...)
}

// digits folds look-alikes: full-width and other scripts' digits, fractions,
// superscripts and invisible characters between digits.
func digits(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '0' && r <= '9':
			return r
		case unicode.Is(unicode.Cf, r):
			return -1
		case unicode.IsDigit(r):
			return '0' + digitValue(r)
		case unicode.Is(unicode.Zs, r):
			return ' '
		}
		return r
	}, norm.NFKC.String(text))
}

// digitValue is the value of a decimal digit: in every script they are ten in a
// row, and the row starts where its neighbour before is no digit.
func digitValue(r rune) rune {
	value := rune(0)
	for value < 9 && unicode.IsDigit(r-1) {
		r--
		value++
	}
	return value
}

func newFigure(prefix, number, scale, suffix string) figure {
	value, err := strconv.ParseFloat(strings.ReplaceAll(number, ",", ""), 64)
	if err != nil {
		return figure{value: -1, unit: plain}
	}
	decimals := 0
	if _, fraction, ok := strings.Cut(number, "."); ok {
		decimals = len(fraction)
	}
	f := figure{value: value, slack: 0.5}
	for range decimals {
		f.slack /= 10
	}
	if whole := strings.ReplaceAll(number, ",", ""); decimals == 0 && len(whole) > 3 {
		f.slack = 0.5 * tens(whole)
	}
	f.scale(map[string]float64{"": 1, "k": 1e3, "thousand": 1e3, "m": 1e6, "million": 1e6, "bn": 1e9, "billion": 1e9}[scale])
	if prefix != "" {
		f.unit = money
		return f
	}
	f.setUnit(suffix)
	return f
}

// tens is the place of the last digit that is not rounded away in a large
// number: "1,200" stands for all that rounds to it at two digits or more.
func tens(whole string) float64 {
	kept := max(len(strings.TrimRight(whole, "0")), 2)
	place := 1.0
	for range len(whole) - kept {
		place *= 10
	}
	return place
}

func (f *figure) scale(by float64) {
	f.value *= by
	f.slack *= by
}

// setUnit reads the word after a number.
func (f *figure) setUnit(suffix string) {
	for _, u := range []struct {
		prefix string
		unit   unit
		scale  float64
	}{
		{"%", percent, 1}, {"per", percent, 1}, {"point", percent, 1},
		{"x", factor, 1}, {"×", factor, 1}, {"times", factor, 1}, {"fold", factor, 1}, {"-fold", factor, 1},
		{"usd", money, 1}, {"dollar", money, 1}, {"cent", money, 0.01},
		{"ms", duration, 1e-3}, {"millisecond", duration, 1e-3}, {"s", duration, 1},
		{"min", duration, 60}, {"h", duration, 3600}, {"d", duration, 86400}, {"w", duration, 7 * 86400},
	} {
		if suffix != "" && strings.HasPrefix(suffix, u.prefix) {
			f.unit = u.unit
			f.scale(u.scale)
			return
		}
	}
}
