// Package plan is the one table of what each plan of Netra allows. Admission
// (running, queued, runs per day), upload (log bytes), clean-up (retention) and
// the tool dispatcher (permissions) all read it, and the API shows it.
//
// The package imports the standard library only.
package plan

import (
	"slices"
	"time"
)

// The names of the plans, from the smallest to the largest. They are stored in
// runs and user documents.
const (
	Free       = "free"
	Early      = "early"
	Mid        = "mid"
	Enterprise = "enterprise"
)

// Default is the plan of a user whose document names none.
const Default = Free

// Permission is the right to run one kind of tool.
type Permission string

// The permissions. Every plan may read a log, price it, replay the levers and
// get a report with configuration files: whatever the plan, a run ends with
// something of use.
const (
	// ReadLog covers reading, normalising and measuring an uploaded log.
	ReadLog Permission = "log.read"
	// Price covers pricing calls from the price book.
	Price Permission = "price.compute"
	// Replay covers the replay of the levers over the log.
	Replay Permission = "lever.replay"
	// WriteReport covers the report in every format.
	WriteReport Permission = "report.write"
	// WriteConfig covers the configuration files that apply a plan.
	WriteConfig Permission = "config.write"
	// WhatIf covers a new replay under changed policies in a follow-up message.
	WhatIf Permission = "lever.what_if"
	// UseModel covers a language model that reads the goal and writes the words.
	UseModel Permission = "model.use"
	// Route covers learning a routing policy from quality labels.
	Route Permission = "routing.learn"
	// Connect covers fetching a log with a credential that the user stored.
	Connect Permission = "connector.fetch"
	// Commit covers comparing arrivals with provisioned-throughput prices.
	Commit Permission = "commitment.compare"
	// Comply covers compliance notes (data location, retention) on each step.
	Comply Permission = "compliance.note"
)

// Strategy is how a plan of savings is presented to a segment of users.
type Strategy string

// The strategies, one per segment.
const (
	// Educate explains where the money goes and gives templates to start from.
	Educate Strategy = "education_and_templates"
	// QuickWins puts what pays at once, with little effort, first.
	QuickWins Strategy = "immediate_wins"
	// Phased orders the steps in phases and keeps answer quality in each.
	Phased Strategy = "phased_quality_kept"
	// Full gives every lever, with compliance notes.
	Full Strategy = "full_with_compliance"
)

// Plan says what one plan allows.
type Plan struct {
	Name  string `json:"name"`
	Title string `json:"title"`
	// Running is how many runs of a user may work at once; never over 5.
	Running int `json:"running"`
	// Queued is how many more may wait for a free place.
	Queued int `json:"queued"`
	// RunsPerDay is how many runs a user may start in a UTC day.
	RunsPerDay int `json:"runs_per_day"`
	// LogBytes bounds one uploaded log, as uploaded (packed or not).
	LogBytes int64 `json:"log_bytes"`
	// RetentionDays is how long runs, logs and reports are kept.
	RetentionDays int `json:"retention_days"`
	// Permissions are the tools' rights, in the order of the table.
	Permissions []Permission `json:"permissions"`
	Strategy    Strategy     `json:"strategy"`
}

// Retention is how long runs, logs and reports are kept.
func (p Plan) Retention() time.Duration { return time.Duration(p.RetentionDays) * 24 * time.Hour }

// Allows reports whether the plan has the permission.
func (p Plan) Allows(want Permission) bool {
	return slices.Contains(p.Permissions, want)
}

// Named returns the plan of the given name, and the Default one for a name that no
// plan has: a plan that is mistyped in a user's document locks nobody out.
func Named(name string) Plan {
	all := All()
	named := func(name string) int { return slices.IndexFunc(all, func(p Plan) bool { return p.Name == name }) }
	if i := named(name); i >= 0 {
		return all[i]
	}
	return all[named(Default)]
}

// Lowest returns the smallest plan that has the permission; false if none has.
func Lowest(want Permission) (Plan, bool) {
	for _, p := range All() {
		if p.Allows(want) {
			return p, true
		}
	}
	return Plan{}, false
}
