import type { Lever, Range, Report } from "./model.ts";

/** What could be saved, by what it takes: nothing but doing it, a decision, or more data. */
export interface Outlook {
	now: number;
	/**
	 * What saying yes would save: the plan with all optional levers if it was
	 * replayed, else the optional lever that saves most, for they overlap and are
	 * never summed.
	 */
	decision: Decision | null;
	/** Levers that more data would unlock. What they are worth is only bounded, so no figure is led with. */
	unlocks: string[];
	/** Which of them is the answer's large figure. */
	lead: "now" | "decision" | "none";
}

export interface Decision {
	savings: number;
	percentage: number;
	interval: Range | null;
	/** The largest of the levers to decide on, and how many there are. */
	lever: Lever;
	levers: number;
}

/** A plan under this share of the bill, in percent, is not what to lead with if a decision saves more. */
const little = 2;

export function outlook(report: Report): Outlook {
	const decision = decisionOf(report);
	const names = report.sufficiency.missing.flatMap((m) => m.unlocks.split(",").map((u) => u.trim()));
	const now = report.plan.savings;
	const small = now < 0.005 || report.plan.percentage < little;
	return {
		now,
		decision,
		unlocks: [...new Set(names.filter(Boolean))],
		lead: small && decision && decision.savings > now ? "decision" : now >= 0.005 ? "now" : "none",
	};
}

function decisionOf(report: Report): Decision | null {
	const optional = report.levers
		.filter((l) => l.status === "optional" && l.savings > 0)
		.toSorted((a, b) => b.savings - a.savings);
	const lever = optional[0];
	if (!lever) return null;
	const { savings, percentage, interval } = report.ifAccepted ?? lever;
	return { savings, percentage, interval, lever, levers: report.ifAccepted ? optional.length : 1 };
}

/** What to do first: of the plan's large steps the easiest; with little to gain there, the decision. */
export function firstStep(report: Report): Lever | null {
	const o = outlook(report);
	if (o.lead === "decision" && o.decision) return o.decision.lever;
	const proposed = report.levers.filter((l) => l.status === "proposed" && l.marginal > 0);
	const largest = proposed.toSorted((a, b) => b.marginal - a.marginal);
	const easy = largest.find(
		(l) => l.marginal >= 0.1 * report.plan.savings && l.effort === "low" && l.risk === "low",
	);
	return easy ?? largest[0] ?? null;
}
