// Package dataset is the normalised form of a usage log: one Parquet file, one
// row per call, sorted by time, prompts only as hashes. Any log becomes one in a
// single streaming pass with bounded memory, and everything after that reads
// only this file.
//
// The columns are plain: UTC timestamps in microseconds, 64-bit integers,
// doubles and strings, NULL for what the log does not say, so DuckDB and
// BigQuery read the file as it is:
//
//	select model, sum(input_tokens), sum(output_tokens) from 'calls.parquet' group by model
//
// Hashes (prompt_hash, prefix_hash, blocks) are 64-bit patterns in signed
// columns, because BigQuery has no unsigned type.
//
// route_grade says how much a call gains from the model it was sent to, from 1, by
// a policy learned on quality labels (package routing); it is computed while the
// prompt is read, and NULL where that policy says nothing.
//
// Four columns are links that the writer computes so that a replay needs no hash
// tables. They count rows backwards in this file:
//
//   - prompt_back: to the previous call with the same prompt,
//   - session_back: to the previous call of the same session,
//   - prefix_back, prefix_tokens: which calls last used the prompt's prefix. The
//     first prefix_tokens[0] tokens were last used prefix_back[0] rows ago, the
//     tokens from there to prefix_tokens[1] prefix_back[1] rows ago, and so on;
//     each further part is older. Prefixes are told apart by provider and model,
//     because a provider's cache is.
//
// A link is NULL if there is no such call, or if it is so long ago that the
// writer's bounded tables forgot it.
package dataset
