package goal

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"netra/shared/savings"
)

// Options turns the goal into options for the engine, on top of those of the
// previous run of the thread (the zero Options for a first one): what the goal
// does not speak of stays as it was. tags are the tags of the log, nil if they are
// not known; of a log without any, what must not change and what must stay fresh
// keeps its names, so that the engine knows that there is such a class. The notes
// say, for the user, which names match no tag.
func (g Goal) Options(previous savings.Options, tags []string) (savings.Options, []string) {
	if g.StartOver {
		previous = savings.Options{Routing: previous.Routing, PriceModel: previous.PriceModel, Seed: previous.Seed}
	}
	o := previous
	o.Levers = merged(previous.Levers, g.Levers)
	o.ExcludeLevers = merged(previous.ExcludeLevers, g.ExcludeLevers)
	// Asking why a lever was not used, or to use only some, brings it back.
	wanted := slices.Concat(g.WhyNot, g.Levers, g.Accept)
	o.ExcludeLevers = without(o.ExcludeLevers, wanted)
	if len(o.Levers) > 0 {
		o.Levers = merged(without(o.Levers, g.ExcludeLevers), slices.Concat(g.WhyNot, g.Accept))
	}
	o.Accept = merged(without(previous.Accept, g.ExcludeLevers), g.Accept)
	m := matcher{tags: tags}
	o.ExcludeTags = merged(without(previous.ExcludeTags, m.match(g.IncludeTags)), m.orNames(g.ExcludeTags))
	if only := m.match(g.OnlyTags); len(only) > 0 {
		o.ExcludeTags = merged(o.ExcludeTags, without(tags, only))
	}
	o.FreshTags = merged(previous.FreshTags, m.orNames(g.FreshTags))
	o.BatchTags = merged(previous.BatchTags, m.match(g.BatchTags))
	if g.AllMayWait { // "" is the class of calls without a tag
		o.BatchTags = merged(o.BatchTags, append([]string{""}, tags...))
	}
	o.NoQualityRisk = previous.NoQualityRisk && !g.MayRisk || g.NoQualityRisk
	o.NoSlower = previous.NoSlower && !g.MaySlow && !g.AllMayWait || g.NoSlower
	if g.PromptCacheTTL != "" {
		o.PromptCacheTTL = g.PromptCacheTTL
	}
	if g.ResponseCacheTTL > 0 {
		o.ResponseCacheTTL = g.ResponseCacheTTL
	}
	if g.Range != (Range{}) { // a new time range replaces the last one whole
		o.From, o.To, o.Last = g.Range.From, g.Range.To, g.Range.Last
	}
	if o.NoQualityRisk && len(g.Accept) > 0 {
		m.notes = append(m.notes, "while nothing may change an answer, levers that could stay out of the plan, accepted or not")
	}
	return o, slices.Concat(g.Notes, m.notes)
}

// matcher finds the tags that a user's words mean.
type matcher struct {
	tags  []string
	notes []string
}

// match returns the tags equal to a name, else those that contain it as words:
// "eu" is "team:eu" and "eu-west", not "neural".
func (m *matcher) match(names []string) []string {
	var out []string
	for _, name := range names {
		found := m.equal(name)
		if len(found) == 0 {
			found = m.containing(name)
		}
		if len(found) == 0 {
			m.notes = append(m.notes, fmt.Sprintf("no calls of the log are tagged %q%s", name, m.known()))
		}
		add(&out, found...)
	}
	return out
}

// shownTags is how many tags are named to a user who names none of them.
const shownTags = 8

func (m *matcher) known() string {
	named := without(m.tags, []string{""})
	switch {
	case len(named) == 0:
		return ": its calls have no tags"
	case len(named) > shownTags:
		return fmt.Sprintf("; its tags are %s and %d more", strings.Join(named[:shownTags], ", "), len(named)-shownTags)
	}
	return "; its tags are " + strings.Join(named, ", ")
}

// orNames is match, or the names as they are for a log that has no tags.
func (m *matcher) orNames(names []string) []string {
	if found := m.match(names); m.tags == nil || len(m.tags) > 0 {
		return found
	}
	return names
}

func (m *matcher) equal(name string) []string {
	for _, tag := range m.tags {
		if strings.EqualFold(tag, name) {
			return []string{tag}
		}
	}
	return nil
}

func (m *matcher) containing(name string) []string {
	var out []string
	want := " " + strings.Join(nameWords(name), " ") + " "
	for _, tag := range m.tags {
		if strings.Contains(" "+strings.Join(nameWords(tag), " ")+" ", want) {
			out = append(out, tag)
		}
	}
	return out
}

// nameWords splits a name at everything that is no letter and no digit, and takes
// "reports" for "report".
func nameWords(name string) []string {
	all := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
	for i, word := range all {
		if len(word) > 3 && !strings.HasSuffix(word, "ss") {
			all[i] = strings.TrimSuffix(word, "s")
		}
	}
	return all
}

// merged returns a new list of both without repeats; nil if both are empty.
func merged(a, b []string) []string {
	var out []string
	add(&out, a...)
	add(&out, b...)
	return out
}

func without(list, drop []string) []string {
	var out []string
	for _, v := range list {
		if !slices.Contains(drop, v) {
			out = append(out, v)
		}
	}
	return out
}
