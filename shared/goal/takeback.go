package goal

import "regexp"

var (
	startOver = regexp.MustCompile(`\bstart (?:over|again|afresh)\b|\bforget (?:that|all|everything|it all|what i said|the (?:limits|constraints|rest))\b|\b(?:drop|lift|remove) (?:all |the )*(?:limits|constraints|restrictions)\b|\breset\b`)
	maySlow   = regexp.MustCompile(`\b(?:slower|later)(?: answers| responses)?(?: is| are| would be)? (?:fine|ok|okay|acceptable|allowed|all right)\b|\b(?:answers|responses|it) (?:may|can|could) (?:be|get|come) (?:slower|later)\b|\blatency (?:does not|doesn't) matter\b`)
	mayRisk   = regexp.MustCompile(`\b(?:quality risks?|risks?(?: to (?:the )?quality)?)(?: is| are| would be)? (?:fine|ok|okay|acceptable|allowed|all right)\b|\b(?:allow|accept|take) (?:some |a |a little |the )?(?:quality )?risks?\b|\banswers (?:may|can|could) change\b`)
	bringBack = regexp.MustCompile(`\b(?:bring|put|add|take|include|count) (?:the |our )?([\p{L}\p{N}_\-:/. ]{1,40}?)(?: team| tag| calls?| traffic)* (?:back(?: in)?|again)\b|\b(?:bring|put|add) back (?:the |our )?([\p{L}\p{N}_\-:/. ]{1,40})`)
)

// readTakenBack reads what lifts a constraint of an earlier message.
func (g *Goal) readTakenBack(s sentence) bool {
	before := *g
	g.StartOver = g.StartOver || startOver.MatchString(s.lower)
	g.MaySlow = g.MaySlow || maySlow.MatchString(s.lower)
	g.MayRisk = g.MayRisk || mayRisk.MatchString(s.lower) && !qualityKept.MatchString(s.lower)
	found := g.StartOver != before.StartOver || g.MaySlow != before.MaySlow || g.MayRisk != before.MayRisk
	for _, m := range bringBack.FindAllStringSubmatch(s.lower, -1) {
		found = addTags(&g.IncludeTags, m[1]+m[2]) || found
	}
	return found
}
