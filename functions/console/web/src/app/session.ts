import { computed, signal } from "@preact/signals";
import type { User } from "firebase/auth";
import { type Api, ApiError, connect } from "../cloud/api.ts";
import { type SignIn, startAuth } from "../cloud/auth.ts";
import { type Config, loadConfig } from "../cloud/config.ts";
import type { Account, Thread } from "../cloud/contract.ts";
import { forgetRuns } from "../run/follow.ts";

/** What the whole page shares. There is one page, so there is one of each. */
export const config = signal<Config | null>(null);
export const auth = signal<SignIn | null>(null);
/** undefined until Firebase has looked who is signed in. */
export const user = signal<User | null | undefined>(undefined);
export const bootProblem = signal("");
export const threads = signal<Thread[] | null>(null);
export const threadsProblem = signal("");
export const account = signal<Account | null>(null);
export const online = signal(true);
/** What is told after the user's sign-in was deleted, or "". */
export const farewell = signal("");
/** Why this user may not come in, in words for the user, or "". */
export const refusal = signal("");

/** The API as the signed-in user. */
export const api = computed<Api>(() => {
	const origin = config.value?.api ?? "";
	return connect(origin, async () => (await auth.value?.token()) ?? "");
});

/** Words of any error for the user. */
export function wordsOf(e: unknown): string {
	if (e instanceof ApiError) return e.message;
	return e instanceof Error && e.message ? e.message : "Something went wrong. Try again.";
}

/** Reads the settings and finds out who is signed in. */
export async function boot(): Promise<void> {
	online.value = navigator.onLine;
	window.addEventListener("online", () => {
		online.value = true;
	});
	window.addEventListener("offline", () => {
		online.value = false;
	});
	try {
		config.value = await loadConfig();
		const signIn = startAuth(config.value);
		auth.value = signIn;
		await signIn.finishLink(() => window.prompt("Your e-mail address, to finish signing in") ?? "");
		signIn.watch(changeUser);
	} catch (e) {
		bootProblem.value = wordsOf(e);
		user.value = null;
	}
}

function changeUser(next: User | null): void {
	const other = next?.uid !== user.value?.uid;
	user.value = next;
	if (!other) return;
	threads.value = null;
	account.value = null;
	refusal.value = "";
	forgetRuns();
	if (next) {
		farewell.value = "";
		void loadThreads();
		void loadAccount();
	}
}

/** Loads the list of threads, newest first. */
export async function loadThreads(): Promise<void> {
	try {
		threadsProblem.value = "";
		threads.value = (await api.value.threads()).threads ?? [];
		refusal.value = "";
	} catch (e) {
		threadsProblem.value = wordsOf(e);
		refusal.value = refusalIn(e);
	}
}

/** The words of a refusal to let this user in, "" for any other error. */
export function refusalIn(e: unknown): string {
	return e instanceof ApiError && e.kind === "no_access" ? e.message : "";
}

/** Loads what the plan allows and what is used; without it the console works, too. */
export async function loadAccount(): Promise<string> {
	try {
		account.value = await api.value.account();
		return "";
	} catch (e) {
		return wordsOf(e);
	}
}

export async function renameThread(id: string, title: string): Promise<void> {
	const renamed = await api.value.renameThread(id, title);
	threads.value = (threads.value ?? []).map((t) => (t.id === id ? { ...t, ...renamed } : t));
}

export async function deleteThread(id: string): Promise<void> {
	await api.value.deleteThread(id);
	threads.value = (threads.value ?? []).filter((t) => t.id !== id);
}

/** Starts a run on a goal, in a new thread or in the given one. Returns both ids. */
export async function submit(
	goal: string,
	datasets: string[],
	options: { thread?: string; priceModel?: string } = {},
): Promise<{ thread: string; run: string }> {
	const thread = options.thread ?? (await api.value.createThread(titleOf(goal))).id;
	const message = {
		content: goal,
		datasets,
		...(options.priceModel ? { price_model: options.priceModel } : {}),
	};
	const accepted = await api.value.say(thread, message);
	void loadThreads();
	void loadAccount();
	return { thread, run: accepted.run_id };
}

/** The first sentence of a goal, cut at a word. */
export function titleOf(goal: string): string {
	const line = goal.trim().split(/\n|(?<=[.!?])\s/)[0] ?? "";
	if (line.length <= 70) return line || "New question";
	return `${line.slice(0, 70).replace(/\s+\S*$/, "")}…`;
}
