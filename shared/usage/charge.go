package usage

import (
	"cmp"
	"regexp"
	"strings"
)

// Charge is what a row of a bill charges for. A row that is no call but a line of
// a bill has one; the empty Charge is that of calls.
type Charge string

// The charges that providers put on lines of their own.
const (
	ChargeInput  Charge = "input"
	ChargeCached Charge = "cached input"
	ChargeWrite  Charge = "cache write"
	ChargeOutput Charge = "output"
	// ChargeTokens is a line that does not say which tokens, or sums them.
	ChargeTokens Charge = "tokens"
	// ChargeOther is no price per token: searches, storage, provisioned capacity.
	ChargeOther Charge = "other"
)

// charge fills out a call that is a line of a bill: a cost and what it was for.
// How many calls and tokens it sums, nobody says.
func (d *decoder) charge(r *row, c *Call) error {
	item, more, service := r.text(fModel), r.text(fRequested), r.text(fOperation)
	texts := []string{d.names.name(item), d.names.name(more), d.names.name(service)}
	all := strings.ToLower(strings.Join(texts, " "))
	c.RequestedModel, c.Count = "", 0
	c.Charge = chargeOf(strings.ToLower(string(r.text(fType))) + " " + all)
	c.Model = cmp.Or(texts...)
	if c.Charge != ChargeOther {
		for i := len(texts) - 1; i >= 0; i-- {
			c.Model = cmp.Or(modelIn(texts[i]), c.Model)
		}
	}
	c.Provider = d.layout.provider
	if c.Provider == "" {
		c.Provider = cmp.Or(providerID(d.names.name(r.text(fProvider))), providerOf(c.Model))
	}
	c.Tier = tierIn(strings.ToLower(string(r.text(fTier))) + " " + all)
	c.User = d.names.pseudonym(r.text(fUser))
	c.Tag = d.names.name(r.text(fTag))
	d.times(r, c)
	if err := d.money(r, c); err != nil {
		return err
	}
	c.ReportedCost *= cmp.Or(d.layout.unit, 1)
	c.Currency = strings.ToUpper(c.Currency)
	return nil
}

// isCharge takes the lines of a bill that cost something; a line whose amount cannot
// be read is kept, so that it is counted as unreadable.
func isCharge(r *row) bool { return r.reason != nil || r.has(fCost) && r.f[fCost] > 0 }

// isModelCharge takes, of a bill for all of a cloud, the lines of language models.
func isModelCharge(r *row) bool {
	if !isCharge(r) {
		return false
	}
	for _, f := range []field{fOperation, fModel, fRequested} {
		text := strings.ToLower(string(r.text(f)))
		if namedModel(text) != "" || containsAny(text, "bedrock", "vertex ai", "gemini", "generative language", "azure openai", "foundry models") {
			return true
		}
	}
	return false
}

// chargeOf reads from the words of a line what it charges for.
func chargeOf(text string) Charge {
	switch {
	case containsAny(text, "search", "grounding", "storage", "code interpreter", "code execution", "session", "provisioned", "training", "hosting"):
		return ChargeOther
	case containsAny(text, "cache write", "cache_write", "cache-write", "cachewrite", "cache_creation"):
		return ChargeWrite
	case containsAny(text, "uncached", "no_cache"):
		return ChargeInput
	case containsAny(text, "cached", "cache read", "cache_read", "cache-read", "cacheread", "caching", "cchd"):
		return ChargeCached
	case containsAny(text, "output", "outp", "completion", "response text"):
		return ChargeOutput
	case containsAny(text, "input", "inp ", "inp-", "prompt"):
		return ChargeInput
	}
	return ChargeTokens
}

func tierIn(text string) Tier {
	switch {
	case strings.Contains(text, "batch"):
		return Batch
	case strings.Contains(text, "flex"):
		return Flex
	case strings.Contains(text, "priority"):
		return Priority
	}
	return Standard
}

func containsAny(text string, words ...string) bool {
	for _, w := range words {
		if strings.Contains(text, w) {
			return true
		}
	}
	return false
}

var (
	// plainModel is a model as an API names it, alone in front of a comma.
	plainModel   = regexp.MustCompile(`^[a-z][a-z0-9.:_/@-]*\d[a-z0-9.:_/@-]*$`)
	claudeFirst  = regexp.MustCompile(`claude[\s_-]*(\d)(?:[.\s-](\d))?[\s_-]*(opus|sonnet|haiku)`)
	claudeSize   = regexp.MustCompile(`claude[\s_-]*(opus|sonnet|haiku|fable)[\s_-]*(\d)(?:[.\s-](\d))?(?:\D|$)`)
	geminiName   = regexp.MustCompile(`gemini[\s_-]*(\d(?:\.\d)?)[\s_-]*(pro|flash[\s_-]*lite|flash)(?:[\s_-]*(image|live|tts))?`)
	gptName      = regexp.MustCompile(`\bgpt[\s_-]*(\d(?:\.?\d)?o?)(?:[\s_-]*(mini|nano|turbo|pro))?`)
	reasonerName = regexp.MustCompile(`\bo([134])(?:[\s_-]*(mini|pro))?\b`)
	novaName     = regexp.MustCompile(`\bnova[\s_-]*(micro|lite|pro|premier)|(?:[a-z0-9]-nova)(micro|lite|pro|premier)`)
)

// modelIn finds the model that the text of a bill's line names, as its maker's API
// spells it; "" if it names none that is known.
func modelIn(text string) string {
	head, _, _ := strings.Cut(text, ",")
	if plainModel.MatchString(head) {
		return head
	}
	return namedModel(strings.ToLower(text))
}

// namedModel finds the model that running text in lower case names.
func namedModel(text string) string {
	if m := claudeFirst.FindStringSubmatch(text); m != nil {
		return claude(m[3], m[1], m[2])
	}
	if m := claudeSize.FindStringSubmatch(text); m != nil {
		return claude(m[1], m[2], m[3])
	}
	if m := geminiName.FindStringSubmatch(text); m != nil {
		size := "flash-lite"
		if !strings.Contains(m[2], "lite") {
			size = m[2]
		}
		return dashed("gemini", m[1], size, m[3])
	}
	if m := gptName.FindStringSubmatch(text); m != nil {
		return dashed("gpt", m[1], m[2])
	}
	if m := novaName.FindStringSubmatch(text); m != nil {
		return "amazon.nova-" + cmp.Or(m[1], m[2]) + "-v1:0"
	}
	if m := reasonerName.FindStringSubmatch(text); m != nil {
		return dashed("o"+m[1], m[2])
	}
	return ""
}

// claude spells a model of Anthropic: the size stands last before version 4.
func claude(size, major, minor string) string {
	if major < "4" {
		return dashed("claude", major, minor, size)
	}
	return dashed("claude", size, major, minor)
}

// dashed joins what is not empty.
func dashed(parts ...string) string {
	var out []string
	for _, p := range parts {
		if p != "" {
			out = append(out, p)
		}
	}
	return strings.Join(out, "-")
}
