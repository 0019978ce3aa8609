package pricing

import (
	"slices"
	"time"
)

// changes returns the microseconds in (from, to) at which a period begins or
// ends, sorted and without repeats.
func (ps periods) changes(from, to int64) []int64 {
	var out []int64
	add := func(t time.Time) {
		if at := t.UnixMicro(); !t.IsZero() && at > from && at < to {
			out = append(out, at)
		}
	}
	for _, p := range ps {
		add(p.from)
		add(p.until)
		if p.dayFrom != p.dayUntil {
			p.daily(from, to, add)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// daily calls add for both ends of the period's daily window on every day of the span.
func (p period) daily(from, to int64, add func(time.Time)) {
	day := time.UnixMicro(from).UTC().Truncate(24 * time.Hour)
	for end := time.UnixMicro(to); day.Before(end); day = day.AddDate(0, 0, 1) {
		for _, at := range [...]time.Time{day.Add(p.dayFrom), day.Add(p.dayUntil)} {
			if (p.from.IsZero() || !at.Before(p.from)) && (p.until.IsZero() || at.Before(p.until)) {
				add(at)
			}
		}
	}
}
