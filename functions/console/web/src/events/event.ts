import type { DataRequest, Failure, RunStatus } from "../cloud/contract.ts";

/** The data of each event type, as shared/run/event.go has it. */
export interface EventData {
	agent_started: { agent: string; position: number; stages: number };
	agent_thinking: { thought: string; step: string; progress: number };
	tool_executing: { tool: string; purpose: string; parameters: Record<string, unknown> };
	tool_completed: {
		tool: string;
		success: boolean;
		duration_ms: number;
		summary: string;
		denied?: { permission: string; plan: string };
	};
	agent_completed: { summary: string; result: Record<string, unknown>; duration_ms: number };
	run_queued: { position: number };
	run_started: { route: string[] };
	stage_retrying: { attempt: number; reason: string };
	partial_result: { title: string; summary: string; data: unknown };
	data_requested: DataRequest;
	data_received: { round: number; answer: string; datasets: string[] };
	run_completed: { status: RunStatus; summary: string; duration_ms: number; artifacts: string[] | null };
	run_failed: Failure;
	run_cancelled: { reason: string };
}

export type EventType = keyof EventData;

interface Common {
	seq: number;
	run_id: string;
	thread_id: string;
	/** The agent that the event is about, or "" for the run as a whole. */
	stage: string;
	attempt: number;
	/** Milliseconds since 1970. */
	time: number;
}

/** One numbered fact about a run. */
export type RunEvent = { [T in EventType]: Common & { type: T; data: EventData[T] } }[EventType];

type Check = (v: unknown) => boolean;
const text: Check = (v) => typeof v === "string";
const count: Check = (v) => typeof v === "number" && Number.isFinite(v);
const flag: Check = (v) => typeof v === "boolean";
const any: Check = () => true;
const map: Check = (v) => typeof v === "object" && v !== null && !Array.isArray(v);
const list: Check = (v) => Array.isArray(v);
const listOrNull: Check = (v) => v === null || Array.isArray(v);

/** What each type must carry; a field too many is allowed, so that Netra can grow. */
const required: { [T in EventType]: Record<string, Check> } = {
	agent_started: { agent: text, position: count, stages: count },
	agent_thinking: { thought: text, step: text, progress: count },
	tool_executing: { tool: text, purpose: text, parameters: any },
	tool_completed: { tool: text, success: flag, duration_ms: count, summary: text },
	agent_completed: { summary: text, result: any, duration_ms: count },
	run_queued: { position: count },
	run_started: { route: list },
	stage_retrying: { attempt: count, reason: text },
	partial_result: { title: text, summary: text, data: any },
	data_requested: { round: count, rounds_left: count, items: list, expires_at: any },
	data_received: { round: count, answer: text, datasets: listOrNull },
	run_completed: { status: text, summary: text, duration_ms: count, artifacts: listOrNull },
	run_failed: { kind: text, reason: text, advice: text },
	run_cancelled: { reason: text },
};

export const eventTypes = Object.keys(required) as EventType[];

/** A Firestore timestamp, an RFC 3339 time, or undefined. */
export function millis(v: unknown): number {
	if (typeof v === "string") return Date.parse(v);
	if (v instanceof Date) return v.getTime();
	const stamp = v as { toMillis?: () => number } | null;
	return typeof stamp?.toMillis === "function" ? stamp.toMillis() : Number.NaN;
}

/** The data of an event may be stored as a map, or as its JSON as text or bytes. */
function dataOf(v: unknown): unknown {
	const blob = v as { toUint8Array?: () => Uint8Array } | null;
	const text = typeof blob?.toUint8Array === "function" ? new TextDecoder().decode(blob.toUint8Array()) : v;
	if (typeof text !== "string") return text;
	try {
		return JSON.parse(text);
	} catch {
		return null;
	}
}

/**
 * Reads an event of the API or of Firestore. An event of an unknown type or
 * without a needed field throws: showing half of it would be a guess.
 */
export function parseEvent(raw: unknown): RunEvent {
	if (!map(raw)) throw new Error("an event is not an object");
	const e = raw as Record<string, unknown>;
	const where = `event ${String(e.seq)} (${String(e.type)})`;
	const fields = required[e.type as EventType];
	if (!fields) throw new Error(`${where}: unknown type`);
	const data = dataOf(e.data);
	if (!map(data)) throw new Error(`${where}: data is not an object`);
	for (const [name, check] of Object.entries(fields)) {
		if (!check((data as Record<string, unknown>)[name]))
			throw new Error(`${where}: ${name} is missing or wrong`);
	}
	const time = millis(e.time);
	if (!Number.isInteger(e.seq) || Number.isNaN(time)) throw new Error(`${where}: number or time is wrong`);
	return {
		seq: e.seq as number,
		type: e.type as EventType,
		run_id: String(e.run_id ?? ""),
		thread_id: String(e.thread_id ?? ""),
		stage: String(e.stage ?? ""),
		attempt: Number(e.attempt ?? 0),
		time,
		data,
	} as RunEvent;
}
