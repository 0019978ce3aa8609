import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Dataset } from "../cloud/contract.ts";
import { mainFields, moreFields } from "./fields.ts";
import {
	type Choice,
	clashing,
	columnWords,
	doubts,
	lacking,
	mappingOf,
	type Proposal,
	readProposal,
	shownFields,
	unread,
} from "./mapping.ts";

const refused = (preview: unknown): Dataset => ({
	id: "d1",
	filename: "log.csv",
	bytes: 10,
	status: "refused",
	preview,
});

const proposal: Proposal = {
	columns: [
		{ name: "When", kind: "time" },
		{ name: "LLM", kind: "text" },
		{ name: "Tok In", kind: "number" },
		{ name: "Tok Out", kind: "number" },
		{ name: "Note", kind: "" },
	],
	fields: { time: "When", model: "LLM", input_tokens: "Tok In", output_tokens: "Tok Out" },
};

const choose = (fields: Choice["fields"], cachedInside: boolean | null = null): Choice => ({
	fields: { ...proposal.fields, ...fields },
	cachedInside,
});

test("the form knows the fields of the API, each once", () => {
	const file = new URL("../../../../api/openapi.json", import.meta.url);
	const { components } = JSON.parse(readFileSync(file, "utf8"));
	const known = [...mainFields, ...moreFields].map((f) => f.name);
	expect(known.sort()).toEqual(Object.keys(components.schemas.MappingFields.properties).sort());
});

describe("readProposal", () => {
	test("reads columns in the order of the log, and what is proposed", () => {
		const found = readProposal(
			refused({
				proposed_mapping: { fields: proposal.fields, unmapped: ["Note"] },
				columns: proposal.columns.map(({ name, kind }) => (kind ? { name, kind } : { name })),
			}),
		);
		expect(found).toEqual(proposal);
	});

	test("offers every column that the proposal names, also where the list of columns is cut", () => {
		const found = readProposal(
			refused({
				proposed_mapping: { fields: { input_tokens: "far" }, unmapped: ["near", "further"] },
				columns: [{ name: "near", kind: "number" }],
			}),
		);
		expect(found?.columns.map((c) => c.name)).toEqual(["near", "far", "further"]);
	});

	test("asks without a guess where only columns are known", () => {
		expect(readProposal(refused({ columns: [{ name: "a", kind: "number" }] }))).toEqual({
			columns: [{ name: "a", kind: "number" }],
			fields: {},
		});
	});

	test.each([
		["a log that no mapping helps", refused(undefined)],
		["a preview of another shape", refused({ columns: "x", proposed_mapping: [1] })],
		["a log that is ready", { ...refused({ columns: [{ name: "a" }] }), status: "ready" as const }],
	])("is nothing for %s", (_, dataset) => {
		expect(readProposal(dataset)).toBeNull();
	});
});

test("shows the main fields and what was proposed, and folds the rest", () => {
	const { shown, folded } = shownFields({ ...proposal, fields: { session: "Note" } });
	expect(shown.map((f) => f.name)).toEqual(["input_tokens", "output_tokens", "model", "time", "session"]);
	expect(folded.map((f) => f.name)).not.toContain("session");
	expect(shown.length + folded.length).toBe(mainFields.length + moreFields.length);
});

describe("mappingOf", () => {
	test("leaves out fields without a column", () => {
		expect(mappingOf(choose({ model: "", time: "" }))).toEqual({
			fields: { input_tokens: "Tok In", output_tokens: "Tok Out" },
		});
	});

	test("says where cached tokens are counted only if the log has some and the user knows", () => {
		expect(mappingOf(choose({ cache_read_tokens: "Note" }, false)).cached_inside).toBe(false);
		expect(mappingOf(choose({ cache_read_tokens: "Note" }))).not.toHaveProperty("cached_inside");
		expect(mappingOf(choose({ cache_hit: "Note" }, true))).not.toHaveProperty("cached_inside");
	});
});

describe("what is missing", () => {
	test("nothing, where both token counts have a column of their own", () => {
		expect(lacking(choose({}))).toBe("");
		expect(doubts(proposal, choose({}))).toEqual([]);
		expect(unread(proposal, choose({}))).toEqual(["Note"]);
	});

	test("token counts stop the log", () => {
		expect(lacking(choose({ input_tokens: "", output_tokens: "" }))).toContain("Token counts are missing");
		expect(lacking(choose({ output_tokens: "" }))).toBe("");
	});

	test("a column for two fields stops it and names both", () => {
		const twice = choose({ output_tokens: "Tok In" });
		expect(clashing(twice)).toEqual(new Set(["input_tokens", "output_tokens"]));
		expect(lacking(twice)).toContain(
			"The column Tok In is chosen more than once: input tokens and output tokens.",
		);
	});

	test("other main fields are told and do not stop it", () => {
		const bare = choose({ output_tokens: "", model: "", time: "" });
		expect(lacking(bare)).toBe("");
		expect(doubts(proposal, bare)).toEqual([
			expect.stringContaining("Without output tokens"),
			expect.stringContaining("Without a model"),
			expect.stringContaining("Without times"),
		]);
		expect(doubts(proposal, choose({ time: "", end_time: "When" }))).toEqual([]);
	});

	test("a column of text for token counts is doubted", () => {
		expect(doubts(proposal, choose({ input_tokens: "LLM", model: "Note" }))).toEqual([
			"LLM does not look like numbers, as input tokens should be.",
		]);
		expect(doubts(proposal, choose({ input_tokens: "Note" }))).toEqual([]);
	});
});

test("a column says what it holds, and a long path keeps its end", () => {
	expect(columnWords({ name: "Tok In", kind: "number" })).toBe("Tok In (numbers)");
	expect(columnWords({ name: "Note", kind: "" })).toBe("Note");
	expect(columnWords({ name: `${"x".repeat(100)}/tokens`, kind: "" })).toMatch(/^…x+\/tokens$/);
});
