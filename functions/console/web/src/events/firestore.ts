import type { FirebaseApp } from "firebase/app";
import {
	collection,
	connectFirestoreEmulator,
	type Firestore,
	initializeFirestore,
	memoryLocalCache,
	onSnapshot,
	orderBy,
	query,
	where,
} from "firebase/firestore";
import type { Listener } from "./watch.ts";

/** Opens Firestore for the app, or the emulator at host:port. */
export function openFirestore(app: FirebaseApp, emulator: string): Firestore {
	const db = initializeFirestore(app, { localCache: memoryLocalCache() });
	if (emulator) {
		const [host = "127.0.0.1", port = "8080"] = emulator.split(":");
		connectFirestoreEmulator(db, host, Number(port));
	}
	return db;
}

/**
 * Listens to the events of one run of the user, and only to those after the last
 * known number: what is known is not read again. An empty answer costs one read.
 */
export function eventListener(db: Firestore, uid: string, run: string): Listener {
	return (after, events, failed) => {
		const all = collection(db, "users", uid, "runs", run, "events");
		const next = query(all, where("seq", ">", after), orderBy("seq"));
		let first = true;
		return onSnapshot(
			next,
			(snapshot) => {
				// An empty snapshot from the cache only says that there is no connection yet.
				if (snapshot.empty && snapshot.metadata.fromCache) return;
				const added = snapshot.docChanges().filter((c) => c.type === "added");
				const reads = first ? Math.max(1, added.length) : added.length;
				first = false;
				events(
					added.map((c) => c.doc.data()),
					reads,
				);
			},
			failed,
		);
	};
}
