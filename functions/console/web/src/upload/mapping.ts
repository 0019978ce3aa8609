import type { Dataset, Mapping } from "../cloud/contract.ts";
import { list, obj, text } from "../report/read.ts";
import { inSentence, type LogField, mainFields, moreFields } from "./fields.ts";

/** A column of a log; kind is number, time, boolean, text or "" if not known. */
export interface Column {
	name: string;
	kind: string;
}

/** What a refused log holds, and which column Netra thinks holds which field. */
export interface Proposal {
	columns: Column[];
	/** The column by field name; empty if nothing could be guessed. */
	fields: Readonly<Record<string, string>>;
}

/** What the user chose. */
export interface Choice {
	/** The column by field name, "" or missing for none. */
	fields: Readonly<Record<string, string>>;
	/** Whether cached tokens are part of the input tokens, null if not known. */
	cachedInside: boolean | null;
}

/** The proposal of a refused data set, null if no mapping can help to read it. */
export function readProposal(dataset: Dataset): Proposal | null {
	if (dataset.status !== "refused") return null;
	const preview = obj(dataset.preview);
	const proposed = obj(preview.proposed_mapping);
	const fields = Object.fromEntries(
		Object.entries(obj(proposed.fields))
			.map(([name, column]) => [name, text(column)] as const)
			.filter(([, column]) => column !== ""),
	);
	const columns = list(preview.columns).map((c) => ({ name: text(obj(c).name), kind: text(obj(c).kind) }));
	const names = new Set(columns.map((c) => c.name));
	const others = [...Object.values(fields), ...list(proposed.unmapped).map(text)];
	for (const name of others) {
		if (names.has(name)) continue;
		names.add(name);
		columns.push({ name, kind: "" });
	}
	const named = columns.filter((c) => c.name !== "");
	return named.length > 0 ? { columns: named, fields } : null;
}

/** The fields that the form shows at once: the main ones and what was proposed; and the rest. */
export function shownFields(proposal: Proposal): { shown: LogField[]; folded: LogField[] } {
	const proposed = (f: LogField) => f.name in proposal.fields;
	return {
		shown: [...mainFields, ...moreFields.filter(proposed)],
		folded: moreFields.filter((f) => !proposed(f)),
	};
}

/** The choice as the API takes it. */
export function mappingOf(choice: Choice): Mapping {
	const fields = Object.fromEntries(Object.entries(choice.fields).filter(([, column]) => column !== ""));
	if (choice.cachedInside === null || !namesCache(choice)) return { fields };
	return { fields, cached_inside: choice.cachedInside };
}

/** Whether the log counts cached tokens, so that it matters where they are counted. */
export function namesCache({ fields }: Choice): boolean {
	return Object.entries(fields).some(
		([name, column]) => name.startsWith("cache_") && name.endsWith("_tokens") && column,
	);
}

/** The fields that share their column with another one. */
export function clashing({ fields }: Choice): Set<string> {
	const used = Object.entries(fields).filter(([, column]) => column !== "");
	return new Set(
		used.filter(([name, column]) => used.some(([n, c]) => n !== name && c === column)).map(([name]) => name),
	);
}

const all = [...mainFields, ...moreFields];

/** Why the log cannot be read with this choice yet; "" is nothing. */
export function lacking(choice: Choice): string {
	const clash = clashing(choice);
	if (clash.size > 0) {
		const fields = all.filter((f) => clash.has(f.name));
		const column = choice.fields[fields[0]?.name ?? ""] ?? "";
		const both = fields.filter((f) => choice.fields[f.name] === column).map(inSentence);
		return `The column ${column} is chosen more than once: ${both.join(" and ")}. Choose another for one of them.`;
	}
	if (!choice.fields.input_tokens && !choice.fields.output_tokens)
		return "Token counts are missing: choose the column of the input tokens, of the output tokens, or both.";
	return "";
}

/** What is lost without a main field, and which other fields stand in for it. */
const without: Record<string, { loss: string; or: readonly string[] }> = {
	input_tokens: { loss: "Without input tokens, what the prompts cost is left out.", or: [] },
	output_tokens: { loss: "Without output tokens, what the answers cost is left out.", or: [] },
	model: { loss: "Without a model, you name one that prices all calls.", or: ["requested_model"] },
	time: {
		loss: "Without times, Netra cannot tell when calls happened or what they cost in a month.",
		or: ["end_time", "relative_time_ms"],
	},
};

function lossOf(name: string, fields: Choice["fields"]): string {
	const { loss = "", or = [] } = without[name] ?? {};
	return [name, ...or].some((n) => fields[n]) ? "" : loss;
}

/** What the log would be read without, and choices that look wrong; nothing here stops it. */
export function doubts({ columns }: Proposal, { fields }: Choice): string[] {
	const kinds = new Map(columns.map((c) => [c.name, c.kind]));
	const kindOf = (f: LogField) => kinds.get(fields[f.name] ?? "") ?? "";
	const odd = all.filter((f) => f.number && kindOf(f) !== "" && kindOf(f) !== "number");
	return [
		...odd.map((f) => `${fields[f.name]} does not look like numbers, as ${inSentence(f)} should be.`),
		...mainFields.map((f) => lossOf(f.name, fields)).filter(Boolean),
	];
}

/** The columns that the choice leaves unread. */
export function unread({ columns }: Proposal, { fields }: Choice): string[] {
	const used = new Set(Object.values(fields));
	return columns.map((c) => c.name).filter((name) => !used.has(name));
}

const kindWords: Record<string, string> = {
	number: "numbers",
	time: "times",
	boolean: "yes or no",
	text: "text",
};

/** A column with what it holds, as a select shows it. */
export function columnWords({ name, kind }: Column): string {
	const shown = name.length > 60 ? `…${name.slice(-59)}` : name;
	return kindWords[kind] ? `${shown} (${kindWords[kind]})` : shown;
}
