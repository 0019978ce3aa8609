// Package answer says in words what a message did to the plan: what became of
// every lever and class of calls that it names, what changed, and if nothing did,
// why. Every figure is the engine's. A message that cannot be read is told so,
// with messages that can.
package answer

import (
	"fmt"
	"slices"
	"strings"

	"netra/shared/goal"
	"netra/shared/savings"
	"netra/shared/words"
)

// Answer is the answer to one message. Its lines repeat names of the log's tags:
// show them as plain text.
type Answer struct {
	Lines []string `json:"lines"`
	// Ask are messages that could be sent next, where this one was not understood.
	Ask []string `json:"ask,omitempty"`
}

// cent is the least change of a plan that is told.
const cent = 0.005

// maker collects the lines of one answer.
type maker struct {
	goal           goal.Goal
	earlier, later *savings.Analysis
	told           map[string]bool // levers that have a line
	lines          []string
}

// New answers the message that was read as g. earlier is the plan before it, nil
// for a first message; nil is returned if a first message asks nothing in
// particular. notes say what of the message could not be followed to the letter.
func New(g goal.Goal, notes []string, earlier, later *savings.Analysis) *Answer {
	m := &maker{goal: g, earlier: earlier, later: later, told: map[string]bool{}}
	a := &Answer{}
	m.unread()
	if earlier != nil && g.Says() {
		m.total()
	}
	m.asked()
	if earlier != nil {
		for _, note := range notes {
			m.say("%s", sentence(capital(note)))
		}
		m.moved()
		m.kept()
		m.leftAlone()
	}
	if len(g.Unread) > 0 || earlier != nil && !g.Says() {
		a.Ask = Suggestions(later)
	}
	if a.Lines = m.lines; len(a.Lines) == 0 {
		return nil
	}
	return a
}

func (m *maker) say(format string, args ...any) {
	m.lines = append(m.lines, fmt.Sprintf(format, args...))
}

// unread names what was not understood.
func (m *maker) unread() {
	quoted := make([]string, len(m.goal.Unread))
	for i, s := range m.goal.Unread {
		quoted[i] = "“" + s + "”"
	}
	what := strings.Join(quoted, ", ")
	switch {
	case len(quoted) > 0 && m.earlier != nil && !m.goal.Says():
		m.say("%s was not understood as a wish that a replay can follow, so the plan stays as it was.", what)
	case len(quoted) > 0:
		m.say("Not understood, and so not followed: %s.", what)
	case m.earlier != nil && !m.goal.Says():
		m.say("This message asks for no other policy, so the plan stays as it was.")
	}
}

// total compares the two plans.
func (m *maker) total() {
	was, now := m.earlier.Plan, m.later.Plan
	switch change := now.SavingsUSD - was.SavingsUSD; {
	case m.goal.Range != (goal.Range{}):
		m.say("Looking at %s: %s calls for %s, of which the plan saves %s (%.1f%%). Before it was %.1f%% of %s.", m.goal.Range,
			words.Grouped(m.later.Before.Calls), words.USD(now.CostBeforeUSD), words.USD(now.SavingsUSD), now.Percentage, was.Percentage, words.USD(was.CostBeforeUSD))
	case change < cent && change > -cent:
		m.say("The plan stays as it was: it saves %s (%.1f%% of the bill).", words.USD(now.SavingsUSD), now.Percentage)
	case change > 0:
		m.say("The plan saves %s more: %s (%.1f%% of the bill), after %s (%.1f%%).", words.USD(change), words.USD(now.SavingsUSD), now.Percentage, words.USD(was.SavingsUSD), was.Percentage)
	default:
		m.say("The plan saves %s less: %s (%.1f%% of the bill), after %s (%.1f%%).", words.USD(-change), words.USD(now.SavingsUSD), now.Percentage, words.USD(was.SavingsUSD), was.Percentage)
	}
}

// asked tells of the levers that the message is about.
func (m *maker) asked() {
	g := m.goal
	about := slices.Concat(g.WhyNot, g.Levers, g.ExcludeLevers, g.Accept)
	if g.PromptCacheTTL != "" {
		about = append(about, savings.PromptCache)
	}
	if g.ResponseCacheTTL > 0 || len(g.FreshTags) > 0 {
		about = append(about, savings.ResponseCache)
	}
	if len(g.BatchTags) > 0 || g.AllMayWait {
		about = append(about, savings.BatchTier)
	}
	for _, lever := range savings.Levers() {
		if slices.Contains(about, lever) {
			m.lever(lever)
		}
	}
}

// lever says what became of one lever, and what it was before.
func (m *maker) lever(name string) {
	p, ok := find(m.later, name)
	if !ok || m.told[name] {
		return
	}
	m.told[name] = true
	share, in := step(m.later, name)
	switch {
	case in:
		m.say("“%s” is in the plan and saves %s there%s.%s%s", p.Title, words.USD(share), m.before(name), m.lifetime(name), m.patience(name))
	case p.Status == savings.Optional:
		m.say("“%s” could save %s (%.1f%% of the bill), but it waits for your decision: %s To take it in, say: %s.", p.Title,
			words.USD(p.SavingsUSD), p.EstimatedSavingsPercentage, sentence(p.RiskNote), takeIn(name))
	case p.Status == savings.Proposed:
		m.say("“%s” would save %s alone, and nothing more beside the other levers of the plan.", p.Title, words.USD(p.SavingsUSD))
	default:
		m.say("“%s” is not in the plan%s: %s.%s", p.Title, m.before(name), p.Reason, m.lifetime(name))
	}
}

// before says what the lever saved in the plan before.
func (m *maker) before(name string) string {
	if m.earlier == nil {
		return ""
	}
	was, had := step(m.earlier, name)
	now, has := step(m.later, name)
	switch {
	case had && has && now-was < cent && was-now < cent:
		return ", as before"
	case had:
		return " (" + words.USD(was) + " before)"
	case has:
		return " (it was not in the plan before)"
	}
	return ""
}

// lifetime explains what a fixed lifetime does.
func (m *maker) lifetime(name string) string {
	if m.earlier == nil {
		return ""
	}
	switch {
	case name == savings.PromptCache && m.goal.PromptCacheTTL != "" && m.earlier.Options.PromptCacheTTL == "":
		return " Before, the lifetime was chosen for each prefix by what it costs to write and how soon it is used again; now every prefix lives " + m.goal.PromptCacheTTL + "."
	case name == savings.ResponseCache && m.goal.ResponseCacheTTL > 0 && m.goal.ResponseCacheTTL == lifetimeOf(m.earlier.Options):
		return " It kept answers for " + words.Duration(m.goal.ResponseCacheTTL) + " before, too."
	}
	return ""
}

// patience says whose answers may come later.
func (m *maker) patience(name string) string {
	tags := m.later.Options.BatchTags
	if name != savings.BatchTier || len(m.goal.BatchTags) == 0 || len(tags) == 0 {
		return ""
	}
	return " It is taken that nobody waits for " + strings.Join(tags, ", ") + "."
}

// moved tells of the other levers that came in or went.
func (m *maker) moved() {
	for _, name := range savings.Levers() {
		was, had := find(m.earlier, name)
		now, has := find(m.later, name)
		if !had || !has || m.told[name] {
			continue
		}
		switch useful, still := m.worth(was), m.worth(now); {
		case useful && !saves(now):
			m.say("“%s” goes: %s. Alone it could have saved %s.", was.Title, now.Reason, words.USD(was.SavingsUSD))
		case still && !saves(was) && now.Status == savings.Optional:
			m.say("“%s” may be decided on again: alone it could save %s.", now.Title, words.USD(now.SavingsUSD))
		case still && !saves(was):
			m.say("“%s” comes in: alone it saves %s.", now.Title, words.USD(now.SavingsUSD))
		}
	}
}

// kept says why a constraint changed nothing.
func (m *maker) kept() {
	gone := slices.ContainsFunc(m.later.Proposals, func(p savings.Proposal) bool {
		was, ok := find(m.earlier, p.Lever)
		return ok && saves(was) && p.Status == savings.Excluded
	})
	switch {
	case gone:
	case m.goal.NoQualityRisk:
		m.say("Nothing that was proposed could change an answer, so nothing had to go.")
	case m.goal.NoSlower:
		m.say("Nothing that was proposed lets answers come later, so nothing had to go.")
	}
}

// leftAlone tells of the classes of calls that no lever may touch any more.
func (m *maker) leftAlone() {
	for _, tag := range m.later.Options.ExcludeTags {
		if slices.Contains(m.earlier.Options.ExcludeTags, tag) {
			continue
		}
		i := slices.IndexFunc(m.later.Spend.ByTag, func(s savings.Slice) bool { return s.Key == tag })
		if i < 0 {
			m.say("Left alone: the calls tagged %q.", tag)
			continue
		}
		s := m.later.Spend.ByTag[i]
		m.say("Left alone: the %s calls tagged %q, which cost %s.", words.Grouped(s.Calls), tag, words.USD(s.CostUSD))
	}
}

func find(a *savings.Analysis, lever string) (savings.Proposal, bool) {
	i := slices.IndexFunc(a.Proposals, func(p savings.Proposal) bool { return p.Lever == lever })
	if i < 0 {
		return savings.Proposal{}, false
	}
	return a.Proposals[i], true
}

// step is the lever's share of the plan's saving, if it is in the plan.
func step(a *savings.Analysis, lever string) (float64, bool) {
	i := slices.IndexFunc(a.Plan.Steps, func(s savings.Step) bool { return s.Lever == lever })
	if i < 0 {
		return 0, false
	}
	return a.Plan.Steps[i].MarginalUSD, true
}

// worth reports whether a lever saves enough to be told unasked: a thousandth of the bill.
func (m *maker) worth(p savings.Proposal) bool {
	return saves(p) && p.SavingsUSD >= m.later.Plan.CostBeforeUSD/1000
}

func saves(p savings.Proposal) bool {
	return p.Status == savings.Proposed || p.Status == savings.Optional
}

// sentence ends a text with a full stop.
func sentence(text string) string { return strings.TrimRight(text, ".") + "." }

func capital(text string) string {
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:]
}
