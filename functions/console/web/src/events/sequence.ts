import type { RunEvent } from "./event.ts";

/**
 * Puts the events of one run in order: each number once, none skipped. Events
 * that arrive before their turn are held back until the gap is filled.
 */
export class Sequence {
	#last: number;
	#held = new Map<number, RunEvent>();

	constructor(last = 0) {
		this.#last = last;
	}

	/** The number of the newest event that was handed on. */
	get last(): number {
		return this.#last;
	}

	/** Whether an event is held back because one before it is missing. */
	get gap(): boolean {
		return this.#held.size > 0;
	}

	/** Takes events in any order and returns those whose turn it is. */
	take(events: Iterable<RunEvent>): RunEvent[] {
		for (const event of events) {
			if (event.seq > this.#last) this.#held.set(event.seq, event);
		}
		const ready: RunEvent[] = [];
		for (let next = this.#held.get(this.#last + 1); next; next = this.#held.get(this.#last + 1)) {
			this.#held.delete(next.seq);
			this.#last = next.seq;
			ready.push(next);
		}
		return ready;
	}
}
