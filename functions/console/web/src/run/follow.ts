import { batch, type Signal, signal } from "@preact/signals";
import type { Api } from "../cloud/api.ts";
import type { Run } from "../cloud/contract.ts";
import { parseEvent } from "../events/event.ts";
import { reduceAll } from "../events/reduce.ts";
import { emptyView, isFinal, type RunView } from "../events/view.ts";
import { type Connection, type Listener, Watch } from "../events/watch.ts";

/** A run as the page follows it. */
export interface Followed {
	view: Signal<RunView>;
	connection: Signal<Connection>;
	/** Firestore documents read for it so far. */
	reads: Signal<number>;
	problem: Signal<string>;
	/** How far this machine's clock is behind the server's, in milliseconds; 0 or less. */
	skew: Signal<number>;
}

const followed = new Map<string, Followed>();

/** Forgets all runs: another user signed in. */
export function forgetRuns(): void {
	followed.clear();
}

/** What is known of a run; the same object for the same run. */
export function followedRun(run: string): Followed {
	const known = followed.get(run);
	if (known) return known;
	const fresh: Followed = {
		view: signal(emptyView),
		connection: signal<Connection>("connecting"),
		reads: signal(0),
		problem: signal(""),
		skew: signal(0),
	};
	followed.set(run, fresh);
	return fresh;
}

/** Makes a Firestore listener for a run; Firestore is loaded when it is first needed. */
export type MakeListener = (run: string) => Promise<Listener>;

/**
 * Follows a run until the returned end is called. A run that has ended is read
 * once over the API; only a live one gets a listener.
 */
export function follow(run: string, api: Api, makeListener: MakeListener, known: Run | null): () => void {
	const f = followedRun(run);
	if (isFinal(f.view.value.status)) return () => {};
	const end = new AbortController();
	void start(run, api, makeListener, known, f, end.signal).catch((e: Error) => {
		f.problem.value = e.message;
	});
	return () => end.abort();
}

async function start(
	run: string,
	api: Api,
	makeListener: MakeListener,
	known: Run | null,
	f: Followed,
	signal: AbortSignal,
): Promise<void> {
	f.problem.value = "";
	if (known && isFinal(known.status)) return readEnded(run, api, f, signal);
	const listen = await makeListener(run);
	if (signal.aborted) return;
	const watch = new Watch(
		{ listen, fetch: (after) => api.events(run, after), run: () => api.run(run) },
		sink(f),
		f.view.value.lastSeq,
	);
	watch.open();
	watchMachine(watch, signal);
	signal.addEventListener("abort", () => watch.close());
}

function sink(f: Followed) {
	return {
		events(events: Parameters<typeof reduceAll>[1]) {
			batch(() => {
				f.view.value = reduceAll(f.view.value, events);
				for (const e of events) f.skew.value = Math.min(f.skew.value, Date.now() - e.time);
			});
		},
		connection(c: Connection) {
			f.connection.value = c;
		},
		reads(n: number) {
			f.reads.value = n;
		},
		problem(e: Error) {
			f.problem.value = e.message;
		},
	};
}

/** Events of a run that has ended, page by page. */
async function readEnded(run: string, api: Api, f: Followed, signal: AbortSignal): Promise<void> {
	f.connection.value = "catching up";
	while (!signal.aborted && !isFinal(f.view.value.status)) {
		const raw = await api.events(run, f.view.value.lastSeq);
		if (raw.length === 0) break;
		f.view.value = reduceAll(f.view.value, raw.map(parseEvent));
	}
	f.connection.value = "ended";
}

/** Wakes the watch when the network, the page or the machine comes back. */
function watchMachine(watch: Watch, signal: AbortSignal): void {
	const on = { signal };
	window.addEventListener("offline", () => watch.offline(), on);
	window.addEventListener("online", () => void watch.awake(), on);
	let hidden = 0;
	document.addEventListener(
		"visibilitychange",
		() => {
			if (document.hidden) hidden = Date.now();
			else if (hidden && Date.now() - hidden > 60_000) void watch.awake();
		},
		on,
	);
	// A machine that slept wakes to a timer that is far too late.
	let last = Date.now();
	const tick = setInterval(() => {
		if (Date.now() - last > 60_000) void watch.awake();
		last = Date.now();
	}, 10_000);
	signal.addEventListener("abort", () => clearInterval(tick));
}
