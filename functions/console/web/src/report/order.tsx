import type { JSX } from "preact";
import type { Order, Phase, Turn } from "./model.ts";

/**
 * In which order to take the levers, as the plan of the user's account presents
 * them. What the levers' own cards say (how to check, how to undo) is not repeated.
 */
export function InOrder({ order }: { order: Order | null }): JSX.Element | null {
	if (!order) return null;
	const few = order.phases.length === 1 && order.phases[0]?.gate === "";
	return (
		<details class="order" open={order.strategy !== "education_and_templates"}>
			<summary>
				<h3>In which order</h3>
			</summary>
			<p class="muted small-text">{order.about}</p>
			<ol class={few ? "phases single" : "phases"}>
				{order.phases.map((p, i) => (
					<PhaseItem key={p.title} phase={p} last={i === order.phases.length - 1} />
				))}
			</ol>
			{order.notes.length > 0 && (
				<Notes title="Compliance notes that hold for every lever" notes={order.notes} />
			)}
		</details>
	);
}

function PhaseItem({ phase: p, last }: { phase: Phase; last: boolean }): JSX.Element {
	return (
		<li>
			<h4>{p.title}</h4>
			{p.levers.length > 0 && (
				<ul>
					{p.levers.map((t) => (
						<TurnItem key={t.lever} turn={t} />
					))}
				</ul>
			)}
			{p.lines.map((l) => (
				<p key={l}>{l}</p>
			))}
			{p.gate && (
				<p class="gate">
					{!last && <strong>Before you go on: </strong>}
					{p.gate}
				</p>
			)}
		</li>
	);
}

function TurnItem({ turn: t }: { turn: Turn }): JSX.Element {
	return (
		<li>
			<strong>{t.title}</strong> <span class="muted">{t.text}</span>
			{t.compliance.length > 0 && <Notes title="Compliance" notes={t.compliance} />}
		</li>
	);
}

function Notes({ title, notes }: { title: string; notes: string[] }): JSX.Element {
	return (
		<details>
			<summary class="small-text">{title}</summary>
			<ul class="small-text">
				{notes.map((n) => (
					<li key={n}>{n}</li>
				))}
			</ul>
		</details>
	);
}
