package report

import (
	"bytes"
	_ "embed"
	"fmt"
	"strings"
	"text/template"
)

//go:embed page.md
var markdownSource string

// Markdown returns the report for a terminal, a ticket or a pull request: the
// same figures as the page, in tables where the page has charts.
func (r Report) Markdown() ([]byte, error) {
	t, err := template.New("markdown").Funcs(template.FuncMap{
		"usd": usd, "percent": percent, "grouped": grouped, "titled": titled, "change": change, "changes": changes, "text": plain,
		"span":  func(i Range) string { return span(i, usd) },
		"table": Table.markdown,
	}).Parse(markdownSource)
	if err != nil {
		return nil, fmt.Errorf("parse the Markdown report: %w", err)
	}
	first, rest := r.split()
	var out bytes.Buffer
	if err := t.Execute(&out, page{Report: r, First: first, Charts: rest, Facts: r.facts(), Tiles: r.tiles(), Fields: r.fields(), Blind: r.blind()}); err != nil {
		return nil, fmt.Errorf("write the Markdown report: %w", err)
	}
	return append(bytes.TrimSpace(out.Bytes()), '\n'), nil
}

// plain makes text from a log harmless in Markdown: one line, and nothing in it
// is a link, markup, HTML or the end of a table cell.
func plain(text string) string {
	return strings.NewReplacer("\r", " ", "\n", " ", "\\", "\\\\", "`", "\\`", "*", "\\*", "_", "\\_", "[", "\\[", "]", "\\]",
		"|", "\\|", "#", "\\#", "~", "\\~", "!", "\\!", "&", "&amp;", "<", "&lt;", ">", "&gt;", "://", ":&#47;/").Replace(text)
}

// markdown writes the table, its cells escaped.
func (t Table) markdown() string {
	var out strings.Builder
	row := func(cells []string) {
		for _, cell := range cells {
			out.WriteString("| " + plain(cell) + " ")
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
