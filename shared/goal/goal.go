// Package goal reads what a user wants from free text, by rules: targets with
// percentages and amounts, models and providers named, a time range, and
// constraints such as "leave out the eu team", "no quality risk" or "the cache
// lives an hour". What no rule reads is listed, never guessed. The text can set
// nothing but the fields of Goal.
//
//	g, err := goal.Read("cut our LLM spend by 30% without slower answers")
//	options, notes := g.Options(previous, tagsOfTheLog)
package goal

import (
	"fmt"
	"reflect"
	"time"
	"unicode/utf8"
)

// MaxLength is the longest goal that is read, in characters.
const MaxLength = 50_000

// TooLongError is a goal over MaxLength.
type TooLongError struct{ Length int }

// Error says how long the goal is and what to do.
func (e *TooLongError) Error() string {
	return fmt.Sprintf("the message has %d characters and at most %d are read: shorten it, and hand over logs as a data set instead of pasting them", e.Length, MaxLength)
}

// UserMessage is Error: it holds nothing internal.
func (e *TooLongError) UserMessage() string { return e.Error() }

// Focus is what the user cares about.
type Focus string

// What a goal can be about. A goal that names none is about Cost.
const (
	Cost    Focus = "cost"
	Latency Focus = "latency"
	Quality Focus = "quality"
)

// Goal is what was read. Names of tags are as the user put them ("eu" of "the eu
// team"); Options matches them with the tags of the log.
type Goal struct {
	// Focus lists what the goal is about, in the order in which it was said.
	Focus   []Focus `json:"focus"`
	Targets Targets `json:"targets"`
	// Models and Providers are those named, as written and as ids.
	Models    []string `json:"models,omitempty"`
	Providers []string `json:"providers,omitempty"`
	Range     Range    `json:"range,omitzero"`

	// NoSlower forbids what could make answers come later, NoQualityRisk what
	// could change them.
	NoSlower      bool `json:"no_slower,omitempty"`
	NoQualityRisk bool `json:"no_quality_risk,omitempty"`
	// Levers are the only ones wanted, ExcludeLevers are not wanted, and WhyNot
	// asks for an account of some; names as in package savings.
	Levers        []string `json:"levers,omitempty"`
	ExcludeLevers []string `json:"exclude_levers,omitempty"`
	WhyNot        []string `json:"why_not,omitempty"`
	// Accept are levers that need the user's decision and have it.
	Accept []string `json:"accept,omitempty"`
	// Tags as the user put them: only these, not these, never from a cache, nobody waits.
	OnlyTags    []string `json:"only_tags,omitempty"`
	ExcludeTags []string `json:"exclude_tags,omitempty"`
	FreshTags   []string `json:"fresh_tags,omitempty"`
	BatchTags   []string `json:"batch_tags,omitempty"`
	// IncludeTags were left out before and are to be looked at again.
	IncludeTags []string `json:"include_tags,omitempty"`
	// AllMayWait tells that nobody waits for any answer.
	AllMayWait bool `json:"all_may_wait,omitempty"`
	// PromptCacheTTL is "5m", "1h" or ""; ResponseCacheTTL is 0 if not said.
	PromptCacheTTL   string        `json:"prompt_cache_ttl,omitempty"`
	ResponseCacheTTL time.Duration `json:"response_cache_ttl_ns,omitempty"`

	// MaySlow and MayRisk take back what an earlier message forbade; StartOver
	// takes back all of it.
	MaySlow   bool `json:"may_slow,omitempty"`
	MayRisk   bool `json:"may_risk,omitempty"`
	StartOver bool `json:"start_over,omitempty"`

	// GoOn tells that the user wants to go on with the data there is.
	GoOn bool `json:"go_on,omitempty"`
	// Notes say what was read but cannot be had, in words for the user.
	Notes []string `json:"notes,omitempty"`
	// Unread are the sentences that no rule read, at most maxUnread of them, cut short.
	Unread []string `json:"unread,omitempty"`
}

// Targets are the figures that the user named; 0 is not named.
type Targets struct {
	// CostCut and LatencyCut are in percent, over 0 to 100.
	CostCut    float64 `json:"cost_cut_percent,omitempty"`
	LatencyCut float64 `json:"latency_cut_percent,omitempty"`
	// CostUSD is the most that a month may cost.
	CostUSD float64 `json:"cost_usd_per_month,omitempty"`
	// LatencyMS is the longest that an answer may take.
	LatencyMS float64 `json:"latency_ms,omitempty"`
	// QualityLoss is the most quality that may be lost, in percentage points.
	QualityLoss float64 `json:"quality_loss_points,omitempty"`
}

// Range is the part of the log to look at. Last counts back from the log's last
// call; From and To are UTC, To is exclusive. Zero fields are open.
type Range struct {
	Last time.Duration `json:"last_ns,omitempty"`
	From time.Time     `json:"from,omitzero"`
	To   time.Time     `json:"to,omitzero"`
}

// About reports whether the goal cares about f.
func (g Goal) About(f Focus) bool {
	for _, have := range g.Focus {
		if have == f {
			return true
		}
	}
	return false
}

// Says reports whether the goal asks for anything in particular, beyond what it
// cares about and the names in it.
func (g Goal) Says() bool {
	g.Focus, g.Models, g.Providers, g.Notes, g.Unread = nil, nil, nil, nil, nil
	return !reflect.DeepEqual(g, Goal{})
}

// Read reads a goal. The only error is *TooLongError; an empty text is the
// default goal, to cut cost.
func Read(text string) (Goal, error) {
	if n := utf8.RuneCountInString(text); n > MaxLength {
		return Goal{}, &TooLongError{n}
	}
	var g Goal
	for _, s := range sentences(text) {
		g.read(s)
	}
	if len(g.Focus) == 0 {
		g.Focus = []Focus{Cost}
	}
	return g, nil
}

// read runs every rule over one sentence and lists the sentence if none took it.
func (g *Goal) read(s sentence) {
	read := false
	for _, rule := range rules() {
		if rule(g, s) {
			read = true
		}
	}
	if !read && len(g.Unread) < maxUnread && len(s.words) > 1 {
		g.Unread = append(g.Unread, cutShort(s.text))
	}
}

// maxUnread and maxUnreadRunes bound what is repeated to the user.
const (
	maxUnread      = 5
	maxUnreadRunes = 120
)

func cutShort(text string) string {
	runes := []rune(text)
	if len(runes) <= maxUnreadRunes {
		return text
	}
	return string(runes[:maxUnreadRunes]) + "…"
}

// rules are all rules, in the order in which they look at a sentence. Each
// reports whether it read something.
func rules() []func(*Goal, sentence) bool {
	return []func(*Goal, sentence) bool{
		(*Goal).readFocus, (*Goal).readPercentages, (*Goal).readAmounts,
		(*Goal).readSpeedKept, (*Goal).readQualityKept,
		(*Goal).readTakenBack, (*Goal).readWhyNot, (*Goal).readSwitch, (*Goal).readLevers, (*Goal).readAccepted, (*Goal).readTags,
		(*Goal).readFresh, (*Goal).readPatience, (*Goal).readLifetime,
		(*Goal).readRange, (*Goal).readNames, (*Goal).readGoOn,
	}
}

// add appends values that the list lacks.
func add[T comparable](list *[]T, values ...T) {
	for _, v := range values {
		found := false
		for _, have := range *list {
			found = found || have == v
		}
		if !found {
			*list = append(*list, v)
		}
	}
}
