import type { ComponentChildren, JSX } from "preact";
import { counted, money, moneyRange, percent, span } from "../app/format.ts";
import { Ranges } from "../charts/ranges.tsx";
import { Waterfall } from "../charts/waterfall.tsx";
import { Tried } from "./answer.tsx";
import type { Backtest, Lever, Range, Report } from "./model.ts";
import { InOrder } from "./order.tsx";
import { outlook } from "./outlook.ts";

/** The plan: the waterfall, each lever, how sure they are, and the caveats. */
export function Levers({ report, ask }: { report: Report; ask: (goal: string) => void }): JSX.Element {
	const of = (status: string) => report.levers.filter((l) => l.status === status);
	const proposed = of("proposed");
	const backtest = report.plan.backtest;
	const decide = (
		<Others
			title="Worth a decision"
			note="These would save, but need your call first. They are not in the total."
			levers={of("optional")}
			ask={ask}
		/>
	);
	const accepted = report.ifAccepted && report.ifAccepted.steps.length > 0 && (
		<Waterfall plan={report.ifAccepted} title="If you say yes to all of it" last="With all of it" />
	);
	const decisionFirst = outlook(report).lead === "decision";
	return (
		<div class="stack wide-gap">
			{decisionFirst && decide}
			{decisionFirst && accepted}
			{decisionFirst && <InOrder order={report.order} />}
			{report.plan.steps.length > 0 && (
				<Waterfall plan={report.plan} title="From today's bill to the plan's" last="With the plan" />
			)}
			{proposed.length > 0 && (
				<section class="stack" aria-labelledby="in-plan">
					<h3 id="in-plan">In the plan, the largest first</h3>
					{proposed.map((l) => (
						<LeverCard
							key={l.lever}
							lever={l}
							inPlan
							range={report.plan.steps.find((s) => s.lever === l.lever)?.interval ?? null}
						/>
					))}
				</section>
			)}
			{!decisionFirst && <InOrder order={report.order} />}
			<Ranges levers={proposed.filter((l) => l.savings > 0)} />
			{backtest && Math.abs(backtest.predicted) >= 0.05 && <BacktestNote b={backtest} />}
			{!decisionFirst && decide}
			{!decisionFirst && accepted}
			<Rest levers={[...of("needs_data"), ...of("no_saving"), ...of("excluded")]} />
			<Tried report={report} />
			<Findings report={report} />
			<Caveats caveats={report.caveats} />
		</div>
	);
}

interface CardProps {
	lever: Lever;
	/** In the plan the figure is its share there, with its 90% range. */
	inPlan?: boolean;
	range?: Range | null;
	/** Given for a lever that the user may take into the plan. */
	ask?: (goal: string) => void;
}

/** One lever; in the plan the figure is its share, else what it saves alone. */
function LeverCard({ lever: l, inPlan, range = l.interval, ask }: CardProps): JSX.Element {
	return (
		<details class="lever">
			<summary>
				<span class="grow">
					<strong>{l.title}</strong>
					{l.summary && <span class="muted">{l.summary}</span>}
				</span>
				<span class="lever-figure figure">
					<strong>{money(inPlan ? l.marginal : l.savings)}</strong>
					<span class="muted small-text">{range ? moneyRange(range) : ""}</span>
				</span>
			</summary>
			<dl class="facts">
				<Fact name="Alone it saves" value={`${money(l.savings)} (${percent(l.percentage)})`} />
				<Fact name="A month" value={l.monthly === null ? "" : money(l.monthly)} />
				<Fact name="Effort" value={l.effort} />
				<Fact name="Risk" value={l.risk} />
				<Fact
					name="Response time, median"
					value={l.latency ? `${span(l.latency.before.p50)} → ${span(l.latency.after.p50)}` : ""}
				/>
			</dl>
			{l.riskNote && <p>{l.riskNote}</p>}
			<Steps title="What to do" items={l.steps} ordered />
			<Steps title="What it rests on" items={l.grounds} />
			<Steps title="What is assumed" items={l.assumptions} />
			<Part title="How to undo it" text={l.rollback} />
			<Part title="How to check it" text={l.verify} />
			{ask && (
				<button type="button" class="button" onClick={() => ask(`Include ${l.lever} in the plan`)}>
					Plan with it
				</button>
			)}
		</details>
	);
}

function Fact({ name, value }: { name: string; value: string }): JSX.Element | null {
	if (!value) return null;
	return (
		<div>
			<dt>{name}</dt>
			<dd class="figure">{value}</dd>
		</div>
	);
}

function Steps({
	title,
	items,
	ordered,
}: {
	title: string;
	items: string[];
	ordered?: boolean;
}): JSX.Element | null {
	if (items.length === 0) return null;
	const rows: ComponentChildren = items.map((s) => <li key={s}>{s}</li>);
	return (
		<div>
			<h4>{title}</h4>
			{ordered ? <ol>{rows}</ol> : <ul>{rows}</ul>}
		</div>
	);
}

function Part({ title, text }: { title: string; text: string }): JSX.Element | null {
	if (!text) return null;
	return (
		<div>
			<h4>{title}</h4>
			<p>{text}</p>
		</div>
	);
}

function BacktestNote({ b }: { b: Backtest }): JSX.Element {
	return (
		<section class={`note ${b.covered ? "good" : "warn"}`}>
			<strong>{b.covered ? "The plan held on later data" : "The plan missed its range on later data"}</strong>
			<p>
				Chosen on the first 70% of the log, it promised {percent(b.predicted)}
				{b.interval && ` (${percent(b.interval[0])} to ${percent(b.interval[1])})`}. On the last 30%, which it
				had not seen, it saved {percent(b.measured)}.
			</p>
		</section>
	);
}

interface OthersProps {
	title: string;
	note: string;
	levers: Lever[];
	ask: (goal: string) => void;
}

function Others({ title, note, levers, ask }: OthersProps): JSX.Element | null {
	if (levers.length === 0) return null;
	return (
		<section class="stack" aria-label={title}>
			<h3>{title}</h3>
			<p class="muted">{note}</p>
			{levers.map((l) => (
				<LeverCard key={l.lever} lever={l} ask={ask} />
			))}
		</section>
	);
}

const statusWords: Record<string, string> = {
	needs_data: "needs more data",
	no_saving: "would save nothing here",
	excluded: "left out at your wish",
};

function Rest({ levers }: { levers: Lever[] }): JSX.Element | null {
	if (levers.length === 0) return null;
	return (
		<details class="rest">
			<summary>Also tried: {levers.length} levers that are not in the plan</summary>
			<ul>
				{levers.map((l) => (
					<li key={l.lever}>
						<strong>{l.title}</strong> {statusWords[l.status] ?? ""}
						{(l.reason || l.summary) && `: ${l.reason || l.summary}`}
					</li>
				))}
			</ul>
		</details>
	);
}

function Findings({ report }: { report: Report }): JSX.Element | null {
	if (report.findings.length === 0) return null;
	return (
		<section aria-label="Seen in the log">
			<h3>Seen in the log</h3>
			<ul>
				{report.findings.map((f) => (
					<li key={f.text}>
						{f.text}
						{f.calls > 0 && (
							<span class="muted figure">
								{" "}
								{counted(f.calls, "call", "calls")}
								{f.costUsd > 0 && `, ${money(f.costUsd)}`}
							</span>
						)}
					</li>
				))}
			</ul>
		</section>
	);
}

export function Caveats({ caveats }: { caveats: string[] }): JSX.Element | null {
	if (caveats.length === 0) return null;
	return (
		<section class="caveats" aria-label="Read this with it">
			<h3>Read this with it</h3>
			<ul>
				{caveats.map((c) => (
					<li key={c}>{c}</li>
				))}
			</ul>
		</section>
	);
}
