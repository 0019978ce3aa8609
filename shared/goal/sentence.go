package goal

import (
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// sentence is one sentence of a goal. text is normalised (NFKC, one space
// between words, no control characters) and lower is text in lower case.
type sentence struct {
	text, lower string
	words       []string
}

// maxSentences bounds the work on a goal; the rules see no more.
const maxSentences = 500

// sentences cuts a text at full stops, question marks, semicolons and line ends,
// but not inside numbers, model names and abbreviations ("3.5", "gpt-4.1").
func sentences(text string) []sentence {
	text = clean(text)
	var out []sentence
	for _, part := range splitSentences(text) {
		part = strings.Join(strings.Fields(part), " ")
		if part == "" {
			continue
		}
		lower := strings.ToLower(part)
		out = append(out, sentence{text: part, lower: lower, words: strings.Fields(lower)})
		if len(out) == maxSentences {
			break
		}
	}
	return out
}

// clean folds look-alike forms (full-width digits, ligatures) and removes what
// is not text: control and format characters, among them direction overrides.
func clean(text string) string {
	text = norm.NFKC.String(strings.ToValidUTF8(text, ""))
	text = strings.NewReplacer("’", "'", "“", "\"", "”", "\"", "\r", "\n", "\t", " ").Replace(text)
	return strings.Map(func(r rune) rune {
		if r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Co, r)) {
			return -1
		}
		return r
	}, text)
}

var sentenceEnd = regexp.MustCompile(`[.!?]+(?:\s+|$)|[;\n]+`)

func splitSentences(text string) []string { return sentenceEnd.Split(text, -1) }

var clauseEnd = regexp.MustCompile(`,\s+| but | and | while | without | as long as | with no | so that | at the same time `)

// clauses cuts a sentence where a new thought may start, so that a figure is
// read with the words beside it.
func clauses(lower string) []string {
	var out []string
	start := 0
	for _, at := range clauseEnd.FindAllStringIndex(lower, -1) {
		out = append(out, lower[start:at[0]])
		start = at[0]
	}
	return append(out, lower[start:])
}
