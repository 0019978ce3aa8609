import type { JSX } from "preact";
import { money, moneyRange, percent, span } from "../app/format.ts";
import { Icon } from "../app/icon.tsx";
import type { Lever, Report } from "./model.ts";

/** The answer at a glance: what could be saved, how sure that is, and what to do first. */
export function Headline({ report }: { report: Report }): JSX.Element {
	const { plan } = report;
	const saves = plan.savings > 0;
	return (
		<section class="headline" aria-label="The answer">
			<div class="answer">
				<p class="eyebrow">{saves ? "You can save" : "No saving to promise"}</p>
				{saves ? (
					<p class="big-figure figure">
						{money(plan.savings)} <span class="share">{percent(plan.percentage)}</span>
					</p>
				) : (
					<p class="big-figure small">
						{report.sufficiency.state === "insufficient"
							? "The log cannot carry an answer yet"
							: "This log is well run"}
					</p>
				)}
				{saves && plan.interval && (
					<p class="muted figure">90% range {moneyRange(plan.interval)}, over the log's own time</p>
				)}
				{report.verdict && <p>{report.verdict}</p>}
				{report.narrative && <p class="muted">{report.narrative}</p>}
			</div>
			<dl class="key-facts">
				<Fact name="Bill in the log" value={money(plan.before)} />
				<Fact name="With the plan" value={money(plan.after)} />
				{plan.monthly && (
					<Fact name="A month" value={`${money(plan.monthly.savings)} less`} note={plan.monthly.basis} />
				)}
				{plan.latency && (
					<Fact
						name="Response time, median"
						value={`${span(plan.latency.before.p50)} → ${span(plan.latency.after.p50)}`}
						note={plan.latency.note}
					/>
				)}
			</dl>
			<First lever={firstStep(report)} />
		</section>
	);
}

/** The largest step of little effort and risk; else simply the largest. */
export function firstStep(report: Report): Lever | null {
	const proposed = report.levers.filter((l) => l.status === "proposed" && l.marginal > 0);
	const largest = proposed.toSorted((a, b) => b.marginal - a.marginal);
	const worthwhile = largest.filter((l) => l.marginal >= 0.1 * report.plan.savings);
	const easy = worthwhile.find((l) => l.effort === "low" && l.risk === "low");
	return easy ?? largest[0] ?? null;
}

function First({ lever }: { lever: Lever | null }): JSX.Element | null {
	if (!lever) return null;
	return (
		<div class="first">
			<Icon name="arrow" />
			<div>
				<p class="eyebrow">Do this first</p>
				<p>
					<strong>{lever.title}</strong>: {lever.summary || lever.steps[0] || "see the plan below"}
				</p>
				<p class="muted small-text figure">
					{money(lever.marginal)} of the plan
					{lever.effort && ` · ${lever.effort} effort`}
					{lever.risk && ` · ${lever.risk} risk`}
				</p>
			</div>
		</div>
	);
}

function Fact({ name, value, note }: { name: string; value: string; note?: string }): JSX.Element {
	return (
		<div>
			<dt>{name}</dt>
			<dd>
				<span class="figure">{value}</span>
				{note && <span class="muted small-text">{note}</span>}
			</dd>
		</div>
	);
}
