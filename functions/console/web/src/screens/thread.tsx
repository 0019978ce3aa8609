import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { go, Link, threadPath } from "../app/router.tsx";
import { api, loadThreads, submit, threads, wordsOf } from "../app/session.ts";
import type { Run, Thread } from "../cloud/contract.ts";
import { Composer } from "../run/composer.tsx";
import { RunPanel } from "../run/panel.tsx";
import { StatusChip } from "../run/status.tsx";

interface Loaded {
	thread: Thread;
	runs: Run[];
}

/** One thread: its questions in order, one of them open, and the next question. */
export function ThreadScreen({ thread, run }: { thread: string; run: string }): JSX.Element {
	const loaded = useSignal<Loaded | null>(null);
	const problem = useSignal("");
	const goal = useSignal("");
	const idle = useSignal(false);
	const load = async () => {
		problem.value = "";
		try {
			const t = await api.value.thread(thread);
			const runs = (t.runs ?? []).toSorted((a, b) => Date.parse(a.created_at) - Date.parse(b.created_at));
			loaded.value = { thread: t.thread, runs };
		} catch (e) {
			problem.value = wordsOf(e);
		}
	};
	useEffect(() => {
		idle.value = false;
		void load();
	}, [thread, run]);
	const title = threads.value?.find((t) => t.id === thread)?.title ?? loaded.value?.thread.title ?? "";
	useEffect(() => {
		document.title = title ? `${title} · Netra` : "Netra";
	}, [title]);

	if (problem.value) return <Broken words={problem.value} again={() => void load()} />;
	const runs = loaded.value?.runs;
	const open = runs?.find((r) => r.id === run) ?? runs?.at(-1);
	return (
		<section class="page stack thread">
			<h1 tabIndex={-1}>{title || "Your question"}</h1>
			{!runs && <ThreadSkeleton />}
			{runs?.length === 0 && <p class="muted">Nothing was asked here yet. Ask below.</p>}
			{runs?.map((r) =>
				r === open ? (
					<div key={r.id} class="turn open stack">
						{runs.length > 1 || r.goal !== title ? <Goal text={r.goal} /> : null}
						<RunPanel
							run={r}
							ended={() => {
								idle.value = true;
							}}
							ask={(text) => {
								goal.value = text;
								document.querySelector<HTMLElement>(".follow-up textarea")?.focus();
							}}
						/>
					</div>
				) : (
					<OtherTurn key={r.id} run={r} />
				),
			)}
			{runs && (idle.value || runs.length === 0) && (
				<div class="follow-up stack">
					<h2>Ask again</h2>
					<Composer
						goal={goal}
						followUp={runs.length > 0}
						hasLog={runs.some((r) => r.datasets.length > 0)}
						action="Ask"
						start={async (text, datasets, priceModel) => {
							const started = await submit(text, datasets, { thread, priceModel });
							void loadThreads();
							go(threadPath(thread, started.run));
						}}
					/>
				</div>
			)}
		</section>
	);
}

function Goal({ text }: { text: string }): JSX.Element {
	return (
		<blockquote class="goal">
			<span class="sr">You asked: </span>
			{text}
		</blockquote>
	);
}

function OtherTurn({ run }: { run: Run }): JSX.Element {
	return (
		<div class="turn">
			<Link to={threadPath(run.thread_id, run.id)} class="turn-link">
				<span class="grow">{run.goal}</span>
				<StatusChip status={run.status} />
			</Link>
		</div>
	);
}

function ThreadSkeleton(): JSX.Element {
	return (
		<div class="stack" aria-busy="true">
			<span class="sr">Loading</span>
			<div class="skeleton line" />
			<div class="skeleton block" />
		</div>
	);
}

function Broken({ words, again }: { words: string; again: () => void }): JSX.Element {
	return (
		<section class="page narrow stack">
			<h1 tabIndex={-1}>This question cannot be shown</h1>
			<p class="note bad" role="alert">
				{words}
			</p>
			<div class="row">
				<button type="button" class="button primary" onClick={again}>
					Try again
				</button>
				<Link to="/" class="button">
					Ask a new question
				</Link>
			</div>
		</section>
	);
}
