package goal

import (
	"regexp"
	"strings"

	"netra/shared/savings"
)

// synonym pairs a lever with the words that users have for it.
type synonym struct {
	lever string
	words *regexp.Regexp
}

// synonyms is the table of words for levers, those first whose words contain
// another's. "caching" alone means both caches.
var synonyms = []synonym{
	{savings.PromptCache, regexp.MustCompile(`\b(?:prompt|prefix|provider|context)[ -]cach(?:e|es|ing)\b`)},
	{savings.NearRepeats, regexp.MustCompile(`\b(?:semantic|similarity|fuzzy)[ -]cach(?:e|es|ing)\b|\bnear[ -](?:repeats?|duplicates?)\b`)},
	{savings.ResponseCache, regexp.MustCompile(`\b(?:response|answer|exact|result)[ -]cach(?:e|es|ing)\b`)},
	{savings.ServiceTier, regexp.MustCompile(`\b(?:the )?priority[ -](?:tier|processing|calls|traffic)\b|\bservice[ _-]tiers?\b`)},
	{savings.BatchTier, regexp.MustCompile(`\bbatch(?:ing|es)?\b(?: api| tier| mode)?|\bflex(?:[ -](?:tier|processing|mode))?\b`)},
	{savings.SameModel, regexp.MustCompile(`\b(?:other|another|different|cheaper) (?:provider|vendor|region|cloud)s?\b|\bsame[ -]model\b`)},
	{savings.NewerModel, regexp.MustCompile(`\bnew(?:er)?[ -](?:models?|versions?)\b|\bnewer,? (?:and )?cheaper models?\b|\bmodel upgrades?\b|\bupgrad(?:e|es|ing)\b`)},
	{savings.Routing, regexp.MustCompile(`\brout(?:e|es|er|ing)\b|\b(?:cheaper|smaller|weaker|lighter) models?\b`)},
	{savings.Context, regexp.MustCompile(`\btrim(?:ming|med)?\b|\btruncat(?:e|ing|ion)\b|\bshorter (?:history|context|prompts)\b|\bcontext (?:growth|window|trimming)\b`)},
	{savings.Output, regexp.MustCompile(`\bmax[_ ]tokens\b|\boutput (?:caps?|limits?|length)\b|\bshorter (?:answers|outputs?|responses)\b|\bcap(?:ping)? (?:the |runaway )?(?:outputs?|answers)\b`)},
	{savings.Waste, regexp.MustCompile(`\bretr(?:y|ies|ied)\b|\bduplicates?\b|\bfailed calls\b`)},
	{savings.Commitment, regexp.MustCompile(`\bprovisioned\b|\bcommitments?\b|\breserved\b|\bptus?\b`)},
}

// Levers lists the levers that a sentence names, in its writer's words. "Caching" alone
// names both caches.
func Levers(sentence string) []string { return leversIn(strings.ToLower(sentence)) }

var anyCache = regexp.MustCompile(`\bcach(?:e|es|ing)\b`)

// leversIn lists the levers that a text names.
func leversIn(lower string) []string {
	var found []string
	rest := lower
	for _, s := range synonyms {
		if s.words.MatchString(rest) {
			found = append(found, s.lever)
			rest = s.words.ReplaceAllString(rest, " ")
		}
	}
	if anyCache.MatchString(rest) {
		add(&found, savings.PromptCache, savings.ResponseCache)
	}
	return found
}

var (
	whyNot = regexp.MustCompile(`\bwhy (?:not|no|didn't you|don't you|did you not|isn't|aren't|wasn't|is there no|are there no)\b(.*)|\bwhat about\b(.*)|\bhow about\b(.*)|\bwhat (?:would|does|could|do) (.*) (?:save|bring|give|gain|cost)\b|\b(?:would|could|does|do|can|should|might) (.*) (?:help|save|pay|work|be worth|make sense|be cheaper|bring)\b`)
	// switching is about taking another model for the same calls.
	switching = regexp.MustCompile(`\binstead of\b|\b(?:switch(?:ing|ed)?|mov(?:e|ed|ing)|chang(?:e|ed|ing)|go(?:ing)?|went|migrat(?:e|ed|ing))\b.{0,40}\bto\b|\breplac(?:e|ed|ing)\b|\bswap(?:ping|ped)?\b|^(?:please |and |let's |ok,? )*(?:use|using|take) |\bif (?:we|i) (?:use|used|take|took) `)
	smaller   = regexp.MustCompile(`\b(?:haiku|sonnet|opus|flash|mini|nano|lite)\b`)
	notThese  = regexp.MustCompile(`\b(?:leave out|leaving out|exclud(?:e|es|ing)|except(?: for)?|without|skip(?:ping)?|ignor(?:e|ing)|do not (?:use|touch|change|include|propose)|don't (?:use|touch|change|include|propose|want)|not touch|no|avoid(?:ing)?|drop|apart from|other than)\b (.*)`)
	onlyThis  = regexp.MustCompile(`\b(?:only|just|solely|nothing but)\b (?:use |look at |consider |with |for |do |by |the |our )*(.*)`)
)

// listEnd cuts a sentence into the members of its lists: what is said of the
// first ("no", "only") holds for those that follow. wanted ends such a list.
var (
	listEnd = regexp.MustCompile(`,\s+| but | while |, and `)
	wanted  = regexp.MustCompile(`\b(?:use|using|try|add|enable|include|propose|show)\b`)
)

// readWhyNot reads questions about a lever: "why not batch?".
func (g *Goal) readWhyNot(s sentence) bool {
	m := whyNot.FindStringSubmatch(s.lower)
	if m == nil {
		return false
	}
	levers := leversIn(strings.Join(m[1:], " "))
	add(&g.WhyNot, levers...)
	return len(levers) > 0
}

// readSwitch reads "use haiku instead of sonnet": what another model would save is
// a question about routing and about newer models.
func (g *Goal) readSwitch(s sentence) bool {
	if !switching.MatchString(s.lower) || len(modelsIn(s.lower)) == 0 && !smaller.MatchString(s.lower) || notThese.MatchString(s.lower) {
		return false
	}
	add(&g.WhyNot, savings.Routing, savings.NewerModel)
	return true
}

// readLevers reads which levers are not wanted and which are the only ones. A
// question about a lever, or about how long a cache lives, forbids nothing.
func (g *Goal) readLevers(s sentence) bool {
	if whyNot.MatchString(s.lower) || freshBefore.MatchString(s.lower) {
		return false
	}
	found := false
	var list *[]string
	for _, clause := range listEnd.Split(s.lower, -1) {
		named := clause
		switch {
		case notThese.MatchString(clause):
			list, named = &g.ExcludeLevers, notThese.FindStringSubmatch(clause)[1]
		case onlyThis.MatchString(clause) && !waitBefore.MatchString(clause):
			list, named = &g.Levers, onlyThis.FindStringSubmatch(clause)[1]
		case wanted.MatchString(clause):
			list = nil
		}
		if levers := leversIn(named); list != nil && len(levers) > 0 {
			add(list, levers...)
			found = true
		}
	}
	return found
}

var (
	takeIn = regexp.MustCompile(`\b(?:includ(?:e|ing)|accept(?:ing|s)?|allow(?:ing)?|plan with|take in|agree to|go for|approve)\b (.*)`)
	isFine = regexp.MustCompile(`(.*) (?:is|are|would be) (?:fine|ok|okay|acceptable|allowed|all right|alright|welcome)\b`)
)

// readAccepted reads which levers the user has decided to take although they
// need a decision: "include newer-model in the plan", "newer models are fine".
func (g *Goal) readAccepted(s sentence) bool {
	if notThese.MatchString(s.lower) {
		return false
	}
	var levers []string
	for _, pattern := range []*regexp.Regexp{takeIn, isFine} {
		if m := pattern.FindStringSubmatch(s.lower); m != nil {
			levers = append(levers, leversIn(m[1])...)
		}
	}
	add(&g.Accept, levers...)
	return len(levers) > 0
}
