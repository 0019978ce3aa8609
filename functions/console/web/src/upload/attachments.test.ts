import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Dataset } from "../cloud/contract.ts";

const calls: string[] = [];
const answers: (Dataset | Error)[] = [];

vi.mock("../app/session.ts", () => ({
	account: { value: null },
	api: {
		value: {
			createDataset: async () => ({ id: "d1", status: "uploading", parts: [] }),
			complete: async (id: string, mapping?: unknown) => {
				calls.push(`complete ${id} ${JSON.stringify(mapping ?? null)}`);
				const next = answers.shift();
				if (!next || next instanceof Error) throw next ?? new Error("no more answers");
				return next;
			},
		},
	},
	wordsOf: (e: Error) => e.message,
}));
vi.mock("./browser.ts", () => ({
	memory: { load: () => "", save: () => {}, forget: () => {} },
	pause: async () => {},
	putPart: async () => {},
}));

const { Attachments } = await import("./attachments.ts");

const unknown: Dataset = {
	id: "d1",
	filename: "log.csv",
	bytes: 3,
	status: "refused",
	problem: { kind: "unknown_format", reason: "the format is not known", advice: "confirm it" },
	preview: {
		proposed_mapping: { fields: { input_tokens: "in" } },
		columns: [{ name: "in", kind: "number" }],
	},
};
const ready: Dataset = { id: "d1", filename: "log.csv", bytes: 3, status: "ready" };

async function uploaded(answer: Dataset) {
	answers.push(answer);
	const attachments = new Attachments();
	attachments.add([new File(["a,b"], "log.csv")]);
	await vi.waitFor(() => expect(attachments.all.value[0]?.dataset).toBeTruthy());
	return attachments;
}

beforeEach(() => {
	calls.length = 0;
});
afterEach(() => {
	answers.length = 0;
});

test("a log of unknown format waits for its columns and is read with them from where it is", async () => {
	const attachments = await uploaded(unknown);
	expect(attachments.all.value[0]).toMatchObject({
		state: "asking",
		problem: "",
		proposal: { fields: { input_tokens: "in" } },
	});
	expect(attachments.ready).toBe(false);
	answers.push(ready);
	await attachments.confirm("f0", { fields: { input_tokens: "in" } });
	expect(calls).toEqual(["complete d1 null", 'complete d1 {"fields":{"input_tokens":"in"}}']);
	expect(attachments.all.value[0]).toMatchObject({ state: "ready", proposal: null });
	expect(attachments.ids()).toEqual(["d1"]);
});

test("a mapping that does not help is told, and another one can be given", async () => {
	const attachments = await uploaded(unknown);
	const reason = "1 of 1 rows cannot be read";
	answers.push({ ...unknown, problem: { kind: "too_many_unreadable", reason, advice: "" } });
	await expect(attachments.confirm("f0", { fields: { input_tokens: "x" } })).rejects.toThrow(reason);
	expect(attachments.all.value[0]?.state).toBe("asking");
	answers.push(new Error("no connection"));
	await expect(attachments.confirm("f0", { fields: { input_tokens: "in" } })).rejects.toThrow(
		"no connection",
	);
	expect(attachments.all.value[0]?.state).toBe("asking");
});

test("a log that no mapping helps is refused with what to do", async () => {
	const attachments = await uploaded({
		...unknown,
		preview: undefined,
		problem: { kind: "binary", reason: "a binary file.", advice: "export it again" },
	});
	expect(attachments.all.value[0]).toMatchObject({
		state: "refused",
		problem: "a binary file. export it again",
		proposal: null,
	});
});
