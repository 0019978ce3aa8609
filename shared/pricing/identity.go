package pricing

import (
	"regexp"
	"strings"
)

// identity names a model apart from who serves it: claude-sonnet-4-5 is the same
// model at Anthropic, Bedrock (regional.anthropic.claude-sonnet-4-5-...-v1:0) and
// OpenRouter (anthropic/claude-sonnet-4.5). Variants that differ in quality or
// terms (-turbo quantised, :free, :thinking, -fast) keep their suffix and so
// never pass as the same model.
func identity(model string) string {
	name := strings.ToLower(model)
	name = name[strings.LastIndexByte(name, '/')+1:]
	for _, step := range identitySteps() {
		name = step.pattern.ReplaceAllString(name, step.with)
	}
	return name
}

type rewrite struct {
	pattern *regexp.Regexp
	with    string
}

var (
	region     = regexp.MustCompile(`^(?:global|regional|us|eu|apac|au|jp|us-gov)\.`)
	vendor     = regexp.MustCompile(`^(?:anthropic|meta|openai|mistral|deepseek|qwen|google|amazon|nvidia)\.`)
	revision   = regexp.MustCompile(`-v\d+(?::\d+)?$|:\d+$`)
	dated      = regexp.MustCompile(`[-@](?:20\d{2}-?\d{2}-?\d{2}|latest)$`)
	llamaP     = regexp.MustCompile(`-v(\d+)p(\d+)-`)
	metaLlama  = regexp.MustCompile(`^meta-llama-`)
	llamaDigit = regexp.MustCompile(`^llama(\d)`)
	versatile  = regexp.MustCompile(`^(llama-3-3-70b)-versatile$`)
	punctuated = regexp.MustCompile(`[._@]`)
	claudeOld  = regexp.MustCompile(`^claude-(\d+(?:-\d+)?)-(opus|sonnet|haiku)$`)
	claudeZero = regexp.MustCompile(`^(claude-[a-z]+-\d+)-0$`)
)

// identitySteps are applied in order.
func identitySteps() []rewrite {
	return []rewrite{
		{region, ""}, {vendor, ""}, {revision, ""}, {dated, ""}, {revision, ""},
		{llamaP, "-$1-$2-"}, {punctuated, "-"}, {metaLlama, "llama-"}, {llamaDigit, "llama-$1"}, {versatile, "$1-instruct"},
		{claudeOld, "claude-$2-$1"}, {claudeZero, "$1"},
	}
}
