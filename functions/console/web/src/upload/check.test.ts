import { describe, expect, test } from "vitest";
import { checkFile, headOf } from "./check.ts";

const text = (s: string) => new TextEncoder().encode(s);

/** The start of an archive whose first file has this name. */
const archive = (name: string) => new Uint8Array([0x50, 0x4b, 3, 4, ...new Array(26).fill(9), ...text(name)]);

describe("checkFile", () => {
	test.each([
		["JSON Lines", text('{"model":"gpt-4o"}\n')],
		["CSV", text("time,model\n")],
		["gzip", new Uint8Array([0x1f, 0x8b, 8, 0])],
		["zstd", new Uint8Array([0x28, 0xb5, 0x2f, 0xfd, 0])],
		["Parquet", text("PAR1\0\0")],
		["ZIP", archive("logs/a.jsonl")],
		["UTF-8 letters", text("modèle,größe\n")],
	])("takes %s", (_, head) => {
		expect(checkFile("log", 10, head, 1000)).toBe("");
	});

	test.each([
		["an empty file", 0, new Uint8Array(), /empty/],
		["a file over the plan's limit", 2048, text("a,b"), /2 KiB; your plan takes logs up to 1 KiB/],
		["an Excel file", 10, archive("[Content_Types].xml"), /Save the sheet as CSV/],
		["a PDF", 10, text("%PDF-1.7"), /is a PDF/],
		["a picture", 10, new Uint8Array([0x89, 0x50, 0x4e, 0x47]), /picture/],
		["a web page", 10, text("<!doctype html>"), /web page/],
		["bytes that are no text", 10, new Uint8Array([1, 2, 0, 3]), /does not look like text/],
	])("refuses %s and says what to do", (_, size, head, message) => {
		expect(checkFile("log", size, head, 1024)).toMatch(message);
	});

	test("a limit of 0 is no limit", () => {
		expect(checkFile("log", 1e12, text("a,b"), 0)).toBe("");
	});

	test("only the start of a large file is read", async () => {
		expect(await headOf(new Blob(["x".repeat(10_000)]))).toHaveLength(4096);
	});
});
