import { bytes } from "../app/format.ts";

/** What can be said of a file before a byte of it is sent; "" is good. */
export function checkFile(name: string, size: number, head: Uint8Array, limit: number): string {
	if (size === 0) return `${name} is empty. Export the log again and check that it has rows.`;
	if (limit > 0 && size > limit) {
		return `${name} has ${bytes(size)}; your plan takes logs up to ${bytes(limit)}. Pack it with gzip, or export a shorter time.`;
	}
	const found = signatures.find(([, start]) => start.every((b, i) => b === undefined || head[i] === b));
	if (found) return found[2] && `${name} ${found[2]}`;
	if (head.subarray(0, 4096).includes(0)) {
		return `${name} does not look like text. Netra reads JSON Lines, JSON, CSV and Parquet, plain or packed with gzip, zstd or zip.`;
	}
	return "";
}

const ascii = (s: string) => [...s].map((c) => c.charCodeAt(0));

/** The header of an archive's first file, up to its name; undefined is any byte. */
const zip: (number | undefined)[] = [0x50, 0x4b, 0x03, 0x04, ...Array(26).fill(undefined)];

/** First bytes of kinds of files, and what is wrong with them; "" where nothing is. */
const signatures: [string, (number | undefined)[], string][] = [
	["gzip", [0x1f, 0x8b], ""],
	["zstd", [0x28, 0xb5, 0x2f, 0xfd], ""],
	["parquet", ascii("PAR1"), ""],
	// An archive's first file: in those of Excel it has this name.
	["xlsx", [...zip, ...ascii("[Content_Types].xml")], "is an Excel file. Save the sheet as CSV."],
	["zip", zip.slice(0, 4), ""],
	["pdf", ascii("%PDF"), "is a PDF. Netra needs the log itself: JSON Lines, JSON, CSV or Parquet."],
	[
		"png",
		[0x89, 0x50, 0x4e, 0x47],
		"is a picture. Netra needs the log itself: JSON Lines, JSON, CSV or Parquet.",
	],
	["jpeg", [0xff, 0xd8, 0xff], "is a picture. Netra needs the log itself: JSON Lines, JSON, CSV or Parquet."],
	["7z", [0x37, 0x7a, 0xbc, 0xaf], "is a 7-Zip archive. Unpack it first."],
	["sqlite", ascii("SQLite"), "is an SQLite database. Export the table as CSV."],
	["html", ascii("<!doctype"), "is a web page. Export the log itself instead of saving the page."],
	["html", ascii("<!DOCTYPE"), "is a web page. Export the log itself instead of saving the page."],
];

/** The first bytes of a file, enough for checkFile. */
export async function headOf(file: Blob): Promise<Uint8Array> {
	return new Uint8Array(await file.slice(0, 4096).arrayBuffer());
}
