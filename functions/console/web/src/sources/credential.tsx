import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { wordsOf } from "../app/session.ts";
import type { Credential, Source, SourceField } from "../cloud/contract.ts";
import { credentialOf, lacking, type Values } from "./form.ts";

interface Props {
	source: Source;
	/** Stores it; an error is shown and the form stays as it is. */
	save: (credential: Credential) => Promise<void>;
}

/** The form of one source. What is typed lives here only, until it is sent. */
export function SourceForm({ source, save }: Props): JSX.Element {
	const values = useSignal<Values>({});
	const busy = useSignal(false);
	const problem = useSignal("");
	const form = useRef<HTMLFormElement>(null);
	useEffect(() => form.current?.querySelector("input")?.focus(), []);
	const help = `help-${source.source}`;
	const wrong = `wrong-${source.source}`;
	const submit = async (e: Event) => {
		e.preventDefault();
		problem.value = lacking(source.fields, values.value);
		if (problem.value || busy.value) return;
		busy.value = true;
		try {
			await save(credentialOf(source.fields, values.value));
			values.value = {};
		} catch (e) {
			problem.value = wordsOf(e);
		}
		busy.value = false;
	};
	return (
		<form class="stack source-form" ref={form} onSubmit={submit} autocomplete="off" noValidate>
			<p class="muted small-text" id={help}>
				{source.help}
			</p>
			{source.fields.map((f) => (
				<Field
					key={f.name}
					id={`${source.source}-${f.name}`}
					field={f}
					describedBy={problem.value ? `${help} ${wrong}` : help}
					invalid={problem.value !== ""}
					value={values.value[f.name] ?? ""}
					change={(text) => {
						values.value = { ...values.value, [f.name]: text };
						problem.value = "";
					}}
				/>
			))}
			{problem.value && (
				<p class="note bad" role="alert" id={wrong}>
					{problem.value}
				</p>
			)}
			<div class="row wrap">
				<button type="submit" class="button primary" disabled={busy.value} aria-busy={busy.value}>
					{busy.value ? "Storing…" : source.stored ? "Replace the key" : "Store the key"}
				</button>
			</div>
		</form>
	);
}

interface FieldProps {
	id: string;
	field: SourceField;
	describedBy: string;
	invalid: boolean;
	value: string;
	change: (text: string) => void;
}

function Field({ id, field: f, describedBy, invalid, value, change }: FieldProps): JSX.Element {
	const same = {
		id,
		name: f.name,
		autocomplete: "off",
		autocapitalize: "off",
		spellcheck: false,
		placeholder: f.example,
		required: f.required,
		value,
		onInput: (e: Event) => change((e.currentTarget as HTMLInputElement).value),
	} as const;
	return (
		<div class="field">
			<label for={id}>
				{f.label}
				{!f.required && <span class="muted small-text"> (optional)</span>}
			</label>
			{f.name === "credential" ? (
				<input type="password" {...same} aria-describedby={describedBy} aria-invalid={invalid} />
			) : (
				<input type="text" {...same} />
			)}
		</div>
	);
}
