import type { Firestore } from "firebase/firestore";
import { useEffect } from "preact/hooks";
import { api, auth, config, user } from "../app/session.ts";
import type { Run } from "../cloud/contract.ts";
import type { Listener } from "../events/watch.ts";
import { type Followed, follow, followedRun } from "./follow.ts";

let opened: Promise<Firestore> | null = null;

function firestore(): Promise<Firestore> {
	opened ??= import("../events/firestore.ts").then((m) => {
		const app = auth.value?.app;
		if (!app) throw new Error("Sign in to follow a run.");
		return m.openFirestore(app, config.value?.emulators.firestore ?? "");
	});
	return opened;
}

/** Fetches Firestore's code before it is needed, when the page has nothing else to do. */
export function warmUp(): void {
	const later = window.requestIdleCallback ?? ((f: () => void) => setTimeout(f, 300));
	later(() => void firestore());
}

async function makeListener(run: string): Promise<Listener> {
	const [db, { eventListener }] = await Promise.all([firestore(), import("../events/firestore.ts")]);
	return eventListener(db, user.value?.uid ?? "", run);
}

/** Follows a run while the component is on the page. `known` is the run as the API last gave it. */
export function useFollowed(run: string, known: Run | null): Followed {
	useEffect(() => follow(run, api.value, makeListener, known), [run]);
	return followedRun(run);
}
