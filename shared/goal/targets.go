package goal

import (
	"regexp"
	"strconv"
	"strings"
)

// The words that show what a clause is about.
var (
	costWords    = regexp.MustCompile(`\b(?:costs?|bills?|spend(?:ing)?|spent|budgets?|money|sav(?:e|ing|ings)|cheaper|expens(?:e|es|ive)|pric(?:e|es|ey)|invoices?|pay(?:ing)?|waste[ds]?|usd|dollars?)\b|\$`)
	latencyWords = regexp.MustCompile(`\b(?:latency|latencies|slow(?:er|ing|s|down)?|fast(?:er)?|quick(?:er)?|speed|response times?|answer times?|ttft|p50|p9[059]|time to first token|seconds?|ms|milliseconds?)\b`)
	qualityWords = regexp.MustCompile(`\b(?:quality|accura(?:cy|te)|correct(?:ness)?|worse|scores?|evals?|hallucinat\w+)\b`)
)

// focusWords pairs each focus with its words, in the order of Focus's doc.
func focusWords() []struct {
	focus Focus
	words *regexp.Regexp
} {
	return []struct {
		focus Focus
		words *regexp.Regexp
	}{{Cost, costWords}, {Latency, latencyWords}, {Quality, qualityWords}}
}

// readFocus notes what a sentence is about.
func (g *Goal) readFocus(s sentence) bool {
	found := false
	for _, f := range focusWords() {
		if f.words.MatchString(s.lower) {
			add(&g.Focus, f.focus)
			found = true
		}
	}
	return found
}

// nearest is the focus whose word stands closest to a place in a clause; a word
// after the place wins over one as far before it.
func nearest(clause string, at int) (Focus, bool) {
	best, distance := Focus(""), 4*len(clause)+4
	for _, f := range focusWords() {
		for _, m := range f.words.FindAllStringIndex(clause, -1) {
			away := 2 * max(m[0]-at, at-m[1])
			if m[0] < at {
				away++
			}
			if away < distance {
				best, distance = f.focus, away
			}
		}
	}
	return best, best != ""
}

var (
	percentage = regexp.MustCompile(`(\d{1,3}(?:[.,]\d+)?)\s?(?:%|percent\b|per cent\b|percentage points?\b|points?\b)`)
	noTarget   = regexp.MustCompile(`^\s*(?:confiden\w+|percentile|share|uptime|discount|of (?:the |our )?(?:calls|traffic|requests))\b`)
)

// parts are percentages in words.
var parts = []struct {
	words   *regexp.Regexp
	percent float64
}{
	{regexp.MustCompile(`\b(?:halve|in half|by half|by a half|half of|half the)\b`), 50},
	{regexp.MustCompile(`\b(?:by )?(?:a|one) third\b`), 100.0 / 3},
	{regexp.MustCompile(`\bby (?:a|one) quarter\b`), 25},
}

// readPercentages reads "by 30%", "half", "a third", each with what it is about.
func (g *Goal) readPercentages(s sentence) bool {
	found := false
	for _, clause := range clauses(s.lower) {
		for _, m := range percentage.FindAllStringSubmatchIndex(clause, -1) {
			value, err := strconv.ParseFloat(strings.Replace(clause[m[2]:m[3]], ",", ".", 1), 64)
			if err != nil || value <= 0 || value > 100 || noTarget.MatchString(clause[m[1]:]) {
				continue
			}
			found = g.setPercentage(clause, m[0], value) || found
		}
		for _, part := range parts {
			if m := part.words.FindStringIndex(clause); m != nil {
				found = g.setPercentage(clause, m[0], part.percent) || found
			}
		}
	}
	return found
}

// setPercentage stores a percentage; a clause without a word of any focus is
// about cost if the goal names nothing else so far.
func (g *Goal) setPercentage(clause string, at int, value float64) bool {
	focus, ok := nearest(clause, at)
	if !ok {
		focus = Cost
		if len(g.Focus) > 0 {
			focus = g.Focus[0]
		}
	}
	add(&g.Focus, focus)
	switch focus {
	case Cost:
		g.Targets.CostCut = value
	case Latency:
		g.Targets.LatencyCut = value
	case Quality:
		g.Targets.QualityLoss = value
	}
	return true
}

var (
	money   = regexp.MustCompile(`(?:\$|usd ?)\s?(\d[\d,]*(?:\.\d+)?)\s?(k|m|thousand|million)?\b\s?(?:usd|dollars)?\s?((?:a|per|each|every|/) ?(?:day|week|month|year))?|(\d[\d,]*(?:\.\d+)?)\s?(k|m)?\s?(?:usd|dollars)\s?((?:a|per|each|every|/) ?(?:day|week|month|year))?`)
	ceiling = regexp.MustCompile(`\b(?:under|below|less than|at most|no more than|not more than|within|max(?:imum)?(?: of)?|cap(?:ped)?(?: at)?|budget(?: is| of)?|down to|stay at|to)\b[^$\d]{0,20}$`)
	timings = regexp.MustCompile(`(\d+(?:\.\d+)?)\s?(ms|milliseconds?|s|secs?|seconds?)\b`)
)

// readAmounts reads ceilings: "under $5,000 a month", "p95 below 800 ms". An
// amount that is no ceiling ("we pay $9,000") is no target.
func (g *Goal) readAmounts(s sentence) bool {
	found := false
	for _, m := range money.FindAllStringSubmatchIndex(s.lower, -1) {
		usd, ok := monthly(s.lower, m)
		if ok && ceiling.MatchString(s.lower[:m[0]]) {
			g.Targets.CostUSD = usd
			add(&g.Focus, Cost)
			found = true
		}
	}
	for _, m := range timings.FindAllStringSubmatchIndex(s.lower, -1) {
		value, err := strconv.ParseFloat(s.lower[m[2]:m[3]], 64)
		if err != nil || value <= 0 || !ceiling.MatchString(s.lower[:m[0]]) || strings.Contains(s.lower, "cache") {
			continue
		}
		if !strings.HasPrefix(s.lower[m[4]:m[5]], "m") {
			value *= 1000
		}
		g.Targets.LatencyMS = value
		add(&g.Focus, Latency)
		found = true
	}
	return found
}

// monthly reads an amount of money and the period it is for; a month of 30 days
// if none is named.
func monthly(text string, m []int) (float64, bool) {
	group := func(i int) string {
		if m[2*i] < 0 {
			return ""
		}
		return text[m[2*i]:m[2*i+1]]
	}
	value, err := strconv.ParseFloat(strings.ReplaceAll(group(1)+group(4), ",", ""), 64)
	if err != nil || value <= 0 {
		return 0, false
	}
	switch group(2) + group(5) {
	case "k", "thousand":
		value *= 1e3
	case "m", "million":
		value *= 1e6
	}
	period := group(3) + group(6)
	switch {
	case strings.HasSuffix(period, "day"):
		value *= 30
	case strings.HasSuffix(period, "week"):
		value *= 30.0 / 7
	case strings.HasSuffix(period, "year"):
		value *= 30.0 / 365
	}
	return value, true
}
