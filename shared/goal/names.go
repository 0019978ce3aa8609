package goal

import (
	"regexp"
	"strings"
)

// modelName matches names of models as users write them: a family with a version.
var modelName = regexp.MustCompile(`\b(?:gpt-?[345][\w.\-]*|chatgpt-[\w.\-]+|o[134](?:-mini|-pro|-preview)?\b|claude[ -](?:instant|opus|sonnet|haiku|v?\d)[\w.\-]*(?:[ -]\d(?:\.\d)?)?|(?:opus|sonnet|haiku)[ -]\d(?:\.\d)?|gemini[ -][\w.\-]+(?:[ -](?:pro|flash|ultra)(?:-lite)?)?|(?:llama|mistral|mixtral|codestral|deepseek|qwen|grok|command|nova|gemma|kimi|glm)[ -][\w.\-]+)`)

func modelsIn(lower string) []string {
	var out []string
	for _, name := range modelName.FindAllString(lower, -1) {
		add(&out, strings.TrimRight(name, ".-"))
	}
	return out
}

// maxNames bounds how many models and providers a goal may name.
const maxNames = 50

// provider pairs a provider's or a tool's id with the words for it.
type provider struct {
	id    string
	words *regexp.Regexp
}

// providers are the places that a log may come from; ids as in the export
// instructions of package sufficiency.
var providers = []provider{
	{"openai", regexp.MustCompile(`\bopen ?ai\b`)},
	{"anthropic", regexp.MustCompile(`\banthropic\b`)},
	{"google", regexp.MustCompile(`\bgoogle\b|\bvertex\b|\bai studio\b`)},
	{"aws", regexp.MustCompile(`\bbedrock\b|\baws\b`)},
	{"azure", regexp.MustCompile(`\bazure\b`)},
	{"litellm", regexp.MustCompile(`\blite ?llm\b`)},
	{"langfuse", regexp.MustCompile(`\blangfuse\b`)},
	{"helicone", regexp.MustCompile(`\bhelicone\b`)},
	{"openrouter", regexp.MustCompile(`\bopen ?router\b`)},
	{"coding-agents", regexp.MustCompile(`\bclaude code\b|\bcodex\b|\baider\b|\bcursor\b|\bcoding agents?\b`)},
}

// readNames notes models and providers.
func (g *Goal) readNames(s sentence) bool {
	models := modelsIn(s.lower)
	if len(g.Models) < maxNames {
		add(&g.Models, models...)
	}
	found := len(models) > 0
	for _, p := range providers {
		if p.words.MatchString(s.lower) {
			add(&g.Providers, p.id)
			found = true
		}
	}
	return found
}
