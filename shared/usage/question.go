package usage

import "bytes"

// Grader judges a call by what its prompt asks, while the prompt is in memory: 0
// says nothing of it. The question is overwritten by the next call, and a Grader
// is called from several goroutines at once.
type Grader func(c *Call, question []byte) uint8

// Question returns what a prompt asks: of messages with roles the text of the
// user's last one, of any other JSON all its strings, and of plain text all of it.
// So a table of questions and the log of a gateway, where a system prompt and a
// history stand around them, have the same text.
func Question(prompt []byte) []byte {
	var q question
	return q.of(prompt, true)
}

// question finds what prompts ask. Its memory is used again.
type question struct {
	// spoken are the texts of messages, all the strings of the JSON.
	spoken, all, word []byte
	// ends are where the strings of spoken end, dropped says that a file was left out.
	ends    []int
	dropped bool
	// from and to bound the user's last message in spoken, where asked is true.
	from, to int
	asked    bool
	scan     scanner
}

// of returns the question of a prompt; it is overwritten by that of the next one.
func (q *question) of(prompt []byte, plain bool) []byte {
	prompt = bytes.TrimSpace(prompt)
	q.spoken, q.all, q.ends, q.asked, q.dropped = q.spoken[:0], q.all[:0], q.ends[:0], false, false
	if len(prompt) == 0 || plain && prompt[0] != '{' && prompt[0] != '[' {
		return prompt
	}
	q.scan.reset(prompt)
	switch {
	case q.value("") != nil:
		q.asked = false
		return prompt
	case q.asked:
		return bytes.TrimSpace(q.spoken[q.from:q.to])
	}
	return bytes.TrimSpace(q.all)
}

// value takes the strings of the next value, which is the member called name of an
// object or stands in an array that is.
func (q *question) value(name string) error {
	s := &q.scan
	switch s.peek() {
	case '{':
		return q.object()
	case '[':
		return s.each(func() error { return q.value(name) })
	case '"':
		word, grown, err := s.str(q.word[:0])
		if q.word = grown; err != nil || inlined(word) {
			q.dropped = true
			return err
		}
		q.all = line(q.all, word)
		if name == "text" || name == "content" { // the names that every provider gives to what is said
			q.spoken = line(q.spoken, word)
			q.ends = append(q.ends, len(q.spoken)-1)
		}
		return nil
	}
	return s.skip()
}

// object takes the strings of an object and notes, if it is a message of the
// user's, where its text stands. What it says may come before who says it.
func (q *question) object() error {
	from, user := len(q.spoken), false
	err := q.scan.members(func(name []byte) error {
		switch string(name) {
		case "role":
			role, err := q.scan.raw()
			user = string(role) == `"user"`
			return err
		case "text":
			return q.value("text")
		case "content":
			return q.value("content")
		}
		return q.value("")
	})
	if user {
		q.from, q.to, q.asked = min(from, len(q.spoken)), len(q.spoken), true
	}
	return err
}

// line appends a string and ends it.
func line(text, word []byte) []byte { return append(append(text, word...), '\n') }

// inlined tells an image or file that stands in a prompt as text.
func inlined(word []byte) bool { return len(word) >= maxWord && !bytes.ContainsAny(word, " \n") }
