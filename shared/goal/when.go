package goal

import (
	"regexp"
	"strings"
	"time"
)

const isoDay = `(\d{4}-\d{2}-\d{2})`

var (
	lastTime = regexp.MustCompile(`\b(?:last|past|previous|latest) (an?|one|two|three|five|ten|\d{1,4})?\s?(hours?|days?|weeks?|months?|quarters?|years?)\b`)
	fromTo   = regexp.MustCompile(`\b(?:from|between) ` + isoDay + ` (?:to|until|and|through) ` + isoDay)
	since    = regexp.MustCompile(`\b(?:since|from|after|starting) ` + isoDay)
	until    = regexp.MustCompile(`\b(?:until|before|up to|through) ` + isoDay)
	inMonth  = regexp.MustCompile(`\b(?:in|for|during|of) (january|february|march|april|may|june|july|august|september|october|november|december) (\d{4})\b`)
)

// readRange reads the part of the log to look at. Days are UTC; "until" a day
// includes it. A month without its year is not read: the log may span several.
func (g *Goal) readRange(s sentence) bool {
	if m := lastTime.FindStringSubmatch(s.lower); m != nil {
		number := m[1]
		if number == "" {
			number = "one"
		}
		g.Range.Last = duration(number, m[2])
		return g.Range.Last > 0
	}
	if m := inMonth.FindStringSubmatch(s.lower); m != nil {
		from, err := time.Parse("January 2006", strings.ToUpper(m[1][:1])+m[1][1:]+" "+m[2])
		if err == nil {
			g.Range = Range{From: from, To: from.AddDate(0, 1, 0)}
		}
		return err == nil
	}
	if m := fromTo.FindStringSubmatch(s.lower); m != nil {
		return g.setDays(m[1], m[2])
	}
	found := false
	if m := since.FindStringSubmatch(s.lower); m != nil {
		found = g.setDays(m[1], "")
	}
	if m := until.FindStringSubmatch(s.lower); m != nil {
		found = g.setDays("", m[1]) || found
	}
	return found
}

// setDays sets the ends that are given; a day that is not in the calendar, or a
// range that ends before it starts, is noted and not used.
func (g *Goal) setDays(from, to string) bool {
	next := g.Range
	if from != "" {
		day, err := time.Parse(time.DateOnly, from)
		if err != nil {
			g.Notes = append(g.Notes, from+" is not a day of the calendar")
			return true
		}
		next.From = day
	}
	if to != "" {
		day, err := time.Parse(time.DateOnly, to)
		if err != nil {
			g.Notes = append(g.Notes, to+" is not a day of the calendar")
			return true
		}
		next.To = day.AddDate(0, 0, 1)
	}
	if !next.From.IsZero() && !next.To.IsZero() && !next.From.Before(next.To) {
		g.Notes = append(g.Notes, "the time range ends before it starts, so all of the log is used")
		return true
	}
	g.Range = next
	return true
}
