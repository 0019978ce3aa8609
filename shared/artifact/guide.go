package artifact

import (
	"fmt"
	"strings"

	"netra/shared/savings"
	"netra/shared/words"
)

// guide says in which order to apply the files, how to check and how to go back.
func guide(p plan, files []File) File {
	var out strings.Builder
	out.WriteString("# How to apply the plan\n")
	if len(p.Plan.Steps) == 0 {
		out.WriteString("\nNo lever pays on this log without a decision of yours: there is nothing to apply. The alerts and queries tell when that changes.\n")
	} else {
		out.WriteString("\nOne lever at a time: leave each for a day, run its check, then take the next. They stand in the order in which they act on a call; with which to begin is in the report.\n")
	}
	for i, step := range p.Plan.Steps {
		section(&out, fmt.Sprintf("%d. %s", i+1, words.Markdown(step.Title)), p.chosen[step.Lever])
	}
	for _, proposal := range p.optional() {
		section(&out, "After your evaluation: "+words.Markdown(proposal.Title), proposal)
	}
	out.WriteString("\n## The files\n\n")
	for _, f := range files {
		fmt.Fprintf(&out, "- `%s`: %s\n", f.Name, f.About)
	}
	return File{Name: "apply.md", MediaType: "text/markdown", About: "How to apply the files lever by lever, how to check each lever and how to go back", Data: []byte(out.String())}
}

func section(out *strings.Builder, head string, proposal savings.Proposal) {
	fmt.Fprintf(out, "\n## %s\n\n%s\n\n", head, words.Markdown(proposal.Summary))
	for _, s := range proposal.Steps {
		fmt.Fprintf(out, "- %s\n", words.Markdown(s))
	}
	for _, line := range []struct{ name, text string }{{"Check", proposal.Verify}, {"Way back", proposal.Rollback}, {"Risk", proposal.RiskNote}} {
		if line.text != "" {
			fmt.Fprintf(out, "- %s: %s\n", line.name, words.Markdown(line.text))
		}
	}
}
