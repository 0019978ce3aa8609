import type { JSX } from "preact";
import { Days, Parts } from "../charts/parts.tsx";
import type { Report } from "./model.ts";

/** Where the money goes today. */
export function SpendTab({ report }: { report: Report }): JSX.Element {
	const { models, tags, users, days, tiers } = report.spend;
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
			{tiers.length > 1 && <Parts title="Spend by tier" name="Tier" slices={tiers} />}
		</div>
	);
}
