import type { Missing } from "../cloud/contract.ts";
import type {
	Backtest,
	Evidence,
	Example,
	LatencyChange,
	Lever,
	LogFacts,
	Order,
	Plan,
	Report,
	Slice,
	Turn,
} from "./model.ts";
import { first, interval, type Json, list, num, numOrNull, obj, text, texts } from "./read.ts";

/** Reads report.json. */
export function readReport(raw: unknown): Report {
	const r = obj(raw);
	const declined = list(r.not_recommended).map((d) => readLever({ status: "no_saving", ...obj(d) }));
	const levers = [...list(r.recommendations).map(readLever), ...declined];
	const spend = obj(r.spend);
	return {
		goal: text(r.goal),
		status: text(r.status),
		verdict: text(obj(r.plan).verdict) || text(r.headline),
		narrative: text(r.narrative),
		targets: list(r.targets).map((t) => ({ outcome: text(obj(t).outcome), text: text(obj(t).text) })),
		answer: { lines: texts(obj(r.answer).lines), ask: texts(obj(r.answer).ask) },
		tried: list(r.tried).map((t) => ({
			change: text(obj(t).change),
			savings: num(obj(t).savings_usd),
			percentage: num(obj(t).savings_percentage),
		})),
		remark: text(r.tried_remark),
		example: r.example ? readExample(obj(r.example)) : null,
		sufficiency: readSufficiency(obj(r.sufficiency)),
		log: readLog(obj(r.log)),
		plan: readPlan(obj(r.plan)),
		ifAccepted: obj(r.plan).if_accepted ? readPlan(obj(obj(r.plan).if_accepted)) : null,
		levers,
		order: r.order ? readOrder(obj(r.order)) : null,
		spend: {
			models: slices(spend.by_model),
			tags: slices(spend.by_tag),
			users: slices(spend.by_user),
			days: slices(spend.by_day),
			tiers: slices(spend.by_tier),
		},
		findings: list(r.findings).map((f) => ({
			text: text(obj(f).text),
			calls: num(obj(f).calls),
			costUsd: num(obj(f).cost_usd),
		})),
		caveats: texts(r.caveats),
		chances: list(r.chances).map((c) => ({
			what: text(obj(c).what),
			spend: num(obj(c).spend_usd),
			most: num(obj(c).most_usd),
		})),
	};
}

function readExample(e: Json): Example {
	const plan = obj(e.plan);
	return {
		about: text(e.about),
		calls: num(e.calls),
		before: num(plan.cost_before_usd),
		after: num(plan.cost_after_usd),
		percentage: num(plan.savings_percentage),
		levers: list(e.recommendations).map((l) => ({
			title: text(obj(l).title),
			savings: num(obj(l).estimated_savings_usd),
		})),
	};
}

function readOrder(o: Json): Order | null {
	const phases = list(o.phases).map((v) => {
		const p = obj(v);
		return {
			title: text(p.title),
			levers: list(p.levers).map(readTurn),
			lines: texts(p.lines),
			gate: text(p.gate),
		};
	});
	if (phases.length === 0) return null;
	return { strategy: text(o.strategy), about: text(o.about), phases, notes: texts(o.compliance_notes) };
}

function readTurn(v: unknown): Turn {
	const t = obj(v);
	const lever = text(t.lever);
	return { lever, title: text(t.title) || lever, text: text(t.text), compliance: texts(t.compliance) };
}

function readSufficiency(s: Json): Report["sufficiency"] {
	return { score: num(s.score), state: text(s.state), missing: list(s.missing).map(readMissing) };
}

export function readMissing(v: unknown): Missing {
	const m = obj(v);
	return {
		field: text(m.field),
		why: text(m.why),
		unlocks: text(m.unlocks),
		worth: text(m.worth),
		worth_usd: interval(m.worth_usd) ?? [0, 0],
		export: texts(m.export),
	};
}

function readLog(l: Json): LogFacts {
	const unpriced = obj(l.unpriced);
	const compared = obj(l.reconciliation);
	// Of no rows with both costs there is no comparison, and its zeros are no figures.
	const settled = compared.rows === 0 ? {} : compared;
	return {
		format: text(l.format),
		rows: num(l.rows),
		calls: num(l.calls),
		billLines: num(l.bill_lines),
		unreadable: num(l.unreadable),
		reasons: list(l.first_unreadable).map((u) => `line ${text(obj(u).line)}: ${text(obj(u).reason)}`),
		notes: texts(l.notes),
		inputTokens: num(l.input_tokens),
		outputTokens: num(l.output_tokens),
		first: text(l.first),
		last: text(l.last),
		reportedUsd: numOrNull(first(l.reported_cost_usd, settled.reported_usd)),
		computedUsd: numOrNull(first(l.computed_cost_usd, settled.computed_usd)),
		residualUsd: numOrNull(settled.residual_usd),
		flaggedRows: num(l.flagged_rows, list(l.flagged).length),
		pricesAsOf: text(l.prices_as_of),
		flagged: list(l.flagged).map((f) => ({
			line: num(obj(f).line),
			reason: text(obj(f).reason),
			reportedUsd: num(obj(f).reported_cost_usd),
		})),
		unpricedCalls: num(unpriced.calls),
		unpricedModels: list(unpriced.models).map((m) => text(m) || text(obj(m).model)),
		coverage: Object.entries(obj(l.coverage)).map(([field, share]) => ({ field, share: num(share) })),
	};
}

function readPlan(p: Json): Plan {
	const before = num(p.cost_before_usd);
	const after = num(p.cost_after_usd, before);
	return {
		before,
		after,
		savings: num(p.savings_usd, before - after),
		percentage: num(p.savings_percentage),
		interval: interval(p.interval_90),
		steps: list(p.steps).map((v) => {
			const s = obj(v);
			return {
				lever: text(s.lever),
				title: text(s.title) || text(s.lever),
				alone: num(s.alone_usd),
				marginal: num(s.marginal_usd),
				interval: interval(s.interval_90),
			};
		}),
		latency: readLatency(p.latency, p.latency_effect),
		monthly: readMonthly(obj(p.monthly)),
		backtest: readBacktest(p.backtest),
	};
}

function readMonthly(m: Json): Plan["monthly"] {
	const savings = numOrNull(m.savings_usd);
	if (savings === null) return null;
	return {
		before: numOrNull(m.before_usd),
		after: numOrNull(m.after_usd),
		savings,
		interval: interval(m.interval_90),
		basis: text(m.basis),
	};
}

function readBacktest(v: unknown): Backtest | null {
	const b = obj(v);
	const predicted = numOrNull(b.predicted_percentage);
	const measured = numOrNull(b.measured_percentage);
	if (predicted === null || measured === null) return null;
	return { predicted, measured, interval: interval(b.interval_90), covered: b.covered === true };
}

function readLatency(v: unknown, note: unknown): LatencyChange | null {
	const l = obj(v);
	const side = (name: string) => {
		const d = obj(l[name]);
		const p50 = numOrNull(d.p50_ms);
		return p50 === null ? null : { p50, p90: num(d.p90_ms, Number.NaN) };
	};
	const [before, after] = [side("before"), side("after")];
	return before && after ? { before, after, note: text(note) || text(l.method) } : null;
}

function readLever(v: unknown): Lever {
	const p = obj(v);
	const savings = num(p.estimated_savings_usd);
	return {
		lever: text(p.lever),
		title: text(p.title) || text(p.lever),
		status: text(p.status) || (savings > 0 ? "proposed" : "no_saving"),
		reason: text(p.reason),
		summary: text(p.summary),
		savings,
		percentage: num(p.estimated_savings_percentage),
		marginal: num(p.marginal_savings_usd, savings),
		interval: interval(p.interval_90),
		monthly: numOrNull(p.estimated_monthly_savings),
		effort: text(p.effort),
		risk: text(p.risk),
		riskNote: text(p.risk_note),
		rollback: text(p.rollback),
		assumptions: texts(p.assumptions),
		grounds: texts(p.grounds),
		steps: texts(p.steps),
		verify: text(p.verify),
		latency: readLatency(p.latency, p.latency_effect),
		evidence: readEvidence(p.evidence),
	};
}

function readEvidence(v: unknown): Evidence {
	const e = obj(v);
	return {
		note: typeof v === "string" ? v : text(e.note),
		calls: num(e.calls),
		tokens: num(e.tokens),
		costUsd: num(e.cost_usd),
		rows: list(e.rows).map((x) => {
			const row = obj(x);
			return {
				line: num(row.line),
				time: text(row.time),
				model: text(row.model),
				hash: text(row.hash),
				input: num(row.input_tokens),
				output: num(row.output_tokens),
				costUsd: num(row.cost_usd),
				savedUsd: num(row.saved_usd),
			};
		}),
	};
}

function slices(v: unknown): Slice[] {
	return list(v).map((x) => {
		const s = obj(x);
		return {
			key: text(first(s.key, s.day)),
			calls: num(s.calls),
			input: num(s.input_tokens),
			output: num(s.output_tokens),
			costUsd: num(s.cost_usd),
			savedUsd: num(s.saved_usd),
		};
	});
}
