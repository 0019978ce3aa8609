package savings

import "time"

// Analysis is the result of one replay: plain data, the same for report,
// artifacts and console. All money is USD, all times are UTC.
type Analysis struct {
	Span Span `json:"span"`
	// Before is the log as it was.
	Before Totals `json:"before"`
	// Extrapolation is how a month's figure is made from the log's; nil where the
	// log is too short for one, and then every monthly figure is nil too.
	Extrapolation *Extrapolation `json:"extrapolation"`
	Pricing       Pricing        `json:"pricing"`
	Spend         Spend          `json:"spend"`
	// Curves are the cache hits by lifetime, without any other lever.
	Curves Curves `json:"curves"`
	// Proposals has one entry per lever: first what is in the plan, by what it adds
	// to it, then what the user may decide, then levers with nothing to propose.
	Proposals []Proposal `json:"proposals"`
	Plan      Plan       `json:"plan"`
	// Backtest is nil if the log is too short to be split.
	Backtest *Backtest `json:"backtest"`
	Findings []Finding `json:"findings"`
	// Caveats are sentences that belong beside the total.
	Caveats []string `json:"caveats"`
	// Options are those that the analysis was made with.
	Options Options `json:"options"`
}

// Span is the time that the log covers.
type Span struct {
	// From and To are zero, and Relative is true, if the log's times are no dates.
	From     time.Time `json:"from,omitzero"`
	To       time.Time `json:"to,omitzero"`
	Relative bool      `json:"relative"`
	Hours    float64   `json:"hours"`
	// Block is the length of the time blocks of the bootstrap: "hour", "4-hour span",
	// "day", "week".
	Block  string `json:"block"`
	Blocks int    `json:"blocks"`
}

// Totals sum up calls. Rows with impossible costs are in no total; unpriced
// calls are in the counts and not in CostUSD.
type Totals struct {
	Rows  int64 `json:"rows"`
	Calls int64 `json:"calls"`
	// EstimatedCalls is Calls scaled by the sample rate of a sampled log.
	EstimatedCalls   float64 `json:"estimated_calls"`
	InputTokens      int64   `json:"input_tokens"`
	CacheReadTokens  int64   `json:"cache_read_tokens"`
	CacheWriteTokens int64   `json:"cache_write_tokens"`
	OutputTokens     int64   `json:"output_tokens"`
	ReasoningTokens  int64   `json:"reasoning_tokens"`
	CostUSD          float64 `json:"cost_usd"`
}

// Extrapolation scales what was seen to a month of 30 days.
type Extrapolation struct {
	// Factor is what a figure of the log is multiplied by.
	Factor float64 `json:"factor"`
	// Basis says it in words: "3.5 days of log, taken as typical, times 8.57".
	Basis string `json:"basis"`
}

// Pricing says how the calls were priced, and what could not be.
type Pricing struct {
	// BookAsOf is the day of the price book.
	BookAsOf string `json:"book_as_of"`
	// Own are the models priced by the user and not by the book; "*" is all that
	// have no price of their own.
	Own []string `json:"own,omitempty"`
	// Prices are those of the log's models, dearest first, and of the models that
	// proposals move calls to, in the tiers that the log and the proposals use.
	Prices   []ListPrice `json:"prices,omitempty"`
	Unpriced []Unpriced  `json:"unpriced"`
	// UnpricedCallShare and UnpricedTokenShare are from 0 to 1.
	UnpricedCallShare  float64        `json:"unpriced_call_share"`
	UnpricedTokenShare float64        `json:"unpriced_token_share"`
	Reconciliation     Reconciliation `json:"reconciliation"`
	// Corrupt are rows whose reported cost is impossible; CorruptRows counts all of them.
	Corrupt     []CorruptRow `json:"corrupt"`
	CorruptRows int64        `json:"corrupt_rows"`
	// CorruptUSD is the sum of the impossible costs, ReportedUSD of all others.
	CorruptUSD  float64 `json:"corrupt_usd"`
	ReportedUSD float64 `json:"reported_usd"`
	// CacheUnknown is nil where the log tells what was cached.
	CacheUnknown *CacheUnknown `json:"cache_unknown,omitempty"`
}

// CacheUnknown are calls of models whose providers cache prompts by themselves, where
// the log says neither what was read from the cache nor what the call cost. They are
// priced as if nothing was cached, at CostUSD; LowerUSD is what they cost if the
// provider held every prefix for its lifetime.
type CacheUnknown struct {
	Calls    int64   `json:"calls"`
	CostUSD  float64 `json:"cost_usd"`
	LowerUSD float64 `json:"lower_usd"`
}

// Unpriced is a model that the price book does not know.
type Unpriced struct {
	Provider string `json:"provider"`
	Model    string `json:"model"`
	Calls    int64  `json:"calls"`
	Tokens   int64  `json:"tokens"`
	// ReportedUSD is what the log says these calls cost, where it says so.
	ReportedUSD float64 `json:"reported_usd"`
}

// Reconciliation compares costs that the log reports with computed ones, over
// the rows that have both. The reported cost is what counts in all totals.
type Reconciliation struct {
	Rows        int64   `json:"rows"`
	ReportedUSD float64 `json:"reported_usd"`
	ComputedUSD float64 `json:"computed_usd"`
	// ResidualUSD is reported - computed: what tokens times prices leave
	// unexplained. It is named and never spread over other rows.
	ResidualUSD float64 `json:"residual_usd"`
	// Matching counts rows whose two costs agree within 0.1%.
	Matching int64 `json:"matching_rows"`
	// OtherCurrency counts rows with a cost in another currency: computed costs are used.
	OtherCurrency int64 `json:"other_currency_rows"`
}

// CorruptRow is a row whose reported cost cannot be, left out of every total.
type CorruptRow struct {
	row         int64
	Line        int64     `json:"line"`
	Time        time.Time `json:"time"`
	Model       string    `json:"model"`
	ReportedUSD float64   `json:"reported_usd"`
	ComputedUSD float64   `json:"computed_usd"`
}

// Spend breaks the log's cost down. Days are UTC, "2026-01-31".
type Spend struct {
	ByModel []Slice `json:"by_model"`
	ByDay   []Slice `json:"by_day"`
	ByTag   []Slice `json:"by_tag"`
	// ByUser has the pseudonyms of the log's users, none for a log without users.
	ByUser []Slice `json:"by_user"`
	ByTier []Slice `json:"by_tier"`
}

// Slice is one part of the spend. In ByModel the key is provider/model.
type Slice struct {
	Key          string  `json:"key"`
	Calls        int64   `json:"calls"`
	InputTokens  int64   `json:"input_tokens"`
	OutputTokens int64   `json:"output_tokens"`
	CostUSD      float64 `json:"cost_usd"`
	// SavedUSD is the plan's saving on these calls, measured call by call with all its
	// levers together; below 0 where they cost more, 0 in ByModel, ByDay and ByTier.
	SavedUSD float64 `json:"saved_usd,omitempty"`
}

// Curves show what a cache of unlimited size would hit, by its lifetime.
type Curves struct {
	// PromptCache counts prompt tokens in prefixes seen within the lifetime, which
	// use refreshes.
	PromptCache []CurvePoint `json:"prompt_cache"`
	// ResponseCache counts calls whose exact prompt was asked within the lifetime.
	ResponseCache []CurvePoint `json:"response_cache"`
}

// CurvePoint is one lifetime; 0 seconds is unlimited.
type CurvePoint struct {
	LifetimeSeconds int64   `json:"lifetime_seconds"`
	Hits            int64   `json:"hits"`
	Share           float64 `json:"share"`
}

// Finding is something seen in the log that is no saving by itself.
type Finding struct {
	Lever string `json:"lever"`
	Text  string `json:"text"`
	Calls int64  `json:"calls"`
	// CostUSD is what those calls cost, or what Text says of their cost; Estimated marks
	// it as no measured figure.
	CostUSD   float64 `json:"cost_usd"`
	Estimated bool    `json:"estimated"`
}
