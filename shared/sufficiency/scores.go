package sufficiency

import (
	"fmt"
	"strings"

	"netra/shared/savings/routing"
	"netra/shared/usage"
	"netra/shared/words"
)

// shownScores is how many models a sentence names.
const shownScores = 4

// Scored says what the quality scores of a log can decide about routing, and what
// is lacking. A learned policy needs the scores of two models on the same prompts.
func Scored(s *usage.Scores) string {
	var answers int64
	for _, m := range s.Models {
		answers += m.Calls
	}
	scored := words.Count(int(answers), "answer", "answers")
	switch {
	case len(s.Pairs) > 0:
		return paired(s.Pairs[0])
	case len(s.Models) == 1:
		return fmt.Sprintf("the log scores %s, all of %s: what another model would have answered is not in them; %s", scored, s.Models[0].Model, ask())
	case s.Prompts == 0:
		return fmt.Sprintf("the log scores %s of %d models and no prompts: whether two models answered the same cannot be told, and the means (%s) do not compare them; %s",
			scored, len(s.Models), means(s.Models), ask())
	}
	return fmt.Sprintf("the log scores %s of %d models, but no prompt on two of them: each mean (%s) is of other prompts, so they do not compare the models; %s",
		scored, len(s.Models), means(s.Models), ask())
}

// paired says what prompts that two models answered are worth.
func paired(p usage.ScorePair) string {
	target := routing.DefaultTarget()
	text := fmt.Sprintf("the log scores %s on both %s and %s: these are quality labels; write them as a table (prompt, tag, a column of scores per model) and hand it over beside the log",
		words.Count(int(p.Prompts), "prompt", "prompts"), p.Models[0], p.Models[1])
	if lacking := routing.LabelsNeeded(target) - p.Prompts; lacking > 0 {
		text += fmt.Sprintf("; to bound the loss within %g of what is measured, about %s more, drawn at random, are needed", target.MaxLoss, words.Count(int(lacking), "prompt", "prompts"))
	}
	return text
}

// ask names the labels that would settle it.
func ask() string {
	target := routing.DefaultTarget()
	return fmt.Sprintf("answer the same prompts, drawn at random, with two models and score both: about %s bound the loss within %g of what is measured",
		words.Count(int(routing.LabelsNeeded(target)), "prompt", "prompts"), target.MaxLoss)
}

func means(models []usage.ModelScore) string {
	var parts []string
	for i, m := range models {
		if i == shownScores {
			parts = append(parts, fmt.Sprintf("%d more", len(models)-i))
			break
		}
		parts = append(parts, fmt.Sprintf("%s %.2f of %d", m.Model, m.Mean, m.Calls))
	}
	return strings.Join(parts, ", ")
}
