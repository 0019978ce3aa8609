import { describe, expect, test } from "vitest";
import { parseEvent, type RunEvent } from "./event.ts";
import { goldenRaw, goldenRun } from "./golden.ts";
import { reduce, reduceAll } from "./reduce.ts";
import { type AgentEntry, emptyView, isFinal, openRequest, type RunView, stagesToCome } from "./view.ts";

const run = goldenRun();
const upTo = (seq: number) =>
	reduceAll(
		emptyView,
		run.filter((e) => e.seq <= seq),
	);
const told = (type: string) => upTo(run.find((e) => e.type === type)?.seq ?? 0);

function agent(view: RunView, stage: string): AgentEntry {
	const found = view.entries.findLast((e) => e.kind === "agent" && e.stage === stage);
	if (found?.kind !== "agent") throw new Error(`no entry of ${stage}`);
	return found;
}

function event(seq: number, type: string, stage: string, data: object, attempt = 1): RunEvent {
	return parseEvent({
		seq,
		type,
		stage,
		data,
		attempt,
		run_id: "r",
		thread_id: "t",
		time: "2026-01-01T00:00:00Z",
	});
}

describe("reduce", () => {
	test("tells the whole golden run", () => {
		const view = reduceAll(emptyView, run);
		expect(view.status).toBe("completed");
		expect(view.lastSeq).toBe(run.length);
		expect(view.entries.map((e) => (e.kind === "agent" ? e.stage : e.kind))).toEqual([
			"triage",
			"intelligence",
			"request",
			"optimization",
			"actions",
			"report",
		]);
		expect(view.entries.every((e) => e.kind === "request" || e.state === "done")).toBe(true);
		expect(view.artifacts).toContain("report.json");
		expect(view.summary).toContain("$61.20");
		expect(view.ended).toBeGreaterThan(view.began);
	});

	test("shows the place in the queue until the run starts", () => {
		expect(upTo(1)).toMatchObject({ status: "queued", position: 1 });
		expect(upTo(2)).toMatchObject({ status: "running", position: 0 });
	});

	test("closes a tool that an earlier attempt opened, and keeps the retry in the story", () => {
		const a = agent(upTo(9), "intelligence");
		expect(a.items.map((i) => i.kind)).toEqual(["tool", "retry"]);
		expect(a.items[0]).toMatchObject({ state: "done", durationMs: 1180, purpose: "read message_send.jsonl" });
		expect(a.attempt).toBe(2);
	});

	test("names the permission and the plan of a denied tool", () => {
		const tools = agent(upTo(12), "intelligence").items.filter((i) => i.kind === "tool");
		expect(tools.at(-1)).toMatchObject({
			state: "denied",
			denied: { permission: "benchmark.read", plan: "mid" },
		});
	});

	test("waits for an answer to a data request and goes on after it", () => {
		const waiting = told("data_requested");
		expect(openRequest(waiting)?.request.items[0]?.field).toBe("prompt_hash");
		const answered = told("data_received");
		expect(openRequest(answered)).toBeNull();
		expect(answered.status).toBe("queued");
		expect(answered.entries.at(-1)).toMatchObject({ kind: "request", answer: "continue" });
	});

	test("says which stages are still to come", () => {
		expect(stagesToCome(upTo(2))).toHaveLength(5);
		expect(stagesToCome(upTo(6))).toEqual(["optimization", "actions", "report"]);
		expect(stagesToCome(reduceAll(emptyView, run))).toEqual([]);
	});

	test("ignores an event that it has seen", () => {
		const view = upTo(9);
		for (const e of run.slice(0, 9)) expect(reduce(view, e)).toBe(view);
	});

	test("leaves what did not change as it was", () => {
		const before = told("data_received");
		const next = reduceAll(before, run);
		expect(next.entries[0]).toBe(before.entries[0]);
		expect(next.entries[1]).toBe(before.entries[1]);
		expect(before.entries).toHaveLength(3);
	});

	test.each([
		["run_failed", "failed"],
		["run_cancelled", "cancelled"],
	])("%s ends the run and stops what was open", (type, status) => {
		const raw = goldenRaw().find((e) => e.type === type) ?? {};
		const view = reduce(upTo(7), parseEvent({ ...raw, seq: 8 }));
		expect(view.status).toBe(status);
		expect(isFinal(view.status)).toBe(true);
		expect(agent(view, "intelligence")).toMatchObject({ state: "stopped", items: [{ state: "stopped" }] });
	});

	test("a stage that runs again after new data gets an entry of its own", () => {
		const again = reduceAll(emptyView, [
			event(1, "agent_started", "intelligence", { agent: "Data", position: 1, stages: 2 }),
			event(2, "agent_completed", "intelligence", { summary: "first", result: {}, duration_ms: 1 }),
			event(3, "agent_started", "intelligence", { agent: "Data", position: 1, stages: 2 }),
			event(4, "agent_thinking", "intelligence", { thought: "", step: "read", progress: 3 }),
		]);
		expect(again.entries).toHaveLength(2);
		expect(agent(again, "intelligence")).toMatchObject({
			state: "working",
			progress: 1,
			step: "read",
			items: [],
		});
	});

	test("progress does not go back", () => {
		const start = event(1, "agent_started", "triage", { agent: "T", position: 1, stages: 1 });
		const views = [0.6, 0.2].map((progress, i) =>
			event(i + 2, "agent_thinking", "triage", { thought: "x", step: "s", progress }),
		);
		expect(agent(reduceAll(emptyView, [start, ...views]), "triage").progress).toBe(0.6);
	});

	test("an event of a stage that never started changes nothing but the number", () => {
		const view = reduce(
			emptyView,
			event(1, "agent_thinking", "ghost", { thought: "x", step: "", progress: 0 }),
		);
		expect(view).toMatchObject({ lastSeq: 1, entries: [] });
	});

	test("a tool result without its start is shown all the same", () => {
		const view = reduceAll(emptyView, [
			event(1, "agent_started", "triage", { agent: "T", position: 1, stages: 1 }),
			event(2, "tool_completed", "triage", { tool: "x", success: false, duration_ms: 3, summary: "no" }),
		]);
		expect(agent(view, "triage").items).toMatchObject([{ kind: "tool", tool: "x", state: "failed" }]);
	});
});
