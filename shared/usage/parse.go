package usage

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"
	"unsafe"
)

// parseFloat reads a finite number; thousands separators and a $ are taken off,
// as spreadsheets write them.
func parseFloat(text []byte) (float64, error) {
	x, err := strconv.ParseFloat(view(text), 64)
	if err != nil {
		x, err = strconv.ParseFloat(string(unformat(text)), 64)
	}
	if err != nil {
		return 0, fmt.Errorf("%s is not a number", show(text))
	}
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return 0, fmt.Errorf("%s is not a finite number", show(text))
	}
	return x, nil
}

func unformat(text []byte) []byte {
	text = money(text)
	whole, frac, _ := bytes.Cut(text, []byte("."))
	groups := bytes.Split(whole, []byte(","))
	for _, g := range groups[1:] {
		if len(g) != 3 {
			return text
		}
	}
	out := bytes.Join(groups, nil)
	if len(frac) > 0 {
		out = append(append(out, '.'), frac...)
	}
	return out
}

// view is text as a string without a copy; the callee must not keep it.
func view(text []byte) string { return unsafe.String(unsafe.SliceData(text), len(text)) }

// Times outside these years are taken for damage: LLM logs begin in 2015 at the earliest.
const (
	minTime = 1420070400_000000 // 2015-01-01
	maxTime = 4102444800_000000 // 2100-01-01
)

// timeLayouts are tried in turn on times that are not RFC 3339. Times without a
// zone are UTC.
var timeLayouts = []string{
	"2006-01-02 15:04:05.999999999 -0700 MST",
	"2006-01-02 15:04:05.999999999 MST",
	"2006-01-02 15:04:05.999999999-07",
	"2006-01-02 15:04:05.999999999 -0700",
	"2006-01-02T15:04:05.999999999-0700",
	"2006-01-02 15:04",
	"2006-01-02T15:04",
	"2006-01-02",
	"2006-01",
	"Jan 2006",
	"January 2006",
	"2006/01/02 15:04:05",
	"02/Jan/2006:15:04:05 -0700",
	"Jan 2, 2006 15:04:05",
	time.RFC1123Z,
	time.RFC1123,
}

// parseTime reads a moment as microseconds since the epoch: Unix time in
// seconds, milliseconds, microseconds or nanoseconds (told by its size), or a
// date in one of the usual spellings.
func parseTime(text []byte, l local) (int64, error) {
	at, err := parseMoment(text, l)
	if err != nil {
		return 0, err
	}
	if at < minTime || at >= maxTime {
		return 0, fmt.Errorf("%s is not between the years 2015 and 2100", show(text))
	}
	return at, nil
}

func parseMoment(text []byte, l local) (int64, error) {
	if at, ok := parseISO(text); ok {
		return at, nil
	}
	if x, err := strconv.ParseFloat(view(text), 64); err == nil {
		return unixMicros(x, text)
	}
	if at, ok := l.moment(text); ok {
		return at, nil
	}
	for _, layout := range timeLayouts {
		if at, err := time.Parse(layout, view(text)); err == nil {
			return at.UnixMicro(), nil
		}
	}
	return 0, fmt.Errorf("%s is not a time", show(text))
}

var errUnixTime = errors.New("not a Unix time")

func unixMicros(x float64, text []byte) (int64, error) {
	scale := 1.0
	switch {
	case math.IsNaN(x) || x < 0 || x >= 1e20:
		return 0, fmt.Errorf("%s is %w", show(text), errUnixTime)
	case x < 1e11:
		scale = 1e6
	case x < 1e14:
		scale = 1e3
	case x >= 1e17:
		scale = 1e-3
	}
	return int64(math.Round(x * scale)), nil
}

// parseISO reads 2006-01-02T15:04:05[.fraction][Z|±hh:mm], with a blank for the
// T if need be. It is the hot path: nearly every log writes its times so.
func parseISO(b []byte) (int64, bool) {
	if len(b) < 19 || b[4] != '-' || b[7] != '-' || (b[10] != 'T' && b[10] != ' ') || b[13] != ':' || b[16] != ':' {
		return 0, false
	}
	y, ok1 := digits(b[0:4])
	mo, ok2 := digits(b[5:7])
	d, ok3 := digits(b[8:10])
	h, ok4 := digits(b[11:13])
	mi, ok5 := digits(b[14:16])
	s, ok6 := digits(b[17:19])
	if !(ok1 && ok2 && ok3 && ok4 && ok5 && ok6) || mo < 1 || mo > 12 || d < 1 || d > 31 || h > 23 || mi > 59 || s > 60 {
		return 0, false
	}
	micros, rest := fraction(b[19:])
	offset, ok := zone(rest)
	if !ok {
		return 0, false
	}
	secs := daysSinceEpoch(y, mo, d)*86400 + h*3600 + mi*60 + s - offset
	return secs*1e6 + micros, true
}

// daysSinceEpoch counts days in the Gregorian calendar from 1970-01-01
// (H. Hinnant, "chrono-compatible low-level date algorithms").
func daysSinceEpoch(y, m, d int64) int64 {
	if m <= 2 {
		y--
		m += 12
	}
	era := y / 400
	yearOfEra := y - era*400
	dayOfYear := (153*(m-3)+2)/5 + d - 1
	return era*146097 + yearOfEra*365 + yearOfEra/4 - yearOfEra/100 + dayOfYear - 719468
}

func digits(b []byte) (int64, bool) {
	var n int64
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return n, true
}

// fraction reads a decimal fraction of a second, cut to microseconds.
func fraction(b []byte) (micros int64, rest []byte) {
	if len(b) < 2 || (b[0] != '.' && b[0] != ',') {
		return 0, b
	}
	scale := int64(100000)
	i := 1
	for ; i < len(b) && b[i] >= '0' && b[i] <= '9'; i++ {
		micros += int64(b[i]-'0') * scale
		scale /= 10
	}
	return micros, b[i:]
}

func zone(b []byte) (seconds int64, ok bool) {
	switch {
	case len(b) == 0 || (len(b) == 1 && b[0] == 'Z'):
		return 0, true
	case bytes.Equal(b, []byte(" UTC")) || bytes.Equal(b, []byte("+00")):
		return 0, true
	case len(b) != 6 || b[3] != ':':
		return 0, false
	}
	h, ok1 := digits(b[1:3])
	m, ok2 := digits(b[4:6])
	seconds = h*3600 + m*60
	if b[0] == '-' {
		return -seconds, ok1 && ok2
	}
	return seconds, b[0] == '+' && ok1 && ok2
}
