// Package whatif replays one lever with given parameters over the calls of a log,
// exactly: every block and prompt is in a hash table, caches have real
// capacities, and nothing is chosen or estimated. It answers "what would this
// setting have done"; package savings answers "which setting should I take".
// Memory grows with the distinct prompts or blocks within the lifetime and
// capacity that are asked for.
//
// Each replay takes the calls one by one, in order of time, through Add; Result
// may be asked for at any time.
package whatif

import "errors"

// ErrNoBlocks is returned for a log without prompts or hashes of their blocks,
// ErrNoPrompts for one without prompts or hashes of them.
var (
	ErrNoBlocks  = errors.New("the log has neither prompts nor hashes of prompt blocks: shared prefixes cannot be told")
	ErrNoPrompts = errors.New("the log has neither prompts nor their hashes: repeats cannot be told")
)
