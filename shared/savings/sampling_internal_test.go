package savings

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestLabelsAreAskedOfModelsThatAnswerText(t *testing.T) {
	for _, model := range []string{"gpt-4o-mini", "claude-haiku-4-5", "gemini-2.5-flash", "amazon.nova-lite-v1:0", "llama-3.3-70b-versatile"} {
		assert.True(t, answersText(model), model)
	}
	for _, model := range []string{"gpt-4o-mini-transcribe", "gpt-4o-mini-tts", "gpt-4o-audio-preview", "gpt-image-1", "text-embedding-3-small", "whisper-large-v3", "gpt-4o-mini-search-preview", "mistral-ocr"} {
		assert.False(t, answersText(model), model)
	}
}
