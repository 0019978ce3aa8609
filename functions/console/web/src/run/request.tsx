import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import { ago, day, moneyRange, sentence, words } from "../app/format.ts";
import { Icon } from "../app/icon.tsx";
import { api, wordsOf } from "../app/session.ts";
import type { DataRequest, Missing } from "../cloud/contract.ts";
import { readMissing } from "../report/parse.ts";
import { SourceList } from "../sources/list.tsx";
import { Attachments } from "../upload/attachments.ts";
import { DropZone } from "../upload/dropzone.tsx";

/** A data request, answered in place: with a log, or by going on without. */
export function RequestCard({ run, request }: { run: string; request: DataRequest }): JSX.Element {
	const attachments = useMemo(() => new Attachments(), []);
	const busy = useSignal("");
	const problem = useSignal("");
	useEffect(() => () => attachments.stop(), [attachments]);
	const send = async (how: "data" | "continue" | "fetch", answer: () => Promise<unknown>) => {
		busy.value = how;
		problem.value = "";
		try {
			await answer();
		} catch (e) {
			problem.value = wordsOf(e);
			busy.value = "";
		}
	};
	const items = request.items.map(readMissing);
	const noLog = items.some((m) => m.field === "tokens");
	const canSend = attachments.all.value.length > 0 && attachments.ready;
	return (
		<section class="request" aria-labelledby="request-title">
			<h2 id="request-title" tabIndex={-1}>
				<Icon name="warn" class="warn" /> {noLog ? "Netra needs your usage log" : "More data would find more"}
			</h2>
			<p class="muted">
				The run waits{deadline(request.expires_at)} and takes none of your places meanwhile.{" "}
				{roundsLeft(request.rounds_left)}
			</p>
			<DropZone attachments={attachments} hint="or drop the export here" />
			<div class="row wrap">
				<button
					type="button"
					class="button primary"
					disabled={!canSend || busy.value !== ""}
					onClick={() => void send("data", () => api.value.giveData(run, attachments.ids()))}
				>
					{busy.value === "data" ? "Sending…" : "Go on with this data"}
				</button>
				<button
					type="button"
					class="button"
					disabled={busy.value !== ""}
					onClick={() => void send("continue", () => api.value.goOn(run))}
				>
					{busy.value === "continue" ? "Going on…" : "Go on without it"}
				</button>
			</div>
			{problem.value && (
				<p class="note bad" role="alert">
					{problem.value}
				</p>
			)}
			<FetchOffer
				busy={busy.value !== ""}
				fetch={(source) => void send("fetch", () => api.value.fetchData(run, source))}
			/>
			<h3>What is missing, and how to get it</h3>
			<MissingList items={items} />
		</section>
	);
}

/** The other way to the data: Netra fetches it. The sources are read when this is opened. */
function FetchOffer({ busy, fetch }: { busy: boolean; fetch: (source: string) => void }): JSX.Element {
	const opened = useSignal(false);
	return (
		<details
			class="fetch-offer"
			onToggle={(e) => {
				opened.value ||= e.currentTarget.open;
			}}
		>
			<summary>Or let Netra fetch the log where your calls are recorded</summary>
			{opened.value && <SourceList heading="h3" busy={busy} fetch={fetch} />}
		</details>
	);
}

function deadline(expires: string): string {
	return Number.isNaN(Date.parse(expires)) || ago(expires, Date.now()) === "" ? "" : ` until ${day(expires)}`;
}

function roundsLeft(n: number): string {
	if (n <= 0) return "It is the last time that it asks.";
	return n === 1 ? "It may ask once more." : `It may ask ${n} more times.`;
}

const fieldNames: Record<string, string> = {
	ttft: "Time to first token",
	session: "Session ids",
	prompt_hash: "Prompts or their hashes",
	prompt_blocks: "Prompts in blocks",
	quality: "Quality scores",
};

/** A field of the log in words. */
export function fieldName(field: string): string {
	return fieldNames[field] ?? words(field);
}

/** The levers that a part unlocks, in words: "prompt-cache" becomes "prompt cache". */
export function leverWords(levers: string): string {
	return levers.replaceAll(/\b([a-z]+)-(?=[a-z])/g, "$1 ");
}

/** How many missing parts are shown at once; they come by what they are worth. */
const shown = 3;

/** The missing parts, all but the first folded. */
export function MissingList({ items }: { items: Missing[] }): JSX.Element {
	const rows = items.map((m) => <MissingRow key={m.field} missing={m} />);
	return (
		<>
			<ul class="missing">{rows.slice(0, shown)}</ul>
			{rows.length > shown && (
				<details class="more-missing">
					<summary>
						{rows.length === shown + 1 ? "One more part" : `${rows.length - shown} more parts`} that would
						help
					</summary>
					<ul class="missing">{rows.slice(shown)}</ul>
				</details>
			)}
		</>
	);
}

/** One missing part: why, what it unlocks, what that is worth and how to get it. */
export function MissingRow({ missing: m }: { missing: Missing }): JSX.Element {
	const worth = m.worth || (m.worth_usd[1] > 0 ? `about ${moneyRange(m.worth_usd)} on this log` : "");
	return (
		<li>
			<h4>{fieldName(m.field)}</h4>
			<p>{sentence(m.why)}</p>
			<dl class="facts">
				{m.unlocks && (
					<div>
						<dt>Unlocks</dt>
						<dd>{sentence(leverWords(m.unlocks))}</dd>
					</div>
				)}
				{worth && (
					<div>
						<dt>Worth</dt>
						<dd>{sentence(worth)}</dd>
					</div>
				)}
			</dl>
			{m.export.length > 0 && (
				<details>
					<summary>How to export it</summary>
					<ol>
						{m.export.map((step) => (
							<li key={step}>{step}</li>
						))}
					</ol>
				</details>
			)}
		</li>
	);
}
