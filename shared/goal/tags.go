package goal

import (
	"regexp"
	"strings"
)

var (
	leaveOut = regexp.MustCompile(`\b(?:leave out|leaving out|exclud(?:e|es|ing)|except(?: for)?|skip(?:ping)?|ignor(?:e|ing)|do not touch|don't touch|do not change|don't change|apart from|not (?:for|in)) (.{1,80})`)
	lookOnly = regexp.MustCompile(`\b(?:only|just|solely) (?:for |look at |consider |in |touch |change )*(?:the |our )?([\p{L}\p{N}_\-:/., ]{1,60}?) (?:team|tag|tags|teams|calls|traffic|endpoint|endpoints|feature|app|service)\b`)
	// notNames are words of a phrase that are never the name of a tag.
	notNames = regexp.MustCompile(`^(?:the|our|my|all|any|calls?|traffic|requests?|teams?|tags?|tagged|from|of|with|for|in|s|data|answers?|prompts?|endpoints?|features?|apps?|services?|jobs?|logs?|users?|please|this|that|these|those|it|them|time|now|group|department|options?|plans?)$`)
	// noSubject are phrases that are about something else than tags.
	noSubject = regexp.MustCompile(`\b(?:quality|accuracy|latency|slow\w*|risk\w*|money|cost\w*|data|models?|days?|weeks?|months?|weekends?|hours?|models|percent|providers?)\b|[%$]`)
)

// readTags reads the classes of calls to leave out, or the only ones to look at.
func (g *Goal) readTags(s sentence) bool {
	found := false
	for _, m := range leaveOut.FindAllStringSubmatch(s.lower, -1) {
		found = addTags(&g.ExcludeTags, m[1]) || found
	}
	if found {
		return true
	}
	for _, m := range lookOnly.FindAllStringSubmatch(s.lower, -1) {
		found = addTags(&g.OnlyTags, m[1]) || found
	}
	return found
}

// addTags adds the names in a phrase, unless the phrase is about levers, models
// or something else that other rules read.
func addTags(list *[]string, phrase string) bool {
	phrase = strings.SplitN(phrase, " but ", 2)[0]
	if len(leversIn(phrase)) > 0 || noSubject.MatchString(phrase) || len(modelsIn(phrase)) > 0 {
		return false
	}
	names := tagNames(phrase)
	add(list, names...)
	return len(names) > 0
}

var between = regexp.MustCompile(`,| and | or |&`)

// maxTagWords bounds a tag's name: what is longer is a sentence.
const maxTagWords = 3

// tagNames takes the names out of "the eu team and our nightly jobs": "eu", "nightly".
func tagNames(phrase string) []string {
	var names []string
	for _, part := range between.Split(phrase, -1) {
		var words []string
		for _, word := range strings.Fields(part) {
			word = strings.Trim(word, `"'.,:;()<>[]`)
			if word != "" && !notNames.MatchString(word) {
				words = append(words, word)
			}
		}
		if len(words) > 0 && len(words) <= maxTagWords {
			names = append(names, strings.Join(words, " "))
		}
	}
	return names
}
