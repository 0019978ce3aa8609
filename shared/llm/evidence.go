package llm

import (
	"encoding/json"
	"math"
	"regexp"
	"sort"
	"strings"

	"netra/shared/tools"
)

// Evidence is every figure and name that the tools of a run returned.
type Evidence struct {
	facts []fact
	// names are the strings that tools returned, longest first.
	names []string
	seen  map[string]bool

	subjects []subject
	mentions func(sentence string) []string
}

// fact is one number that a tool returned, with what its key says about its unit.
type fact struct {
	value float64
	hint  hint
	// saving tells that it is what something saves.
	saving bool
}

type hint uint8

const (
	unhinted hint = iota
	hintMoney
	hintPercent
	hintShare
	hintMillis
	hintSeconds
	hintHours
	hintDays
	hintCount
)

// hints are the endings and parts of keys that tell a unit, the first that fits.
var hints = []struct {
	key  *regexp.Regexp
	hint hint
}{
	{regexp.MustCompile(`percent`), hintPercent},
	{regexp.MustCompile(`share|rate$|ratio|confidence|utilisation`), hintShare},
	{regexp.MustCompile(`_ms$|millis|p50|p9\d`), hintMillis},
	{regexp.MustCompile(`seconds|_s$|ttl`), hintSeconds},
	{regexp.MustCompile(`hours`), hintHours},
	{regexp.MustCompile(`days`), hintDays},
	{regexp.MustCompile(`tokens|calls|rows|blocks|labels|count|hits|sessions|score|entries|samples`), hintCount},
	{regexp.MustCompile(`usd|cost|savings|saved|price|spend|low|high|interval`), hintMoney},
}

// maxNames bounds the names that are kept, to bound the work per sentence.
const maxNames = 2000

// NewEvidence collects the figures and names in tool results. Inputs count as
// well: a what-if's parameters may be repeated.
func NewEvidence(results []tools.Result) *Evidence {
	e := &Evidence{seen: map[string]bool{}}
	for _, r := range results {
		e.AddJSON(r.Input)
		e.AddJSON(r.Output)
	}
	return e
}

// AddJSON adds the figures and names of a JSON value; what is no JSON adds nothing.
func (e *Evidence) AddJSON(raw json.RawMessage) {
	var value any
	if json.Unmarshal(raw, &value) == nil {
		e.walk(value, fact{})
	}
	sort.SliceStable(e.names, func(i, j int) bool { return len(e.names[i]) > len(e.names[j]) })
}

// Add adds figures without a unit, such as the confidence level of all intervals.
func (e *Evidence) Add(values ...float64) {
	for _, v := range values {
		e.facts = append(e.facts, fact{value: v})
	}
}

// walk adds the figures of a value; like is what the keys above it say of them.
func (e *Evidence) walk(value any, like fact) {
	switch v := value.(type) {
	case float64:
		like.value = v
		e.facts = append(e.facts, like)
	case string:
		e.addName(v)
	case []any:
		e.facts = append(e.facts, fact{value: float64(len(v)), hint: hintCount})
		for _, inner := range v {
			e.walk(inner, like)
		}
	case map[string]any:
		for key, inner := range v {
			e.addName(key)
			e.walk(inner, like.under(strings.ToLower(key)))
		}
	}
}

// under is what a key adds to what those above it say.
func (k fact) under(key string) fact {
	k.saving = k.saving || strings.Contains(key, "saving") || strings.Contains(key, "saved")
	for _, h := range hints {
		if h.key.MatchString(key) {
			k.hint = h.hint
			break
		}
	}
	return k
}

// adopt takes over the names of other evidence.
func (e *Evidence) adopt(names []string) {
	for _, name := range names {
		e.addName(name)
	}
	sort.SliceStable(e.names, func(i, j int) bool { return len(e.names[i]) > len(e.names[j]) })
}

// addName keeps a string that holds a digit: in it, digits are no figures. What
// is long, or a figure by itself ("90%" as a tag), is no name.
func (e *Evidence) addName(text string) {
	text = strings.ToLower(strings.TrimSpace(text))
	if len(e.names) >= maxNames || len(text) < 3 || len(text) > maxName || e.seen[text] || !nameLike.MatchString(text) {
		return
	}
	e.seen[text] = true
	e.names = append(e.names, text)
}

// nameLike is the form of names of models, tags, days and settings: no blanks,
// and a letter or a date's dashes beside the digits.
var nameLike = regexp.MustCompile(`^(?:[a-z][\w./:@\-]*\d[\w./:@\-]*|\d{4}-\d{2}-\d{2}(?:t[\d:.]+z)?|\d+(?:m|h|d))$`)

// without removes the names that tools returned from a sentence, so that the
// digits in them are not taken for figures.
func (e *Evidence) without(sentence string) string {
	lower := strings.ToLower(sentence)
	for _, name := range e.names {
		if !strings.Contains(lower, name) {
			continue
		}
		pattern := regexp.MustCompile(`(^|[^\w.])` + regexp.QuoteMeta(name) + `($|[^\w])`)
		lower = pattern.ReplaceAllString(lower, "$1 $2")
	}
	return lower
}

// supports reports whether one of the facts is the figure, in its unit, rounded as shown.
func supports(facts []fact, f figure) bool {
	for _, known := range facts {
		if v, ok := known.as(f.unit); ok && math.Abs(math.Abs(v)-f.value) <= f.slack*(1+1e-9)+1e-9*math.Abs(v) {
			return true
		}
	}
	return false
}

// as converts a fact to a unit; false if its key speaks of something else. The
// base of durations is seconds, of shares percent.
func (k fact) as(u unit) (float64, bool) {
	switch u {
	case percent:
		switch k.hint {
		case hintShare:
			return 100 * k.value, true
		case hintPercent, unhinted:
			return k.value, true
		}
		return 0, false
	case money:
		return k.value, k.hint == hintMoney || k.hint == unhinted
	case duration:
		scale := map[hint]float64{hintMillis: 1e-3, hintSeconds: 1, hintHours: 3600, hintDays: 86400, unhinted: 1}[k.hint]
		return k.value * scale, scale > 0
	case factor:
		return k.value, k.hint != hintMoney && k.hint != hintMillis
	}
	return k.value, true
}
