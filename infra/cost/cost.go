// Package cost works out what a deployment on Google Cloud costs in a month,
// from stages.json, from what one run does, and from Google's list prices. The
// table of infra/README.md and the figure that scripts/demo shows before it
// creates anything come from here.
package cost

import (
	"netra/shared/pipeline"
)

// Run is what one run does, from the user's first request to the report. A run
// is five stages over a log of about 100,000 calls.
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

// Assumed is what a run is taken to do; where a figure was measured its comment
// says so, the others are upper guesses.
func Assumed(t pipeline.Table) Run {
	stages := float64(len(t.Stages))
	// Measured: the smoke test's run of the sample log tells 32 events.
	events := 6*stages + 2
	// Claim and commit, a result and the counters, for each stage; each batch of
	// events also writes the run, which is every second event or fewer. Message, dataset, slots, artifacts and thread.
	writes := events + 4*stages + events/2 + 25
	seconds := map[string]float64{}
	for _, s := range t.Stages {
		seconds[s.Name] = 1
	}
	for name, s := range map[string]float64{"intelligence": 4, "optimization": 6} {
		if _, ok := seconds[name]; ok {
			seconds[name] = s
		}
	}
	return Run{
		StageSeconds: seconds, APIRequests: 15, ConsoleRequests: 8,
		Reads: events + 10 + 8*stages, Writes: writes, Deletes: events + 2*stages + 15,
		StoredMB: 0.5, LogMB: 25, SentMB: 2, LoggedKB: 40, Spans: 60,
	}
}

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

// used is what a month consumes.
type used struct {
	vcpuSeconds, gibSeconds, requests float64
	reads, writes, deletes, storedGiB float64
	messagesGiB, logGiB, objectWrites float64
	sentGiB, loggedGiB, spans, jobs   float64
	secrets, conditions, imageGB      float64
}

// ticksPerMonth is how often a job that runs every minute runs in 30.4 days.
const ticksPerMonth = 60 * 24 * 30.4

func usage(t pipeline.Table, run Run, runs float64) used {
	u := used{
		reads: run.Reads * runs, writes: run.Writes * runs, deletes: run.Deletes * runs,
		storedGiB: run.StoredMB * runs / 1024 * RetentionDays / 30.4,
		logGiB:    run.LogMB * runs / 1024 * RetentionDays / 30.4,
		// Three object writes a run: the upload, the normalised data, a large artifact.
		objectWrites: 3 * runs,
		messagesGiB:  2 * float64(len(t.Stages)) * runs / (1 << 20), // published and delivered, 1 KiB each at least
		sentGiB:      run.SentMB * runs / 1024, loggedGiB: run.LoggedKB * runs / (1 << 20), spans: run.Spans * runs,
		secrets: 1, conditions: AlertConditions, imageGB: 0.25,
	}
	for _, f := range t.Functions() {
		seconds, requests := 0.0, 0.0
		switch {
		case f.Schedule != "":
			// A tick that finds nothing reads three empty queries: one billed read each.
			seconds, requests = 0.1*ticksPerMonth, ticksPerMonth
			u.reads += 9 * ticksPerMonth
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
