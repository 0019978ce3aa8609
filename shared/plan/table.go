package plan

const (
	mib = 1 << 20
	gib = 1 << 30
)

// All returns the plans from the smallest to the largest; the caller owns the
// slice. A larger plan never allows less than a smaller one.
//
// Why these figures: five running runs is the most on any plan, because a run
// holds one instance of one stage at a time and a stage has 50 instances. A log
// of ten million calls is about 2 GiB as JSON Lines and less than a tenth of it
// packed, so every plan but the free one takes it. Retention covers the period
// after which a user comes back: a week to try, a month for a monthly bill, a
// quarter and a year for the reviews of larger organisations.
func All() []Plan {
	free := []Permission{ReadLog, Price, Replay, WriteReport, WriteConfig}
	early := with(free, WhatIf, UseModel)
	mid := with(early, Route, Connect)
	enterprise := with(mid, Commit, Comply)
	return []Plan{
		{Name: Free, Title: "Free", Running: 1, Queued: 2, RunsPerDay: 20, LogBytes: 256 * mib, RetentionDays: 7, Permissions: free, Strategy: Educate},
		{Name: Early, Title: "Early", Running: 3, Queued: 5, RunsPerDay: 100, LogBytes: 2 * gib, RetentionDays: 30, Permissions: early, Strategy: QuickWins},
		{Name: Mid, Title: "Mid", Running: 5, Queued: 10, RunsPerDay: 500, LogBytes: 5 * gib, RetentionDays: 90, Permissions: mid, Strategy: Phased},
		{Name: Enterprise, Title: "Enterprise", Running: 5, Queued: 20, RunsPerDay: 2000, LogBytes: 10 * gib, RetentionDays: 365, Permissions: enterprise, Strategy: Full},
	}
}

// with returns a new slice: the plans must not share a backing array that a
// caller could append to.
func with(base []Permission, more ...Permission) []Permission {
	out := make([]Permission, 0, len(base)+len(more))
	return append(append(out, base...), more...)
}
