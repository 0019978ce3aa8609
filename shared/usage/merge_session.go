package usage

// codexSession carries the model and session of a Codex log from line to line,
// and drops token counts that the log repeats: those leave the session's total
// unchanged.
type codexSession struct {
	model, session string
	total          int64
	n              int64
}

func (s *codexSession) merged() int64 { return s.n }

func (s *codexSession) add(r *row, c *Call, isCall bool, out []Call) []Call {
	if !isCall {
		s.context(r, c)
		return out
	}
	if r.has(fSequence) && r.num(fSequence) == s.total && s.total > 0 {
		s.n++
		return out
	}
	s.total = r.num(fSequence)
	if c.Model == "" {
		c.Model = s.model
	}
	c.Session = s.session
	return append(out, *c)
}

func (s *codexSession) context(r *row, c *Call) {
	switch string(r.text(fOperation)) {
	case "turn_context":
		s.model = c.Model
	case "session_meta":
		s.session, s.total = c.Session, 0
	}
}

func (s *codexSession) flush(out []Call) []Call { return out }

// streamed makes one call of the events of a streamed answer.
type streamed struct {
	call Call
	open bool
	n    int64
}

func (s *streamed) merged() int64 { return s.n }

func (s *streamed) add(r *row, c *Call, isCall bool, out []Call) []Call {
	switch {
	case !isCall:
		return out
	case !s.open || string(r.text(fType)) == "message_start":
		out = s.flush(out)
		s.call, s.open = *c, true
	default:
		absorb(&s.call, c)
		s.n++
	}
	return out
}

func (s *streamed) flush(out []Call) []Call {
	if s.open {
		out = append(out, s.call)
	}
	s.open = false
	return out
}
