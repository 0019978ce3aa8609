import type { Api } from "../cloud/api.ts";
import type { Dataset, Part } from "../cloud/contract.ts";

/** Sends the bytes of one part; calls back with how many are up. */
export type PutPart = (
	url: string,
	body: Blob,
	sent: (bytes: number) => void,
	signal: AbortSignal,
) => Promise<void>;

/** Remembers, over a reload, which data set a file is uploaded to. */
export interface Memory {
	load(key: string): string;
	save(key: string, dataset: string): void;
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

/** Begins the key of every unfinished upload. */
export const keyPrefix = "netra.upload:";

/** The same file picked again has the same key. */
export function keyOf(file: { name: string; size: number; lastModified: number }): string {
	return `${keyPrefix}${file.name}:${file.size}:${file.lastModified}`;
}

/**
 * Uploads a log in parts and returns the data set as the API found it. The API
 * lists the parts that are not there in full: what an earlier try sent is not
 * sent again. A failed part is repeated.
 */
export async function upload(file: File, api: Api, o: UploadOptions): Promise<Dataset> {
	const key = keyOf(file);
	const dataset = (await earlier(key, api, o.memory)) ?? (await api.createDataset(file.name, file.size));
	o.memory.save(key, dataset.id);
	await new PartQueue(file, dataset.parts ?? [], o).send();
	const complete = await api.complete(dataset.id);
	o.memory.forget(key);
	return complete;
}

/** The data set of an earlier try, if it still takes parts. */
async function earlier(key: string, api: Api, memory: Memory): Promise<Dataset | null> {
	const id = memory.load(key);
	if (!id) return null;
	const dataset = await api.dataset(id).catch(() => null);
	return dataset?.status === "uploading" ? dataset : null;
}

class PartQueue {
	readonly #sent = new Map<number, number>();
	readonly #left: Part[];
	readonly #before: number;

	constructor(
		readonly file: File,
		parts: Part[],
		readonly o: UploadOptions,
	) {
		this.#left = [...parts];
		this.#before = file.size - parts.reduce((n, p) => n + p.bytes, 0);
	}

	async send(): Promise<void> {
		this.#tell();
		const worker = async () => {
			for (let part = this.#left.shift(); part; part = this.#left.shift()) await this.#one(part);
		};
		await Promise.all(Array.from({ length: atOnce }, worker));
	}

	async #one(part: Part): Promise<void> {
		const body = this.file.slice(part.offset, part.offset + part.bytes);
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
	}

	#progress(part: Part, bytes: number): void {
		this.#sent.set(part.number, Math.min(bytes, part.bytes));
		this.#tell();
	}

	#tell(): void {
		let sum = this.#before;
		for (const n of this.#sent.values()) sum += n;
		this.o.progress(sum, this.file.size);
	}
}
