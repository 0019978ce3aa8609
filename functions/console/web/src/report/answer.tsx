import type { JSX } from "preact";
import { money, percent } from "../app/format.ts";
import { Icon } from "../app/icon.tsx";
import type { Report } from "./model.ts";

interface Props {
	report: Report;
	/** Prepares a follow-up question. */
	ask: (goal: string) => void;
}

/** What became of the question: its answer, and what can be asked where it was not understood. */
export function Answered({ report, ask }: Props): JSX.Element | null {
	const { lines, ask: suggestions } = report.answer;
	if (lines.length === 0 && suggestions.length === 0) return null;
	return (
		<section class="difference" aria-label="Your question">
			<h2>Your question</h2>
			<ul>
				{lines.map((line) => (
					<li key={line}>{line}</li>
				))}
			</ul>
			{suggestions.length > 0 && (
				<>
					<p>You can ask, for example:</p>
					<ul class="examples">
						{suggestions.map((text) => (
							<li key={text}>
								<button type="button" onClick={() => ask(text)}>
									<Icon name="bulb" />
									{text}
								</button>
							</li>
						))}
					</ul>
				</>
			)}
		</section>
	);
}

/** Policies that a language model chose and the engine replayed. */
export function Tried({ report }: { report: Report }): JSX.Element | null {
	if (report.tried.length === 0) return null;
	return (
		<section class="stack">
			<h3>What else was tried</h3>
			<p class="muted">
				A language model chose these, the engine replayed them; the plan is not changed by them.
			</p>
			<ul>
				{report.tried.map((t) => (
					<li key={t.change} class="figure">
						{t.change}: saves {money(t.savings)} ({percent(t.percentage)})
					</li>
				))}
			</ul>
			{report.remark && <p class="muted">{report.remark}</p>}
		</section>
	);
}
