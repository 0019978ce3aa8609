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

func (s *codexSession) add(row *decoded, out []Call) []Call {
	c := &row.call
	switch {
	case !row.isCall && row.ids.kind == turnContext:
		s.model = c.Model
	case !row.isCall && row.ids.kind == sessionStart:
		s.session, s.total = c.Session, 0
	case !row.isCall:
	case row.ids.sequence == s.total && s.total > 0:
		s.n++
	default:
		s.total = max(row.ids.sequence, 0)
		if c.Model == "" {
			c.Model = s.model
		}
		c.Session = s.session
		return append(out, *c)
	}
	return out
}

func (s *codexSession) flush(out []Call) []Call { return out }

// streamed makes one call of the events of a streamed answer.
type streamed struct {
	call Call
	open bool
	n    int64
}

func (s *streamed) merged() int64 { return s.n }

func (s *streamed) add(row *decoded, out []Call) []Call {
	switch {
	case !row.isCall:
		return out
	case !s.open || row.ids.kind == streamStart:
		out = s.flush(out)
		s.call, s.open = row.call, true
	default:
		absorb(&s.call, &row.call)
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
