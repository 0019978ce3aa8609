import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { api, wordsOf } from "../app/session.ts";
import { Hatch } from "../charts/bar.tsx";
import type { Run } from "../cloud/contract.ts";
import { Answered } from "./answer.tsx";
import { Apply } from "./apply.tsx";
import { type Comparison, compare } from "./compare.ts";
import { Difference } from "./difference.tsx";
import { EvidenceTab } from "./evidence.tsx";
import { Headline } from "./headline.tsx";
import { Levers } from "./levers.tsx";
import type { Report } from "./model.ts";
import { readReport } from "./parse.ts";
import { DataTab } from "./quality.tsx";
import { SpendTab } from "./spend.tsx";
import { Tabs } from "./tabs.tsx";

interface ResultsProps {
	run: Run;
	artifacts: string[];
	/** Prepares a follow-up question. */
	ask: (goal: string) => void;
}

/** Loads the report of a run that has ended and shows it. */
export function Results({ run, artifacts, ask }: ResultsProps): JSX.Element {
	const report = useSignal<Report | null>(null);
	const last = useSignal<Comparison | null>(null);
	const problem = useSignal("");
	const load = async () => {
		problem.value = "";
		try {
			report.value = await fetchReport(run.id);
		} catch (e) {
			problem.value = wordsOf(e);
			return;
		}
		// The last plan may be gone, or have had no report: then there is no difference to show.
		const before = run.previous ? await fetchReport(run.previous).catch(() => null) : null;
		if (before && report.value) last.value = compare(before, report.value);
	};
	useEffect(() => void load(), [run.id]);

	if (problem.value) {
		return (
			<div class="note bad" role="alert">
				<p>The report could not be read. {problem.value}</p>
				<button type="button" class="button small" onClick={() => void load()}>
					Try again
				</button>
			</div>
		);
	}
	if (!report.value) return <ResultsSkeleton />;
	return <Shown run={run} report={report.value} difference={last.value} artifacts={artifacts} ask={ask} />;
}

async function fetchReport(run: string): Promise<Report> {
	const answer = await api.value.artifact(run, "report.json");
	return readReport(await answer.json());
}

function ResultsSkeleton(): JSX.Element {
	return (
		<div class="stack results-skeleton" aria-busy="true">
			<span class="sr">Loading the plan</span>
			<div class="skeleton title" />
			<div class="skeleton block" />
			<div class="skeleton block" />
		</div>
	);
}

interface ShownProps extends ResultsProps {
	report: Report;
	difference: Comparison | null;
}

function Shown({ run, report, difference, artifacts, ask }: ShownProps): JSX.Element {
	return (
		<div class="results stack">
			<Hatch />
			<Headline report={report} />
			<Answered report={report} ask={ask} />
			{difference && <Difference d={difference} />}
			<Tabs
				label="Parts of the plan"
				first={report.levers.length === 0 ? "data" : "plan"}
				tabs={[
					{ id: "plan", name: "Plan", body: <Levers report={report} ask={ask} /> },
					{ id: "evidence", name: "Evidence", body: <EvidenceTab report={report} /> },
					{ id: "spend", name: "Spend", body: <SpendTab report={report} /> },
					{ id: "data", name: "Data", body: <DataTab report={report} /> },
					{ id: "apply", name: "Apply", body: <Apply run={run.id} artifacts={artifacts} report={report} /> },
				]}
			/>
		</div>
	);
}
