import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useLayoutEffect } from "preact/hooks";
import { count, counted } from "../app/format.ts";
import { Icon } from "../app/icon.tsx";
import { announce } from "../app/live.tsx";
import { api, loadAccount, loadThreads, wordsOf } from "../app/session.ts";
import type { Run } from "../cloud/contract.ts";
import { isFinal, openRequest, type RunView } from "../events/view.ts";
import { Results } from "../report/results.tsx";
import { useFollowed } from "./listener.ts";
import { markPainted } from "./measure.ts";
import { RequestCard } from "./request.tsx";
import { RunHead } from "./status.tsx";
import { Timeline } from "./timeline.tsx";

interface PanelProps {
	run: Run;
	/** Called once when the run has ended. */
	ended: () => void;
	/** Prepares a follow-up question. */
	ask: (goal: string) => void;
}

/** One run: the live story while it works, the plan when it is done. */
export function RunPanel({ run, ended, ask }: PanelProps): JSX.Element {
	const f = useFollowed(run.id, run);
	const view = f.view.value;
	const stopping = useSignal(false);
	const problem = useSignal("");
	const final = isFinal(view.status);
	useAnnouncements(view);
	useLayoutEffect(() => markPainted(view.lastSeq), [view.lastSeq]);
	useEffect(() => {
		if (!final) return;
		ended();
		void loadThreads();
		void loadAccount();
	}, [final]);
	const stop = async () => {
		stopping.value = true;
		try {
			await api.value.cancel(run.id);
		} catch (e) {
			problem.value = wordsOf(e);
			stopping.value = false;
		}
	};
	const request = openRequest(view);
	return (
		<article
			class="run"
			aria-label={`Run: ${run.goal}`}
			data-run={run.id}
			data-seq={view.lastSeq}
			data-status={view.status}
			data-reads={f.reads.value}
		>
			<RunHead
				view={view}
				skew={f.skew.value}
				connection={f.connection.value}
				stopping={stopping.value}
				stop={() => void stop()}
			/>
			{(problem.value || f.problem.value) && (
				<p class="note bad" role="alert">
					{problem.value || f.problem.value}
				</p>
			)}
			<Ending view={view} />
			{final && hasReport(view) && <Results run={run} artifacts={view.artifacts} ask={ask} />}
			{request && <RequestCard key={request.seq} run={run.id} request={request.request} />}
			{final ? (
				<details class="story" open={!hasReport(view)}>
					<summary>How Netra got there: {storyWords(view)}</summary>
					<Timeline view={view} skew={f.skew.value} />
				</details>
			) : (
				<Timeline view={view} skew={f.skew.value} />
			)}
			<p class="muted small-text connection-facts">
				{count(view.lastSeq)} events, {count(f.reads.value)} Firestore reads
			</p>
		</article>
	);
}

function hasReport(view: RunView): boolean {
	return view.artifacts.includes("report.json");
}

function storyWords(view: RunView): string {
	const agents = view.entries.filter((e) => e.kind === "agent");
	const tools = agents.reduce((n, a) => n + a.items.filter((i) => i.kind === "tool").length, 0);
	return `${counted(agents.length, "agent step", "agent steps")}, ${counted(tools, "tool", "tools")}`;
}

/** Why a run ended without all that was wanted. */
function Ending({ view }: { view: RunView }): JSX.Element | null {
	if (view.failure) {
		return (
			<div class="note bad" role="alert">
				<strong>{view.failure.reason}</strong>
				<p>{view.failure.advice}</p>
			</div>
		);
	}
	if (view.status === "cancelled") {
		return (
			<p class="note">
				<Icon name="stop" /> You stopped this run{view.summary ? ` (${view.summary})` : ""}. Ask again below
				when you like.
			</p>
		);
	}
	if (view.status === "expired") {
		return (
			<p class="note warn">
				The data that was asked for did not come in time. This is what the log carries without it.
			</p>
		);
	}
	return null;
}

/** Tells the large steps to who cannot see them; thoughts would be too much. */
function useAnnouncements(view: RunView): void {
	const last = view.entries.at(-1);
	const words = announcement(view);
	useEffect(() => {
		if (words) announce(words);
	}, [view.status, last?.seq, words]);
}

function announcement(view: RunView): string {
	const last = view.entries.at(-1);
	if (view.failure) return `The run failed: ${view.failure.reason}`;
	if (view.status === "completed") return `The run is done. ${view.summary}`;
	if (view.status === "waiting") return "The run asks for more data.";
	if (view.status === "queued" && view.position > 0) return `In the queue, place ${view.position}.`;
	if (last?.kind === "agent")
		return last.state === "done" ? `${last.agent} is done. ${last.summary}` : `${last.agent} works.`;
	return "";
}
