package sufficiency

import (
	"math"

	"netra/shared/goal"
	"netra/shared/savings"
	"netra/shared/usage"
)

// The parts of a log, by the names that requests and export steps use.
const (
	Tokens     = "tokens"
	Model      = "model"
	Time       = "time"
	Span       = "span"
	PromptHash = "prompt_hash"
	Blocks     = "prompt_blocks"
	Session    = "session"
	Tag        = "tag"
	Quality    = "quality"
	Latency    = "latency"
	TTFT       = "ttft"
	Status     = "status"
	Cost       = "cost"
	Cache      = "cache_tokens"
	User       = "user"
)

// part is one row of the table of what a goal needs.
type part struct {
	field string
	// cost, latency and quality are the weights for a goal about each; every
	// column adds up to 100.
	cost, latency, quality float64
	// levers are those that need the part; none for a part that every figure needs.
	levers []string
	// why says what cannot be known without it.
	why string
	// share is how much of the part the log has, from 0 to 1.
	share func(Evidence) float64
}

// parts is the one table of weights; package doc says why they are as they are.
func parts() []part {
	cacheLevers := []string{savings.PromptCache}
	repeatLevers := []string{savings.ResponseCache, savings.Waste}
	return []part{
		{Tokens, 18, 12, 13, nil, "without token counts no call can be priced", tokensShare},
		{Model, 14, 10, 12, nil, "without the model no call can be priced and no other model compared", modelShare},
		{Time, 8, 10, 6, nil, "without times nothing can be said about a month, about lifetimes of caches or about work that could wait", carried(func(c usage.Carried) int64 { return c.Time })},
		{Span, 4, 4, 4, nil, "a week shows working days and quiet days; less may not be typical", spanShare},
		{Blocks, 13, 12, 6, cacheLevers, "without prompts or block hashes it cannot be seen which prompts start alike", carried(func(c usage.Carried) int64 { return c.Blocks })},
		{PromptHash, 10, 8, 6, repeatLevers, "without prompts or their hashes repeated requests cannot be told from new ones", carried(func(c usage.Carried) int64 { return c.PromptHash })},
		{Session, 8, 6, 6, []string{savings.Context, savings.BatchTier}, "without session ids it cannot be seen what history is sent again, nor who goes on in a conversation", carried(func(c usage.Carried) int64 { return c.Session })},
		{Tag, 5, 4, 5, []string{savings.BatchTier, savings.ResponseCache}, "without a class for each call (team, endpoint, prompt name) all calls must be treated alike", carried(func(c usage.Carried) int64 { return c.Tag })},
		{Quality, 9, 4, 36, []string{savings.Routing}, "without quality scores of two models on the same prompts nobody knows which calls a cheaper model answers as well", qualityShare},
		{Latency, 4, 21, 2, nil, "without response times it cannot be said what a change does to them", carried(func(c usage.Carried) int64 { return c.Latency })},
		{TTFT, 1, 5, 1, nil, "without the time to the first token it cannot be seen which answers are streamed to somebody who waits", carried(func(c usage.Carried) int64 { return c.TTFT })},
		{Status, 1, 1, 1, []string{savings.Waste}, "without outcomes failed and abandoned calls look like answers", statusShare},
		{Cost, 2, 1, 0.5, nil, "without the cost that the provider reports, the computed bill cannot be checked against the real one", carried(func(c usage.Carried) int64 { return c.Cost })},
		{Cache, 2, 1, 1, nil, "without the tokens read from and written to a provider's cache, every prompt is priced as if nothing were cached, and prompt caching looks as if it were still to come", cacheShare},
		{User, 1, 1, 0.5, nil, "without users (pseudonyms do) spend cannot be told apart by who causes it", carried(func(c usage.Carried) int64 { return c.User })},
	}
}

// carried is the share of rows with a field; nearly all is all, since a few
// rows of most logs lack something.
func carried(count func(usage.Carried) int64) func(Evidence) float64 {
	return func(e Evidence) float64 { return full(e.Coverage.Share(count(e.Coverage.Carried))) }
}

// enough is the share of calls from which a part counts as complete.
const enough = 0.9

func full(share float64) float64 { return math.Min(1, share/enough) }

func tokensShare(e Evidence) float64 {
	if e.Coverage.PromptTokens+e.Coverage.Tokens.Output == 0 {
		return 0
	}
	return 1
}

// modelShare is the share of calls whose model is known and priced; a log
// without models that the user has one priced as counts as having it.
func modelShare(e Evidence) float64 {
	if e.Bounds != nil && e.PriceModel {
		return e.Bounds.PricedShare
	}
	if e.PriceModel {
		return 1
	}
	share := full(e.Coverage.Share(e.Coverage.Carried.Model))
	if e.Bounds != nil {
		share *= e.Bounds.PricedShare
	}
	return share
}

// spanHours is the span from which a log counts as typical: a week.
const spanHours = 168

func spanShare(e Evidence) float64 {
	return math.Min(1, e.Coverage.Span().Hours()/spanHours)
}

// qualityShare is complete with labels of two models; scores of single answers
// are half of that, because they do not say what another model would have done.
func qualityShare(e Evidence) float64 {
	if e.Labels {
		return 1
	}
	return full(e.Coverage.Share(e.Coverage.Carried.Quality)) / 2
}

// statusShare is complete once any call is known to have failed: logs of
// successes only show none.
func statusShare(e Evidence) float64 {
	if e.Coverage.Carried.Status > 0 {
		return 1
	}
	return 0
}

// cacheShare is complete once any call says what was cached: sources that do leave
// it out where it is nothing.
func cacheShare(e Evidence) float64 {
	if e.Coverage.Carried.CacheTold > 0 {
		return 1
	}
	return 0
}

// weights returns the weight of each part for a goal, scaled so that what the
// goal needs adds up to 100.
func weights(g goal.Goal) []float64 {
	table := parts()
	out := make([]float64, len(table))
	var sum float64
	shares := focusShares(g)
	for i, p := range table {
		if needed(p, g) {
			out[i] = shares[goal.Cost]*p.cost + shares[goal.Latency]*p.latency + shares[goal.Quality]*p.quality
		}
		sum += out[i]
	}
	for i := range out {
		out[i] *= 100 / sum
	}
	return out
}

// limitShare is how much a mere limit ("without slower answers") weighs beside
// an aim ("cut the bill").
const limitShare = 0.25

// focusShares parts the weight among what the goal is about. What it only
// limits weighs less than what it aims at; the shares add up to 1.
func focusShares(g goal.Goal) map[goal.Focus]float64 {
	shares := map[goal.Focus]float64{}
	var sum float64
	for _, f := range g.Focus {
		shares[f] = 1
		limit := f == goal.Latency && g.NoSlower && g.Targets.LatencyCut+g.Targets.LatencyMS == 0 ||
			f == goal.Quality && (g.NoQualityRisk || g.Targets.QualityLoss > 0)
		if limit && g.About(goal.Cost) {
			shares[f] = limitShare
		}
		sum += shares[f]
	}
	if sum == 0 {
		return map[goal.Focus]float64{goal.Cost: 1}
	}
	for f := range shares {
		shares[f] /= sum
	}
	return shares
}

// needed reports whether any lever that the goal allows needs the part.
func needed(p part, g goal.Goal) bool {
	if len(p.levers) == 0 {
		return true
	}
	for _, lever := range p.levers {
		if allowed(lever, g) {
			return true
		}
	}
	return false
}

func allowed(lever string, g goal.Goal) bool {
	if len(g.Levers) > 0 && !contains(g.Levers, lever) || contains(g.ExcludeLevers, lever) {
		return false
	}
	slow := lever == savings.BatchTier
	return !(g.NoQualityRisk && savings.MayChangeAnswers(lever)) && !(g.NoSlower && slow)
}

func contains(list []string, want string) bool {
	for _, v := range list {
		if v == want {
			return true
		}
	}
	return false
}
