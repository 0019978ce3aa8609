package llm

import (
	"regexp"
	"strings"
)

// numberWords are the English words for numbers. "one" is left out: it is
// mostly a pronoun, and by itself it can claim nothing of use.
var numberWords = map[string]float64{
	"zero": 0, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
	"eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17,
	"eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60,
	"seventy": 70, "eighty": 80, "ninety": 90, "dozen": 12,
}

// multipliers are words that scale the number before them.
var multipliers = map[string]float64{"hundred": 100, "thousand": 1e3, "million": 1e6, "billion": 1e9}

// shares are words for parts and multiples of a whole.
var shares = []struct {
	words *regexp.Regexp
	figure
}{
	{regexp.MustCompile(`(?i)\b(?:half|halves|halve[ds]?|halving)\b`), figure{50, 0.5, percent}},
	{regexp.MustCompile(`(?i)\bthirds?\b`), figure{100.0 / 3, 0.5, percent}},
	{regexp.MustCompile(`(?i)\bquarters?\b`), figure{25, 0.5, percent}},
	{regexp.MustCompile(`(?i)\b(?:fifths?|tenths?|fourths?)\b`), figure{-1, 0, percent}}, // no tool speaks so
	{regexp.MustCompile(`(?i)\b(?:double[ds]?|doubling|twice|twofold)\b`), figure{2, 0.05, factor}},
	{regexp.MustCompile(`(?i)\b(?:triple[ds]?|tripling|thrice|threefold)\b`), figure{3, 0.05, factor}},
	{regexp.MustCompile(`(?i)\b(?:quadruple[ds]?|tenfold)\b`), figure{-1, 0, factor}},
}

var word = regexp.MustCompile(`[A-Za-z]+|[%$]`)

// figuresInWords lists numbers written in words: "thirty-five percent", "half".
func figuresInWords(sentence string) []figure {
	var out []figure
	for _, s := range shares {
		for range s.words.FindAllString(sentence, -1) {
			out = append(out, s.figure)
		}
	}
	tokens := word.FindAllString(strings.ToLower(sentence), -1)
	for i := 0; i < len(tokens); {
		value, next, found := readWords(tokens, i)
		if !found {
			i++
			continue
		}
		f := figure{value: value, slack: 0.5}
		if next < len(tokens) && tokens[next] != "s" && tokens[next] != "h" && tokens[next] != "d" && tokens[next] != "w" {
			f.setWordUnit(tokens[next])
		}
		out = append(out, f)
		i = next
	}
	return out
}

// setWordUnit takes only whole words as units: "two hints" counts hints, not hours.
func (f *figure) setWordUnit(token string) {
	switch strings.TrimSuffix(token, "s") {
	case "%", "percent", "point", "time", "dollar", "cent", "second", "minute", "hour", "day", "week", "usd":
		f.setUnit(token)
	}
}

// readWords reads a number in words from the token at i on.
func readWords(tokens []string, i int) (value float64, next int, found bool) {
	for next = i; next < len(tokens); next++ {
		if n, ok := numberWords[tokens[next]]; ok {
			value += n
			found = true
			continue
		}
		by, ok := multipliers[tokens[next]]
		if !ok {
			break
		}
		// "a hundred", and a multiplier after digits, which numeral has read.
		if !found {
			if next == 0 || tokens[next-1] != "a" {
				break
			}
			value, found = 1, true
		}
		value *= by
	}
	return value, next, found
}
