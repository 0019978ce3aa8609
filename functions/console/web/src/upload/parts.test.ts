import { describe, expect, test } from "vitest";
import type { Api } from "../cloud/api.ts";
import type { Dataset } from "../cloud/contract.ts";
import { keyOf, type Memory, type PutPart, upload } from "./parts.ts";

const file = new File(["abcdefghij"], "log.jsonl", { lastModified: 7 });
const parts = [0, 1, 2].map((number) => ({
	number,
	offset: number * 4,
	bytes: number === 2 ? 2 : 4,
	url: `/p${number}`,
}));
const fresh: Dataset = { id: "d1", filename: "log.jsonl", bytes: 10, status: "uploading", parts };

function world(options: { known?: Dataset | null; put?: PutPart } = {}) {
	const sent: Record<string, string> = {};
	const calls: string[] = [];
	const store = new Map<string, string>();
	if (options.known !== undefined) store.set(keyOf(file), "d1");
	const memory: Memory = {
		load: (k) => store.get(k) ?? "",
		save: (k, s) => void store.set(k, s),
		forget: (k) => void store.delete(k),
	};
	const api = {
		createDataset: async () => {
			calls.push("create");
			return fresh;
		},
		dataset: async () => {
			if (options.known === null) throw new Error("gone");
			return options.known ?? fresh;
		},
		complete: async (id: string) => {
			calls.push(`complete ${id}`);
			return { ...fresh, status: "ready" as const };
		},
	} as unknown as Api;
	const put: PutPart = async (url, body, progress) => {
		calls.push(url);
		progress(1);
		sent[url] = await body.text();
	};
	const seen: number[] = [];
	const run = (signal = new AbortController().signal) =>
		upload(file, api, {
			put: options.put ?? put,
			memory,
			pause: async () => {},
			progress: (n) => seen.push(n),
			signal,
		});
	return { run, sent, calls, store, seen, put };
}

describe("upload", () => {
	test("sends every part of the file once, then completes", async () => {
		const w = world();
		const dataset = await w.run();
		expect(dataset.status).toBe("ready");
		expect(w.sent).toEqual({ "/p0": "abcd", "/p1": "efgh", "/p2": "ij" });
		expect(w.calls).toEqual(["create", "/p0", "/p1", "/p2", "complete d1"]);
		expect(w.seen.at(-1)).toBe(10);
		expect(w.store.size).toBe(0);
	});

	test("goes on after the parts that an earlier try sent", async () => {
		const w = world({ known: { ...fresh, parts: parts.slice(1, 2) } });
		await w.run();
		expect(w.sent).toEqual({ "/p1": "efgh" });
		expect(w.calls).not.toContain("create");
		expect(w.seen[0]).toBe(6);
	});

	test.each([
		["is gone", null],
		["was completed meanwhile", { ...fresh, status: "ready" as const }],
	])("starts anew if the earlier data set %s", async (_, known) => {
		const w = world({ known });
		await w.run();
		expect(w.calls[0]).toBe("create");
		expect(Object.keys(w.sent)).toHaveLength(3);
	});

	test("repeats a part that failed", async () => {
		let failures = 2;
		const inner = world();
		const w = world({
			put: async (...args) => {
				if (args[0] === "/p1" && failures-- > 0) throw new Error("reset");
				return inner.put(...args);
			},
		});
		await w.run();
		expect(inner.sent["/p1"]).toBe("efgh");
	});

	test("gives up after several failures and remembers where to go on", async () => {
		const inner = world();
		const w = world({
			put: async (...args) => {
				if (args[0] === "/p2") throw new Error("reset");
				return inner.put(...args);
			},
		});
		await expect(w.run()).rejects.toThrow("reset");
		expect(w.store.get(keyOf(file))).toBe("d1");
		expect(w.calls).not.toContain("complete d1");
	});

	test("stops at once when it is cancelled", async () => {
		const stop = new AbortController();
		let tries = 0;
		const w = world({
			put: async () => {
				tries++;
				stop.abort();
				throw new Error("aborted");
			},
		});
		await expect(w.run(stop.signal)).rejects.toThrow("aborted");
		expect(tries).toBeLessThanOrEqual(3);
	});
});
