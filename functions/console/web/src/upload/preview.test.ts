import { expect, test } from "vitest";
import { readPreview } from "./preview.ts";

const report = {
	format: "aider",
	rows: 10,
	calls: 9,
	unreadable: 1,
	first_unreadable: [{ line: 3, reason: "no JSON" }],
	notes: [{ text: "note" }],
};
const coverage = {
	first: "2026-01-01T00:00:00Z",
	last: "2026-01-02T00:00:00Z",
	models: [{ model: "gpt-4o", calls: 9 }],
};

test.each([
	["flat", { ...coverage, ...report }],
	["flat, with shares", { ...coverage, ...report, coverage: { model: 1, time: 1 }, flags: [] }],
	["nested", { report, coverage }],
])("reads a %s preview", (_, raw) => {
	expect(readPreview(raw)).toMatchObject({
		format: "aider",
		rows: 10,
		calls: 9,
		unreadable: 1,
		reasons: ["line 3: no JSON"],
		models: ["gpt-4o"],
		notes: ["note"],
		noModel: false,
	});
});

test("says when the log names no model", () => {
	expect(readPreview({ report, coverage: { models: [{ model: "" }] } }).noModel).toBe(true);
	expect(readPreview({ report, coverage: { models: null }, flags: ["no_model"] }).noModel).toBe(true);
	const shares = { coverage: { model: 0 }, models: [{ model: "" }], flags: ["no_model"] };
	expect(readPreview({ ...report, ...shares }).noModel).toBe(true);
	expect(readPreview(null)).toMatchObject({ rows: 0, noModel: false });
});

test("a file of quality labels names its models and needs none to price", () => {
	const p = readPreview({ labels: { models: ["gpt-4o", "gpt-4o-mini"], rows: 20 } });
	expect(p).toMatchObject({ models: ["gpt-4o", "gpt-4o-mini"], noModel: false });
	expect(p.notes[0]).toContain("Quality labels");
});

test("a file of one's own prices says that they override the book", () => {
	const p = readPreview({ terms: { prices: { "gpt-4o": { input: 2, output: 8 } } } });
	expect(p).toMatchObject({ rows: 0, noModel: false });
	expect(p.notes[0]).toContain("override the price book");
});
