import type { JSX } from "preact";
import { count, money, percent } from "../app/format.ts";
import type { Slice } from "../report/model.ts";
import { Bar, type BarPart } from "./bar.tsx";
import { Figure } from "./figure.tsx";
import { everyDay, scale, top } from "./scale.ts";

const cost = { name: "Cost", value: (s: Slice) => money(s.costUsd), figure: true };

const counts = [
	{ name: "Calls", value: (s: Slice) => count(s.calls), figure: true },
	{ name: "Input tokens", value: (s: Slice) => count(s.input), figure: true },
	{ name: "Output tokens", value: (s: Slice) => count(s.output), figure: true },
];

/** The columns of a table of spend; a bill counts no calls and no tokens. */
function columns(slices: Slice[]) {
	return slices.some((s) => s.calls > 0) ? [...counts, cost] : [cost];
}

function others(rows: Slice[]): Slice {
	const sum = (pick: (s: Slice) => number) => rows.reduce((n, s) => n + pick(s), 0);
	return {
		key: `${rows.length} others`,
		calls: sum((s) => s.calls),
		input: sum((s) => s.input),
		output: sum((s) => s.output),
		costUsd: sum((s) => s.costUsd),
		savedUsd: sum((s) => s.savedUsd),
	};
}

const saved = { name: "Saved by the plan", value: (s: Slice) => money(s.savedUsd), figure: true };

/** What the plan does to a part, "" where it changes nothing. */
function change(s: Slice): string {
	if (Math.abs(s.savedUsd) < 0.005) return "";
	return s.savedUsd > 0 ? `saves ${money(s.savedUsd)}` : `costs ${money(-s.savedUsd)} more`;
}

/** The bar of a part; what the plan saves of it is hatched. */
function parts(s: Slice, x: (usd: number) => number): BarPart[] {
	const kept = Math.min(s.costUsd, Math.max(0, s.costUsd - s.savedUsd));
	return [
		{ from: 0, to: x(kept), look: "plain" },
		{ from: x(kept), to: x(s.costUsd), look: "saving" },
	];
}

/** Parts of the spend as bars, the largest first. */
export function Parts({
	title,
	name,
	slices,
	note,
}: {
	title: string;
	name: string;
	slices: Slice[];
	note?: string;
}): JSX.Element | null {
	if (slices.length === 0) return null;
	const planned = slices.some((s) => change(s) !== "");
	const shownNote = [planned ? "Hatched is what the plan saves." : "", note ?? ""].join(" ").trim();
	const total = slices.reduce((n, s) => n + s.costUsd, 0);
	const shown = top(slices, 9, (s) => s.costUsd, others);
	const x = scale(0, Math.max(...shown.map((s) => s.costUsd)));
	const sorted = slices.toSorted((a, b) => b.costUsd - a.costUsd);
	return (
		<Figure
			title={title}
			note={shownNote || undefined}
			rows={sorted}
			columns={[{ name, value: (s) => s.key || "none" }, ...columns(slices), ...(planned ? [saved] : [])]}
		>
			<ol class={planned ? "bars planned" : "bars"}>
				{shown.map((s) => (
					<li key={s.key}>
						<span class="bar-name">{s.key || "none"}</span>
						<Bar parts={parts(s, x)} />
						<span class="figure">
							{money(s.costUsd)}
							<span class="muted small-text">{total > 0 ? percent((100 * s.costUsd) / total) : ""}</span>
							{change(s) && <span class="muted small-text">{change(s)}</span>}
						</span>
					</li>
				))}
			</ol>
		</Figure>
	);
}

/** Spend by day as columns; days without calls keep their place. */
export function Days({ slices }: { slices: Slice[] }): JSX.Element | null {
	const days = everyDay(slices, (key) => ({ key, calls: 0, input: 0, output: 0, costUsd: 0, savedUsd: 0 }));
	if (days.length < 2) return null;
	const most = Math.max(...days.map((d) => d.costUsd));
	const y = scale(0, most);
	const width = 100 / days.length;
	return (
		<Figure
			title="Spend by day"
			note={`Days in UTC. The highest day is ${money(most)}.`}
			rows={days.filter((d) => d.calls > 0 || d.costUsd > 0)}
			columns={[{ name: "Day", value: (s) => s.key }, ...columns(slices)]}
		>
			<svg class="days" viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true" focusable="false">
				{days.map((d, i) => (
					<rect
						key={d.key}
						class="bar-before"
						x={i * width}
						width={Math.max(0.15, width * 0.82)}
						y={100 - y(d.costUsd)}
						height={y(d.costUsd)}
					>
						<title>{`${d.key}: ${money(d.costUsd)}`}</title>
					</rect>
				))}
			</svg>
			<p class="axis muted small-text figure">
				<span>{days[0]?.key}</span>
				<span>{days.at(-1)?.key}</span>
			</p>
		</Figure>
	);
}
