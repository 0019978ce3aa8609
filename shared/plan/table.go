package plan

import "time"

const (
	mib = 1 << 20
	gib = 1 << 30
	day = 24 * time.Hour
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
		{Name: Free, Running: 1, Queued: 2, RunsPerDay: 20, LogBytes: 256 * mib, Retention: 7 * day, Permissions: free, Strategy: Educate},
		{Name: Early, Running: 3, Queued: 5, RunsPerDay: 100, LogBytes: 2 * gib, Retention: 30 * day, Permissions: early, Strategy: QuickWins},
		{Name: Mid, Running: 5, Queued: 10, RunsPerDay: 500, LogBytes: 5 * gib, Retention: 90 * day, Permissions: mid, Strategy: Phased},
		{Name: Enterprise, Running: 5, Queued: 20, RunsPerDay: 2000, LogBytes: 10 * gib, Retention: 365 * day, Permissions: enterprise, Strategy: Full},
	}
}

// with returns a new slice: the plans must not share a backing array that a
// caller could append to.
func with(base []Permission, more ...Permission) []Permission {
	out := make([]Permission, 0, len(base)+len(more))
	return append(append(out, base...), more...)
}
