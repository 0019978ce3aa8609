/** What a log may say about a call, by the name that the API gives it. */
export interface LogField {
	name: string;
	label: string;
	/** Its values are numbers. */
	number?: true;
}

/** Fields that every mapping should have; the form always shows them. */
export const mainFields: readonly LogField[] = [
	{ name: "input_tokens", label: "Input tokens", number: true },
	{ name: "output_tokens", label: "Output tokens", number: true },
	{ name: "model", label: "Model" },
	{ name: "time", label: "Time of the call" },
];

/** The other fields, the most useful first. */
export const moreFields: readonly LogField[] = [
	{ name: "cache_read_tokens", label: "Tokens read from the prompt cache", number: true },
	{ name: "cache_write_tokens", label: "Tokens written to the prompt cache", number: true },
	{ name: "cache_write_5m_tokens", label: "Of those, kept for 5 minutes", number: true },
	{ name: "cache_write_1h_tokens", label: "Of those, kept for 1 hour", number: true },
	{ name: "reasoning_tokens", label: "Reasoning tokens", number: true },
	{ name: "total_tokens", label: "Input and output tokens together", number: true },
	{ name: "provider", label: "Provider" },
	{ name: "session", label: "Session or conversation" },
	{ name: "user", label: "User" },
	{ name: "tag", label: "Team, feature or other label" },
	{ name: "prompt", label: "Prompt" },
	{ name: "prompt_hash", label: "Hash of the prompt" },
	{ name: "blocks", label: "Hashes of the prompt's blocks" },
	{ name: "status", label: "How the call ended" },
	{ name: "http_status", label: "HTTP status", number: true },
	{ name: "latency_ms", label: "Response time in milliseconds", number: true },
	{ name: "latency_s", label: "Response time in seconds", number: true },
	{ name: "ttft_ms", label: "Time to first token in milliseconds", number: true },
	{ name: "ttft_s", label: "Time to first token in seconds", number: true },
	{ name: "end_time", label: "Time of the answer's end" },
	{ name: "first_token_time", label: "Time of the first token" },
	{ name: "relative_time_ms", label: "Milliseconds since an unknown start", number: true },
	{ name: "cost", label: "Cost as logged", number: true },
	{ name: "currency", label: "Currency of the cost" },
	{ name: "quality", label: "Quality score, 0 to 1", number: true },
	{ name: "tier", label: "Service tier, such as batch" },
	{ name: "requested_model", label: "Model that was asked for" },
	{ name: "cache_hit", label: "Answered by a response cache" },
	{ name: "calls", label: "Number of calls in the row", number: true },
	{ name: "sample_rate", label: "Share of the calls that the log holds", number: true },
];

/** The label of a field inside a sentence. */
export function inSentence({ label }: LogField): string {
	return label.startsWith("HTTP") ? label : label.charAt(0).toLowerCase() + label.slice(1);
}
