// Package routing answers what sending part of the calls to a cheaper model
// would save, and what it would cost in answer quality, from quality labels:
// the scores of two models on the same prompts.
//
// The way of an analysis:
//
//	labels, err := routing.Read(sources, routing.Columns{Strong: "gpt-4", Weak: "mixtral"})
//	study, err := routing.Evaluate(labels, routing.Options{Seed: 1})   // APGR, baselines, oracle
//	router := routing.Learn(labels, study, 1)                         // nil if it beats no baseline
//	grade := router.Grade(question, tag)                              // of a call, while its prompt is read
//	decision, err := router.Decide(traffic, routing.DefaultTarget())  // once all calls are graded
//
// A router gives every prompt a score, the expected gain of the strong model
// over the weak one; the calls with the highest scores go to the strong model.
// Policy and baselines are measured on prompts that they did not see. Without
// labels no saving is claimed: Sampling plans the labels that would settle it.
//
// # How labels decide the calls of a log
//
// A log's prompts are not kept, so a policy must have its say while they are read.
// The labels come first: the router is learned on their first part, and then grades
// each call to the strong model whose class (tag) the labels stand for. One small
// number a call is kept. What grade still goes to the weak model is settled after
// that, when it is known how the log's calls are mixed: the labels are weighted by
// the classes of the log (Labels.In), so that the bound on the loss is one for a
// call of this log and not for a labelled prompt.
//
// The bound rests on one thing: within a class the labelled prompts are a random
// sample of the log's. It is tested (Router.compared), and where it fails nothing is
// claimed and the shift is named. Calls of other models, of classes without labels
// enough, and without a prompt are not decided. A prompt that was itself labelled is
// decided by the same router: its one score per model is a single draw, and picking
// by it would lose more than the labels show.
//
// Keeping hashed words of each prompt instead, so that a policy could be applied
// later, would not do: words can be guessed back from their hashes.
//
// Prompts are reduced to hashed features while they are read and are not kept.
package routing
