import { type Signal, signal } from "@preact/signals";
import { sentence } from "../app/format.ts";
import { account, api, wordsOf } from "../app/session.ts";
import type { Dataset, Mapping } from "../cloud/contract.ts";
import { memory, pause, putPart } from "./browser.ts";
import { checkFile, headOf } from "./check.ts";
import { type Proposal, readProposal } from "./mapping.ts";
import { upload } from "./parts.ts";

/** A log on its way to be asked about. */
export interface Attachment {
	key: string;
	name: string;
	size: number;
	/** A log that is "asking" is up, and waits for its user to say which column holds what. */
	state: "checking" | "uploading" | "looking" | "asking" | "ready" | "refused" | "failed";
	/** Bytes that are up. */
	sent: number;
	/** What is wrong, in words. */
	problem: string;
	dataset: Dataset | null;
	/** What there is to confirm, null for a log that Netra reads by itself. */
	proposal: Proposal | null;
}

/** The logs of one question: adds, uploads, removes. */
export class Attachments {
	readonly all: Signal<Attachment[]> = signal([]);
	#stops = new Map<string, AbortController>();
	#files = new Map<string, File>();
	#next = 0;

	/** Whether all logs can be asked about. */
	get ready(): boolean {
		return this.all.value.every((a) => a.state === "ready");
	}

	ids(): string[] {
		return this.all.value.flatMap((a) => (a.state === "ready" && a.dataset ? [a.dataset.id] : []));
	}

	/** Takes files; those that cannot be a log are refused here, before a byte is sent. */
	add(files: Iterable<File>): void {
		for (const file of files) {
			const same = this.all.value.some((a) => a.name === file.name && a.size === file.size);
			if (!same && this.all.value.length < 10) void this.#start(file);
		}
	}

	/** Tries a failed upload again; parts that are up are not sent again. */
	retry(key: string): void {
		const file = this.#files.get(key);
		if (file) void this.#send(key, file);
	}

	/**
	 * Has a log of unknown format read with the mapping that its user confirmed,
	 * from where it is uploaded. Throws why it cannot be read that way.
	 */
	async confirm(key: string, mapping: Mapping): Promise<void> {
		const before = this.all.value.find((a) => a.key === key)?.dataset;
		if (!before) return;
		const dataset = await api.value.complete(before.id, mapping);
		if (dataset.status !== "ready") throw new Error(sentence(dataset.problem?.reason ?? ""));
		this.#set(key, { dataset, ...found(dataset) });
	}

	/** Takes a log off; what was uploaded of it is deleted. */
	remove(key: string): void {
		const gone = this.all.value.find((a) => a.key === key);
		this.#stops.get(key)?.abort();
		this.all.value = this.all.value.filter((a) => a.key !== key);
		// Deleting is a courtesy: what stays is deleted when the plan's retention ends.
		if (gone?.dataset) void api.value.deleteDataset(gone.dataset.id).catch(() => {});
	}

	/** Stops uploads when the page is left. */
	stop(): void {
		for (const s of this.#stops.values()) s.abort();
	}

	/** Forgets the logs after they were sent with a question. */
	clear(): void {
		this.all.value = [];
	}

	async #start(file: File): Promise<void> {
		const key = `f${this.#next++}`;
		const { name, size } = file;
		this.#files.set(key, file);
		this.all.value = [
			...this.all.value,
			{ key, name, size, state: "checking", sent: 0, problem: "", dataset: null, proposal: null },
		];
		const head = await headOf(file).catch(() => new Uint8Array());
		const wrong = checkFile(name, size, head, account.value?.plan.log_bytes ?? 0);
		if (wrong) return this.#set(key, { state: "refused", problem: wrong });
		await this.#send(key, file);
	}

	async #send(key: string, file: File): Promise<void> {
		const stop = new AbortController();
		this.#stops.set(key, stop);
		this.#set(key, { state: "uploading", problem: "", sent: 0 });
		try {
			const dataset = await upload(file, api.value, {
				put: putPart,
				memory,
				pause,
				progress: (sent, total) => this.#set(key, { sent, state: sent < total ? "uploading" : "looking" }),
				signal: stop.signal,
			});
			this.#set(key, { dataset, ...found(dataset) });
		} catch (e) {
			if (!stop.signal.aborted) this.#set(key, { state: "failed", problem: wordsOf(e) });
		}
	}

	#set(key: string, change: Partial<Attachment>): void {
		this.all.value = this.all.value.map((a) => (a.key === key ? { ...a, ...change } : a));
	}
}

/** What became of a log, as the API found it. */
function found(dataset: Dataset): Pick<Attachment, "state" | "problem" | "proposal"> {
	if (dataset.status === "ready") return { state: "ready", problem: "", proposal: null };
	const proposal = readProposal(dataset);
	if (proposal) return { state: "asking", problem: "", proposal };
	const { reason = "", advice = "" } = dataset.problem ?? {};
	return { state: "refused", problem: `${reason} ${advice}`.trim(), proposal: null };
}
