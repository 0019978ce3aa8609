import type { JSX } from "preact";
import { money } from "../app/format.ts";
import { Days, Parts } from "../charts/parts.tsx";
import type { Report } from "./model.ts";

/** Where the money goes today. */
export function SpendTab({ report }: { report: Report }): JSX.Element {
	const { models, tags, users, days, tiers } = report.spend;
	const { chances } = report;
	if (models.length + tags.length + days.length === 0) {
		return <p class="muted">This report has no breakdown of the spend.</p>;
	}
	const tagged = tags.some((t) => t.key !== "");
	const known = users.some((u) => u.key !== "");
	return (
		<div class="stack wide-gap">
			<Parts title="Spend by model" name="Model" slices={models} />
			<Days slices={days} />
			{tagged && <Parts title="Spend by tag" name="Tag" slices={tags} />}
			{!tagged && <p class="muted">The log carries no tags, so spend by team or feature cannot be told.</p>}
			{known && (
				<Parts
					title="Spend by user"
					name="User"
					slices={users}
					note="Users are named by pseudonyms, which are the same in each of your logs: their names are not kept."
				/>
			)}
			{!known && <p class="muted">The log names no users, so who causes the spend cannot be told.</p>}
			{chances.length > 0 && (
				<section>
					<h3>What the bill leaves open</h3>
					<p class="muted">
						Bounds from list prices: no savings. They overlap and must not be added; how much of each is real
						only the calls can show.
					</p>
					<ul>
						{chances.map((c) => (
							<li key={c.what}>
								{c.what}: between $0 and {money(c.most)}, of {money(c.spend)}
							</li>
						))}
					</ul>
				</section>
			)}
			{tiers.length > 1 && <Parts title="Spend by tier" name="Tier" slices={tiers} />}
		</div>
	);
}
