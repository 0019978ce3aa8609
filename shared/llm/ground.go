package llm

import (
	"regexp"
	"strings"
)

// Grounded is a text in which every figure was returned by a tool, and every promise
// has its figure.
type Grounded struct {
	Text string `json:"text"`
	// Replaced counts the model's sentences that were replaced or left out.
	Replaced int `json:"replaced"`
	// Kept counts those that stayed.
	Kept int `json:"kept"`
}

// Ground checks a model's text sentence by sentence against the evidence: every
// figure in it must be one that a tool returned, in the same kind of unit, within
// rounding and of the subject that the sentence speaks of; and nothing is promised
// of other subjects, or for certain. A sentence that fails is replaced by the template's sentence
// in its place; where the template is shorter, it is left out. If more than half
// fail, the whole text is the template's: what is left would not make sense.
func Ground(text string, evidence *Evidence, template []string) Grounded {
	var g Grounded
	var out []string
	for i, sentence := range split(text) {
		if evidence.holds(sentence) {
			g.Kept++
			out = append(out, sentence)
			continue
		}
		g.Replaced++
		if i < len(template) {
			out = append(out, template[i])
		}
	}
	if g.Replaced > g.Kept || g.Kept == 0 {
		g.Replaced += g.Kept
		g.Kept = 0
		out = template
	}
	g.Text = strings.Join(out, " ")
	return g
}

// maxSentences bounds a model's text; what follows is left out.
const maxSentences = 60

var boundary = regexp.MustCompile(`([.!?])\s+|\n+`)

// split cuts a text into sentences. A full stop inside a number is none, because
// no blank follows it.
func split(text string) []string {
	marked := boundary.ReplaceAllString(text, "$1\x00")
	var out []string
	for _, s := range strings.Split(marked, "\x00") {
		if s = strings.Join(strings.Fields(tameLine(s)), " "); s != "" {
			out = append(out, s)
		}
		if len(out) == maxSentences {
			break
		}
	}
	return out
}

// tameLine removes control and format characters.
func tameLine(text string) string { return controls.ReplaceAllString(text, " ") }

var controls = regexp.MustCompile(`[\p{Cc}\p{Cf}\p{Co}]`)

// foreign is what a model's words must not bring along: markup, addresses and
// code, which no template has.
var foreign = regexp.MustCompile("(?i)<[a-z/!]|https?:|javascript:|data:|www\\.|`|\\]\\(")

// holds reports whether every figure of a sentence has its evidence, and whether the
// sentence promises nothing of what nothing is known of.
func (e *Evidence) holds(sentence string) bool {
	if foreign.MatchString(sentence) || certain.MatchString(sentence) {
		return false
	}
	subjects, known := e.mentioned(sentence)
	if !known && saves.MatchString(sentence) {
		return false
	}
	facts := e.about(subjects)
	for _, f := range figuresIn(e.without(sentence)) {
		if !supports(facts, f) {
			return false
		}
	}
	return true
}
