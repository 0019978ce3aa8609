import type { JSX } from "preact";
import { money, percent } from "../app/format.ts";
import type { Comparison } from "./compare.ts";

const kinds = { new: "new", gone: "no longer in the plan", more: "saves more", less: "saves less" };

/** What changed since the last plan of the thread. */
export function Difference({ d }: { d: Comparison }): JSX.Element {
	const change = d.savings.to - d.savings.from;
	return (
		<section class="difference" aria-label="Difference to your last plan">
			<h2>Difference to your last plan</h2>
			<p class="figure">
				Saves {money(d.savings.from)} ({percent(d.percentage.from)}) → {money(d.savings.to)} (
				{percent(d.percentage.to)})
				{d.sameBill &&
					Math.abs(change) >= 0.005 &&
					`, ${money(Math.abs(change))} ${change > 0 ? "more" : "less"}`}
			</p>
			{!d.sameBill && (
				<p class="muted">
					The two plans are about different calls: the bill was {money(d.before.from)} and is{" "}
					{money(d.before.to)}. Compare the percentages.
				</p>
			)}
			{d.levers.length > 0 ? (
				<ul>
					{d.levers.map((l) => (
						<li key={l.title} class="figure">
							{l.title}: {kinds[l.kind]}, {money(l.from)} → {money(l.to)}
						</li>
					))}
				</ul>
			) : (
				<p class="muted">The steps and their shares are the same.</p>
			)}
		</section>
	);
}
