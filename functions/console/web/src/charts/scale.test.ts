import { expect, test } from "vitest";
import { everyDay, falls, scale, top } from "./scale.ts";

test("a scale keeps values inside its ends", () => {
	const x = scale(10, 20);
	expect([x(10), x(15), x(20), x(5), x(99), x(Number.NaN)]).toEqual([0, 50, 100, 0, 100, 0]);
	expect(scale(3, 3)(3)).toBe(0);
});

test("a waterfall falls from step to step and rises where a step costs", () => {
	expect(falls(200, [50, 100, -20])).toEqual([
		{ from: 75, to: 100 },
		{ from: 25, to: 75 },
		{ from: 25, to: 35 },
	]);
	expect(falls(0, [1])).toEqual([{ from: 0, to: 0 }]);
});

test("the largest parts stay and the others are summed", () => {
	const sum = (rows: number[]) => rows.reduce((a, b) => a + b, 0);
	expect(top([1, 5, 3, 2], 3, (n) => n, sum)).toEqual([5, 3, 3]);
	expect(top([1, 5], 3, (n) => n, sum)).toEqual([5, 1]);
});

test("days without calls are shown as empty, and what is no day is left out", () => {
	const empty = (key: string) => ({ key, n: 0 });
	const days = [
		{ key: "2026-03-01", n: 3 },
		{ key: "2026-02-27", n: 1 },
		{ key: "never", n: 9 },
	];
	expect(everyDay(days, empty).map((d) => [d.key, d.n])).toEqual([
		["2026-02-27", 1],
		["2026-02-28", 0],
		["2026-03-01", 3],
	]);
	expect(everyDay([], empty)).toEqual([]);
	expect(
		everyDay(
			[
				{ key: "0001-01-01", n: 1 },
				{ key: "2026-01-01", n: 1 },
			],
			empty,
		).length,
	).toBeLessThan(2000);
});
