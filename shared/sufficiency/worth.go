package sufficiency

import (
	"fmt"

	"netra/shared/savings"
	"netra/shared/words"
)

// worth says what a missing part could save on this log: a range in dollars
// over the log's span with the assumption behind its upper end, or, without a
// log, what a named real sample shows.
func (e Evidence) worth(field string) (string, [2]float64) {
	if field == Tokens && e.bill() {
		return "it tells how much of what the bill leaves open, between $0 and the bounds given for it, is real", [2]float64{}
	}
	if e.Bounds == nil {
		return onSample(field), [2]float64{}
	}
	if field == Cache {
		return e.cached(), [2]float64{}
	}
	most, assuming := e.most(field)
	if most <= 0 {
		return none(field), [2]float64{}
	}
	words := fmt.Sprintf("between $0 and %s over %s", words.USD(most), days(e))
	if e.Bounds.CostUSD > 0 && most <= e.Bounds.CostUSD {
		words += fmt.Sprintf(" (at most %.3g%% of its cost)", 100*most/e.Bounds.CostUSD)
	}
	return words + "; the upper end assumes that " + assuming, [2]float64{0, most}
}

// cached says by how much the log may be mispriced because it does not say what was
// cached. That is no saving: it is one that the user has already.
func (e Evidence) cached() string {
	b := e.Bounds
	reported := e.Coverage.Share(e.Coverage.Carried.Cost) >= enough // the bill is the reported one
	switch {
	case b.CachedUSD <= 0 && b.WrittenUSD <= 0 || reported && b.PrefixUSD <= 0:
		return none(Cache) + ": on this log it can be nothing"
	case reported:
		return fmt.Sprintf("%s. Up to %s of what prompt caching seems to save over %s you may save already", none(Cache), words.USD(b.PrefixUSD), days(e))
	}
	return fmt.Sprintf("%s. Up to %s over %s you may save already: the bill may be lower by as much%s", none(Cache), words.USD(b.CachedUSD), days(e), e.written())
}

// written says by how much more the bill may be.
func (e Evidence) written() string {
	if e.Bounds.WrittenUSD <= 0 {
		return ""
	}
	return ", or up to " + words.USD(e.Bounds.WrittenUSD) + " higher if every prompt was written to a cache"
}

// most is the largest saving that a part can unlock under the goal, and the
// assumption behind it. Savings that the log itself has already are no part of it.
func (e Evidence) most(field string) (float64, string) {
	b := e.Bounds
	history := "all of every prompt over 2,048 tokens was resent history"
	repeats := "every call of a length that its model had seen within a day was an exact repeat"
	twice := "every call of a length seen within 10 seconds was sent twice"
	if b.Summed {
		repeats, twice = "all but one of the calls that a row sums were exact repeats", "all but one of the calls that a row sums were sent twice"
	}
	waits, trims := allowed(savings.BatchTier, e.Goal), allowed(savings.Context, e.Goal)
	switch field {
	case PromptHash:
		return b.RepeatsUSD, repeats
	case Blocks:
		return b.PrefixUSD, "every prompt started like the longest prompt of its model in the hour before"
	case Session:
		switch {
		case !waits:
			return b.HistoryUSD, history
		case !trims:
			return b.PatienceUSD, "nobody went on after any answer"
		}
		return b.SessionUSD, history + ", and that nobody went on after any answer"
	case Tag:
		if !waits {
			return b.RepeatsUSD, repeats
		}
		return b.TagUSD, "every class of calls could wait for the batch tier or be answered from a cache"
	case Quality:
		return b.CheaperUSD, "the cheapest known model answered every call as well"
	case Status:
		return b.DuplicatesUSD, twice
	case Time:
		return b.TimeUSD, "every cache kept for ever what it was given, and every call could wait"
	case Model:
		return b.DearestUSD, "the calls without a known model went to a dear one and all of their cost could be saved"
	}
	return 0, ""
}

// none says why a part is worth no dollars by itself.
func none(field string) string {
	switch field {
	case Latency:
		return "no dollars by itself: it shows what each change does to response times, so that a limit on them can be kept"
	case TTFT:
		return "no dollars by itself: it shows which answers somebody waits for, and without it such calls may be taken for work that can go to the batch tier"
	case Cache:
		return "no dollars by itself: it shows what your provider caches already"
	case Span:
		return "no dollars by itself: it turns what the log shows into a month's figure that can be relied on"
	case Cost:
		return "no dollars by itself: it shows whether the bill is what tokens and prices say"
	case User:
		return "no dollars by itself: it shows who causes the spend"
	case Tokens:
		return "everything: without it nothing can be computed"
	}
	return "nothing on this log: even under the most favourable assumption it would save $0"
}

// onSample says what a part is worth on a public log, for a user without one.
// The figures are reproduced by the engine's tests.
func onSample(field string) string {
	switch field {
	case Blocks:
		return "on Mooncake's real chat trace (12,031 requests in 59 minutes) caching for 5 minutes took $496.21 to $458.25 at $3/$15 per million tokens with paid writes, and to $381.51 with free ones"
	case PromptHash:
		return "on Mooncake's real chat trace 118 of 12,031 requests within 59 minutes repeated an earlier one in full"
	case Quality:
		return "on RouteLLM's 14,042 labelled MMLU questions Mixtral answered 68.08% right and GPT-4 80.58%; always choosing the right one needs GPT-4 for only 17.78% of them"
	case Session, Tag:
		return "on Azure's real production trace (19,366 requests in 58 minutes) the batch tier halves $96.79 to $48.40 at $2.50/$10 per million tokens, for the part of the calls that can wait"
	case Status:
		return "not to be said without a log: failed calls and calls sent twice are on the bill like any other"
	case Tokens, Model, Time:
		return "on Aider's real log (5,321 calls, $183.71 without one impossible row) tokens, models and times alone price the bill and show which models cause it"
	}
	if field == Status {
		return "what failed and repeated calls cost, which only a log with outcomes shows"
	}
	return none(field)
}

// days names the log with its span; a log without times, or of a moment, has none.
func days(e Evidence) string {
	if e.hours() < 1.0/60 {
		return "this log"
	}
	return "the " + words.Duration(e.Coverage.Span()) + " of this log"
}

func (e Evidence) hours() float64 {
	if e.Coverage == nil {
		return 0
	}
	return e.Coverage.Span().Hours()
}
