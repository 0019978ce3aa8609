import { signal } from "@preact/signals";
import { api } from "../app/session.ts";
import type { Credential, SourceList } from "../cloud/contract.ts";
import { emptied, replaced } from "./form.ts";

/** Where logs can be fetched from, as the user last saw it. It never holds a credential. */
export const sources = signal<SourceList | null>(null);

let of = "";

/** Reads the list; of another user's nothing stays. */
export async function loadSources(uid: string): Promise<void> {
	if (of !== uid) {
		sources.value = null;
		of = uid;
	}
	const list = await api.value.sources();
	if (of === uid) sources.value = list;
}

export async function store(source: string, credential: Credential): Promise<void> {
	const next = await api.value.storeCredential(source, credential);
	const list = sources.value;
	if (list) sources.value = { ...list, sources: replaced(list.sources, next) };
}

export async function remove(source: string): Promise<void> {
	await api.value.deleteCredential(source);
	const list = sources.value;
	const was = list?.sources.find((s) => s.source === source);
	if (list && was) sources.value = { ...list, sources: replaced(list.sources, emptied(was)) };
}
