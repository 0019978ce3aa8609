import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { bytes, count, day, percent } from "../app/format.ts";
import { Icon } from "../app/icon.tsx";
import type { Attachment, Attachments } from "./attachments.ts";
import { ConfirmMapping } from "./confirm.tsx";
import { readPreview } from "./preview.ts";

/** Takes logs by drag and drop, by a click or by the keyboard, and shows what became of each. */
export function DropZone({ attachments, hint }: { attachments: Attachments; hint: string }): JSX.Element {
	const over = useSignal(false);
	const picker = useRef<HTMLInputElement>(null);
	const drop = (e: DragEvent) => {
		e.preventDefault();
		over.value = false;
		attachments.add(e.dataTransfer?.files ?? []);
	};
	return (
		<div class="stack tight">
			<ul class="attachments">
				{attachments.all.value.map((a) => (
					<AttachmentCard key={a.key} attachment={a} attachments={attachments} />
				))}
			</ul>
			{/* biome-ignore lint/a11y/noStaticElementInteractions: dropping is an extra; the button inside does the same */}
			<div
				class={`dropzone ${over.value ? "over" : ""}`}
				onDragOver={(e) => {
					e.preventDefault();
					over.value = true;
				}}
				onDragLeave={() => {
					over.value = false;
				}}
				onDrop={drop}
			>
				<input
					ref={picker}
					type="file"
					multiple
					class="sr"
					tabIndex={-1}
					aria-label="Choose log files"
					onChange={(e) => {
						attachments.add(e.currentTarget.files ?? []);
						e.currentTarget.value = "";
					}}
				/>
				<button type="button" class="button quiet" onClick={() => picker.current?.click()}>
					<Icon name="upload" />
					Choose a log
				</button>
				<span class="muted">{hint}</span>
			</div>
		</div>
	);
}

function AttachmentCard({
	attachment: a,
	attachments,
}: {
	attachment: Attachment;
	attachments: Attachments;
}): JSX.Element {
	const bad = a.state === "refused" || a.state === "failed";
	const name = useRef<HTMLElement>(null);
	return (
		<li class={`attachment ${bad ? "bad" : a.state}`}>
			<Icon name={bad || a.state === "asking" ? "warn" : a.state === "ready" ? "check" : "file"} />
			<div class="grow stack tight">
				<div class="row">
					<strong class="ellipsis" ref={name} tabIndex={-1}>
						{a.name}
					</strong>
					<span class="muted small-text">{a.size > 0 && bytes(a.size)}</span>
				</div>
				<Progress attachment={a} />
				{bad && (
					<p role="alert" class="bad-text">
						{a.problem}
					</p>
				)}
				{a.proposal && (
					<ConfirmMapping
						id={a.key}
						name={a.name}
						proposal={a.proposal}
						confirm={async (mapping) => {
							await attachments.confirm(a.key, mapping);
							name.current?.focus();
						}}
					/>
				)}
				{a.state === "ready" && <PreviewFacts raw={a.dataset?.preview} />}
			</div>
			{a.state === "failed" && (
				<button type="button" class="button small" onClick={() => attachments.retry(a.key)}>
					Try again
				</button>
			)}
			<button
				type="button"
				class="icon-button"
				aria-label={`Remove ${a.name}`}
				onClick={() => attachments.remove(a.key)}
			>
				<Icon name="cross" />
			</button>
		</li>
	);
}

function Progress({ attachment: a }: { attachment: Attachment }): JSX.Element | null {
	if (a.state === "checking") return <span class="muted small-text">Checking…</span>;
	if (a.state === "looking") return <span class="muted small-text">Reading what is in it…</span>;
	if (a.state !== "uploading") return null;
	return (
		<div class="row">
			<progress max={a.size} value={a.sent} aria-label={`Upload of ${a.name}`} />
			<span class="muted small-text figure">{percent((100 * a.sent) / Math.max(1, a.size))}</span>
		</div>
	);
}

/** What was found in a log before anything runs on it. */
function PreviewFacts({ raw }: { raw: unknown }): JSX.Element {
	const p = readPreview(raw);
	const models =
		p.models.length > 3
			? `${p.models.slice(0, 3).join(", ")} and ${p.models.length - 3} more`
			: p.models.join(", ");
	return (
		<>
			<dl class="facts">
				<Fact name="Format" value={p.format} />
				<Fact
					name={p.partial ? "Calls in the first part" : "Calls"}
					value={p.calls > 0 ? count(p.calls) : ""}
				/>
				<Fact name="From" value={p.first && day(p.first)} />
				<Fact name="To" value={p.last && day(p.last)} />
				<Fact name="Models" value={models} />
				<Fact name="Unreadable rows" value={p.unreadable > 0 ? count(p.unreadable) : ""} />
			</dl>
			{p.reasons.length > 0 && (
				<details class="small-text">
					<summary>Why rows cannot be read</summary>
					<ul>
						{p.reasons.map((r) => (
							<li key={r}>{r}</li>
						))}
					</ul>
				</details>
			)}
			{p.notes.slice(0, 4).map((n) => (
				<p key={n} class="muted small-text">
					{n}
				</p>
			))}
		</>
	);
}

function Fact({ name, value }: { name: string; value: string }): JSX.Element | null {
	if (!value) return null;
	return (
		<div>
			<dt>{name}</dt>
			<dd class="figure">{value}</dd>
		</div>
	);
}
