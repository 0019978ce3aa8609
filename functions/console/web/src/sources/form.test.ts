import { describe, expect, test } from "vitest";
import type { Source } from "../cloud/contract.ts";
import { credentialOf, emptied, lacking, replaced, sorted, storedWords } from "./form.ts";

const source = (name: string, more: Partial<Source> = {}): Source => ({
	source: name,
	title: name,
	help: "",
	fields: [],
	stored: false,
	...more,
});

const fields = [
	{ name: "credential", label: "Admin key", example: "sk-...", required: true },
	{ name: "base_url", label: "Another address", example: "https://x", required: false },
] as const;

describe("the form of a source", () => {
	test("sends what was typed without the space around it, and nothing for what was left empty", () => {
		expect(credentialOf(fields, { credential: " sk-1\n", base_url: "  " })).toEqual({ credential: "sk-1" });
		expect(credentialOf(fields, { credential: "sk-1", base_url: "https://x", other: "y" })).toEqual({
			credential: "sk-1",
			base_url: "https://x",
		});
	});

	test("names the first required field that is empty", () => {
		expect(lacking(fields, {})).toBe("Admin key is missing.");
		expect(lacking(fields, { credential: "  " })).toBe("Admin key is missing.");
		expect(lacking(fields, { credential: "sk-1" })).toBe("");
	});
});

describe("the list of sources", () => {
	test("says since when a credential is stored", () => {
		expect(storedWords(source("a"))).toBe("Nothing stored");
		expect(storedWords(source("a", { stored: true, stored_at: "2026-11-03T10:00:00Z" }))).toBe(
			"Stored since 3 Nov 2026",
		);
		expect(storedWords(source("a", { stored: true }))).toBe("Stored");
	});

	test("shows stored ones first and keeps the order otherwise", () => {
		const list = [source("a"), source("b", { stored: true }), source("c"), source("d", { stored: true })];
		expect(sorted(list).map((s) => s.source)).toEqual(["b", "d", "a", "c"]);
	});

	test("changes only the one that was stored or deleted", () => {
		const stored = source("b", { stored: true, stored_at: "2026-11-03T10:00:00Z" });
		const list = replaced([source("a"), source("b")], stored);
		expect(list).toEqual([source("a"), stored]);
		expect(replaced(list, emptied(stored))).toEqual([source("a"), source("b")]);
	});
});
