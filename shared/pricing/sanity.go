package pricing

import (
	"fmt"

	"github.com/shopspring/decimal"
)

// bound is a sanity limit on one price as a multiple of the model's input price.
// Real tables hold rows outside (a cache write at 24 times input, a cache read
// dearer than input many times over): they are typing errors, not prices.
type bound struct {
	unit unit
	max  float64
	what string
}

func bounds() []bound {
	return []bound{
		{unit{direction: "input", kind: "read"}, 1.5, "cache read"},
		{unit{direction: "input", kind: "write"}, 4, "cache write"},
		{unit{direction: "input", kind: "write", ttl: "5m"}, 4, "5-minute cache write"},
		{unit{direction: "input", kind: "write", ttl: "1h"}, 4, "1-hour cache write"},
		{unit{direction: "output"}, 100, "output"},
	}
}

// Dearest is the highest price per million tokens (or per thousand requests)
// that is taken for real; the dearest one known is $600 (o1-pro output).
const Dearest = 2000

// fault says why the model's row cannot be right, or "".
func (m *model) fault() string {
	if len(m.Prices) == 0 {
		return "it has no prices"
	}
	for _, p := range m.Prices {
		if reason := p.set.fault(); reason != "" {
			return reason
		}
	}
	return ""
}

func (s priceSet) fault() string {
	lines := map[int64]bool{}
	for u, p := range s {
		for _, v := range p.all() {
			if v.IsNegative() || v.GreaterThan(decimal.NewFromInt(Dearest)) {
				return fmt.Sprintf("a price of $%s is out of the range 0 to %d", v, Dearest)
			}
		}
		for _, l := range p.lines {
			lines[l.Start] = true
		}
		if len(p.lines) > 0 && (u.other != "" || p.lines[0].Start <= 0) {
			return "a long-context line must be over 0 and on tokens"
		}
	}
	if len(lines) > 1 {
		return "it has more than one long-context line"
	}
	return s.ratioFault()
}

func (s priceSet) ratioFault() string {
	input, ok := s[unit{direction: "input"}]
	if !ok || !input.base.IsPositive() {
		return ""
	}
	for _, b := range bounds() {
		p, ok := s[b.unit]
		if !ok {
			continue
		}
		if ratio := p.base.Div(input.base).InexactFloat64(); ratio > b.max {
			return fmt.Sprintf("%s costs %.4g times input, over the limit of %g", b.what, ratio, b.max)
		}
	}
	return ""
}

// all returns every price of p: the base and those of its lines.
func (p price) all() []decimal.Decimal {
	out := []decimal.Decimal{p.base}
	for _, l := range p.lines {
		out = append(out, l.Price)
	}
	return out
}
