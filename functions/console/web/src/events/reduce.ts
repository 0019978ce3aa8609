import type { EventData, RunEvent } from "./event.ts";
import type { AgentEntry, Entry, Item, RunView, ToolItem } from "./view.ts";

/**
 * Makes the next view of a run from one event. Pure: nothing of the old view is
 * changed, and what did not change keeps its identity, so that only the changed
 * part of the page is drawn again. Events come in order (see Sequence).
 */
export function reduce(view: RunView, event: RunEvent): RunView {
	if (event.seq <= view.lastSeq) return view;
	return apply({ ...view, lastSeq: event.seq, began: view.began || event.time }, event);
}

/** Applies several events. */
export function reduceAll(view: RunView, events: Iterable<RunEvent>): RunView {
	let next = view;
	for (const event of events) next = reduce(next, event);
	return next;
}

function apply(view: RunView, e: RunEvent): RunView {
	switch (e.type) {
		case "run_queued":
			return { ...view, status: "queued", position: e.data.position };
		case "run_started":
			return { ...view, status: "running", position: 0, route: e.data.route };
		case "agent_started":
			return { ...view, status: "running", entries: [...settled(view.entries), started(e.data, e)] };
		case "agent_thinking":
			return think(view, e.data, e);
		case "tool_executing":
			return add(view, e.stage, executing(e.data, e));
		case "tool_completed":
			return onAgent(view, e.stage, (a) => ({ ...a, items: closeTool(a.items, e.data, e) }));
		case "partial_result":
			return add(view, e.stage, { kind: "partial", seq: e.seq, ...e.data });
		case "stage_retrying":
			return onAgent(view, e.stage, (a) => ({
				...a,
				attempt: e.data.attempt,
				items: [...a.items, { kind: "retry", seq: e.seq, ...e.data }],
			}));
		case "agent_completed":
			return onAgent(view, e.stage, (a) => ({
				...settle(a, "done"),
				progress: 1,
				summary: e.data.summary,
				result: e.data.result ?? {},
				durationMs: e.data.duration_ms,
			}));
		case "data_requested":
			return {
				...view,
				status: "waiting",
				entries: [...view.entries, { kind: "request", seq: e.seq, request: e.data, answer: "" }],
			};
		case "data_received":
			return { ...view, status: "queued", entries: view.entries.map((x) => answer(x, e.data.answer)) };
		case "run_completed":
			return {
				...end(view, e.time),
				status: e.data.status === "expired" ? "expired" : "completed",
				summary: e.data.summary,
				artifacts: e.data.artifacts ?? [],
			};
		case "run_failed":
			return { ...end(view, e.time), status: "failed", failure: e.data };
		case "run_cancelled":
			return { ...end(view, e.time), status: "cancelled", summary: e.data.reason };
	}
}

function started(d: EventData["agent_started"], e: RunEvent): AgentEntry {
	return {
		kind: "agent",
		seq: e.seq,
		stage: e.stage,
		agent: d.agent,
		state: "working",
		attempt: e.attempt,
		began: e.time,
		durationMs: 0,
		progress: 0,
		step: "",
		summary: "",
		result: {},
		items: [],
	};
}

function think(view: RunView, d: EventData["agent_thinking"], e: RunEvent): RunView {
	return onAgent(view, e.stage, (a) => ({
		...a,
		step: d.step,
		// Progress never goes back, also not when an attempt starts over.
		progress: Math.max(a.progress, Math.min(1, d.progress)),
		items: d.thought ? [...a.items, { kind: "thought", seq: e.seq, text: d.thought }] : a.items,
	}));
}

function executing(d: EventData["tool_executing"], e: RunEvent): ToolItem {
	return {
		kind: "tool",
		seq: e.seq,
		tool: d.tool,
		purpose: d.purpose,
		state: "running",
		began: e.time,
		durationMs: 0,
		summary: "",
		denied: null,
	};
}

/** Closes the newest open call of the tool; a call that was never told gets a line of its own. */
function closeTool(items: Item[], d: EventData["tool_completed"], e: RunEvent): Item[] {
	const result = {
		state: d.denied ? ("denied" as const) : d.success ? ("done" as const) : ("failed" as const),
		durationMs: d.duration_ms,
		summary: d.summary,
		denied: d.denied ?? null,
	};
	const at = items.findLastIndex((i) => i.kind === "tool" && i.tool === d.tool && i.state === "running");
	const open = items[at];
	if (open?.kind !== "tool") {
		const whole: ToolItem = { kind: "tool", seq: e.seq, tool: d.tool, purpose: "", began: e.time, ...result };
		return [...items, whole];
	}
	return items.with(at, { ...open, ...result });
}

function add(view: RunView, stage: string, item: Item): RunView {
	return onAgent(view, stage, (a) => ({ ...a, items: [...a.items, item] }));
}

/** Changes the newest entry of the stage. */
function onAgent(view: RunView, stage: string, change: (a: AgentEntry) => AgentEntry): RunView {
	const at = view.entries.findLastIndex((x) => x.kind === "agent" && x.stage === stage);
	const agent = view.entries[at];
	if (agent?.kind !== "agent") return view;
	return { ...view, entries: view.entries.with(at, change(agent)) };
}

function answer(entry: Entry, how: string): Entry {
	return entry.kind === "request" && entry.answer === "" ? { ...entry, answer: how } : entry;
}

function settle(a: AgentEntry, state: "done" | "stopped"): AgentEntry {
	const items = a.items.some((i) => i.kind === "tool" && i.state === "running")
		? a.items.map((i) =>
				i.kind === "tool" && i.state === "running" ? { ...i, state: "stopped" as const } : i,
			)
		: a.items;
	return { ...a, state, items };
}

function settled(entries: Entry[]): Entry[] {
	return entries.map((x) => (x.kind === "agent" && x.state === "working" ? settle(x, "stopped") : x));
}

function end(view: RunView, time: number): RunView {
	return { ...view, ended: time, position: 0, entries: settled(view.entries) };
}
