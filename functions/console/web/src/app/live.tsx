import { signal } from "@preact/signals";
import type { JSX } from "preact";

const said = signal("");

/** Says something to who cannot see the page, after what is being said now. */
export function announce(words: string): void {
	if (said.value !== words) said.value = words;
}

/** The page's one polite live region. */
export function LiveRegion(): JSX.Element {
	return (
		<div class="sr" role="status" aria-live="polite">
			{said.value}
		</div>
	);
}

const now = signal(Date.now());
let watchers = 0;
let timer: ReturnType<typeof setInterval> | undefined;

/** Keeps the shared clock running until the returned end is called. */
export function runClock(): () => void {
	if (watchers++ === 0) {
		now.value = Date.now();
		timer = setInterval(() => {
			now.value = Date.now();
		}, 500);
	}
	return () => {
		if (--watchers === 0) clearInterval(timer);
	};
}

/** The time of the shared clock; a component that reads it is drawn at each tick. */
export function clockNow(): number {
	return now.value;
}
