import type { Report } from "./model.ts";

/** What changed from one plan of a thread to the next. */
export interface Comparison {
	before: { from: number; to: number };
	savings: { from: number; to: number };
	percentage: { from: number; to: number };
	/** Levers whose share of the plan changed by a cent or more, largest change first. */
	levers: { title: string; from: number; to: number; kind: "new" | "gone" | "more" | "less" }[];
	/** Whether both plans are about the same bill, so that dollars compare. */
	sameBill: boolean;
}

/** Compares two plans by the share that each lever has in them. */
export function compare(last: Report, now: Report): Comparison {
	const shares = (r: Report) => new Map(r.plan.steps.map((s) => [s.lever, s]));
	const [a, b] = [shares(last), shares(now)];
	const levers = [...new Set([...a.keys(), ...b.keys()])]
		.map((lever) => ({
			title: (b.get(lever) ?? a.get(lever))?.title ?? lever,
			from: a.get(lever)?.marginal ?? 0,
			to: b.get(lever)?.marginal ?? 0,
			kind: !a.has(lever) ? ("new" as const) : !b.has(lever) ? ("gone" as const) : ("more" as const),
		}))
		.map((l) => (l.kind === "more" && l.to < l.from ? { ...l, kind: "less" as const } : l))
		.filter((l) => Math.abs(l.to - l.from) >= 0.01 || l.kind === "new" || l.kind === "gone")
		.sort((x, y) => Math.abs(y.to - y.from) - Math.abs(x.to - x.from));
	return {
		before: { from: last.plan.before, to: now.plan.before },
		savings: { from: last.plan.savings, to: now.plan.savings },
		percentage: { from: last.plan.percentage, to: now.plan.percentage },
		levers,
		sameBill: Math.abs(last.plan.before - now.plan.before) <= 0.005 * Math.max(1, last.plan.before),
	};
}
