// Package report tells the result of a run: as JSON for machines (report.json),
// as Markdown for a terminal or a ticket, and as one self-contained HTML page
// with charts for people.
//
// All three are made from one Report, so they cannot disagree. Every figure
// comes from the analysis and carries how it was computed; nothing here
// estimates. Text from a log (model names, tags) is hostile until escaped: the
// HTML page escapes by context and forbids scripts and requests by its content
// security policy, the Markdown escapes what Markdown would interpret.
package report
