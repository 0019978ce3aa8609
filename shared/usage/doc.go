// Package usage turns usage logs of any known format into a stream of Calls:
// one LLM call each, its tokens in disjoint buckets.
//
// # How a log is read
//
// Open unpacks gzip, zstd and zip within a bound (source.go; parts.go joins the
// files of an archive), looks at the first megabyte, and tells the container: JSON Lines, a JSON document, server-sent
// events, a table, or Parquet (open.go). A source (lines.go, document.go,
// table.go, table_copy.go, parquet.go) then cuts it into records one at a time, so that memory
// does not grow with the log. rows.go finds rows that lie in lists or objects of
// any name, and local.go tells how a spreadsheet of some country writes numbers and
// dates. envelope.go takes what a program wrote out of the entries (entries.go) of a
// log store, such as Loki or CloudWatch Logs: JSON, JSON behind words (prefix.go), or
// pairs of logfmt (logfmt.go).
//
// What a record means is said by a layout (layout.go): a table from fields to
// the places where a format keeps them, and the marks by which the format is
// told (detect.go). The walker (walk.go) goes through a record once with a
// scanner (scan.go), into the places of the layout's tree (tree.go) and no others,
// and fills a row; a table's columns are bound to the same places by name. The row
// becomes a Call (fill.go) once its buckets are disjoint (buckets.go). Records are
// cut one by one but decoded in batches on all processors (batch.go), in their
// order. A merger (merge.go, merge_session.go, spans.go) joins rows that tell of
// one call.
//
// Prompts are private: their text becomes hashes while it is read (prompt.go,
// sketch.go) and, where a policy learned from quality labels asks for it, a grade
// (question.go); users and sessions become pseudonyms (identity.go), and nothing
// keeps the text.
//
// # Adding a format
//
// Write a function that returns a layout, name it in layouts, put a file of
// real rows into testdata/formats, and a line into TestEveryFormatIsToldAndRead.
// A log of no known format is read through a Mapping, which ProposeMapping
// guesses and the user confirms.
package usage
