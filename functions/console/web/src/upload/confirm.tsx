import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { wordsOf } from "../app/session.ts";
import type { Mapping } from "../cloud/contract.ts";
import type { LogField } from "./fields.ts";
import {
	type Choice,
	clashing,
	columnWords,
	doubts,
	lacking,
	mappingOf,
	namesCache,
	type Proposal,
	shownFields,
	unread,
} from "./mapping.ts";

interface Props {
	/** Distinguishes the forms of several logs. */
	id: string;
	/** The log's file name. */
	name: string;
	proposal: Proposal;
	/** Has the log read; an error is shown and the choice stays as it is. */
	confirm: (mapping: Mapping) => Promise<void>;
}

/** Which column of a log of unknown format holds what: proposed by Netra, confirmed by the user. */
export function ConfirmMapping({ id, name, proposal, confirm }: Props): JSX.Element {
	const choice = useSignal<Choice>({ fields: proposal.fields, cachedInside: null });
	const busy = useSignal(false);
	const problem = useSignal("");
	const { shown, folded } = useMemo(() => shownFields(proposal), [proposal]);
	const change = (next: Partial<Choice>) => {
		choice.value = { ...choice.value, ...next };
		problem.value = "";
	};
	const send = async () => {
		problem.value = lacking(choice.value);
		if (problem.value || busy.value) return;
		busy.value = true;
		try {
			await confirm(mappingOf(choice.value));
		} catch (e) {
			problem.value = wordsOf(e);
		}
		busy.value = false;
	};
	const clash = clashing(choice.value);
	const row = (f: LogField) => (
		<FieldSelect
			key={f.name}
			id={`${id}-${f.name}`}
			field={f}
			proposal={proposal}
			value={choice.value.fields[f.name] ?? ""}
			invalid={clash.has(f.name)}
			change={(column) => change({ fields: { ...choice.value.fields, [f.name]: column } })}
		/>
	);
	return (
		<fieldset class="mapping stack">
			<legend>Which column holds what?</legend>
			<p class="small-text" role="status">
				{Object.keys(proposal.fields).length > 0
					? `Netra does not know the format of ${name}. This is its guess from the names of the columns: correct it where it is wrong.`
					: `Netra cannot tell from the names of the columns of ${name} which of them count tokens. Choose them, or upload another export.`}
			</p>
			<div class="mapping-fields">
				{shown.map(row)}
				{namesCache(choice.value) && (
					<CachedInside
						id={`${id}-cached-inside`}
						value={choice.value.cachedInside}
						change={(cachedInside) => change({ cachedInside })}
					/>
				)}
			</div>
			<MoreFields fields={folded} row={row} />
			<Notes proposal={proposal} choice={choice.value} told={problem.value} />
			{problem.value && (
				<p class="note bad" role="alert">
					{problem.value}
				</p>
			)}
			<div class="row wrap">
				<button type="button" class="button primary small" aria-busy={busy.value} onClick={() => void send()}>
					{busy.value ? "Reading…" : "Read the log this way"}
				</button>
			</div>
		</fieldset>
	);
}

/** The fields that were not proposed; a log may have hundreds of columns, so they are drawn when opened. */
function MoreFields({ fields, row }: { fields: LogField[]; row: (f: LogField) => JSX.Element }): JSX.Element {
	const opened = useSignal(false);
	return (
		<details
			class="small-text"
			onToggle={(e) => {
				opened.value ||= e.currentTarget.open;
			}}
		>
			<summary>More that the log may hold</summary>
			{opened.value && <div class="mapping-fields">{fields.map(row)}</div>}
		</details>
	);
}

interface NotesProps {
	proposal: Proposal;
	choice: Choice;
	/** What is said elsewhere on the form. */
	told: string;
}

/** What is missing still, what looks wrong and what is left unread. */
function Notes({ proposal, choice, told }: NotesProps): JSX.Element {
	const lack = lacking(choice);
	const said = [lack, ...doubts(proposal, choice)].filter((words) => words !== "" && words !== told);
	const left = unread(proposal, choice);
	const most = 12;
	return (
		<div class="stack tight small-text">
			<div aria-live="polite">
				{said.map((words) => (
					<p key={words} class={words === lack ? "bad-text" : "muted"}>
						{words}
					</p>
				))}
			</div>
			{left.length > 0 && (
				<p class="muted">
					Not read: {left.slice(0, most).join(", ")}
					{left.length > most && ` and ${left.length - most} more`}.
				</p>
			)}
		</div>
	);
}

interface FieldProps {
	id: string;
	field: LogField;
	proposal: Proposal;
	value: string;
	invalid: boolean;
	change: (column: string) => void;
}

function FieldSelect({ id, field, proposal, value, invalid, change }: FieldProps): JSX.Element {
	return (
		<div class="field">
			<label for={id}>{field.label}</label>
			<select id={id} value={value} aria-invalid={invalid} onChange={(e) => change(e.currentTarget.value)}>
				<option value="">Not in this log</option>
				{proposal.columns.map((c) => (
					<option key={c.name} value={c.name}>
						{columnWords(c)}
					</option>
				))}
			</select>
		</div>
	);
}

interface CachedProps {
	id: string;
	value: boolean | null;
	change: (inside: boolean | null) => void;
}

/** Whether cached tokens are counted in the input tokens too, which no name tells. */
function CachedInside({ id, value, change }: CachedProps): JSX.Element {
	return (
		<div class="field">
			<label for={id}>Tokens of the prompt cache are</label>
			<select
				id={id}
				value={value === null ? "" : String(value)}
				onChange={(e) => change(e.currentTarget.value === "" ? null : e.currentTarget.value === "true")}
			>
				<option value="">I do not know</option>
				<option value="true">part of the input tokens</option>
				<option value="false">counted beside the input tokens</option>
			</select>
		</div>
	);
}
