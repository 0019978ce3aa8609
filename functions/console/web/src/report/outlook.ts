import type { Lever, Report } from "./model.ts";

/** What could be saved, by what it takes: nothing but doing it, a decision, or more data. */
export interface Outlook {
	now: number;
	/** The optional lever that saves most. Optional levers overlap, so they are never summed. */
	decision: Lever | null;
	/** The missing part of the data with the highest upper bound. */
	data: { unlocks: string; most: number } | null;
	/** Which of them is the answer's large figure. */
	lead: "now" | "decision" | "none";
}

/** A plan under this share of the bill, in percent, is not what to lead with if a decision saves more. */
const little = 2;

export function outlook(report: Report): Outlook {
	const optional = report.levers
		.filter((l) => l.status === "optional" && l.savings > 0)
		.toSorted((a, b) => b.savings - a.savings);
	const decision = optional[0] ?? null;
	const missing = report.sufficiency.missing.toSorted((a, b) => b.worth_usd[1] - a.worth_usd[1])[0];
	const now = report.plan.savings;
	const small = now < 0.005 || report.plan.percentage < little;
	return {
		now,
		decision,
		data:
			missing && missing.worth_usd[1] > 0 ? { unlocks: missing.unlocks, most: missing.worth_usd[1] } : null,
		lead: small && decision && decision.savings > now ? "decision" : now >= 0.005 ? "now" : "none",
	};
}

/** What to do first: of the plan's large steps the easiest; with little to gain there, the decision. */
export function firstStep(report: Report): Lever | null {
	const o = outlook(report);
	if (o.lead === "decision") return o.decision;
	const proposed = report.levers.filter((l) => l.status === "proposed" && l.marginal > 0);
	const largest = proposed.toSorted((a, b) => b.marginal - a.marginal);
	const easy = largest.find(
		(l) => l.marginal >= 0.1 * report.plan.savings && l.effort === "low" && l.risk === "low",
	);
	return easy ?? largest[0] ?? null;
}
