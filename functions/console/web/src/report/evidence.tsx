import type { JSX } from "preact";
import { callCost, count, counted, money } from "../app/format.ts";
import { DataTable } from "../charts/figure.tsx";
import type { Lever, Report } from "./model.ts";

/** For each lever, the calls it stands on. Prompts appear as hashes only. */
export function EvidenceTab({ report }: { report: Report }): JSX.Element {
	const carried = report.levers.filter(
		(l) => l.evidence.calls > 0 || l.evidence.rows.length > 0 || l.evidence.note,
	);
	if (carried.length === 0)
		return <p class="muted">No lever of this plan stands on single calls of the log.</p>;
	return (
		<div class="stack">
			<p class="muted">
				The calls that each saving comes from, largest first. Line numbers are those of your log; prompts are
				shown as hashes only.
			</p>
			{carried.map((l) => (
				<Carrier key={l.lever} lever={l} />
			))}
		</div>
	);
}

function Carrier({ lever: l }: { lever: Lever }): JSX.Element {
	const e = l.evidence;
	return (
		<details class="lever" open={e.rows.length > 0 && l.status === "proposed"}>
			<summary>
				<span class="grow">
					<strong>{l.title}</strong>
					{e.note && <span class="muted">{e.note}</span>}
				</span>
				<span class="lever-figure figure">
					<strong>{counted(e.calls, "call", "calls")}</strong>
					<span class="muted small-text">{e.costUsd > 0 ? `cost ${money(e.costUsd)}` : ""}</span>
				</span>
			</summary>
			{e.rows.length > 0 && (
				<DataTable
					title={`Calls behind ${l.title}`}
					rows={e.rows}
					columns={[
						{ name: "Line", value: (r) => count(r.line) },
						{ name: "Time (UTC)", value: (r) => stamp(r.time) },
						{ name: "Model", value: (r) => r.model },
						{ name: "Prompt hash", value: (r) => r.hash.slice(0, 12) || "none" },
						{ name: "In", value: (r) => count(r.input), figure: true },
						{ name: "Out", value: (r) => count(r.output), figure: true },
						{ name: "Cost", value: (r) => callCost(r.costUsd), figure: true },
						{ name: "Saves", value: (r) => callCost(r.savedUsd), figure: true },
					]}
				/>
			)}
		</details>
	);
}

function stamp(time: string): string {
	const at = Date.parse(time);
	return Number.isNaN(at) || at <= 0
		? "not known"
		: new Date(at).toISOString().slice(0, 16).replace("T", " ");
}
