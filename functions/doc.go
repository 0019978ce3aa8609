// Package functions is what is deployed. A tour of the code, by the way of one
// message:
//
//  1. functions/api takes POST /api/threads/{thread}/messages and calls
//     pipeline.Desk.Submit, which admits the run (shared/admission) and writes
//     message, run and first event as one store.Change; then it publishes the
//     run's ids to the first stage's topic (shared/queue).
//  2. Pub/Sub pushes the ids to the stage's function. functions/stage decodes
//     the push and hands it to pipeline.Step.
//  3. pipeline.Step claims the run (run.Run.Claim), runs the stage of
//     functions/triage, intelligence, optimization, actions or report with an
//     Emitter, and commits its result, its events and the run's next state as
//     one atomic write; then it publishes the next stage.
//  4. The browser and the CLI listen to the run's events in Firestore.
//  5. functions/sweeper looks after what a crash left undone.
//
// agents.go is the table of stages and registry.go that of all functions; functions/cmd holds the entry points.
package functions
