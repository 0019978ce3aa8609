import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { wordsOf } from "./session.ts";

interface DialogProps {
	title: string;
	class?: string;
	close: () => void;
	children: ComponentChildren;
}

/** A modal dialog: the browser keeps the focus inside and closes it on Escape. */
export function Dialog({ title, close, children, class: extra = "" }: DialogProps): JSX.Element {
	const box = useRef<HTMLDialogElement>(null);
	useEffect(() => {
		const opener = document.activeElement as HTMLElement | null;
		box.current?.showModal();
		return () => opener?.focus();
	}, []);
	return (
		<dialog
			ref={box}
			class={extra}
			aria-label={title}
			onClose={close}
			onClick={(e) => {
				if (e.target === box.current) close();
			}}
			onKeyDown={(e) => e.stopPropagation()}
		>
			<div class="dialog-body">{children}</div>
		</dialog>
	);
}

interface AskProps {
	title: string;
	text?: string;
	/** With a label, the dialog asks for a text and starts with this value. */
	label?: string;
	value?: string;
	action: string;
	danger?: boolean;
	close: () => void;
	/** Does it; an error is shown and the dialog stays. */
	then: (value: string) => Promise<void>;
}

/** Asks before something is done: a yes, or a text. */
export function AskDialog(p: AskProps): JSX.Element {
	const [value, setValue] = useState(p.value ?? "");
	const [busy, setBusy] = useState(false);
	const [problem, setProblem] = useState("");
	const submit = async (e: Event) => {
		e.preventDefault();
		setBusy(true);
		try {
			await p.then(value.trim());
			p.close();
		} catch (e) {
			setProblem(wordsOf(e));
			setBusy(false);
		}
	};
	return (
		<Dialog title={p.title} close={p.close}>
			<form onSubmit={submit} class="stack">
				<h2>{p.title}</h2>
				{p.text && <p class="muted">{p.text}</p>}
				{p.label && (
					<label class="field">
						{p.label}
						<input value={value} maxLength={200} required onInput={(e) => setValue(e.currentTarget.value)} />
					</label>
				)}
				{problem && (
					<p class="note bad" role="alert">
						{problem}
					</p>
				)}
				<div class="row end">
					<button type="button" class="button quiet" onClick={p.close}>
						Cancel
					</button>
					<button type="submit" class={`button ${p.danger ? "danger" : "primary"}`} disabled={busy}>
						{p.action}
					</button>
				</div>
			</form>
		</Dialog>
	);
}
