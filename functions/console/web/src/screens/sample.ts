import { go, threadPath } from "../app/router.tsx";
import { api, submit } from "../app/session.ts";

/** The goal that the sample log is asked with. */
export const sampleGoal = "Cut our LLM spend by 30% without slower answers";

const wish = "netra.sample";

/** Remembers over the sign-in that the sample was asked for. */
export function rememberSample(): void {
	sessionStorage.setItem(wish, "1");
}

/** Whether the sample was asked for before signing in; asks only once. */
export function sampleWished(): boolean {
	const wished = sessionStorage.getItem(wish) === "1";
	sessionStorage.removeItem(wish);
	return wished;
}

/** Makes a data set of the sample log, starts a run on it and goes there. */
export async function runSample(): Promise<void> {
	const dataset = await api.value.sample();
	const started = await submit(sampleGoal, [dataset.id]);
	go(threadPath(started.thread, started.run));
}
