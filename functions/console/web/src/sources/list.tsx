import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { AskDialog } from "../app/dialog.tsx";
import { Icon } from "../app/icon.tsx";
import { account, wordsOf } from "../app/session.ts";
import { planTitle } from "../app/sidebar.tsx";
import type { Source, SourceList as Sources } from "../cloud/contract.ts";
import { SourceForm } from "./credential.tsx";
import { sorted, storedWords } from "./form.ts";
import { loadSources, remove, sources, store } from "./state.ts";

interface Props {
	/** Where a run waits for data: fetches its log from the source. */
	fetch?: (source: string) => void;
	/** Nothing may be started now. */
	busy?: boolean;
	/** The heading level of a source's name. */
	heading: "h2" | "h3";
}

/** The sources of logs, each with its credential to store, replace or remove. */
export function SourceList(props: Props): JSX.Element {
	const problem = useSignal("");
	const load = async () => {
		problem.value = "";
		try {
			await loadSources();
		} catch (e) {
			problem.value = wordsOf(e);
		}
	};
	useEffect(() => void load(), []);
	const list = sources.value;
	if (problem.value) {
		return (
			<p class="note bad" role="alert">
				{problem.value}{" "}
				<button type="button" class="button small" onClick={() => void load()}>
					Try again
				</button>
			</p>
		);
	}
	if (!list) return <div class="skeleton block" aria-busy="true" />;
	return (
		<>
			{!list.may_fetch && <TooSmall list={list} />}
			{(list.may_fetch || !props.fetch) && (
				<ul class="sources">
					{sorted(list.sources).map((s) => (
						<SourceRow key={s.source} source={s} mayFetch={list.may_fetch} {...props} />
					))}
				</ul>
			)}
		</>
	);
}

function TooSmall({ list }: { list: Sources }): JSX.Element {
	const plans = account.value?.plans ?? [];
	const lowest = planTitle(plans.find((p) => p.name === list.lowest_plan) ?? { name: list.lowest_plan });
	const mine = account.value ? ` Yours is ${planTitle(account.value.plan)}.` : "";
	return (
		<p class="note">
			<Icon name="lock" /> Netra fetches logs on the {lowest} plan and larger.{mine} You can always upload an
			export of the log.
		</p>
	);
}

interface RowProps extends Props {
	source: Source;
	mayFetch: boolean;
}

function SourceRow({ source: s, mayFetch, fetch, busy = false, heading: Name }: RowProps): JSX.Element {
	const open = useSignal(false);
	const removing = useSignal(false);
	const said = useSignal("");
	const toggle = useRef<HTMLButtonElement>(null);
	const form = `source-${s.source}`;
	const done = (words: string) => {
		open.value = false;
		said.value = words;
		toggle.current?.focus();
	};
	return (
		<li class={`source ${s.stored ? "stored" : ""}`} data-source={s.source}>
			<div class="source-head">
				<div class="grow">
					<Name class="source-name">{s.title}</Name>
					<p class={`small-text ${s.stored ? "good" : "muted"}`}>
						{s.stored && <Icon name="check" />} {storedWords(s)}
					</p>
				</div>
				<span class="row wrap">
					{fetch && s.stored && mayFetch && (
						<button
							type="button"
							class="button small primary"
							disabled={busy}
							onClick={() => fetch(s.source)}
						>
							Fetch from {s.title}
						</button>
					)}
					{mayFetch && (
						<button
							type="button"
							class="button small"
							ref={toggle}
							aria-expanded={open.value}
							aria-controls={form}
							onClick={() => {
								open.value = !open.value;
								said.value = "";
							}}
						>
							{open.value ? "Close" : s.stored ? "Replace" : "Store a key"}
							<span class="sr"> for {s.title}</span>
						</button>
					)}
					{s.stored && !fetch && (
						<button type="button" class="button small" onClick={() => (removing.value = true)}>
							Remove<span class="sr"> the key for {s.title}</span>
						</button>
					)}
				</span>
			</div>
			<p class="small-text said" role="status">
				{said.value}
			</p>
			<div id={form} hidden={!open.value}>
				{open.value && (
					<SourceForm
						source={s}
						save={async (credential) => {
							await store(s.source, credential);
							done("Stored. Nobody can read it back, here or over the API.");
						}}
					/>
				)}
			</div>
			{removing.value && (
				<AskDialog
					title={`Remove the key for ${s.title}?`}
					text="It is deleted for good, and Netra fetches nothing from there any more. Logs that were fetched stay with their runs. The key itself still works until you revoke it at the source."
					action="Remove"
					danger
					close={() => {
						removing.value = false;
					}}
					then={async () => {
						await remove(s.source);
						done("Removed.");
					}}
				/>
			)}
		</li>
	);
}
