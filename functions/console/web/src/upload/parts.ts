import type { Api } from "../cloud/api.ts";
import type { Dataset, Part } from "../cloud/contract.ts";

/** Sends the bytes of one part; calls back with how many are up. */
export type PutPart = (
	url: string,
	body: Blob,
	sent: (bytes: number) => void,
	signal: AbortSignal,
) => Promise<void>;

/** Remembers, over a reload, which parts of which file are up. */
export interface Memory {
	load(key: string): { dataset: string; done: number[] } | null;
	save(key: string, state: { dataset: string; done: number[] }): void;
	forget(key: string): void;
}

export interface UploadOptions {
	put: PutPart;
	memory: Memory;
	/** Waits before a part is sent again; the attempt counts from 1. */
	pause(attempt: number): Promise<void>;
	progress(sent: number, total: number): void;
	signal: AbortSignal;
}

const attempts = 6;
const atOnce = 3;

/** The same file picked again has the same key. */
export function keyOf(file: { name: string; size: number; lastModified: number }): string {
	return `netra.upload:${file.name}:${file.size}:${file.lastModified}`;
}

/**
 * Uploads a log in parts and returns the data set as the API found it. Parts
 * that an earlier try sent are not sent again; a failed part is repeated.
 */
export async function upload(file: File, api: Api, o: UploadOptions): Promise<Dataset> {
	const key = keyOf(file);
	const { dataset, done } = await resume(key, file, api, o.memory);
	o.memory.save(key, { dataset: dataset.id, done: [...done] });
	const parts = new PartQueue(file, dataset.parts ?? [], done, o, () =>
		o.memory.save(key, { dataset: dataset.id, done: [...done] }),
	);
	await parts.send();
	const complete = await api.complete(dataset.id);
	o.memory.forget(key);
	return complete;
}

async function resume(key: string, file: File, api: Api, memory: Memory) {
	const before = memory.load(key);
	if (before) {
		// The data set may be gone meanwhile; then the upload starts anew.
		const dataset = await api.dataset(before.dataset).catch(() => null);
		if (dataset?.status === "uploading" && dataset.parts) return { dataset, done: new Set(before.done) };
		memory.forget(key);
	}
	return { dataset: await api.createDataset(file.name, file.size), done: new Set<number>() };
}

class PartQueue {
	readonly #offsets = new Map<number, number>();
	readonly #sent = new Map<number, number>();
	readonly #left: Part[];

	constructor(
		readonly file: File,
		parts: Part[],
		readonly done: Set<number>,
		readonly o: UploadOptions,
		readonly remember: () => void,
	) {
		let offset = 0;
		for (const part of parts.toSorted((a, b) => a.number - b.number)) {
			this.#offsets.set(part.number, offset);
			if (done.has(part.number)) this.#sent.set(part.number, part.bytes);
			offset += part.bytes;
		}
		this.#left = parts.filter((p) => !done.has(p.number));
	}

	async send(): Promise<void> {
		this.#tell();
		const worker = async () => {
			for (let part = this.#left.shift(); part; part = this.#left.shift()) await this.#one(part);
		};
		await Promise.all(Array.from({ length: atOnce }, worker));
	}

	async #one(part: Part): Promise<void> {
		const from = this.#offsets.get(part.number) ?? 0;
		const body = this.file.slice(from, from + part.bytes);
		for (let attempt = 1; ; attempt++) {
			try {
				await this.o.put(part.url, body, (n) => this.#progress(part, n), this.o.signal);
				break;
			} catch (e) {
				this.#progress(part, 0);
				if (this.o.signal.aborted || attempt === attempts) throw e;
				await this.o.pause(attempt);
			}
		}
		this.#progress(part, part.bytes);
		this.done.add(part.number);
		this.remember();
	}

	#progress(part: Part, bytes: number): void {
		this.#sent.set(part.number, bytes);
		this.#tell();
	}

	#tell(): void {
		let sum = 0;
		for (const n of this.#sent.values()) sum += n;
		this.o.progress(sum, this.file.size);
	}
}
