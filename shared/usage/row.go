package usage

import (
	"bytes"
	"fmt"
	"math"
)

// maxTokens is the most tokens that one call may plausibly count; a summed row
// may count a million times more.
const maxTokens = 1_000_000_000

// value is one scalar of a row as the source spells it.
type value struct {
	text   []byte
	number bool // a JSON number rather than text
}

// row is what one record says, before it becomes a Call. Slices point into the
// record and hold until the next one.
type row struct {
	seen    uint64
	n       [numFields]int64
	f       [numFields]float64
	s       [numFields][]byte
	rank    [numFields]uint8
	limit   int64
	plain   bool   // raw fields are plain text, not JSON
	local   local  // how a table writes numbers and dates
	at      int64  // the time in front of the record, for rows without one
	service []byte // what wrote the record
	reason  error  // the first value that could not be read
}

func (r *row) reset(limit int64, plain bool) {
	r.seen, r.reason, r.limit, r.plain = 0, nil, limit, plain
}

// The set of seen fields is one word.
const _ = uint(64 - numFields)

func (r *row) has(f field) bool { return r.seen&(1<<f) != 0 }

func (r *row) hasAny(fs ...field) bool {
	for _, f := range fs {
		if r.has(f) {
			return true
		}
	}
	return false
}

// num returns a count, 0 if the row does not say.
func (r *row) num(f field) int64 {
	if r.has(f) {
		return r.n[f]
	}
	return 0
}

// text returns a text, nil if the row does not say.
func (r *row) text(f field) []byte {
	if r.has(f) {
		return r.s[f]
	}
	return nil
}

// set takes one value. Empty text says nothing; a value that cannot be read
// makes the row unreadable.
func (r *row) set(n *node, v value) {
	f := n.field
	if f == fNone || r.has(f) && n.rank > r.rank[f] {
		return
	}
	if shapeOf(f) != shapeRaw {
		v.text = bytes.TrimSpace(v.text)
	}
	if len(v.text) == 0 || !v.number && (isNull(v.text) || f == fCost && isIncluded(v.text)) || f == fTag && isPersonal(firstOf(v.text)) {
		return
	}
	r.seen |= 1 << f
	r.rank[f] = n.rank
	if err := r.store(f, v); err != nil && r.reason == nil {
		r.reason = fmt.Errorf("%s: %w", nameOf(f), err)
	}
}

func (r *row) store(f field, v value) (err error) {
	s, spelled := shapeOf(f), v.text
	if r.local.comma && (s == shapeTokens || s == shapeFloat) {
		if v.text, err = r.local.number(v.text); err != nil {
			return err
		}
	}
	switch s {
	case shapeTokens:
		r.n[f], err = parseCount(v.text, r.limit)
	case shapeFloat:
		r.f[f], err = parseFloat(v.text)
		r.euros(f, spelled)
	case shapeTime:
		r.n[f], err = parseTime(v.text, r.local)
	default:
		r.s[f] = v.text
	}
	return err
}

// euros takes the currency from the amount, where the row has no column of it.
func (r *row) euros(f field, amount []byte) {
	if f == fCost && !r.has(fCurrency) && bytes.Contains(amount, []byte("€")) {
		r.seen |= 1 << fCurrency
		r.s[fCurrency], r.rank[fCurrency] = []byte("EUR"), math.MaxUint8
	}
}

// isIncluded tells the words that stand for the cost of a call which a
// subscription pays: what the call costs is not said.
func isIncluded(text []byte) bool {
	return bytes.EqualFold(text, []byte("included")) || bytes.EqualFold(text, []byte("free")) || bytes.EqualFold(text, []byte("no charge"))
}

func nameOf(f field) string {
	if name := reportName(f); name != "" {
		return name
	}
	return fmt.Sprintf("field %d", f)
}

// isNull tells spellings of "no value" that tables use.
func isNull(text []byte) bool {
	switch len(text) {
	case 1:
		return text[0] == '-'
	case 2:
		return text[0] == '\\' && text[1] == 'N' || string(text) == "[]" || string(text) == "{}"
	case 3:
		return bytes.EqualFold(text, []byte("n/a"))
	case 4:
		return bytes.EqualFold(text, []byte("null")) || bytes.EqualFold(text, []byte("none"))
	}
	return false
}

// parseCount reads a whole number that is not negative. Tables that went
// through a data frame write 12 as 12.0.
func parseCount(text []byte, limit int64) (int64, error) {
	var n int64
	for i, c := range text {
		if c < '0' || c > '9' || i >= 18 {
			return parseWide(text, limit)
		}
		n = n*10 + int64(c-'0')
	}
	if n > limit {
		return 0, fmt.Errorf("%s is more than one call can have", show(text))
	}
	return n, nil
}

func parseWide(text []byte, limit int64) (int64, error) {
	x, err := parseFloat(text)
	switch {
	case err != nil:
		return 0, err
	case x < 0:
		return 0, fmt.Errorf("%s is negative", show(text))
	case x != math.Trunc(x):
		return 0, fmt.Errorf("%s is not a whole number", show(text))
	case x > float64(limit):
		return 0, fmt.Errorf("%s is more than one call can have", show(text))
	}
	return int64(x), nil
}

// show quotes a value for a reason, shortened: reasons end up in reports.
func show(text []byte) string {
	const most = 40
	if len(text) > most {
		return fmt.Sprintf("%q...", text[:most])
	}
	return fmt.Sprintf("%q", text)
}
