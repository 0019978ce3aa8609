import type { JSX } from "preact";
import { money, moneyRange } from "../app/format.ts";
import type { Lever } from "../report/model.ts";
import { Bar } from "./bar.tsx";
import { Figure } from "./figure.tsx";
import { scale } from "./scale.ts";

/** What each lever saves alone: the estimate as a mark, its 90% range as a band. */
export function Ranges({ levers }: { levers: Lever[] }): JSX.Element | null {
	if (levers.length === 0) return null;
	const ends = levers.flatMap((l) => [l.savings, ...(l.interval ?? [])]);
	const x = scale(Math.min(0, ...ends), Math.max(...ends));
	return (
		<Figure
			title="How sure each saving is"
			note="The mark is the estimate for the lever alone, the band its 90% range from resampling the log in blocks of time."
			rows={levers}
			columns={[
				{ name: "Lever", value: (l) => l.title },
				{ name: "Saves alone", value: (l) => money(l.savings), figure: true },
				{
					name: "90% range",
					value: (l) => (l.interval ? moneyRange(l.interval) : "not known"),
					figure: true,
				},
			]}
		>
			<ol class="bars">
				{levers.map((l) => (
					<li key={l.lever}>
						<span class="bar-name">{l.title}</span>
						<Bar
							parts={l.interval ? [{ from: x(l.interval[0]), to: x(l.interval[1]), look: "range" }] : []}
							mark={x(l.savings)}
						/>
						<span class="figure">
							{money(l.savings)}
							<span class="muted small-text">{l.interval ? moneyRange(l.interval) : "no range"}</span>
						</span>
					</li>
				))}
			</ol>
		</Figure>
	);
}
