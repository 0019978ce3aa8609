import { describe, expect, test } from "vitest";
import { goldenRun } from "./golden.ts";
import { Sequence } from "./sequence.ts";

const run = goldenRun();
const numbers = (events: { seq: number }[]) => events.map((e) => e.seq);
const pick = (...seqs: number[]) =>
	run.filter((e) => seqs.includes(e.seq)).sort((a, b) => seqs.indexOf(a.seq) - seqs.indexOf(b.seq));

describe("Sequence", () => {
	test("hands on each event once, in order, however they come", () => {
		const orders = [
			run,
			run.toReversed(),
			[...run, ...run],
			run.toSorted((a, b) => (a.seq % 3) - (b.seq % 3)),
		];
		for (const order of orders) {
			const s = new Sequence();
			expect(numbers(order.flatMap((e) => s.take([e])))).toEqual(numbers(run));
			expect(s.gap).toBe(false);
		}
	});

	test("holds back what follows a gap until the gap is filled", () => {
		const s = new Sequence();
		expect(numbers(s.take(pick(1, 2)))).toEqual([1, 2]);
		expect(numbers(s.take(pick(5, 4)))).toEqual([]);
		expect(s.gap).toBe(true);
		expect(s.last).toBe(2);
		expect(numbers(s.take(pick(3)))).toEqual([3, 4, 5]);
		expect(s.gap).toBe(false);
	});

	test("goes on after the number that is known", () => {
		const s = new Sequence(20);
		expect(numbers(s.take(run))[0]).toBe(21);
	});
});
