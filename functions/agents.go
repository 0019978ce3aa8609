package functions

import (
	"time"

	"netra/functions/actions"
	"netra/functions/intelligence"
	"netra/functions/optimization"
	"netra/functions/report"
	"netra/functions/triage"
	"netra/shared/bucket"
	"netra/shared/llm"
	"netra/shared/pipeline"
	"netra/shared/pricing"
)

// Deps are what the agent stages stand on.
type Deps struct {
	Table  pipeline.Table
	Bucket *bucket.Bucket
	// Prices may be nil for stages that price nothing; see NeedsPrices.
	Prices *pricing.Book
	// Model chooses what-ifs and writes words, never figures; nil where none is set up.
	Model llm.Model
	// Fetcher and Credential fetch logs for users who stored a credential; nil for not.
	Fetcher    intelligence.Fetcher
	Credential intelligence.Credential
	Now        func() time.Time
}

// Agents is THE table of agent stages: name to work. A stage is a row here, a
// folder beside this file and a line in shared/pipeline/stages.json.
func Agents(d Deps) map[string]pipeline.Stage {
	return map[string]pipeline.Stage{
		"triage":       &triage.Stage{Table: d.Table, Model: d.Model, Now: d.Now},
		"intelligence": &intelligence.Stage{Table: d.Table, Bucket: d.Bucket, Prices: d.Prices, Fetcher: d.Fetcher, Credential: d.Credential, Now: d.Now},
		"optimization": &optimization.Stage{Bucket: d.Bucket, Prices: d.Prices, Model: d.Model, Now: d.Now},
		"actions":      &actions.Stage{Bucket: d.Bucket, Now: d.Now},
		"report":       &report.Stage{Model: d.Model, Now: d.Now},
	}
}

// NeedsPrices reports whether a function prices calls. The others start without
// the price book, which takes a while to load.
func NeedsPrices(function string) bool {
	return function == "intelligence" || function == "optimization"
}
