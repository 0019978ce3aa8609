import type { JSX } from "preact";
import { count, money, moneyRange, percent, span, words } from "../app/format.ts";
import { Icon } from "../app/icon.tsx";
import type { Missing } from "../cloud/contract.ts";
import { fieldName, leverWords } from "../run/request.tsx";
import type { Example, Lever, Report } from "./model.ts";
import { firstStep, type Outlook, outlook } from "./outlook.ts";

/** The answer at a glance: what could be saved, how sure that is, and what to do first. */
export function Headline({ report }: { report: Report }): JSX.Element {
	const { plan } = report;
	const o = outlook(report);
	return (
		<section class="headline" aria-label="The answer">
			<div class="answer">
				<Answer report={report} o={o} />
				{o.lead !== "decision" && (
					<Verdict report={report} said={o.lead === "none" ? unanswered(report) : ""} />
				)}
				{report.targets.map((t) => (
					<p key={t.text} class="target" data-outcome={t.outcome}>
						{t.text}
					</p>
				))}
				{report.narrative && <p class="muted">{report.narrative}</p>}
			</div>
			<dl class="key-facts">
				{report.log.calls > 0 && <Fact name="Bill in the log" value={money(plan.before)} />}
				{report.log.billLines > 0 && <Fact name="Spend on the bill" value={money(spent(report))} />}
				<Ways o={o} calls={report.log.calls} />
				{plan.monthly && o.lead === "now" && (
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
			<First lever={firstStep(report)} decide={o.lead === "decision"} />
			{report.example && <OnAnotherLog example={report.example} />}
			{plan.percentage < 10 && report.log.calls > 0 && <FindMore missing={report.sufficiency.missing[0]} />}
		</section>
	);
}

function Answer({ report, o }: { report: Report; o: Outlook }): JSX.Element {
	const { plan } = report;
	if (o.lead === "none") {
		return (
			<>
				<p class="eyebrow">No saving to promise</p>
				<p class="big-figure small">{unanswered(report)}</p>
			</>
		);
	}
	if (o.lead === "decision" && o.decision) {
		const d = o.decision;
		return (
			<>
				<p class="eyebrow">
					You could save, if you agree to {d.levers === 1 ? "one change" : `${d.levers} changes`}
				</p>
				<Big usd={d.savings} share={d.percentage} />
				<Sure interval={d.interval} />
				<p>
					{d.lever.title}
					{d.levers > 1 && " is the largest of them"}. Without any decision of yours, the plan saves{" "}
					{money(o.now)}.
				</p>
			</>
		);
	}
	return (
		<>
			<p class="eyebrow">You can save</p>
			<Big usd={plan.savings} share={plan.percentage} />
			<Sure interval={plan.interval} />
		</>
	);
}

/** The verdict in the report's words, without what the heading has said. */
function Verdict({ report, said }: { report: Report; said: string }): JSX.Element | null {
	const lead = `${said}. `;
	const text = said && report.verdict.startsWith(lead) ? report.verdict.slice(lead.length) : report.verdict;
	return text ? <p>{text}</p> : null;
}

function spent(report: Report): number {
	return report.spend.models.reduce((sum, m) => sum + m.costUsd, 0);
}

/** Why there is no saving: too little to see, or little to find. */
function unanswered(report: Report): string {
	if (report.log.billLines > 0) return "A bill alone carries no answer yet";
	if (report.log.calls === 0) return "There is no log to look at yet";
	switch (report.sufficiency.state) {
		case "insufficient":
			return "The log cannot carry an answer yet";
		case "minimal":
			return "Nothing to save in what this log shows";
		default:
			return "This log is well run";
	}
}

/** What the analysis gives on a public log, marked as such. */
function OnAnotherLog({ example: e }: { example: Example }): JSX.Element {
	return (
		<div class="first more">
			<Icon name="search" />
			<div>
				<p class="eyebrow">An example: another log, not yours</p>
				<p>
					On a {e.about}, {count(e.calls)} calls, the bill would have fallen from {money(e.before)} to{" "}
					{money(e.after)}, by {percent(e.percentage)}.
				</p>
				<ul>
					{e.levers.map((l) => (
						<li key={l.title}>
							{l.title}: {money(l.savings)} alone
						</li>
					))}
				</ul>
			</div>
		</div>
	);
}

function Big({ usd, share }: { usd: number; share: number }): JSX.Element {
	return (
		<p class="big-figure figure">
			{money(usd)} <span class="share">{percent(share)}</span>
		</p>
	);
}

function Sure({ interval }: { interval: [number, number] | null }): JSX.Element | null {
	return interval && <p class="muted figure">90% range {moneyRange(interval)}, over the log's own time</p>;
}

/** What it takes to save how much. The ways overlap: they are not added up. */
function Ways({ o, calls }: { o: Outlook; calls: number }): JSX.Element {
	return (
		<>
			{calls > 0 && (
				<Fact name="Saved at once" value={money(Math.max(0, o.now))} note="with no decision of yours" />
			)}
			{o.decision && (
				<Fact
					name="With a decision"
					value={`up to ${money(o.decision.savings)}`}
					note={o.decision.lever.title}
				/>
			)}
			{o.unlocks.length > 0 && (
				<Fact
					name="With more data"
					value={o.unlocks.length === 1 ? "1 more answer" : `${o.unlocks.length} more answers`}
					note={`${o.unlocks.slice(0, 3).map(words).join(", ")}${o.unlocks.length > 3 ? " and others" : ""}; see Data`}
				/>
			)}
		</>
	);
}

function First({ lever, decide }: { lever: Lever | null; decide: boolean }): JSX.Element | null {
	if (!lever) return null;
	const first = lever.steps[0];
	return (
		<div class="first">
			<Icon name="arrow" />
			<div>
				<p class="eyebrow">Do this first</p>
				<p>
					<strong>{lever.title}</strong>: {lever.summary || first || "see the plan below"}
				</p>
				{decide && first && <p>Start here: {first}</p>}
				<p class="muted small-text figure">
					{money(decide ? lever.savings : lever.marginal)}
					{lever.effort && ` · ${lever.effort} effort`}
					{lever.risk && ` · ${lever.risk} risk`}
				</p>
			</div>
		</div>
	);
}

/** Where a plan saves little, what to record so that the next one can save more. */
function FindMore({ missing: m }: { missing: Missing | undefined }): JSX.Element | null {
	if (!m) return null;
	return (
		<div class="first more">
			<Icon name="search" />
			<div>
				<p class="eyebrow">To find more</p>
				<p>
					<strong>Record {fieldName(m.field).toLowerCase()} in your log</strong>: it unlocks{" "}
					{leverWords(m.unlocks)}
					{m.worth_usd[1] > 0 &&
						`, worth ${moneyRange(m.worth_usd)} here. The upper end is a bound, not a promise`}
					.
				</p>
			</div>
		</div>
	);
}

function Fact({ name, value, note }: { name: string; value: string; note?: string }): JSX.Element {
	return (
		<div>
			<dt>{name}</dt>
			<dd class="figure">{value}</dd>
			{note && <dd class="muted small-text">{note}</dd>}
		</div>
	);
}
