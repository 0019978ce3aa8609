package report

import (
	"bytes"
	_ "embed"
	"fmt"
	"strings"
	"text/template"

	"netra/shared/words"
)

//go:embed page.md
var markdownSource string

// Markdown returns the report for a terminal, a ticket or a pull request: the
// same figures as the page, in tables where the page has charts.
func (r Report) Markdown() ([]byte, error) {
	t, err := template.New("markdown").Funcs(template.FuncMap{
		"sentence": sentence, "usd": words.USD, "percent": percent, "grouped": words.Grouped, "titled": titled, "change": change, "changes": changes, "tried": triedTable, "chances": chances, "text": words.Markdown,
		"span":  func(i Range) string { return span(i, words.USD) },
		"table": Table.markdown,
	}).Parse(markdownSource)
	if err != nil {
		return nil, fmt.Errorf("parse the Markdown report: %w", err)
	}
	var out bytes.Buffer
	if err := t.Execute(&out, r.page()); err != nil {
		return nil, fmt.Errorf("write the Markdown report: %w", err)
	}
	return []byte(strings.TrimSpace(words.Page(out.String())) + "\n"), nil
}

// markdown writes the table, its cells escaped.
func (t Table) markdown() string {
	var out strings.Builder
	row := func(cells []string) {
		for _, cell := range cells {
			out.WriteString("| " + words.Markdown(cell) + " ")
		}
		out.WriteString("|\n")
	}
	row(t.Head)
	out.WriteString("|:--" + strings.Repeat("|--:", len(t.Head)-1) + "|\n")
	for _, cells := range t.Rows {
		row(cells)
	}
	return out.String()
}
