import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { Icon } from "../app/icon.tsx";
import { announce } from "../app/live.tsx";
import { api, wordsOf } from "../app/session.ts";
import { fileWords, isReport, mediaOf } from "./files.ts";
import type { Report } from "./model.ts";

/** Configuration files to copy or download, the report in every form, and the checks to run after. */
export function Apply({
	run,
	artifacts,
	report,
}: {
	run: string;
	artifacts: string[];
	report: Report;
}): JSX.Element {
	const files = artifacts.filter((a) => !isReport(a));
	const checks = report.levers.filter((l) => l.status === "proposed" && l.verify);
	return (
		<div class="stack wide-gap">
			<section class="stack" aria-labelledby="files">
				<h3 id="files">Configuration to apply</h3>
				{files.length === 0 && <p class="muted">This plan changes nothing that a file could hold.</p>}
				{files.map((name) => (
					<FileCard key={name} run={run} name={name} />
				))}
			</section>
			{checks.length > 0 && (
				<section aria-labelledby="checks">
					<h3 id="checks">Check that it worked</h3>
					<ul>
						{checks.map((l) => (
							<li key={l.lever}>
								<strong>{l.title}</strong>: {l.verify}
							</li>
						))}
					</ul>
				</section>
			)}
			<section class="stack" aria-labelledby="report-files">
				<h3 id="report-files">The report to share</h3>
				<div class="row wrap">
					{artifacts.filter(isReport).map((name) => (
						<DownloadButton key={name} run={run} name={name} />
					))}
					<button type="button" class="button" onClick={() => window.print()}>
						<Icon name="print" />
						Print or save as PDF
					</button>
				</div>
			</section>
		</div>
	);
}

function useFile(run: string, name: string) {
	const problem = useSignal("");
	const get = async (): Promise<Blob | null> => {
		problem.value = "";
		try {
			return await (await api.value.artifact(run, name)).blob();
		} catch (e) {
			problem.value = wordsOf(e);
			return null;
		}
	};
	return { problem, get };
}

function save(name: string, blob: Blob): void {
	const url = URL.createObjectURL(new Blob([blob], { type: mediaOf(name) }));
	const link = document.createElement("a");
	link.href = url;
	link.download = name;
	link.click();
	setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

function DownloadButton({ run, name }: { run: string; name: string }): JSX.Element {
	const file = useFile(run, name);
	const download = async () => {
		const blob = await file.get();
		if (blob) save(name, blob);
	};
	return (
		<>
			<button type="button" class="button" onClick={() => void download()}>
				<Icon name="download" />
				{fileWords(name)}
			</button>
			{file.problem.value && (
				<span class="bad-text" role="alert">
					{file.problem.value}
				</span>
			)}
		</>
	);
}

/** A file's text is fetched when it is looked at or copied, and shown as text. */
function FileCard({ run, name }: { run: string; name: string }): JSX.Element {
	const file = useFile(run, name);
	const content = useSignal("");
	const copied = useSignal(false);
	const text = async () => {
		if (!content.value) content.value = (await (await file.get())?.text()) ?? "";
		return content.value;
	};
	const copy = async () => {
		const body = await text();
		if (!body) return;
		try {
			await navigator.clipboard.writeText(body);
			copied.value = true;
			announce(`${name} is copied.`);
		} catch {
			file.problem.value = "The browser does not allow copying. Open the file and copy it by hand.";
		}
	};
	return (
		<details class="file" onToggle={(e) => e.currentTarget.open && void text()}>
			<summary>
				<Icon name="file" />
				<span class="grow">
					<strong>{name}</strong>
					<span class="muted">{fileWords(name)}</span>
				</span>
			</summary>
			<div class="row file-tools">
				<button type="button" class="button small" onClick={() => void copy()}>
					<Icon name={copied.value ? "check" : "copy"} />
					{copied.value ? "Copied" : "Copy"}
				</button>
				<DownloadButton run={run} name={name} />
			</div>
			{file.problem.value && (
				<p class="note bad" role="alert">
					{file.problem.value}
				</p>
			)}
			{/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
			<section class="code" tabIndex={0} aria-label={`Content of ${name}`}>
				<pre>{content.value || "Loading…"}</pre>
			</section>
		</details>
	);
}
