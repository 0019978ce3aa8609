package usage

// Tier is the service tier that served a call. The empty Tier is standard.
type Tier string

// The tiers that providers bill differently.
const (
	Standard Tier = ""
	Batch    Tier = "batch"
	Flex     Tier = "flex"
	Priority Tier = "priority"
)

// Status is how a call ended.
type Status uint8

// A call of unknown outcome is OK: most logs record only calls that succeeded.
const (
	OK Status = iota
	Failed
	// Aborted calls were abandoned by the client, streams above all.
	Aborted
	// Served calls were answered by the user's own response cache; they cost nothing.
	Served
)

// Tokens are the token buckets of a call. They are disjoint but for Reasoning
// and the audio buckets: Prompt() is the whole prompt, Output everything
// generated.
type Tokens struct {
	// Input counts prompt tokens neither read from nor written to a provider's cache.
	Input        int64 `json:"input_tokens"`
	CacheRead    int64 `json:"cache_read_tokens"`
	CacheWrite5m int64 `json:"cache_write_5m_tokens"`
	CacheWrite1h int64 `json:"cache_write_1h_tokens"`
	Output       int64 `json:"output_tokens"`
	// Reasoning is the part of Output spent on thinking.
	Reasoning int64 `json:"reasoning_tokens"`
	// AudioInput is the part of Input that is audio, AudioOutput of Output.
	AudioInput  int64 `json:"audio_input_tokens"`
	AudioOutput int64 `json:"audio_output_tokens"`
	WebSearches int64 `json:"web_searches"`
}

// Prompt returns the size of the whole prompt in tokens.
func (t Tokens) Prompt() int64 {
	return t.Input + t.CacheRead + t.CacheWrite5m + t.CacheWrite1h
}

// Call is one LLM call, or one bucket of calls where a source reports sums, or one
// line of a bill where it reports costs only.
type Call struct {
	// Time is when the call was made, in microseconds since the Unix epoch, UTC; 0 if unknown.
	Time int64
	// Provider is the id that the price book uses (openai, anthropic, aws, google, azure, ...), or "".
	Provider string
	// Model is the model that served the call, or the one asked for where the log does
	// not say; RequestedModel the one asked for, where the log has it. Both are "" for
	// logs that name no model.
	Model, RequestedModel string
	Tokens
	// HasCache tells that the log says what was read from and written to the provider's
	// cache, be it nothing. Otherwise a prompt that was read from it looks like any other.
	HasCache bool
	Tier     Tier
	Status   Status
	// LatencyMS and TTFTMS are whole-call and first-token latency in milliseconds; -1 if unknown.
	LatencyMS, TTFTMS float64
	// User and Session are pseudonyms: hashes made at ingestion, "" if unknown.
	User, Session string
	// Tag is the call's class (prompt name, tag, team, endpoint, or the service that
	// made it), "" if unknown. It is as the log has it, so e-mail addresses and account
	// numbers are left out.
	Tag string
	// PromptHash identifies the exact prompt; 0 if unknown.
	PromptHash uint64
	// Blocks are chained hashes of the prompt's prefix blocks: equal values mean
	// an equal prefix up to and including that block. Each block is BlockTokens
	// long; the last one may be shorter. nil if unknown.
	Blocks      []uint64
	BlockTokens int64
	// Sketch is a MinHash of what the prompt asks, for near repeats: the shingles of
	// Question's text, each with the hash of all that stands around it. nil if unknown,
	// or if the question is too long to be compared.
	Sketch []uint32
	// Grade is what Options.Grade said of the prompt; 0 if it said nothing.
	Grade uint8
	// ReportedCost is what the provider or gateway says the call cost, in Currency.
	ReportedCost float64
	HasCost      bool
	// Currency is an ISO 4217 code; "" is USD.
	Currency string
	// Quality is a score from 0 to 1 for the answer.
	Quality    float64
	HasQuality bool
	// Count is how many calls the row stands for: 1 but for summed reports, and 0 for a
	// line of a bill, which does not say.
	Count int64
	// Charge is what a line of a bill is for; "" for calls.
	Charge Charge
	// Weight is the inverse of the sample rate: 1 for a complete log.
	Weight float64
	// Line is the row's line or record number in the source, from 1.
	Line int64
}
