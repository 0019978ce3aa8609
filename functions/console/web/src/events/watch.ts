import { eventsPage } from "../cloud/api.ts";
import type { Run } from "../cloud/contract.ts";
import { parseEvent, type RunEvent } from "./event.ts";
import { Sequence } from "./sequence.ts";

/** How the page hears of a run now. */
export type Connection = "connecting" | "live" | "offline" | "catching up" | "ended";

/**
 * Delivers the events after a number as they are committed: calls `events` with
 * raw events and the Firestore reads they cost. Returns the end.
 */
export type Listener = (
	after: number,
	events: (raw: unknown[], reads: number) => void,
	failed: (e: Error) => void,
) => () => void;

export interface Sources {
	listen: Listener;
	/** Events after a number, over the API; at most a page. */
	fetch(after: number): Promise<unknown[]>;
	/** The run's state: one document read. */
	run(): Promise<Run>;
}

export interface Sink {
	events(events: RunEvent[]): void;
	connection(state: Connection): void;
	/** Firestore documents read for this run so far. */
	reads(count: number): void;
	problem(e: Error): void;
}

/** Times in milliseconds. */
export interface Patience {
	/** A running run that says nothing for so long is asked for; doubled each time in vain. */
	quiet: number;
	/** How many asks a run may cost. */
	asks: number;
	/**
	 * A listener that holds so many events is opened anew after the last of them: a
	 * change in a long result costs the emulator the whole result again, and the
	 * page the memory. Doubled from the sixth time on, as each opening may be a read.
	 */
	window: number;
	/** Wait before a failed listener is opened again; doubled each time. */
	reopen: number;
}

export const patience: Patience = { quiet: 15_000, asks: 4, window: 100, reopen: 500 };

/**
 * Follows one run: every event once and in order, whatever the listener does.
 * A number that is missing is fetched. A listener that fails is opened again
 * after what is known; one that goes quiet without an error is found out by the
 * run's own number of events. Reads stay within one an event, plus ten: the
 * first look, `patience.asks`, and a few new listeners.
 */
export class Watch {
	#sequence: Sequence;
	#sources: Sources;
	#sink: Sink;
	#patience: Patience;
	#stop: (() => void) | null = null;
	#timer: ReturnType<typeof setTimeout> | undefined;
	#reads = 0;
	#asks = 0;
	#failures = 0;
	#quiet: number;
	#closed = false;
	#waiting = false;
	#filling = false;
	#gapAsked = -1;
	#held = 0;
	#shifts = 0;

	constructor(sources: Sources, sink: Sink, after = 0, p: Patience = patience) {
		this.#sources = sources;
		this.#sink = sink;
		this.#patience = p;
		this.#sequence = new Sequence(after);
		this.#quiet = p.quiet;
	}

	/** Starts to listen. */
	open(): void {
		if (this.#closed) return;
		this.#sink.connection("connecting");
		this.#listen();
		this.#rest();
	}

	/** Opens a listener after what is known, before the old one ends: they share a connection. */
	#listen(): void {
		const old = this.#stop;
		this.#held = 0;
		let current = true;
		const stop = this.#sources.listen(
			this.#sequence.last,
			(raw, reads) => current && this.#heard(raw, reads),
			(e) => current && this.#failed(e),
		);
		this.#stop = () => {
			current = false;
			stop();
		};
		old?.();
	}

	/** Ends for good; safe to call twice. */
	close(): void {
		this.#closed = true;
		clearTimeout(this.#timer);
		this.#stop?.();
		this.#stop = null;
	}

	/** The network went away: nothing is asked until it is back. */
	offline(): void {
		if (this.#closed) return;
		clearTimeout(this.#timer);
		this.#sink.connection("offline");
	}

	/** The network or the sleeping machine is back: look at once. */
	async awake(): Promise<void> {
		if (this.#closed) return;
		this.#failures = 0;
		await this.#catchUp();
		this.open();
	}

	#heard(raw: unknown[], reads: number): void {
		if (this.#closed) return;
		this.#count(reads);
		this.#failures = 0;
		this.#sink.connection("live");
		this.#take(raw);
		this.#fillGap();
		this.#shift(raw.length);
		this.#rest();
	}

	#shift(heard: number): void {
		this.#held += heard;
		const most = this.#patience.window * 2 ** Math.max(0, this.#shifts - 4);
		if (this.#closed || this.#held < most || this.#sequence.gap) return;
		this.#shifts++;
		this.#listen();
	}

	/** Asks once for each gap; if it cannot be filled now, the watchdog asks again. */
	#fillGap(): void {
		if (!this.#sequence.gap || this.#gapAsked === this.#sequence.last) return;
		this.#gapAsked = this.#sequence.last;
		void this.#catchUp();
	}

	#take(raw: unknown[]): void {
		let ready: RunEvent[];
		try {
			ready = this.#sequence.take(raw.map(parseEvent));
		} catch (e) {
			this.#sink.problem(e as Error);
			return;
		}
		if (ready.length === 0) return;
		this.#quiet = this.#patience.quiet;
		this.#waiting = ready.some((e) => e.type === "data_requested") && ready.at(-1)?.type === "data_requested";
		this.#sink.events(ready);
		const ends = ["run_completed", "run_failed", "run_cancelled"];
		if (ready.some((e) => ends.includes(e.type))) {
			this.#sink.connection("ended");
			this.close();
		}
	}

	/** Fetches what follows the last known number, page by page, as long as it gets on. */
	async #catchUp(): Promise<void> {
		if (this.#filling || this.#closed) return;
		this.#filling = true;
		try {
			for (let more = true; more && !this.#closed; ) {
				const last = this.#sequence.last;
				const raw = await this.#sources.fetch(last);
				this.#count(raw.length);
				this.#take(raw);
				more = this.#sequence.last > last && raw.length >= eventsPage;
			}
		} catch (e) {
			this.#failed(e as Error);
		} finally {
			this.#filling = false;
		}
	}

	#failed(e: Error): void {
		if (this.#closed) return;
		this.#sink.connection("catching up");
		if (this.#failures++ === 5) this.#sink.problem(e);
		clearTimeout(this.#timer);
		const wait = Math.min(30_000, this.#patience.reopen * 2 ** Math.min(this.#failures, 8));
		this.#timer = setTimeout(() => this.open(), wait);
	}

	/** Sets the watchdog. A run that waits for its user says nothing, rightly. */
	#rest(): void {
		clearTimeout(this.#timer);
		if (this.#closed || this.#waiting || this.#asks >= this.#patience.asks) return;
		this.#timer = setTimeout(() => void this.#ask(), this.#quiet);
	}

	async #ask(): Promise<void> {
		this.#asks++;
		this.#quiet *= 2;
		try {
			const run = await this.#sources.run();
			this.#count(1);
			if (run.last_seq > this.#sequence.last) {
				this.#sink.connection("catching up");
				await this.#catchUp();
				this.open();
				return;
			}
		} catch (e) {
			this.#failed(e as Error);
			return;
		}
		this.#rest();
	}

	#count(reads: number): void {
		this.#reads += reads;
		this.#sink.reads(this.#reads);
	}
}
