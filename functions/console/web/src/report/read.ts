/**
 * Reads fields of JSON that came from outside. Nothing throws: a field that is
 * missing or of the wrong kind becomes the empty value, and the page leaves out
 * what it is about. Text is only ever put on the page as text.
 */
export type Json = Record<string, unknown>;

export function obj(v: unknown): Json {
	return typeof v === "object" && v !== null && !Array.isArray(v) ? (v as Json) : {};
}

export function list(v: unknown): unknown[] {
	return Array.isArray(v) ? v : [];
}

export function text(v: unknown): string {
	if (typeof v === "string") return v;
	return typeof v === "number" || typeof v === "boolean" ? String(v) : "";
}

export function texts(v: unknown): string[] {
	if (typeof v === "string" && v) return [v];
	return list(v)
		.map((x) => text(x) || text(obj(x).text))
		.filter(Boolean);
}

/** A finite number, or the fallback. */
export function num(v: unknown, fallback = 0): number {
	return typeof v === "number" && Number.isFinite(v) ? v : fallback;
}

/** A finite number, or null. */
export function numOrNull(v: unknown): number | null {
	return typeof v === "number" && Number.isFinite(v) ? v : null;
}

/** [low, high] from a pair or from {low, high}; null if it is neither. */
export function interval(v: unknown): [number, number] | null {
	const [low, high] = Array.isArray(v) ? v : [obj(v).low, obj(v).high];
	const pair = [numOrNull(low), numOrNull(high)];
	return pair[0] === null || pair[1] === null ? null : (pair as [number, number]);
}

/** The first value that is there. */
export function first(...values: unknown[]): unknown {
	return values.find((v) => v !== undefined && v !== null);
}
