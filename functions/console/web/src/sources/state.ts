import { computed, signal } from "@preact/signals";
import { api, user } from "../app/session.ts";
import type { Credential, Source, SourceList } from "../cloud/contract.ts";
import { emptied, replaced } from "./form.ts";

const held = signal<{ uid: string; list: SourceList } | null>(null);

/**
 * Where logs can be fetched from, as the user who is signed in last saw it; null
 * until it was read. It never holds a credential.
 */
export const sources = computed(() =>
	held.value?.uid === user.value?.uid ? (held.value?.list ?? null) : null,
);

/** Reads the list. */
export async function loadSources(): Promise<void> {
	const uid = user.value?.uid ?? "";
	held.value = { uid, list: await api.value.sources() };
}

export async function store(source: string, credential: Credential): Promise<void> {
	change(await api.value.storeCredential(source, credential));
}

export async function remove(source: string): Promise<void> {
	await api.value.deleteCredential(source);
	const was = sources.value?.sources.find((s) => s.source === source);
	if (was) change(emptied(was));
}

function change(next: Source): void {
	const now = held.value;
	if (now) held.value = { ...now, list: { ...now.list, sources: replaced(now.list.sources, next) } };
}
