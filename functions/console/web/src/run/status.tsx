import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { clock, span } from "../app/format.ts";
import { Icon, type IconName } from "../app/icon.tsx";
import { clockNow, runClock } from "../app/live.tsx";
import { config } from "../app/session.ts";
import type { RunStatus } from "../cloud/contract.ts";
import { isFinal, type RunView, stagesToCome } from "../events/view.ts";
import type { Connection } from "../events/watch.ts";

const looks: Record<RunStatus, [IconName, string, string]> = {
	queued: ["clock", "In the queue", ""],
	running: ["dot", "Working", "live"],
	waiting: ["warn", "Waits for you", "warn"],
	completed: ["check", "Done", "good"],
	failed: ["cross", "Failed", "bad"],
	cancelled: ["stop", "Stopped", ""],
	expired: ["clock", "Ended without the data", "warn"],
};

/** The status as a sign and a word. */
export function StatusChip({ status }: { status: RunStatus }): JSX.Element {
	const [icon, word, look] = looks[status] ?? looks.queued;
	return (
		<span class={`chip status ${look}`}>
			<Icon name={icon} />
			{word}
		</span>
	);
}

/** A stage's title as stages.json has it. */
export function stageTitle(name: string): string {
	return config.value?.stages.find((s) => s.name === name)?.title ?? name;
}

/** How long something has been going on; ticks by itself. */
export function Timer({ since, skew }: { since: number; skew: number }): JSX.Element {
	useEffect(runClock, []);
	return <span class="figure timer">{clock(clockNow() - skew - since)}</span>;
}

interface HeadProps {
	view: RunView;
	skew: number;
	connection: Connection;
	stopping: boolean;
	stop: () => void;
}

/** One line: status, place in the queue or what is next, time, and the stop button. */
export function RunHead({ view, skew, connection, stopping, stop }: HeadProps): JSX.Element {
	const final = isFinal(view.status);
	return (
		<div class="run-head">
			<StatusChip status={view.status} />
			<span class="muted grow">{nextWords(view)}</span>
			{!final && connection !== "live" && <span class="muted small-text">{connectionWords[connection]}</span>}
			{view.began > 0 &&
				(final ? (
					<span class="figure muted">{span(view.ended - view.began)}</span>
				) : (
					<Timer since={view.began} skew={skew} />
				))}
			{!final && (
				<button type="button" class="button small" disabled={stopping} onClick={stop}>
					<Icon name="stop" />
					{stopping ? "Stopping…" : "Stop"}
				</button>
			)}
		</div>
	);
}

const connectionWords: Record<Connection, string> = {
	connecting: "Connecting…",
	live: "",
	offline: "Offline",
	"catching up": "Catching up…",
	ended: "",
};

function nextWords(view: RunView): string {
	if (view.status === "queued" && view.position > 1) return `${view.position - 1} of your runs go first.`;
	if (view.status === "queued") return "Starts as soon as there is room.";
	if (view.status === "waiting") return "Answer below and it goes on.";
	const next = stagesToCome(view)[0];
	if (view.status === "running") return next ? `Next: ${stageTitle(next)}` : "Last step";
	return "";
}
