import { type Signal, signal } from "@preact/signals";
import { account, api, wordsOf } from "../app/session.ts";
import type { Dataset } from "../cloud/contract.ts";
import { memory, pause, putPart } from "./browser.ts";
import { checkFile, headOf } from "./check.ts";
import { upload } from "./parts.ts";

/** A log on its way to be asked about. */
export interface Attachment {
	key: string;
	name: string;
	size: number;
	state: "checking" | "uploading" | "looking" | "ready" | "refused" | "failed";
	/** Bytes that are up. */
	sent: number;
	/** What is wrong, in words. */
	problem: string;
	dataset: Dataset | null;
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
			{ key, name, size, state: "checking", sent: 0, problem: "", dataset: null },
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
			const refused = dataset.status !== "ready";
			const { reason = "", advice = "" } = dataset.problem ?? {};
			this.#set(key, {
				dataset,
				state: refused ? "refused" : "ready",
				problem: refused ? `${reason} ${advice}`.trim() : "",
			});
		} catch (e) {
			if (!stop.signal.aborted) this.#set(key, { state: "failed", problem: wordsOf(e) });
		}
	}

	#set(key: string, change: Partial<Attachment>): void {
		this.all.value = this.all.value.map((a) => (a.key === key ? { ...a, ...change } : a));
	}
}
