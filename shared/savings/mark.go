package savings

import "math"

// marks are the lengths in tokens of a prompt's start that may be marked for the
// cache, the whole prompt last. What stands behind the mark is neither written nor
// read: where only a system prompt is shared, writing the rest would cost its premium
// for nothing.
var marks = [...]int64{512, 768, 1024, 1536, 2048, 3072, 4096, 6144, 8192, 12_288, 16_384, 24_576, 32_768, 49_152, 65_536, math.MaxInt64}

// wholePrompt is the last of marks.
const wholePrompt = len(marks) - 1

// finer is how much more a shorter mark must save to be chosen: the whole prompt
// takes no measuring, and follows a conversation as it grows.
const finer = 1.1

// markSavings is what caching would have saved with each mark beyond what it would
// have with the one before: a call adds to the marks within its prompt only.
type markSavings [len(marks)]float64

func (m *markSavings) add(o *markSavings) {
	for i := range m {
		m[i] += o[i]
	}
}

// whole is what marking the whole prompt saves.
func (m *markSavings) whole() float64 { return sum(m[:]) }

// short returns the best mark but the whole prompt, and what it saves.
func (m *markSavings) short() (mark uint8, usd float64) {
	saved := 0.0
	for i, more := range m[:wholePrompt] {
		if saved += more; i == 0 || saved > usd {
			mark, usd = uint8(i), saved
		}
	}
	return mark, usd
}
