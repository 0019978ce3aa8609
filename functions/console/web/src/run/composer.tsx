import { type Signal, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import { Icon } from "../app/icon.tsx";
import { wordsOf } from "../app/session.ts";
import { Attachments } from "../upload/attachments.ts";
import { DropZone } from "../upload/dropzone.tsx";
import { readPreview } from "../upload/preview.ts";

interface Props {
	goal: Signal<string>;
	action: string;
	/** A follow-up may go without a log of its own: it uses that of the last run. */
	followUp?: boolean;
	/** There is a log of the last run to keep. */
	hasLog?: boolean;
	start: (goal: string, datasets: string[], priceModel: string) => Promise<void>;
}

const longest = 50_000;

/** The prompt box with its logs. Ctrl+Enter or Cmd+Enter sends. */
export function Composer({ goal, action, followUp = false, hasLog = false, start }: Props): JSX.Element {
	const attachments = useMemo(() => new Attachments(), []);
	const priceModel = useSignal("");
	const busy = useSignal(false);
	const problem = useSignal("");
	useEffect(() => () => attachments.stop(), [attachments]);

	const noModel = attachments.all.value.some(
		(a) => a.state === "ready" && readPreview(a.dataset?.preview).noModel,
	);
	const missing = lack(goal.value, attachments);
	const bare = !followUp && goal.value.trim() !== "" && attachments.all.value.length === 0;
	const send = async (e?: Event) => {
		e?.preventDefault();
		problem.value = missing;
		if (missing || busy.value) return;
		busy.value = true;
		try {
			await start(goal.value.trim(), attachments.ids(), priceModel.value.trim());
			attachments.clear();
			goal.value = "";
		} catch (e) {
			problem.value = wordsOf(e);
		}
		busy.value = false;
	};
	return (
		<form class="composer" onSubmit={send}>
			<label class="sr" for="goal">
				{followUp ? "Your next question" : "What you want to save"}
			</label>
			<textarea
				id="goal"
				rows={followUp ? 2 : 3}
				maxLength={longest}
				placeholder={
					followUp
						? "Ask what comes next: what if we leave out batch? Only the last month?"
						: "Cut our LLM spend by 30% without slower answers"
				}
				value={goal.value}
				onInput={(e) => {
					goal.value = e.currentTarget.value;
				}}
				onKeyDown={(e) => {
					if (e.key === "Enter" && (e.metaKey || e.ctrlKey)) void send();
				}}
			/>
			<DropZone
				attachments={attachments}
				hint={
					followUp
						? hasLog
							? "or keep the log of the last run"
							: "or ask on without a new one"
						: "or drop it here: JSON, JSON Lines, CSV or Parquet, packed or not"
				}
			/>
			{noModel && <PriceModel value={priceModel} />}
			<div class="row end wrap">
				<p class="muted small-text grow" aria-live="polite">
					{bare && "Without a log Netra can only tell what to bring, and show an example."}
					{attachments.all.value.length > 0 || goal.value ? missing : ""}
				</p>
				<button type="submit" class="button primary" disabled={busy.value} aria-busy={busy.value}>
					{busy.value ? "Starting…" : action}
					<Icon name="arrow" />
				</button>
			</div>
			{problem.value && (
				<p class="note bad" role="alert">
					{problem.value}
				</p>
			)}
		</form>
	);
}

/** What is still missing before a run can start; "" is nothing. */
function lack(goal: string, attachments: Attachments): string {
	const logs = attachments.all.value;
	if (!goal.trim()) return "Say what you want to save.";
	if (logs.some((a) => a.state === "refused" || a.state === "failed"))
		return "Remove the log that cannot be used, or try it again.";
	if (logs.some((a) => a.state === "asking")) return "Say which column of the log holds what.";
	if (!attachments.ready) return "Waiting for the upload.";
	return "";
}

const common = ["gpt-4o", "gpt-4o-mini", "gpt-5", "claude-sonnet-4-5", "gemini-2.5-pro", "gemini-2.5-flash"];

function PriceModel({ value }: { value: Signal<string> }): JSX.Element {
	return (
		<label class="field">
			This log names no model. Which one should price its calls?
			<input
				list="price-models"
				placeholder="gpt-4o"
				maxLength={200}
				value={value.value}
				onInput={(e) => {
					value.value = e.currentTarget.value;
				}}
			/>
			<datalist id="price-models">
				{common.map((m) => (
					<option key={m} value={m} />
				))}
			</datalist>
		</label>
	);
}
