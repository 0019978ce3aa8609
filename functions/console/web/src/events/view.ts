import type { DataRequest, Failure, RunStatus } from "../cloud/contract.ts";

/** What the timeline shows of a run. It is made from events alone. */
export interface RunView {
	lastSeq: number;
	status: RunStatus;
	/** Place in the queue, 1 is next; 0 when not queued or not told. */
	position: number;
	route: string[];
	/** Milliseconds since 1970 of the first and of the last event; 0 before them. */
	began: number;
	ended: number;
	entries: Entry[];
	summary: string;
	failure: Failure | null;
	artifacts: string[];
}

export type Entry = AgentEntry | RequestEntry;

/** One execution of a stage. A stage runs again after a data request: a new entry. */
export interface AgentEntry {
	kind: "agent";
	/** Number of the event that started it. */
	seq: number;
	stage: string;
	agent: string;
	state: "working" | "done" | "stopped";
	attempt: number;
	began: number;
	durationMs: number;
	/** From 0 to 1. */
	progress: number;
	step: string;
	summary: string;
	result: Record<string, unknown>;
	items: Item[];
}

export interface RequestEntry {
	kind: "request";
	seq: number;
	request: DataRequest;
	/** "" while it is open, else data, continue or expired. */
	answer: string;
}

export type Item =
	| { kind: "thought"; seq: number; text: string }
	| ToolItem
	| { kind: "partial"; seq: number; title: string; summary: string; data: unknown }
	| { kind: "retry"; seq: number; attempt: number; reason: string };

export interface ToolItem {
	kind: "tool";
	seq: number;
	tool: string;
	purpose: string;
	state: "running" | "done" | "failed" | "denied" | "stopped";
	began: number;
	durationMs: number;
	summary: string;
	denied: { permission: string; plan: string } | null;
}

export const emptyView: RunView = {
	lastSeq: 0,
	status: "queued",
	position: 0,
	route: [],
	began: 0,
	ended: 0,
	entries: [],
	summary: "",
	failure: null,
	artifacts: [],
};

export function isFinal(status: RunStatus): boolean {
	return status !== "queued" && status !== "running" && status !== "waiting";
}

/** The request that waits for an answer, or null. */
export function openRequest(view: RunView): RequestEntry | null {
	const last = view.entries.at(-1);
	return view.status === "waiting" && last?.kind === "request" && last.answer === "" ? last : null;
}

/** The stages of the route that have not started since the last data request. */
export function stagesToCome(view: RunView): string[] {
	if (isFinal(view.status)) return [];
	const agents = view.entries.filter((e) => e.kind === "agent");
	const last = agents.at(-1);
	return last ? view.route.slice(view.route.indexOf(last.stage) + 1) : view.route;
}
