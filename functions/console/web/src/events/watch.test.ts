import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Run } from "../cloud/contract.ts";
import type { RunEvent } from "./event.ts";
import { goldenRaw } from "./golden.ts";
import { type Connection, type Sources, Watch } from "./watch.ts";

const raw = goldenRaw().filter((e) => e.run_id === "r-7f3k2m");
const quick = { quiet: 100, asks: 3, window: 8, reopen: 10 };

/** A Firestore that the test plays, and an API that knows the first `known` events. */
function world(known: number) {
	interface Listening {
		after: number;
		push: (from: number, to: number) => void;
		send: (events: object[]) => void;
		fail: () => void;
	}
	const listeners: Listening[] = [];
	const seen: RunEvent[] = [];
	const states: Connection[] = [];
	let log = raw;
	let pageSize = 1000;
	const calls = { fetch: 0, run: 0, reads: 0, problems: 0, stops: 0 };
	const sources: Sources = {
		listen(after, events, failed) {
			listeners.push({
				after,
				push: (from, to) => events(raw.slice(from - 1, to), to - from + 1),
				send: (raw) => events(raw, raw.length),
				fail: () => failed(new Error("gone")),
			});
			return () => calls.stops++;
		},
		async fetch(after) {
			calls.fetch++;
			return log.slice(after, Math.min(known, after + pageSize));
		},
		async run() {
			calls.run++;
			return { last_seq: known } as Run;
		},
	};
	const watch = new Watch(
		sources,
		{
			events: (e) => seen.push(...e),
			connection: (c) => states.push(c),
			reads: (n) => {
				calls.reads = n;
			},
			problem: () => calls.problems++,
		},
		0,
		quick,
	);
	const knows = (events: typeof raw) => {
		log = events;
		known = events.length;
	};
	const fetchAtMost = (n: number) => {
		pageSize = n;
	};
	const last = () => {
		const l = listeners.at(-1);
		if (!l) throw new Error("nobody listens");
		return l;
	};
	return {
		watch,
		knows,
		fetchAtMost,
		listeners,
		last,
		seen,
		states,
		calls,
		numbers: () => seen.map((e) => e.seq),
	};
}

const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1);

describe("Watch", () => {
	beforeEach(() => void vi.useFakeTimers());
	afterEach(() => void vi.useRealTimers());

	test("hands on what the listener says and stops at the end of the run", () => {
		const w = world(raw.length);
		w.watch.open();
		w.last().push(1, 4);
		w.last().push(5, raw.length);
		expect(w.numbers()).toEqual(upTo(raw.length));
		expect(w.states.at(-1)).toBe("ended");
		expect(w.calls.stops).toBe(1);
		expect(w.calls.reads).toBe(raw.length);
	});

	test("fetches a gap instead of showing it", async () => {
		const w = world(6);
		w.watch.open();
		w.last().push(1, 2);
		w.last().push(5, 6);
		expect(w.numbers()).toEqual([1, 2]);
		await vi.advanceTimersByTimeAsync(1);
		expect(w.numbers()).toEqual(upTo(6));
		expect(w.calls.fetch).toBe(1);
	});

	test("a gap that cannot be filled now is asked for once, and again by the watchdog", async () => {
		const w = world(2);
		w.watch.open();
		w.last().push(1, 2);
		w.last().push(4, 4);
		w.last().push(5, 5);
		await vi.advanceTimersByTimeAsync(1);
		expect(w.numbers()).toEqual([1, 2]);
		expect(w.calls.fetch).toBe(1);
		w.last().push(3, 3);
		expect(w.numbers()).toEqual(upTo(5));
	});

	test("a listener that holds many events is opened anew after the last of them", () => {
		const w = world(raw.length);
		w.watch.open();
		w.last().push(1, 5);
		expect(w.listeners).toHaveLength(1);
		const old = w.last();
		w.last().push(6, 9);
		expect(w.listeners.map((l) => l.after)).toEqual([0, 9]);
		expect(w.calls.stops).toBe(1);
		old.push(10, 11);
		expect(w.numbers()).toEqual(upTo(9));
		w.last().push(10, 12);
		expect(w.numbers()).toEqual(upTo(12));
	});

	test("new listeners become rarer, so that their reads stay few", () => {
		const many = Array.from({ length: 2000 }, (_, i) => ({ ...raw[3], seq: i + 1 }));
		const w = world(2000);
		w.watch.open();
		for (let i = 0; i < many.length; i++) w.last().send([many[i] ?? {}]);
		expect(w.numbers()).toHaveLength(2000);
		expect(w.listeners.length).toBeLessThan(14);
	});

	test("catches up page by page", async () => {
		const w = world(6);
		w.fetchAtMost(200);
		const many = Array.from({ length: 450 }, (_, i) => ({ ...raw[3], seq: i + 1 }));
		w.knows(many);
		w.watch.open();
		await w.watch.awake();
		expect(w.seen).toHaveLength(450);
		expect(w.calls.fetch).toBe(3);
	});

	test("opens a failed listener again after what is known", async () => {
		const w = world(3);
		w.watch.open();
		w.last().push(1, 3);
		w.last().fail();
		expect(w.states.at(-1)).toBe("catching up");
		await vi.advanceTimersByTimeAsync(50);
		expect(w.listeners).toHaveLength(2);
		expect(w.last().after).toBe(3);
	});

	test("finds out a listener that went quiet without an error", async () => {
		const w = world(6);
		w.watch.open();
		w.last().push(1, 2);
		await vi.advanceTimersByTimeAsync(150);
		expect(w.calls.run).toBe(1);
		expect(w.numbers()).toEqual(upTo(6));
		expect(w.listeners).toHaveLength(2);
		expect(w.last().after).toBe(6);
	});

	test("asks for a quiet run ever more seldom, and only so often", async () => {
		const w = world(2);
		w.watch.open();
		w.last().push(1, 2);
		await vi.advanceTimersByTimeAsync(120);
		expect(w.calls.run).toBe(1);
		await vi.advanceTimersByTimeAsync(100_000);
		expect(w.calls.run).toBe(quick.asks);
		expect(w.calls.reads).toBeLessThanOrEqual(2 + 10);
	});

	test("does not ask for a run that waits for its user", async () => {
		const w = world(14);
		w.watch.open();
		w.last().push(1, 14);
		await vi.advanceTimersByTimeAsync(100_000);
		expect(w.seen.at(-1)?.type).toBe("data_requested");
		expect(w.calls.run).toBe(0);
	});

	test("is silent while offline and catches up when back", async () => {
		const w = world(5);
		w.watch.open();
		w.last().push(1, 2);
		w.watch.offline();
		await vi.advanceTimersByTimeAsync(10_000);
		expect(w.calls.run).toBe(0);
		await w.watch.awake();
		expect(w.numbers()).toEqual(upTo(5));
		expect(w.last().after).toBe(5);
	});

	test("an event that cannot be read is told, not shown", () => {
		const w = world(1);
		w.watch.open();
		const listen = w.last();
		raw.unshift({ seq: 1, type: "nonsense" });
		listen.push(1, 1);
		raw.shift();
		expect(w.seen).toEqual([]);
		expect(w.calls.problems).toBe(1);
	});

	test("after its end nothing is heard", async () => {
		const w = world(5);
		w.watch.open();
		w.watch.close();
		w.last().push(1, 3);
		await w.watch.awake();
		await vi.advanceTimersByTimeAsync(10_000);
		expect(w.seen).toEqual([]);
		expect(w.calls.run + w.calls.fetch).toBe(0);
	});
});
