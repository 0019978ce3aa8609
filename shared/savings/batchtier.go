package savings

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"netra/shared/dataset"
	"netra/shared/usage"
	"netra/shared/words"
)

// batchTier moves calls that nobody waits for to the provider's batch tier. A tag
// qualifies if the user names it, or if the log shows that it runs by itself: no
// follow-up in its sessions, no streaming, and at hours when the rest is quiet.
type batchTier struct {
	*env
	named  tagNamed
	tags   []batchStats
	policy []bool // by tag
	// takes tells by class whether calls of it go to the batch tier.
	takes []bool
	// sessions tells which calls have a session id; nil if none has.
	sessions *dataset.Presence
}

// batchStats is what the log shows of how a tag's calls are made.
type batchStats struct {
	calls, followed, streamed int64
	// inSession counts the calls with a session id: only of those can be seen
	// whether somebody went on.
	inSession int64
	cost      float64
	hours     [24]float64
}

// batchWindow is how long a batch may take, by the providers' terms.
const batchWindow = 24 * time.Hour

// quietShare is the share of a tag's calls that must fall into quiet hours, and
// waitShare the share that may look as if somebody waited.
const (
	quietShare = 0.8
	waitShare  = 0.01
	minRun     = 50
)

func (l *batchTier) name() string { return BatchTier }

func (l *batchTier) learn(b *batch, n int) {
	l.named.names = l.opts.BatchTags
	if l.tags == nil {
		l.tags = make([]batchStats, l.file.Tags.Len())
		if l.file.Carries("session") {
			l.sessions = l.file.Presence("session")
		}
	}
	for i := range n {
		s := &l.tags[b.Tag[i]]
		s.calls += b.Counts[i]
		s.cost += b.cost[i]
		s.hours[hourOfDay(b.Time[i])] += float64(b.Counts[i])
		if b.TTFTMS[i] >= 0 {
			s.streamed++
		}
		if l.inSession(b.Row + int64(i)) {
			s.inSession += b.Counts[i]
		}
		if b.SessionBack[i] != 0 {
			l.followUp(b, i)
		}
	}
}

func (l *batchTier) inSession(row int64) bool {
	if l.sessions == nil {
		return false
	}
	has, err := l.sessions.At(row)
	if err != nil {
		l.fail(err)
		l.sessions = nil
	}
	return has
}

func hourOfDay(micros int64) int { return int(micros / 3_600_000_000 % 24) }

// followUp counts that somebody went on in a session after a call.
func (l *batchTier) followUp(b *batch, i int) {
	k, ok := l.hist.slot(b.Row+int64(i), b.SessionBack[i])
	if ok && b.Time[i]-l.hist.time[k] <= batchWindow.Microseconds() {
		l.tags[l.hist.tag[k]].followed++
	}
}

func (l *batchTier) settle() (Status, string) {
	l.policy = make([]bool, len(l.tags))
	any := false
	for tag := range l.tags {
		if l.tags[tag].calls == 0 {
			continue
		}
		l.policy[tag] = l.named.has(l.file, uint32(tag)) || tag != 0 && !l.opts.NoSlower && l.runsByItself(tag)
		any = any || l.policy[tag]
	}
	if any {
		return Proposed, ""
	}
	if l.atNight() {
		return Optional, "the calls come when the rest of the log is quiet, but have no session ids, so it cannot be seen whether somebody goes on after an answer: say that they can wait if they can"
	}
	if !l.file.Carries("session") {
		return NeedsData, "the log has no session ids, so it cannot be seen whether somebody waits: name the tags that nobody waits for"
	}
	if len(l.tags) <= 1 {
		return NeedsData, "the calls have no tags, so those that nobody waits for cannot be told from the rest"
	}
	return NoSaving, "no class of calls is seen to run by itself: name the tags that nobody waits for to see what they would save"
}

// atNight takes the tags that run by themselves as far as can be told without the
// session ids that they lack, and reports whether there are any.
func (l *batchTier) atNight() bool {
	any := false
	for tag := 1; tag < len(l.tags) && !l.opts.NoSlower; tag++ {
		s := &l.tags[tag]
		l.policy[tag] = s.inSession == 0 && s.unattended() && s.within(nightHours) && l.quiet(tag) >= quietShare
		any = any || l.policy[tag]
	}
	return any
}

// nightHours is in how many hours of the day a job runs that nothing else tells from
// what people do: those of a working day are more.
const nightHours = 6

// within reports whether the busiest hours of the day, so many, have as good as all calls.
func (s *batchStats) within(hours int) bool {
	busiest := slices.SortedFunc(slices.Values(s.hours[:]), func(a, b float64) int { return cmp.Compare(b, a) })
	in := 0.0
	for _, n := range busiest[:hours] {
		in += n
	}
	return in >= (1-waitShare)*float64(s.calls)
}

// unattended reports whether no sign of somebody who waits is seen.
func (s *batchStats) unattended() bool {
	n := float64(s.calls)
	return s.calls >= minRun && float64(s.followed) <= waitShare*n && float64(s.streamed) <= waitShare*n
}

// runsByItself reports whether nobody seems to wait for a tag's calls.
func (l *batchTier) runsByItself(tag int) bool {
	s := &l.tags[tag]
	return float64(s.inSession) >= (1-waitShare)*float64(s.calls) && s.unattended() && l.quiet(tag) >= quietShare
}

// quiet is the share of a tag's calls at hours of the day in which the rest of
// the log runs at less than half of its average rate; 0 if there is no rest.
func (l *batchTier) quiet(tag int) float64 {
	var rest [24]float64
	total := 0.0
	for other := range l.tags {
		for h, n := range l.tags[other].hours {
			if other != tag {
				rest[h] += n
				total += n
			}
		}
	}
	if total == 0 || l.clock.hours() < 24 {
		return 0
	}
	in := 0.0
	for h, n := range l.tags[tag].hours {
		if rest[h] < total/48 {
			in += n
		}
	}
	return in / float64(l.tags[tag].calls)
}

func (l *batchTier) actor() actor { return l }

// prepare finds the calls of a batch that nobody waits for.
func (l *batchTier) prepare(b *batch) {
	b.waiting = b.waiting[:0]
	for len(l.takes) < len(l.classes.list) {
		l.takes = append(l.takes, false)
	}
	for i, tag := range b.Tag {
		if l.policy[tag] && (b.Tier[i] == standardCode || b.Tier[i] == priorityCode) && b.scale[i] != 0 && usage.Status(b.Status[i]) == usage.OK {
			b.waiting = append(b.waiting, int32(i))
			l.takes[b.class[i]] = true
		}
	}
}

func (l *batchTier) act(w *work) {
	for _, i32 := range w.b.waiting {
		i := int(i32)
		if w.fixed(i) {
			continue
		}
		if usd := w.priceAs(i, w.class[i], batchCode); usd < w.cost[i] {
			w.tier[i] = batchCode
			w.touch(i, usd)
		}
	}
}

// named lists the first of some names behind a colon.
func named(names []string) string {
	const shown = 3
	if names = slices.DeleteFunc(slices.Clone(names), func(n string) bool { return n == "" }); len(names) == 0 {
		return ""
	}
	more := ""
	if len(names) > shown {
		more = fmt.Sprintf(" and %d more", len(names)-shown)
	}
	return ": " + words.Line(strings.Join(names[:min(len(names), shown)], ", ")) + more
}

func (l *batchTier) after(*work, int, float64) float64 { return float64(batchWindow.Milliseconds()) }
func (l *batchTier) method() string {
	return "the provider's promise for a batch, 24 hours; most end sooner"
}

func (l *batchTier) describe(p *Proposal) {
	policy := &BatchPolicy{WindowHours: batchWindow.Hours()}
	for tag, on := range l.policy {
		if on {
			policy.Tags = append(policy.Tags, l.file.Tags.Name(uint32(tag)))
		}
	}
	slices.Sort(policy.Tags)
	policy.Flex = l.flex()
	p.Policy.Batch = policy
	p.Summary = fmt.Sprintf("Run %s of calls through the provider's batch API at its lower price%s.", words.Count(len(policy.Tags), "class", "classes"), named(policy.Tags))
	p.Effort, p.Risk = "medium", "low"
	p.RiskNote = "Answers come within 24 hours instead of at once. A class that somebody does wait for must be taken out."
	p.Rollback = "Send the class through the normal endpoint again."
	p.Assumptions = []string{
		"A class that you did not name is taken only if its calls have session ids, fewer than 1% of them are followed up in their session or streamed, " +
			"and at least 80% come at hours when the rest of the log is quiet. Without session ids it waits for your decision.",
		"The batch price holds for all its tokens, cached ones too.",
	}
	if !l.file.Carries("ttft_ms") {
		p.Assumptions = append(p.Assumptions, "The log has no times to the first token, so it does not show whether somebody reads the answers as they stream.")
	}
	p.Steps = []string{"Write the class's requests to a batch file instead of sending them.", "Submit it on a schedule and read the results when it is done."}
	if len(policy.Flex) > 0 {
		p.Steps = append(p.Steps, fmt.Sprintf("Or, for %s: the flex tier costs the same and needs no batch file. Ask for it in the request (service_tier \"flex\"), "+
			"wait up to 15 minutes for an answer, and ask again at the standard tier where it is refused (429).", names(policy.Flex)))
	}
	p.Verify = "Share of the class's tokens billed in the batch tier, or in the flex tier: it should be near 100%."
}

// flex returns the models of the calls that wait whose flex tier costs no more than
// their batch tier.
func (l *batchTier) flex() []Model {
	var out []Model
	for class, takes := range l.takes {
		k := l.classes.list[class]
		batch, flex := k.tiers[batchCode], k.tiers[flexCode]
		if takes && batch != nil && flex != nil && flex.rates[len(flex.rates)-1] == batch.rates[len(batch.rates)-1] {
			out = append(out, k.name)
		}
	}
	return out
}

// names lists models by name, each once.
func names(models []Model) string {
	var out []string
	for _, m := range models {
		if !slices.Contains(out, m.Model) {
			out = append(out, m.Model)
		}
	}
	return strings.Join(out, ", ")
}
