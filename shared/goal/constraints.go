package goal

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"netra/shared/words"
)

var (
	speedKept = regexp.MustCompile(`\b(?:without|no|not|never|nothing|neither)\b[^,.]{0,40}\b(?:slower|slow(?:ing)?(?: down)?|more latency|higher latency|added latency|(?:hurting|increasing|raising|adding|worse|touching|affecting) (?:the |our )?(?:latency|speed|response times?)|latency (?:increase|impact|hit)|delays?)\b` +
		`|\b(?:keep|same|hold|maintain|preserve|protect)\b[^,.]{0,25}\b(?:latency|latencies|speed|response times?|as fast)\b` +
		`|\b(?:latency|speed|response times?)\b[^,.]{0,25}\b(?:must not|should not|may not|mustn't|shouldn't|can't|cannot|stays?|unchanged|remains?)\b`)
	qualityKept = regexp.MustCompile(`\b(?:without|no|not|never|zero|nor|or)\b[^,.]{0,40}\b(?:quality risks?|risks? (?:to|for|of) (?:the |our )?(?:quality|accuracy)|(?:quality|accuracy) (?:loss|losses|drops?|degradation|impact|hit|change)|(?:loss|drop) (?:of|in) (?:the |our )?(?:quality|accuracy)|(?:hurting|losing|sacrificing|touching|affecting|risking|lowering|reducing|changing|compromising|worse|lower|less) (?:on |with )?(?:the |our |answer )?(?:quality|accuracy|answers))\b` +
		`|\b(?:keep|same|hold|maintain|preserve|protect)\b[^,.]{0,25}\b(?:quality|accuracy)\b|\bsame answers\b` +
		`|\b(?:quality|accuracy)\b[^,.]{0,25}\b(?:must not|should not|may not|mustn't|shouldn't|can't|cannot|must stay|has to stay|stays?|unchanged|remains?|matters most)\b` +
		`|\bsafe (?:options|wins|changes|levers|ones) only\b|\bonly (?:the )?safe\b|\brisk[- ]?free\b|\b(?:without|no) (?:any )?risks?$|\bno risky\b|\bnothing (?:may|can|could|should|must) change (?:an |the |our )?answers?\b`)
)

// readSpeedKept reads "without slower answers" and its like.
func (g *Goal) readSpeedKept(s sentence) bool {
	if !speedKept.MatchString(s.lower) {
		return false
	}
	g.NoSlower = true
	add(&g.Focus, Latency)
	return true
}

// readQualityKept reads "no quality risk" and its like. A loss that the user
// allows in figures ("at most 2% quality loss") is a target instead.
func (g *Goal) readQualityKept(s sentence) bool {
	if !qualityKept.MatchString(s.lower) || g.Targets.QualityLoss > 0 {
		return false
	}
	g.NoQualityRisk = true
	add(&g.Focus, Quality)
	return true
}

var (
	freshBefore = regexp.MustCompile(`\b(?:never|don't|do not|must not|should not|shouldn't|can't|cannot) cache\b(?: the| our| any)? ([\p{L}\p{N}_\-:/. ]{1,40})`)
	freshAfter  = regexp.MustCompile(`(?:^|\bthe |\bour |, )([\p{L}\p{N}_\-:/.]{1,40})(?: team| tag| calls?| answers?| requests?| traffic)* (?:must|has to|have to|needs? to|should|must always) (?:stay|be|remain) (?:always )?fresh`)
	waitAfter   = regexp.MustCompile(`(?:^|\bthe |\bour |, )([\p{L}\p{N}_\-:/.]{1,40})(?: team| tag| calls?| answers?| requests?| traffic| jobs?)* (?:can wait|can be (?:batched|delayed|slow)|(?:is|are) not urgent|(?:isn't|aren't) urgent|(?:tolerates?|allows?) (?:a )?delays?|run(?:s)? (?:overnight|offline)|(?:is|are) offline)`)
	waitBefore  = regexp.MustCompile(`\b(?:nobody|no one|no user) (?:waits|is waiting|waited) for\b(?: the| our)? ([\p{L}\p{N}_\-:/. ]{1,40})|\bbatch(?:ing)? (?:only )?(?:the|our) ([\p{L}\p{N}_\-:/. ]{1,40}?)(?: help| save| pay| work| be| make|$)`)
)

// readFresh reads classes whose answers must not come from a cache.
func (g *Goal) readFresh(s sentence) bool {
	return addPhrases(&g.FreshTags, s.lower, freshBefore, freshAfter)
}

// allWait is said of every call: "answers may wait", "nobody waits for any of it".
var allWait = regexp.MustCompile(`\b(?:answers?|replies|results?|everything|(?:all|any)(?: of)?(?: (?:our|the|these|its))?(?: llm)? (?:calls?|requests?|answers?|jobs?|traffic|work)|it all|all of it|they all) (?:may|can|could) (?:all )?(?:wait|take (?:a|up to a) day|come later)\b|\bnothing is urgent\b|\b(?:nobody|no one) (?:is )?wait(?:s|ing) for (?:any|the answers|answers|them)\b|\ball (?:of it )?(?:is|runs) (?:offline|in batch|overnight)\b`)

// readPatience reads classes of calls that nobody waits for.
func (g *Goal) readPatience(s sentence) bool {
	if allWait.MatchString(s.lower) {
		g.AllMayWait = true
		return true
	}
	return addPhrases(&g.BatchTags, s.lower, waitAfter, waitBefore)
}

// addPhrases collects the groups of all matches as names of tags.
func addPhrases(list *[]string, lower string, patterns ...*regexp.Regexp) bool {
	found := false
	for _, pattern := range patterns {
		for _, m := range pattern.FindAllStringSubmatch(lower, -1) {
			for _, phrase := range m[1:] {
				names := tagNames(phrase)
				add(list, names...)
				found = found || len(names) > 0
			}
		}
	}
	return found
}

var (
	lifetime  = regexp.MustCompile(`\b(?:liv(?:e|es|ed)|last(?:s|ed)?|lifetime|ttl|kept|keep|expir(?:e|es|ed)|valid|stor(?:e|ed)|stay(?:s|ed)?|hold|held|cached?|caching)\b`)
	howLong   = regexp.MustCompile(`\b(?:(an?|one|two|three|five|ten)[ -]|(\d+(?:\.\d+)?)[ -]?)(s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?)\b`)
	cacheWord = regexp.MustCompile(`\bcach(?:e|es|ed|ing)\b`)
	ownCache  = regexp.MustCompile(`\b(?:response|answer|semantic|exact|own|result) cach`)
)

// readLifetime reads how long a cache keeps things. Prompt caches of providers
// keep a prefix for 5 minutes or an hour; any other time is meant for the
// user's own cache of answers.
func (g *Goal) readLifetime(s sentence) bool {
	if !cacheWord.MatchString(s.lower) || !lifetime.MatchString(s.lower) {
		return false
	}
	m := howLong.FindStringSubmatch(s.lower)
	if m == nil {
		return false
	}
	d := duration(m[1]+m[2], m[3])
	own := ownCache.MatchString(s.lower)
	switch {
	case d <= 0:
		return false
	case !own && d == 5*time.Minute:
		g.PromptCacheTTL = "5m"
	case !own && d == time.Hour:
		g.PromptCacheTTL = "1h"
	default:
		g.ResponseCacheTTL = d
		if !own {
			g.Notes = append(g.Notes, "providers keep prompts for 5 minutes or 1 hour; "+words.Duration(d)+" is taken for your own cache of answers")
		}
	}
	return true
}

// duration reads a number word and a unit, 0 if either is unknown.
func duration(number, unit string) time.Duration {
	words := map[string]float64{"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "five": 5, "ten": 10}
	n, ok := words[number]
	if !ok {
		var err error
		if n, err = strconv.ParseFloat(number, 64); err != nil || n > 1e5 {
			return 0
		}
	}
	units := []struct {
		prefix string
		length time.Duration
	}{{"mo", 30 * 24 * time.Hour}, {"s", time.Second}, {"m", time.Minute}, {"h", time.Hour}, {"d", 24 * time.Hour}, {"w", 7 * 24 * time.Hour}, {"q", 91 * 24 * time.Hour}, {"y", 365 * 24 * time.Hour}}
	for _, u := range units {
		if strings.HasPrefix(unit, u.prefix) {
			return time.Duration(n * float64(u.length))
		}
	}
	return 0
}

var goOn = regexp.MustCompile(`\bgo on (?:with|without|anyway)|\b(?:continue|proceed|carry on) (?:with what|without|anyway|as is)|\bwith what (?:there is|you have|we have|i have)|\bthat'?s all (?:i|we) have\b|\bno more data\b`)

// readGoOn reads "go on with what there is".
func (g *Goal) readGoOn(s sentence) bool {
	if !goOn.MatchString(s.lower) {
		return false
	}
	g.GoOn = true
	return true
}
