import type { JSX } from "preact";
import { money, moneyRange } from "../app/format.ts";
import type { Plan } from "../report/model.ts";
import { Bar } from "./bar.tsx";
import { Figure } from "./figure.tsx";
import { falls } from "./scale.ts";

interface WaterfallProps {
	plan: Plan;
	title: string;
	/** The name of the last bar. */
	last: string;
}

/** From the bill as it was to the bill of the plan, step by step. */
export function Waterfall({ plan, title, last }: WaterfallProps): JSX.Element {
	const bars = falls(
		plan.before,
		plan.steps.map((s) => s.marginal),
	);
	const after = falls(plan.before, [plan.before - plan.after])[0];
	return (
		<Figure
			title={title}
			note="Each step is what a lever adds after those above it, so the steps add up. Alone, a lever may save more."
			rows={plan.steps}
			columns={[
				{ name: "Lever", value: (s) => s.title },
				{ name: "In the plan", value: (s) => money(s.marginal), figure: true },
				{ name: "90% range", value: (s) => (s.interval ? moneyRange(s.interval) : ""), figure: true },
				{ name: "Alone", value: (s) => money(s.alone), figure: true },
			]}
		>
			<ol class="bars waterfall">
				<li>
					<span class="bar-name">Today</span>
					<Bar parts={[{ from: 0, to: 100, look: "before" }]} />
					<span class="figure">{money(plan.before)}</span>
				</li>
				{plan.steps.map((s, i) => (
					<li key={s.lever}>
						<span class="bar-name">{s.title}</span>
						<Bar parts={[{ from: bars[i]?.from ?? 0, to: bars[i]?.to ?? 0, look: "saving" }]} />
						<span class="figure">{money(-s.marginal)}</span>
					</li>
				))}
				<li class="total">
					<span class="bar-name">{last}</span>
					<Bar parts={[{ from: 0, to: after?.from ?? 0, look: "after" }]} />
					<span class="figure">{money(plan.after)}</span>
				</li>
			</ol>
		</Figure>
	);
}
