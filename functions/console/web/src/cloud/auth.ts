import { type FirebaseApp, initializeApp } from "firebase/app";
import {
	type Auth,
	browserLocalPersistence,
	connectAuthEmulator,
	deleteUser,
	indexedDBLocalPersistence,
	initializeAuth,
	isSignInWithEmailLink,
	onIdTokenChanged,
	sendSignInLinkToEmail,
	signInWithCustomToken,
	signInWithEmailLink,
	signOut,
	type User,
} from "firebase/auth";
import type { Config } from "./config.ts";

const pendingEmail = "netra.email";

/** Signs in and out, and gives the ID token for requests. */
export interface SignIn {
	readonly app: FirebaseApp;
	/** Whether the local cloud's demo user can be used. */
	readonly local: boolean;
	/** Whether the project has Google's sign-in set up. */
	readonly withGoogle: boolean;
	/** Calls back with the user now and at every change; null when signed out. */
	watch(then: (user: User | null) => void): () => void;
	token(): Promise<string>;
	google(): Promise<void>;
	/** Sends a link; following it signs in. */
	emailLink(email: string): Promise<void>;
	/** Finishes a sign-in by link if the page was opened by one. */
	finishLink(askEmail: () => string): Promise<boolean>;
	/** Signs in as a user of the local cloud; nobody checks who it is. */
	localUser(uid: string): Promise<void>;
	out(): Promise<void>;
	/**
	 * Deletes the sign-in of who is signed in, and signs out. False if Firebase
	 * wants them to sign in again first.
	 */
	remove(): Promise<boolean>;
}

function initialize(app: FirebaseApp, config: Config): Auth {
	const auth = initializeAuth(app, { persistence: [indexedDBLocalPersistence, browserLocalPersistence] });
	if (config.emulators.auth) {
		connectAuthEmulator(auth, `http://${config.emulators.auth}`, { disableWarnings: true });
	}
	return auth;
}

async function finish(auth: Auth, askEmail: () => string): Promise<boolean> {
	const link = window.location.href;
	if (!isSignInWithEmailLink(auth, link)) return false;
	// Another device than the one that asked for the link has to give the address again.
	const email = window.localStorage.getItem(pendingEmail) ?? askEmail();
	if (!email) return false;
	await signInWithEmailLink(auth, email, link);
	window.localStorage.removeItem(pendingEmail);
	window.history.replaceState(null, "", "/");
	return true;
}

async function remove(auth: Auth): Promise<boolean> {
	if (!auth.currentUser) return true;
	try {
		await deleteUser(auth.currentUser);
	} catch (e) {
		if ((e as { code?: string }).code === "auth/requires-recent-login") return false;
		throw e;
	}
	window.localStorage.removeItem(pendingEmail);
	return true;
}

/** Starts Firebase Authentication for the project of the settings. */
export function startAuth(config: Config): SignIn {
	const app = initializeApp({
		projectId: config.project,
		apiKey: config.firebase.api_key || "local",
		authDomain: config.firebase.auth_domain || "localhost",
	});
	const auth = initialize(app, config);
	return {
		app,
		local: config.emulators.auth !== "",
		withGoogle: config.firebase.google,
		watch: (then) => onIdTokenChanged(auth, then),
		token: async () => (await auth.currentUser?.getIdToken()) ?? "",
		async google() {
			// The window's code is only fetched by who uses it.
			const google = await import("./google.ts");
			await google.signIn(auth);
		},
		async emailLink(email) {
			await sendSignInLinkToEmail(auth, email, { url: window.location.origin, handleCodeInApp: true });
			window.localStorage.setItem(pendingEmail, email);
		},
		finishLink: (askEmail) => finish(auth, askEmail),
		async localUser(uid) {
			// As with Firebase's own emulator, a custom token may be plain JSON.
			await signInWithCustomToken(auth, JSON.stringify({ uid }));
		},
		out: () => signOut(auth),
		remove: () => remove(auth),
	};
}

/** Words for a failed sign-in. */
export function signInProblem(error: unknown): string {
	const code = (error as { code?: string }).code ?? "";
	const words: Record<string, string> = {
		"auth/popup-closed-by-user": "The sign-in window was closed before it was done.",
		"auth/popup-blocked": "The browser blocked the sign-in window. Allow it for this page and try again.",
		"auth/network-request-failed": "The sign-in service cannot be reached. Check your connection.",
		"auth/invalid-email": "That is not an e-mail address.",
		"auth/invalid-action-code": "This link was used before or is too old. Ask for a new one.",
		"auth/too-many-requests": "The sign-in service takes no more tries for now. Wait a while.",
		"auth/expired-action-code": "This link is too old. Ask for a new one.",
	};
	return words[code] ?? "Signing in did not work. Try again, or use the other way.";
}
