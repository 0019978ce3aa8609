package llm

import (
	"encoding/json"
	"regexp"
	"slices"
)

// Subject is something that a text may promise something of, such as a lever: its
// name and its aggregates.
type Subject struct {
	Name string `json:"name"`
	Data any    `json:"data"`
}

// subject is a Subject as evidence.
type subject struct {
	name  string
	facts []fact
}

// AddSubjects adds what is known of each subject. In a sentence that mentions some,
// only their own figures may stand, and the common ones but for savings: what
// another one saves, or all together, is not theirs. Mentions lists the names of
// the subjects in a sentence, also of such as there is nothing known of: of these
// nothing may be promised.
func (e *Evidence) AddSubjects(all []Subject, mentions func(sentence string) []string) {
	e.mentions = mentions
	for _, s := range all {
		raw, err := json.Marshal(s.Data)
		if err != nil {
			continue // without evidence its figures are not let through
		}
		own := NewEvidence(nil)
		own.AddJSON(raw)
		e.subjects = append(e.subjects, subject{s.Name, own.facts})
		e.adopt(own.names)
	}
}

// mentioned returns the subjects that a sentence speaks of; known is false if
// nothing is known of any of them.
func (e *Evidence) mentioned(sentence string) (found []subject, known bool) {
	if e.mentions == nil {
		return nil, true
	}
	names := e.mentions(sentence)
	for _, s := range e.subjects {
		if slices.Contains(names, s.name) {
			found = append(found, s)
		}
	}
	return found, len(names) == 0 || len(found) > 0
}

// about are the facts that may stand in a sentence about some subjects: all if it is
// about none.
func (e *Evidence) about(subjects []subject) []fact {
	if len(subjects) == 0 {
		facts := slices.Clone(e.facts)
		for _, s := range e.subjects {
			facts = append(facts, s.facts...)
		}
		return facts
	}
	var facts []fact
	for _, known := range e.facts {
		if !known.saving {
			facts = append(facts, known)
		}
	}
	for _, s := range subjects {
		facts = append(facts, s.facts...)
	}
	return facts
}

// saves is how a text says that something costs less.
var saves = regexp.MustCompile(`(?i)\bsav(?:e[sd]?|ings?)\b|\bcut(?:s|ting)?\b|\breduc|\blower|\bcheaper\b|\bcosts? less\b|\bpays? (?:off|for itself)\b|\bshrinks?\b`)

// certain is what nobody can promise of a bill to come. No template says so.
var certain = regexp.MustCompile(`(?i)\bguarante|\brisk[- ]free\b|\b(?:no|zero|without(?: any)?) risks?\b|\b(?:definitely|certainly|undoubtedly)\b|\bwithout (?:a |any )?doubt\b|\bfoolproof\b`)
