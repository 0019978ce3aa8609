// Package handover holds what each stage hands on to the stages after it: the
// bodies of their results. A stage knows the others only by these types.
package handover

import (
	"time"

	"netra/shared/answer"
	"netra/shared/dataset"
	"netra/shared/goal"
	"netra/shared/run"
	"netra/shared/savings"
	"netra/shared/savings/routing"
	"netra/shared/sufficiency"
	"netra/shared/usage"
)

// Triage is the result of the triage stage.
type Triage struct {
	Goal goal.Goal `json:"goal"`
	// FollowUp is true when the thread has an earlier plan to compare with.
	FollowUp bool `json:"follow_up"`
}

// Intelligence is the result of the data intelligence stage.
type Intelligence struct {
	// Object is the bucket's name of the normalised data set, "" without a log.
	Object string `json:"object"`
	// Reports say how each log was read, in the order of Run.Datasets.
	Reports  []usage.Report  `json:"reports"`
	Coverage *usage.Coverage `json:"coverage"`
	Data     dataset.Summary `json:"data"`
	// Tags are the log's classes of calls, for matching with what the user names.
	Tags        []string        `json:"tags"`
	Sufficiency run.Sufficiency `json:"sufficiency"`
	// Fetched are the logs that Netra fetched itself; a follow-up message uses them again.
	Fetched []Fetched `json:"fetched,omitempty"`
	// Routing is what quality labels taught; nil without labels.
	Routing *Routing `json:"routing,omitempty"`
	// Terms are the user's own prices; nil where the price book's hold.
	Terms *savings.Terms `json:"terms,omitempty"`
	// LabelsPlan is the plan that could have used the labels that were handed over,
	// "" if they were used or there are none.
	LabelsPlan string `json:"labels_plan,omitempty"`
	// Notes say what of the data was not used, in words for the user.
	Notes []string `json:"notes,omitempty"`
	// Spend is what the log cost where it carries no plan; nil otherwise.
	Spend *savings.Analysis `json:"spend,omitempty"`
	// Chances are the bounds that list prices set to what a bill could fall by; nil
	// where the log holds calls.
	Chances []sufficiency.Chance `json:"chances,omitempty"`
	// Sample is the analysis of a public log (sample.Chat), for a user whose own data cannot
	// carry one yet; nil otherwise.
	Sample *savings.Analysis `json:"sample,omitempty"`
}

// Fetched is a log that was fetched from where the user's calls are recorded.
type Fetched struct {
	// Source is a connector's kind; From and To bound the span that was asked for.
	Source string    `json:"source"`
	From   time.Time `json:"from"`
	To     time.Time `json:"to"`
	Rows   int64     `json:"rows"`
	Bytes  int64     `json:"bytes"`
	// Parts are the bucket's names of its pieces, in order.
	Parts []string `json:"parts"`
	// Cut says why the log is not whole, "" if it is.
	Cut string `json:"cut,omitempty"`
}

// Routing is what was learned from quality labels.
type Routing struct {
	Study    routing.Study    `json:"study"`
	Decision routing.Decision `json:"decision"`
	// Policy is the decision as the engine replays it; nil if nothing may be routed.
	Policy *savings.RoutingPolicy `json:"policy,omitempty"`
	// File is the bucket's name of the learned router, "" where the policy has none.
	File string `json:"file,omitempty"`
}

// Replayed is the policy for the engine; without rules, and with the reason, where
// the labels allow none.
func (r *Routing) Replayed() *savings.RoutingPolicy {
	if r.Policy != nil {
		return r.Policy
	}
	return &savings.RoutingPolicy{Rules: []savings.RoutingRule{}, Study: &r.Study, Decision: &r.Decision}
}

// Optimization is the result of the optimization stage.
type Optimization struct {
	Analysis *savings.Analysis `json:"analysis"`
	// Notes say what of the goal could not be followed to the letter.
	Notes []string `json:"notes"`
	// Caveats are to be read with the figures.
	Caveats []string `json:"caveats,omitempty"`
	// Answer says what the message did to the plan; nil where it asks nothing in particular.
	Answer *answer.Answer `json:"answer,omitempty"`
	// Tried are other policies that a language model chose to have replayed, and
	// Remark what it says of them, every figure checked.
	Tried  []savings.Trial `json:"tried,omitempty"`
	Remark string          `json:"remark,omitempty"`
	// Difference compares with the thread's previous plan; nil without one.
	Difference *savings.Difference `json:"difference,omitempty"`
}

// File is one configuration file of the actions stage.
type File struct {
	Name string `json:"name"`
	// About says what the file is, how to use it and how to see that it works.
	About string `json:"about"`
}

// Actions is the result of the actions stage.
type Actions struct {
	Files []File `json:"files"`
}
