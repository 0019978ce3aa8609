import { day } from "../app/format.ts";
import type { Credential, Source, SourceField } from "../cloud/contract.ts";

/** What is typed into a source's form, by field name. */
export type Values = Readonly<Record<string, string>>;

/** The form as the API takes it; fields that are left empty are left out. */
export function credentialOf(fields: readonly SourceField[], values: Values): Credential {
	const given = fields
		.map((f) => [f.name, (values[f.name] ?? "").trim()] as const)
		.filter(([, value]) => value !== "");
	return { credential: "", ...Object.fromEntries(given) };
}

/** What must be filled in still, for the user; "" is nothing. */
export function lacking(fields: readonly SourceField[], values: Values): string {
	const missing = fields.find((f) => f.required && (values[f.name] ?? "").trim() === "");
	return missing ? `${missing.label} is missing.` : "";
}

/** Whether a credential is stored, and since when. */
export function storedWords(source: Source): string {
	if (!source.stored) return "Nothing stored";
	return source.stored_at ? `Stored since ${day(source.stored_at)}` : "Stored";
}

/** The sources with a credential first, each part in the order of the API. */
export function sorted(sources: readonly Source[]): Source[] {
	return [...sources.filter((s) => s.stored), ...sources.filter((s) => !s.stored)];
}

/** A list with one source in place of what it was. */
export function replaced(sources: readonly Source[], next: Source): Source[] {
	return sources.map((s) => (s.source === next.source ? next : s));
}

/** A source as it is once its credential is deleted. */
export function emptied({ stored_at: _, ...source }: Source): Source {
	return { ...source, stored: false };
}
