import { first, list, num, obj, text, texts } from "../report/read.ts";

/** What the API found in a log before a run, as `netra inspect --json` has it. */
export interface Preview {
	format: string;
	rows: number;
	calls: number;
	unreadable: number;
	reasons: string[];
	first: string;
	last: string;
	models: string[];
	/** Whether only the first part of the log was looked at. */
	partial: boolean;
	notes: string[];
	/** Whether a model must be named to price the calls. */
	noModel: boolean;
}

/**
 * Reads a preview; the report of the reader and its coverage may be nested or
 * not. In the flat form "coverage" is the share of rows that carry each field.
 */
export function readPreview(raw: unknown): Preview {
	const p = obj(raw);
	const read = obj(first(p.report, p.reader, p));
	const cover = obj(first(p.coverage, p));
	const labels = obj(p.labels);
	const models = list(first(labels.models, p.models, cover.models)).map((m) => text(m) || text(obj(m).model));
	const flags = texts(first(p.flags, cover.flags));
	return {
		format: text(first(read.format, p.format)),
		rows: num(first(read.rows, cover.rows)),
		calls: num(first(read.calls, cover.calls)),
		unreadable: num(first(read.unreadable, p.unreadable)),
		reasons: list(first(read.first_unreadable, p.first_unreadable)).map(
			(u) => `line ${text(obj(u).line)}: ${text(obj(u).reason)}`,
		),
		first: text(first(cover.first, p.first)),
		last: text(first(cover.last, p.last)),
		models: models.filter(Boolean),
		partial: p.partial === true,
		notes: p.labels
			? ["Quality labels: Netra learns from them which calls a cheaper model answers as well."]
			: p.terms
				? ["Your own prices: they override the price book in this run and the questions that follow it."]
				: texts(first(read.notes, p.notes)),
		noModel:
			!p.labels &&
			(flags.includes("no_model") ||
				(num(first(read.rows, cover.rows)) > 0 && models.filter(Boolean).length === 0)),
	};
}
