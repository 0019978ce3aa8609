import type { Missing } from "../cloud/contract.ts";

/** report.json as the page shows it. Money is dollars over the log's own span unless the name says monthly. */
export interface Report {
	goal: string;
	status: string;
	/** The answer in one sentence, and a model's words about it, if there are any. */
	verdict: string;
	narrative: string;
	/** An answer to each figure that the goal names. */
	targets: Target[];
	/** What the message did to the plan, line by line, and what could be asked where it was not understood. */
	answer: { lines: string[]; ask: string[] };
	/** Other policies that were replayed beside the plan, and what a model says of them. */
	tried: { change: string; savings: number; percentage: number }[];
	remark: string;
	/** What the same analysis finds on a public log, for who has none yet. */
	example: Example | null;
	sufficiency: { score: number; state: string; missing: Missing[] };
	log: LogFacts;
	plan: Plan;
	/** The plan with every optional lever taken in, from a replay of its own; null if there is none. */
	ifAccepted: Plan | null;
	levers: Lever[];
	/** With which levers to begin; null where there is nothing to order. */
	order: Order | null;
	spend: { models: Slice[]; tags: Slice[]; users: Slice[]; days: Slice[]; tiers: Slice[] };
	findings: { text: string; calls: number; costUsd: number }[];
	caveats: string[];
	/** What list prices leave open of a bill, from $0 to a bound: no savings, and not to be added. */
	chances: { what: string; spend: number; most: number }[];
}

/** The levers in the order in which the user's plan takes them. */
export interface Order {
	strategy: string;
	about: string;
	phases: Phase[];
	/** Compliance notes that hold for every lever. */
	notes: string[];
}

/** Levers that are taken together; the gate must hold before the next phase. */
export interface Phase {
	title: string;
	levers: Turn[];
	lines: string[];
	gate: string;
}

export interface Turn {
	lever: string;
	title: string;
	text: string;
	compliance: string[];
}

export interface Target {
	outcome: string;
	text: string;
}

export interface Example {
	about: string;
	calls: number;
	before: number;
	after: number;
	percentage: number;
	levers: { title: string; savings: number }[];
}

export type Range = [number, number];

export interface LogFacts {
	format: string;
	rows: number;
	calls: number;
	/** The costs of a bill, which tells no calls; 0 for a log of calls. */
	billLines: number;
	unreadable: number;
	/** Why rows could not be read, the first of them. */
	reasons: string[];
	notes: string[];
	inputTokens: number;
	outputTokens: number;
	first: string;
	last: string;
	reportedUsd: number | null;
	computedUsd: number | null;
	residualUsd: number | null;
	/** Rows with a cost that cannot be; `flaggedRows` counts those that are not listed, too. */
	flaggedRows: number;
	pricesAsOf: string;
	flagged: { line: number; reason: string; reportedUsd: number }[];
	unpricedCalls: number;
	unpricedModels: string[];
	coverage: { field: string; share: number }[];
}

export interface Plan {
	before: number;
	after: number;
	savings: number;
	percentage: number;
	/** 90% interval of the savings in dollars; null where it cannot be told. */
	interval: Range | null;
	steps: Step[];
	latency: LatencyChange | null;
	monthly: {
		before: number | null;
		after: number | null;
		savings: number;
		interval: Range | null;
		basis: string;
	} | null;
	backtest: Backtest | null;
}

export interface Step {
	lever: string;
	title: string;
	alone: number;
	marginal: number;
	interval: Range | null;
}

export interface LatencyChange {
	before: { p50: number; p90: number };
	after: { p50: number; p90: number };
	note: string;
}

export interface Backtest {
	predicted: number;
	measured: number;
	interval: Range | null;
	covered: boolean;
}

export interface Lever {
	lever: string;
	title: string;
	/** proposed, optional, no_saving, needs_data or excluded. */
	status: string;
	reason: string;
	summary: string;
	savings: number;
	percentage: number;
	marginal: number;
	interval: Range | null;
	monthly: number | null;
	effort: string;
	risk: string;
	riskNote: string;
	rollback: string;
	assumptions: string[];
	grounds: string[];
	steps: string[];
	verify: string;
	latency: LatencyChange | null;
	evidence: Evidence;
}

export interface Evidence {
	note: string;
	calls: number;
	tokens: number;
	costUsd: number;
	rows: EvidenceRow[];
}

export interface EvidenceRow {
	line: number;
	time: string;
	model: string;
	hash: string;
	input: number;
	output: number;
	costUsd: number;
	savedUsd: number;
}

export interface Slice {
	key: string;
	calls: number;
	input: number;
	output: number;
	costUsd: number;
	/** What the plan saves on these calls; below 0 where they cost more. Of tags and users only. */
	savedUsd: number;
}
