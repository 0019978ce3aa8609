// Package savings is the engine: it replays a usage log under another policy,
// prices every call both ways and reports the difference. No figure is a rule of
// thumb.
//
// Analyse reads a normalised data set (package dataset) twice. The first pass
// learns the policies of the levers from the first 70% of the log's span and
// nothing later. The second replays all calls: once per lever alone, and once
// with all chosen levers acting on each call in the order in which they would
// act,
//
//	waste -> response cache -> near repeats -> routing -> context -> output -> prompt cache -> batch
//
// so that the plan's total is measured and never a sum of parts. Because the
// last 30% of the log had no part in the choice, it is also the backtest.
//
// Routing is the one policy that is not learned here but from quality labels, before
// the log is read: what it says of each prompt is a grade in the data set (package
// routing), so that it too is replayed on the log's own calls, in its place among the
// other levers. A routed call pays its cold prefix at the other model, and a call that
// stays pays for what routed ones no longer leave in the cache.
//
// A lever is one file: a type that learns from batches of calls, fixes its
// policy, and changes the calls of a batch as its policy would have changed
// them. Pricing, totals, intervals and evidence are the same for all and are
// the engine's.
package savings
