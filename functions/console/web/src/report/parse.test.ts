import { describe, expect, test } from "vitest";
import { compare } from "./compare.ts";
import { readReport } from "./parse.ts";

const raw = {
	run_id: "r1",
	status: "completed",
	sufficiency: {
		score: 62,
		state: "minimal",
		missing: [{ field: "prompt_hash", why: "w", worth_usd: [1, 2] }],
	},
	log: {
		format: "aider",
		rows: 5321,
		calls: 5321,
		reported_cost_usd: 183.711767,
		flagged: [{ line: 5000, reason: "impossible", reported_cost_usd: 9990 }],
		unpriced: { calls: 3, models: ["x"] },
	},
	plan: {
		cost_before_usd: 100,
		cost_after_usd: 70,
		savings_percentage: 30,
		interval_90: [20, 40],
		steps: [
			{ lever: "batch", title: "Batch", alone_usd: 20, marginal_usd: 10, interval_90: { low: 5, high: 15 } },
			{ lever: "same-model", alone_usd: 20, marginal_usd: 20 },
		],
		latency: { before: { p50_ms: 900 }, after: { p50_ms: 700 }, method: "replay" },
		monthly: {
			before_usd: 30,
			after_usd: 21,
			savings_usd: 9,
			interval_90: [6, 12],
			basis: "10 days, times 3",
		},
		backtest: { predicted_percentage: 29, measured_percentage: 31, interval_90: [20, 40], covered: true },
	},
	not_recommended: [{ lever: "context", title: "Context", status: "needs_data", reason: "no session ids" }],
	recommendations: [
		{ lever: "batch", estimated_savings_usd: 20, evidence: { calls: 4, rows: [{ line: 1 }] } },
	],
	spend: {
		by_day: [{ day: "2026-01-01", cost_usd: 3, calls: 2 }],
		by_model: [{ key: "openai/gpt-4o", cost_usd: 97 }],
		by_tag: [{ key: "search", cost_usd: 60, saved_usd: 12.5 }],
		by_user: [
			{ key: "5f2b8c1d9e0a7b34", cost_usd: 90, calls: 7, saved_usd: -1 },
			{ key: "", cost_usd: 7 },
		],
	},
	order: {
		strategy: "phased_quality_kept",
		about: "One phase after the other.",
		phases: [
			{
				title: "Phase 1: Answers stay as they are",
				levers: [
					{
						lever: "batch",
						title: "Batch",
						text: "$10.00 within the plan.",
						check: "c",
						compliance: ["kept a day"],
					},
				],
				gate: "Every check holds.",
			},
			{ title: "Phase 2: Needs a check", levers: null, lines: ["none yet"] },
		],
		compliance_notes: ["the region"],
	},
	caveats: ["short"],
	answer: { lines: ["Batch stays out."], ask: ["only batch"] },
	tried: [{ change: "without batch", savings_usd: 3, savings_percentage: 2 }],
	tried_remark: "A remark.",
	targets: [{ asked: "cut cost by 30%", outcome: "reached", text: "That reaches the 30% you asked for." }],
	example: {
		about: "public log",
		calls: 10,
		plan: { cost_before_usd: 5, cost_after_usd: 4, savings_percentage: 20 },
		recommendations: [{ title: "Cache prompts", estimated_savings_usd: 1 }],
	},
};

describe("readReport", () => {
	test("reads in which order the plan takes the levers", () => {
		expect(readReport(raw).order).toEqual({
			strategy: "phased_quality_kept",
			about: "One phase after the other.",
			phases: [
				{
					title: "Phase 1: Answers stay as they are",
					levers: [
						{ lever: "batch", title: "Batch", text: "$10.00 within the plan.", compliance: ["kept a day"] },
					],
					lines: [],
					gate: "Every check holds.",
				},
				{ title: "Phase 2: Needs a check", levers: [], lines: ["none yet"], gate: "" },
			],
			notes: ["the region"],
		});
	});

	test("a log that reports no cost has nothing to compare", () => {
		const none = { rows: 0, reported_usd: 0, computed_usd: 0, residual_usd: 0 };
		const some = { rows: 2, reported_usd: 3, computed_usd: 2, residual_usd: 1 };
		const log = (reconciliation: object) => readReport({ log: { calls: 2, reconciliation } }).log;
		expect(log(none)).toMatchObject({ reportedUsd: null, computedUsd: null, residualUsd: null });
		expect(log(some)).toMatchObject({ reportedUsd: 3, computedUsd: 2, residualUsd: 1 });
	});

	test.each([[undefined], [null], [{}], [{ phases: [] }], ["x"]])(
		"has no order where there is none: %j",
		(order) => {
			expect(readReport({ ...raw, order }).order).toBeNull();
		},
	);

	test("reads the figures under the names of the report", () => {
		const r = readReport(raw);
		expect(r.plan).toMatchObject({ before: 100, after: 70, savings: 30, percentage: 30, interval: [20, 40] });
		expect(r.plan.steps).toMatchObject([
			{ title: "Batch", marginal: 10, interval: [5, 15] },
			{ title: "same-model", marginal: 20, interval: null },
		]);
		expect(r.plan.latency?.after.p50).toBe(700);
		expect(r.plan.monthly).toMatchObject({ savings: 9, basis: "10 days, times 3" });
		expect(r.plan.backtest).toMatchObject({ predicted: 29, measured: 31, covered: true });
		expect(r.levers[0]).toMatchObject({ title: "batch", status: "proposed", evidence: { calls: 4 } });
		expect(r.levers[1]).toMatchObject({ title: "Context", status: "needs_data", reason: "no session ids" });
		expect(r.spend.days[0]).toMatchObject({ key: "2026-01-01", costUsd: 3 });
		expect(r.spend.tags).toMatchObject([{ key: "search", costUsd: 60, savedUsd: 12.5 }]);
		expect(r.spend.users).toMatchObject([
			{ key: "5f2b8c1d9e0a7b34", calls: 7, savedUsd: -1 },
			{ key: "", savedUsd: 0 },
		]);
		expect(r.log.flagged[0]?.reportedUsd).toBe(9990);
		expect(r.sufficiency.missing[0]?.worth_usd).toEqual([1, 2]);
		expect(r.targets).toEqual([{ outcome: "reached", text: "That reaches the 30% you asked for." }]);
		expect(r.answer).toEqual({ lines: ["Batch stays out."], ask: ["only batch"] });
		expect(r.tried).toEqual([{ change: "without batch", savings: 3, percentage: 2 }]);
		expect(r.remark).toBe("A remark.");
		expect(r.example).toEqual({
			about: "public log",
			calls: 10,
			before: 5,
			after: 4,
			percentage: 20,
			levers: [{ title: "Cache prompts", savings: 1 }],
		});
	});

	test("a bill has lines and bounds, and no calls", () => {
		const read = readReport({
			log: { calls: 0, bill_lines: 5 },
			chances: [{ lever: "batch", what: "Batch prices", spend_usd: 74.6, most_usd: 37.3, models: ["m"] }],
		});
		expect(read.log.billLines).toBe(5);
		expect(read.chances).toEqual([{ what: "Batch prices", spend: 74.6, most: 37.3 }]);
	});

	test.each([null, [], "text", 7, {}, { plan: [], log: "x", recommendations: {} }])(
		"makes an empty report of %j",
		(v) => {
			const r = readReport(v);
			expect(r.levers).toEqual([]);
			expect(r.targets).toEqual([]);
			expect(r.answer).toEqual({ lines: [], ask: [] });
			expect(r.tried).toEqual([]);
			expect(r.example).toBeNull();
			expect(r.plan).toMatchObject({ before: 0, after: 0, interval: null, monthly: null, latency: null });
		},
	);

	test("hostile values become empty or plain text", () => {
		const r = readReport({
			plan: { cost_before_usd: "<img onerror=1>", interval_90: ["a", Number.NaN] },
			recommendations: [{ lever: { x: 1 }, title: "<script>", assumptions: [{}, 3, "ok"], evidence: [[]] }],
			caveats: { text: "no list" },
		});
		expect(r.plan).toMatchObject({ before: 0, interval: null });
		expect(r.levers[0]).toMatchObject({ lever: "", title: "<script>", assumptions: ["3", "ok"] });
		expect(r.caveats).toEqual([]);
	});
});

describe("compare", () => {
	const plan = (steps: [string, number][], before = 100) =>
		readReport({
			plan: {
				cost_before_usd: before,
				cost_after_usd: before - steps.reduce((s, x) => s + x[1], 0),
				steps: steps.map(([lever, marginal_usd]) => ({ lever, title: lever, marginal_usd })),
			},
		});

	test("names levers that came, went, grew and shrank, largest change first", () => {
		const c = compare(
			plan([
				["a", 10],
				["b", 5],
				["c", 3],
				["same", 1],
			]),
			plan([
				["b", 9],
				["c", 1],
				["d", 2],
				["same", 1],
			]),
		);
		expect(c.levers.map((l) => [l.title, l.kind])).toEqual([
			["a", "gone"],
			["b", "more"],
			["c", "less"],
			["d", "new"],
		]);
		expect(c.savings).toEqual({ from: 19, to: 13 });
		expect(c.sameBill).toBe(true);
	});

	test("knows when the bill itself is another one", () => {
		expect(compare(plan([]), plan([], 180)).sameBill).toBe(false);
	});
});
