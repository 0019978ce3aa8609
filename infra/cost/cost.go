// Package cost works out what a deployment on Google Cloud costs in a month,
// from stages.json, from what one run does, and from Google's list prices. The
// table of infra/README.md and the figure that scripts/demo shows before it
// creates anything come from here.
package cost

import (
	"math"

	"netra/shared/pipeline"
)

// Run is what one run does, from the user's first request to the report.
type Run struct {
	// StageSeconds is the time that one stage holds its instance, by stage.
	StageSeconds map[string]float64
	// APIRequests and ConsoleRequests are counted with what the browser loads.
	APIRequests, ConsoleRequests float64
	// Reads, Writes and Deletes are Firestore documents; deletes follow when the
	// retention ends.
	Reads, Writes, Deletes float64
	// StoredMB is what Firestore keeps and LogMB what the bucket keeps until the
	// retention ends.
	StoredMB, LogMB float64
	// SentMB leaves Google's network: pages, events, report.
	SentMB float64
	// LoggedKB is written to Cloud Logging.
	LoggedKB float64
	// Spans are exported to Cloud Trace.
	Spans float64
}

// Calls is how many calls the log of the table's runs has.
const Calls = 100_000

// What one visit with the sample log did on the local cloud, measured by
// `go run ./scripts/bench/pipeline -cost`: upload, run of five stages, every event
// watched, every file fetched, everything deleted. The writes vary with how many
// events share a batch: 75.3 and 71 a visit were measured, and the larger counts.
const (
	sampleCalls     = 5_321
	visitEvents     = 32
	visitReads      = 89
	visitWrites     = 76
	visitDeletes    = 48
	visitFilesMB    = 0.139
	visitLoggedKB   = 10
	visitDocumentMB = 0.236
	visitObjectMB   = 2.414 // the log, 428 bytes a call, and its normalised form
)

// stageCPU is the processor seconds of a stage in that visit; calls is the part
// that grows with the log.
var stageCPU = map[string]struct{ fixed, calls float64 }{
	"triage": {fixed: 0.006}, "intelligence": {fixed: 0.010, calls: 0.090}, "optimization": {fixed: 0.010, calls: 0.035},
	"actions": {fixed: 0.009}, "report": {fixed: 0.014},
}

// A stage holds its instance while it waits, too: for eight round trips to
// Firestore and Pub/Sub one after the other (claim, events, commit, publish), of
// 30 ms each. That is a guess: a local emulator says nothing of a network.
const waits = 8 * 0.030

// Assumed is what a run over a log of Calls calls is taken to do: the measured
// visit, with what grows with the log scaled up to it.
func Assumed(t pipeline.Table) Run {
	scale := float64(Calls) / sampleCalls
	seconds := map[string]float64{}
	for _, s := range t.Stages {
		cpu := stageCPU[s.Name]
		seconds[s.Name] = roundUp(cpu.fixed + cpu.calls*scale + waits)
	}
	return Run{
		StageSeconds: seconds,
		// The visit made 13 requests; a browser also reads account, threads, runs and
		// data sets. The console's page is 8 files, cached afterwards.
		APIRequests: 13 + 4, ConsoleRequests: 8,
		Reads: visitReads + visitEvents, // the browser's listener: one for each event
		// Indexes of every field take about as much as the documents.
		Writes: visitWrites, Deletes: visitDeletes, StoredMB: 2 * visitDocumentMB,
		LogMB: visitObjectMB * scale,
		// Files, the page (about 0.3 MB packed), events and answers (0.1 MB).
		SentMB: visitFilesMB + 0.3 + 0.1, LoggedKB: visitLoggedKB,
		// 23 of the visit's requests, 6 of its tools, and those of Cloud Storage's
		// client, which the local bucket has not.
		Spans: 46,
	}
}

// roundUp is how Cloud Run bills a request: in tenths of a second.
func roundUp(seconds float64) float64 { return math.Ceil(10*seconds) / 10 }

// RetentionDays is how long data is kept on average: most users are on the
// plan early (shared/plan).
const RetentionDays = 30

// Line is one part of the bill.
type Line struct {
	Service string
	// How says what was multiplied.
	How string
	// ListUSD is the month's price without and USD with the free allowance.
	ListUSD, USD float64
}

// Month returns the bill of a month with the given number of runs.
func Month(t pipeline.Table, run Run, runs float64) []Line {
	u := usage(t, run, runs)
	lines := make([]Line, 0, len(meters))
	for _, m := range meters {
		amount := m.amount(u)
		lines = append(lines, Line{
			Service: m.service, How: m.how,
			ListUSD: amount / m.per * m.price,
			USD:     max(0, amount-m.free) / m.per * m.price,
		})
	}
	return lines
}

// Total adds the lines, with the free allowance.
func Total(lines []Line) float64 {
	sum := 0.0
	for _, l := range lines {
		sum += l.USD
	}
	return sum
}

// MultiRegion is what Firestore in a multi-region (eur3, nam5) costs more than in
// one region: operations cost twice as much there.
func MultiRegion(lines []Line) float64 {
	more := 0.0
	for _, l := range lines {
		switch l.Service {
		case "Firestore writes", "Firestore reads", "Firestore deletes":
			more += l.USD
		}
	}
	return more
}

// used is what a month consumes.
type used struct {
	vcpuSeconds, gibSeconds, requests float64
	reads, writes, deletes, storedGiB float64
	messagesGiB, logGiB, objectWrites float64
	sentGiB, loggedGiB, spans, jobs   float64
	secrets, conditions, imageGB      float64
	series                            float64
}

// minutesPerMonth is how often what runs every minute runs in 30.4 days: the
// sweeper's job, and each alert condition.
const minutesPerMonth = 60 * 24 * daysPerMonth

// alertSeries is how many time series the conditions of infra/alerts.tf return at
// most in one evaluation: one for each function (stage-errors, memory and
// instance-limit), one for each subscription of a stage and of its dead letters
// (dead-letters, backlog), and one for each other condition.
func alertSeries(t pipeline.Table) float64 {
	const perFunction, perSubscription = 3, 2
	subscriptions := 2 * len(t.Stages)
	return float64(perFunction*len(t.Functions()) + perSubscription*subscriptions + AlertConditions - perFunction - perSubscription)
}

func usage(t pipeline.Table, run Run, runs float64) used {
	u := used{
		reads: run.Reads * runs, writes: run.Writes * runs, deletes: run.Deletes * runs,
		storedGiB: run.StoredMB * runs / 1024 * RetentionDays / 30.4,
		logGiB:    run.LogMB * runs / 1024 * RetentionDays / 30.4,
		// Three object writes a run: the upload, the normalised data, a large artifact.
		objectWrites: 3 * runs,
		messagesGiB:  2 * float64(len(t.Stages)) * runs / (1 << 20), // published and delivered, 1 KiB each at least
		sentGiB:      run.SentMB * runs / 1024, loggedGiB: run.LoggedKB * runs / (1 << 20), spans: run.Spans * runs,
		// An image is 48.7 MB of program on 2 MB of base, packed to about half; the last ten are kept.
		secrets: 1, conditions: AlertConditions, imageGB: 0.25,
		series: alertSeries(t) * minutesPerMonth,
	}
	for _, f := range t.Functions() {
		seconds, requests := 0.0, 0.0
		switch {
		case f.Schedule != "":
			// A tick that finds nothing reads three empty queries: one billed read each.
			seconds, requests = 0.1*minutesPerMonth, minutesPerMonth
			u.reads += 9 * minutesPerMonth
			u.jobs++
		case f.Name == "api":
			seconds, requests = 0.1*run.APIRequests*runs, run.APIRequests*runs
		case f.Name == "console":
			seconds, requests = 0.1*run.ConsoleRequests*runs, run.ConsoleRequests*runs
		default:
			seconds, requests = run.StageSeconds[f.Name]*runs, runs
		}
		u.vcpuSeconds += seconds * f.CPU
		u.gibSeconds += seconds * float64(f.MemoryMB) / 1024
		u.requests += requests
	}
	return u
}
