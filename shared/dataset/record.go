package dataset

import (
	"math"
	"unsafe"

	"netra/shared/lastseen"
	"netra/shared/usage"
)

// record is one row of the file. Its field tags are the schema: plain types that
// DuckDB and BigQuery read as they are, NULL for what a log does not say.
type record struct {
	Time           int64  `parquet:"time,uncompressed,optional,delta,timestamp(microsecond)"`
	Provider       string `parquet:"provider,uncompressed,optional,dict"`
	Model          string `parquet:"model,uncompressed,optional,dict"`
	RequestedModel string `parquet:"requested_model,optional,dict"`
	Tier           string `parquet:"tier,uncompressed,dict"`
	Status         string `parquet:"status,uncompressed,dict"`
	Tag            string `parquet:"tag,uncompressed,optional,dict"`
	User           string `parquet:"user,optional,dict"`
	Session        string `parquet:"session,optional,dict"`

	Input       int64 `parquet:"input_tokens,uncompressed,dict"`
	CacheRead   int64 `parquet:"cache_read_tokens,uncompressed,dict"`
	Write5m     int64 `parquet:"cache_write_5m_tokens,uncompressed,dict"`
	Write1h     int64 `parquet:"cache_write_1h_tokens,uncompressed,dict"`
	Output      int64 `parquet:"output_tokens,uncompressed,dict"`
	Reasoning   int64 `parquet:"reasoning_tokens,uncompressed,dict"`
	CacheTold   bool  `parquet:"cache_told,uncompressed"`
	AudioInput  int64 `parquet:"audio_input_tokens,uncompressed,dict"`
	AudioOutput int64 `parquet:"audio_output_tokens,uncompressed,dict"`
	WebSearches int64 `parquet:"web_searches,uncompressed,dict"`

	LatencyMS *float64 `parquet:"latency_ms,uncompressed,optional"`
	TTFTMS    *float64 `parquet:"ttft_ms,uncompressed,optional"`
	Cost      *float64 `parquet:"reported_cost,uncompressed,optional"`
	Currency  string   `parquet:"currency,uncompressed,optional,dict"`
	Quality   *float64 `parquet:"quality,optional"`
	Count     int64    `parquet:"calls,uncompressed,dict"`
	Weight    float64  `parquet:"weight,uncompressed,dict"`
	Line      int64    `parquet:"line,delta"`

	PromptHash  int64   `parquet:"prompt_hash,optional"`
	PrefixHash  int64   `parquet:"prefix_hash,uncompressed,optional,dict"`
	BlockTokens int64   `parquet:"block_tokens,optional,dict"`
	Blocks      []int64 `parquet:"blocks,list"`
	Sketch      []int32 `parquet:"sketch,list"`
	Grade       int64   `parquet:"route_grade,uncompressed,optional,dict"`

	PromptBack   int64   `parquet:"prompt_back,uncompressed,optional,dict"`
	SessionBack  int64   `parquet:"session_back,uncompressed,optional,dict"`
	PrefixBack   []int32 `parquet:"prefix_back,uncompressed,list"`
	PrefixTokens []int32 `parquet:"prefix_tokens,uncompressed,list"`
}

// statusNames are the values of the status column.
func statusNames() []string { return []string{"ok", "failed", "aborted", "served"} }

func tierName(t usage.Tier) string {
	if t == usage.Standard {
		return "standard"
	}
	return string(t)
}

// fill makes the record of a call. The record refers to the call's memory.
func (r *record) fill(c *usage.Call, l *links) {
	*r = record{
		Time: c.Time, Provider: c.Provider, Model: c.Model, RequestedModel: c.RequestedModel,
		Tier: tierName(c.Tier), Status: statusNames()[min(int(c.Status), 3)],
		Tag: c.Tag, User: c.User, Session: c.Session,
		Input: c.Input, CacheRead: c.CacheRead, Write5m: c.CacheWrite5m, Write1h: c.CacheWrite1h,
		CacheTold: c.HasCache || c.CacheRead+c.CacheWrite5m+c.CacheWrite1h > 0,
		Output:    c.Output, Reasoning: c.Reasoning, AudioInput: c.AudioInput, AudioOutput: c.AudioOutput,
		WebSearches: c.WebSearches, Currency: c.Currency, Count: c.Count, Weight: c.Weight, Line: c.Line,
		PromptHash: int64(c.PromptHash), BlockTokens: c.BlockTokens,
		Blocks: signed(c.Blocks), Sketch: signed32(c.Sketch), Grade: int64(c.Grade),
		PromptBack: l.prompt, SessionBack: l.session, PrefixBack: l.back, PrefixTokens: l.tokens,
	}
	r.LatencyMS = known(&c.LatencyMS, c.LatencyMS >= 0)
	r.TTFTMS = known(&c.TTFTMS, c.TTFTMS >= 0)
	r.Cost = known(&c.ReportedCost, c.HasCost)
	r.Quality = known(&c.Quality, c.HasQuality)
	if len(c.Blocks) > 0 {
		r.PrefixHash = int64(lastseen.Mix(c.Blocks[0]+1) | 1) // never 0, which is NULL
	}
	if c.Count == 0 && c.Charge == "" {
		r.Count = 1
	}
	if c.Weight <= 0 {
		r.Weight = 1
	}
}

func known(v *float64, ok bool) *float64 {
	if !ok || math.IsNaN(*v) || math.IsInf(*v, 0) {
		return nil
	}
	return v
}

// signed reinterprets hashes for a signed column without copying them.
func signed(v []uint64) []int64 {
	if len(v) == 0 {
		return nil
	}
	return unsafe.Slice((*int64)(unsafe.Pointer(unsafe.SliceData(v))), len(v))
}

func signed32(v []uint32) []int32 {
	if len(v) == 0 {
		return nil
	}
	return unsafe.Slice((*int32)(unsafe.Pointer(unsafe.SliceData(v))), len(v))
}
