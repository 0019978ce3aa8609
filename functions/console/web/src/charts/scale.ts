/** Maps a value to 0..100 of a bar's width, kept inside. */
export function scale(low: number, high: number): (v: number) => number {
	const width = high - low;
	return (v) => (width > 0 && Number.isFinite(v) ? Math.min(100, Math.max(0, ((v - low) / width) * 100)) : 0);
}

/** One bar of a waterfall, in percent of the width. */
export interface Fall {
	from: number;
	to: number;
}

/** The bars of a waterfall that starts at `before` and falls by each step. A step that costs goes up. */
export function falls(before: number, steps: number[]): Fall[] {
	const x = scale(0, Math.max(before, 0));
	let left = before;
	return steps.map((step) => {
		const start = left;
		left -= step;
		return { from: x(Math.min(start, left)), to: x(Math.max(start, left)) };
	});
}

/** Keeps the largest parts and sums the rest as one. */
export function top<T>(rows: T[], most: number, size: (row: T) => number, rest: (others: T[]) => T): T[] {
	const sorted = rows.toSorted((a, b) => size(b) - size(a));
	if (sorted.length <= most) return sorted;
	return [...sorted.slice(0, most - 1), rest(sorted.slice(most - 1))];
}

/** Days without a call between the first and the last get a place of their own. */
export function everyDay<T extends { key: string }>(days: T[], empty: (key: string) => T): T[] {
	const sorted = days
		.filter((d) => /^\d{4}-\d{2}-\d{2}$/.test(d.key))
		.toSorted((a, b) => a.key.localeCompare(b.key));
	const [begin, end] = [sorted[0]?.key, sorted.at(-1)?.key];
	if (!begin || !end) return [];
	const known = new Map(sorted.map((d) => [d.key, d]));
	const all: T[] = [];
	const most = 1500;
	for (let t = Date.parse(begin); t <= Date.parse(end) && all.length < most; t += 86_400_000) {
		const key = new Date(t).toISOString().slice(0, 10);
		all.push(known.get(key) ?? empty(key));
	}
	return all;
}
