package usage

import "bytes"

// Lines that hold a JSON value behind something else.

// cutter takes off what stands in front of the JSON of a line, and returns the
// JSON, nil if there is none, and the time in front of it, 0 if there is none.
type cutter func(line []byte) (json []byte, at int64)

// recordMark stands in front of every value of a JSON text sequence (RFC 7464).
const recordMark = 0x1e

func unmarked(line []byte) ([]byte, int64) { return bytes.TrimLeft(line, "\x1e \t"), 0 }

// stamped returns the JSON of a line that begins with its time, as CloudWatch
// Logs writes it to S3.
func stamped(line []byte) ([]byte, int64) {
	stamp, rest, ok := bytes.Cut(bytes.TrimSpace(line), []byte(" "))
	if rest = bytes.TrimSpace(rest); !ok || len(rest) == 0 || rest[0] != '{' {
		return nil, 0
	}
	at, isTime := parseISO(stamp)
	if !isTime {
		return nil, 0
	}
	return rest, at
}

func isStamped(head []byte) bool {
	json, _ := stamped(firstLine(head))
	return json != nil
}

// maxPrefix is how far into a line of a program's log its JSON may begin.
const maxPrefix = 400

// embedded returns the JSON object that a line of a program's log ends with:
// 2025-06-01 10:00:00,123 INFO llm: {...}.
func embedded(line []byte) ([]byte, int64) {
	line = bytes.TrimSpace(line)
	for from := 0; from < min(len(line), maxPrefix); from++ {
		i := bytes.IndexByte(line[from:], '{')
		if i < 0 || from+i >= maxPrefix {
			return nil, 0
		}
		from += i
		if s := scan(line[from:]); s.skip() == nil && s.peek() == 0 {
			return line[from:], stampIn(line[:from])
		}
	}
	return nil, 0
}

// stampIn finds the time among the first words of a prefix.
func stampIn(prefix []byte) int64 {
	words := bytes.Fields(prefix)
	for i := range words[:min(len(words), 4)] {
		for _, n := range []int{2, 1} {
			text := bytes.Join(words[i:min(i+n, len(words))], []byte(" "))
			text = bytes.Trim(text, "[]()|\"")
			if at, err := parseTime(bytes.TrimPrefix(text, []byte("time=")), local{}); err == nil && len(text) >= 10 {
				return at
			}
		}
	}
	return 0
}
