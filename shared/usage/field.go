package usage

import "sort"

// field is something that a row may say about a call.
type field uint8

const (
	fNone field = iota
	fTime
	fEnd
	fFirstToken
	fRelativeMS
	fProvider
	fModel
	fRequested
	fInput     // prompt tokens; whether cached ones are inside depends on its companions
	fWhole     // prompt tokens, cached ones inside
	fReadIn    // cached tokens inside the prompt tokens
	fReadOut   // cached tokens beside the prompt tokens
	fReadAny   // cached tokens, inside or beside
	fWriteIn   // tokens written to the cache, inside the prompt tokens
	fWriteOut  // the same, beside
	fWriteAny  // the same, inside or beside
	fWrite5m   // part of the written tokens
	fWrite1h   // part of the written tokens
	fToolInput // prompt tokens beside the prompt tokens
	fOutput
	fReasoning // part of output
	fThoughts  // reasoning tokens beside output
	fAudioIn   // part of the prompt tokens
	fAudioOut  // part of output
	fAudioInOut
	fAudioOutOut
	fSearches
	fTotal
	fCount
	fHTTPStatus
	fSequence
	fLatencyMS
	fLatencyS
	fTTFTMS
	fTTFTS
	fCost
	fQuality
	fSampleRate
	fTier
	fBatch
	fStatus
	fError
	fUser
	fSession
	fTag
	fRegion // of a cloud
	fCurrency
	fID
	fRequestID
	fParent
	fTrace
	fType
	fOperation
	fCacheHit
	fPromptHash
	fBlocks
	fEarlier // names what the provider remembers of earlier calls and puts before the prompt
	fTools
	fSystem
	fPrompt
	numFields
)

// shape is how the value of a field is read.
type shape uint8

const (
	shapeText   shape = iota
	shapeTokens       // a count: whole, not negative
	shapeFloat
	shapeTime // a moment, to microseconds
	shapeRaw  // JSON or text, kept as it is until the row ends
)

func shapeOf(f field) shape {
	switch {
	case f >= fTime && f <= fFirstToken:
		return shapeTime
	case f == fRelativeMS || f >= fLatencyMS && f <= fSampleRate:
		return shapeFloat
	case f >= fInput && f <= fSequence:
		return shapeTokens
	case f >= fBlocks:
		return shapeRaw
	default:
		return shapeText
	}
}

// fieldNames are the names of fields in a Mapping and in Report.Fields.
var fieldNames = map[field]string{
	fTime: "time", fEnd: "end_time", fFirstToken: "first_token_time", fRelativeMS: "relative_time_ms",
	fProvider: "provider", fModel: "model", fRequested: "requested_model",
	fInput: "input_tokens", fReadAny: "cache_read_tokens", fWriteAny: "cache_write_tokens",
	fWrite5m: "cache_write_5m_tokens", fWrite1h: "cache_write_1h_tokens",
	fOutput: "output_tokens", fReasoning: "reasoning_tokens", fTotal: "total_tokens",
	fCount: "calls", fLatencyMS: "latency_ms", fLatencyS: "latency_s", fTTFTMS: "ttft_ms", fTTFTS: "ttft_s",
	fCost: "cost", fCurrency: "currency", fQuality: "quality", fTier: "tier", fStatus: "status",
	fHTTPStatus: "http_status", fUser: "user", fSession: "session", fTag: "tag",
	fPrompt: "prompt", fPromptHash: "prompt_hash", fBlocks: "blocks", fSampleRate: "sample_rate",
	fCacheHit: "cache_hit",
}

// FieldNames returns the names that a Mapping may use, sorted.
func FieldNames() []string {
	names := make([]string, 0, len(fieldNames))
	for _, name := range fieldNames {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

func fieldByName(name string) field {
	for f, n := range fieldNames {
		if n == name {
			return f
		}
	}
	return fNone
}

// reportName groups the ways in which sources spell one field.
func reportName(f field) string {
	switch f {
	case fWhole:
		f = fInput
	case fReadIn, fReadOut:
		f = fReadAny
	case fWriteIn, fWriteOut:
		f = fWriteAny
	case fThoughts:
		f = fReasoning
	case fLatencyS, fEnd:
		f = fLatencyMS
	case fTTFTS, fFirstToken:
		f = fTTFTMS
	case fBatch:
		f = fTier
	case fError, fHTTPStatus:
		f = fStatus
	}
	return fieldNames[f]
}
