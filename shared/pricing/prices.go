package pricing

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/shopspring/decimal"
)

// price is USD per million tokens (per thousand requests or searches): base, or
// the price of the highest line that the whole prompt is over.
type price struct {
	base  decimal.Decimal
	lines []line // rising starts
}

type line struct {
	Start int64           `json:"start"`
	Price decimal.Decimal `json:"price"`
}

func (p price) at(prompt int64) decimal.Decimal {
	v := p.base
	for _, l := range p.lines {
		if prompt > l.Start {
			v = l.Price
		}
	}
	return v
}

// UnmarshalJSON reads a number, or {"base": number, "tiers": [{"start", "price"}]}.
func (p *price) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] != '{' {
		return json.Unmarshal(data, &p.base)
	}
	var tiered struct {
		Base  decimal.Decimal `json:"base"`
		Tiers []line          `json:"tiers"`
	}
	if err := json.Unmarshal(data, &tiered); err != nil {
		return err
	}
	p.base, p.lines = tiered.Base, tiered.Tiers
	slices.SortFunc(p.lines, func(a, b line) int { return cmp.Compare(a.Start, b.Start) })
	return nil
}

// priceSet is everything a model charges for at one time.
type priceSet map[unit]price

// UnmarshalJSON reads an object of price keys.
func (s *priceSet) UnmarshalJSON(data []byte) error {
	var keys map[string]price
	if err := json.Unmarshal(data, &keys); err != nil {
		return err
	}
	*s = make(priceSet, len(keys))
	for key, p := range keys {
		u, err := parseUnit(key)
		if err != nil {
			return err
		}
		(*s)[u] = p
	}
	return nil
}

// nearest returns the price that tokens of class u are charged at: their own, or
// that of the narrowest class that contains them. Of two equally narrow ones the
// one with a kind wins: cached audio without a price of its own is cached first.
func (s priceSet) nearest(u unit) (unit, price, bool) {
	var best unit
	found := false
	for v := range s {
		if !v.contains(u) || v.other != u.other {
			continue
		}
		if !found || narrower(v, best) {
			best, found = v, true
		}
	}
	return best, s[best], found
}

func narrower(a, b unit) bool {
	if a.depth() != b.depth() {
		return a.depth() > b.depth()
	}
	if (a.kind == "") != (b.kind == "") {
		return a.kind != ""
	}
	return a.ttl != "" && b.ttl == ""
}

// period is a price set with the time it holds for.
type period struct {
	from, until time.Time // zero: open; until is exclusive
	// dayFrom and dayUntil bound a daily window, as durations since midnight UTC;
	// both zero: all day. A window may run over midnight.
	dayFrom, dayUntil time.Duration
	set               priceSet
}

func (p period) holds(t time.Time) bool {
	if !p.from.IsZero() && t.Before(p.from) || !p.until.IsZero() && !t.Before(p.until) {
		return false
	}
	if p.dayFrom == p.dayUntil {
		return true
	}
	clock := t.Sub(t.Truncate(24 * time.Hour))
	if p.dayFrom < p.dayUntil {
		return clock >= p.dayFrom && clock < p.dayUntil
	}
	return clock >= p.dayFrom || clock < p.dayUntil
}

// periods are a model's price sets; the last one that holds counts, and the
// first when none does (a book without history knows only one price).
type periods []period

func (ps periods) at(t time.Time) priceSet {
	t = t.UTC()
	for _, p := range slices.Backward(ps) {
		if p.holds(t) {
			return p.set
		}
	}
	return ps[0].set
}

// UnmarshalJSON reads one price set, or a list of {"constraint", "prices"}.
func (ps *periods) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] != '[' {
		*ps = make(periods, 1)
		return json.Unmarshal(data, &(*ps)[0].set)
	}
	var list []struct {
		Constraint struct {
			StartDate string `json:"start_date"`
			StartTime string `json:"start_time"`
			EndTime   string `json:"end_time"`
		} `json:"constraint"`
		Prices priceSet `json:"prices"`
	}
	if err := json.Unmarshal(data, &list); err != nil {
		return err
	}
	if len(list) == 0 {
		return fmt.Errorf("a list of prices is empty")
	}
	for _, item := range list {
		p := period{set: item.Prices}
		if err := p.constrain(item.Constraint.StartDate, item.Constraint.StartTime, item.Constraint.EndTime); err != nil {
			return err
		}
		*ps = append(*ps, p)
	}
	return nil
}

// constrain sets when the period holds: from a date on, or daily between two
// times of day such as 00:30:00Z. Empty arguments constrain nothing.
func (p *period) constrain(date, start, end string) error {
	var err error
	if date != "" {
		if p.from, err = time.Parse(time.DateOnly, date); err != nil {
			return fmt.Errorf("start date: %w", err)
		}
	}
	if start == "" && end == "" {
		return nil
	}
	if p.dayFrom, err = timeOfDay(start); err != nil {
		return err
	}
	p.dayUntil, err = timeOfDay(end)
	return err
}

func timeOfDay(text string) (time.Duration, error) {
	t, err := time.Parse("15:04:05Z07:00", text)
	if err != nil {
		return 0, fmt.Errorf("time of day: %w", err)
	}
	t = t.UTC()
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute + time.Duration(t.Second())*time.Second, nil
}
