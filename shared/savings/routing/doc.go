// Package routing answers what sending part of the calls to a cheaper model
// would save, and what it would cost in answer quality, from quality labels:
// the scores of two models on the same prompts.
//
// The way of an analysis:
//
//	labels, err := routing.Read(sources, routing.Columns{Strong: "gpt-4", Weak: "mixtral"})
//	study, err := routing.Evaluate(labels, routing.Options{Seed: 1})   // APGR, baselines, oracle
//	decision := routing.Decide(labels, study, routing.Target{MaxLoss: 0.01, Confidence: 0.9})
//
// A router gives every prompt a score, the expected gain of the strong model
// over the weak one; the calls with the highest scores go to the strong model.
// Policy and baselines are measured on prompts that they did not see. Without
// labels no saving is claimed: Sampling plans the labels that would settle it.
//
// Prompts are reduced to hashed features while they are read and are not kept.
package routing
