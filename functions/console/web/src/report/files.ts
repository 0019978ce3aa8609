/** Whether a file is the report itself, not configuration to apply. */
export function isReport(name: string): boolean {
	return /^report\.(json|md|html)$/.test(name);
}

const media: Record<string, string> = {
	json: "application/json",
	jsonl: "application/jsonl",
	md: "text/markdown",
	yaml: "application/yaml",
	yml: "application/yaml",
	csv: "text/csv",
	sql: "application/sql",
};

/** The media type to save a file under; HTML is saved as bytes, so that it is never run from here. */
export function mediaOf(name: string): string {
	return media[name.split(".").at(-1)?.toLowerCase() ?? ""] ?? "application/octet-stream";
}

const known: [RegExp, string][] = [
	[/^report\.json$/, "JSON"],
	[/^report\.md$/, "Markdown"],
	[/^report\.html$/, "HTML"],
	[/after-evaluation/i, "For after your evaluation: what waits for your decision"],
	[/^apply\.md$/, "What to do, step by step"],
	[/litellm/i, "LiteLLM proxy configuration"],
	[/cache/i, "Cache settings"],
	[/batch/i, "Calls to run in batch"],
	[/alert|prometheus/i, "Alert thresholds"],
	[/verif|\.sql$/i, "Query that checks the saving"],
	[/rout/i, "Routing rules"],
];

/** What a file is for, by its name. */
export function fileWords(name: string): string {
	return known.find(([pattern]) => pattern.test(name))?.[1] ?? "File";
}
