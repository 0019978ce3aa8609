import type { ComponentChildren, JSX } from "preact";
import { count, counted, day, money, percent, words } from "../app/format.ts";
import { Bar } from "../charts/bar.tsx";
import { DataTable } from "../charts/figure.tsx";
import { MissingList } from "../run/request.tsx";
import { Caveats } from "./levers.tsx";
import type { LogFacts, Report } from "./model.ts";

const stateWords: Record<string, string> = {
	insufficient: "not enough for a plan",
	minimal: "enough for a first plan",
	sufficient: "enough for a full plan",
	optimal: "all that a full plan can use",
};

/** What the log is, what it carries, what was left out, and what would unlock more. */
export function DataTab({ report }: { report: Report }): JSX.Element {
	const { log, sufficiency } = report;
	const held = log.calls > 0 || log.billLines > 0;
	return (
		<div class="stack wide-gap">
			{held && (
				<section>
					<h3>How much the log can carry</h3>
					<p>
						<strong class="figure">{count(sufficiency.score)} of 100</strong>:{" "}
						{stateWords[sufficiency.state] ?? sufficiency.state}
					</p>
					<meter min={0} max={100} value={sufficiency.score} aria-label="Score of the data, of 100" />
				</section>
			)}
			{held && <Read log={log} />}
			{log.notes.length > 0 && (
				<ul class="muted">
					{log.notes.map((n) => (
						<li key={n}>{n}</li>
					))}
				</ul>
			)}
			{log.rows > 0 && <LeftOut log={log} />}
			{log.rows > 0 && <Coverage log={log} />}
			{sufficiency.missing.length > 0 && (
				<section>
					<h3>{log.calls > 0 ? "What would unlock more" : "What to bring"}</h3>
					<MissingList items={sufficiency.missing} />
				</section>
			)}
			<Caveats caveats={report.caveats} />
		</div>
	);
}

function Read({ log }: { log: LogFacts }): JSX.Element {
	const calls = log.billLines === 0;
	return (
		<section>
			<h3>What was read</h3>
			<dl class="facts wide">
				<Fact name="Format">{log.format}</Fact>
				<Fact name="Rows">{count(log.rows)}</Fact>
				<Fact name="Calls">{calls && count(log.calls)}</Fact>
				<Fact name="Lines of the bill">{log.billLines > 0 && count(log.billLines)}</Fact>
				<Fact name="From">{log.first && day(log.first)}</Fact>
				<Fact name="To">{log.last && day(log.last)}</Fact>
				<Fact name="Input tokens">{calls && count(log.inputTokens)}</Fact>
				<Fact name="Output tokens">{calls && count(log.outputTokens)}</Fact>
				<Fact name="Cost that the log reports">{log.reportedUsd !== null && money(log.reportedUsd)}</Fact>
				<Fact name="Cost by the price book">
					{calls && log.computedUsd !== null && money(log.computedUsd)}
				</Fact>
				<Fact name="Prices as of">{log.pricesAsOf && day(log.pricesAsOf)}</Fact>
				<Fact name="Left unexplained">{log.residualUsd !== null && money(log.residualUsd)}</Fact>
			</dl>
		</section>
	);
}

function Fact({ name, children }: { name: string; children: ComponentChildren }): JSX.Element | null {
	if (!children) return null;
	return (
		<div>
			<dt>{name}</dt>
			<dd class="figure">{children}</dd>
		</div>
	);
}

function LeftOut({ log }: { log: LogFacts }): JSX.Element {
	const nothing = log.unreadable === 0 && log.flaggedRows === 0 && log.unpricedCalls === 0;
	return (
		<section class="stack">
			<h3>What was left out</h3>
			{nothing && <p class="muted">Nothing: every row was read and priced.</p>}
			{log.unreadable > 0 && (
				<>
					<p>{counted(log.unreadable, "row", "rows")} could not be read:</p>
					<ul>
						{log.reasons.map((r) => (
							<li key={r}>{r}</li>
						))}
					</ul>
				</>
			)}
			{log.unpricedCalls > 0 && (
				<details>
					<summary>
						{counted(log.unpricedCalls, "call", "calls")} of{" "}
						{counted(log.unpricedModels.length, "model", "models")} without a price, in no total
					</summary>
					<p class="muted small-text">{log.unpricedModels.join(", ")}</p>
				</details>
			)}
			{log.flaggedRows > 0 && (
				<>
					<p>
						{count(log.flaggedRows)} {log.flaggedRows === 1 ? "row reports" : "rows report"} a cost that
						cannot be, and {log.flaggedRows === 1 ? "is" : "are"} in no total.
					</p>
					<DataTable
						title="Rows with a cost that cannot be"
						rows={log.flagged}
						columns={[
							{ name: "Line", value: (f) => count(f.line) },
							{ name: "Why", value: (f) => f.reason, wrap: true },
							{ name: "Reported", value: (f) => money(f.reportedUsd), figure: true },
						]}
					/>
				</>
			)}
		</section>
	);
}

function Coverage({ log }: { log: LogFacts }): JSX.Element | null {
	if (log.coverage.length === 0) return null;
	return (
		<section>
			<h3>What the rows carry</h3>
			<ul class="bars">
				{log.coverage.map((c) => (
					<li key={c.field}>
						<span class="bar-name">{words(c.field)}</span>
						<Bar parts={[{ from: 0, to: 100 * c.share, look: "plain" }]} />
						<span class="figure">{percent(100 * c.share)}</span>
					</li>
				))}
			</ul>
		</section>
	);
}
