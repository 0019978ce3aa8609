import { appendFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ended, launch, open, runNumbers, signIn, startSample } from "./browser.ts";
import { consoleURL, newUser, out } from "./cloud.ts";
import { PlayedRun } from "./played.ts";

let browser: Browser;
beforeAll(async () => {
	browser = await launch();
});
afterAll(() => browser.close());

/** Prints a figure and appends it to out/bench.jsonl. */
function figure(name: string, value: number, unit: string, n: number, note: string): void {
	const line = JSON.stringify({
		name: `console.${name}`,
		value: Math.round(value * 100) / 100,
		unit,
		n,
		note,
	});
	appendFileSync(resolve(out, "bench.jsonl"), `${line}\n`);
	process.stdout.write(`${line}\n`);
}

function quantile(sorted: number[], q: number): number {
	return sorted[Math.min(sorted.length - 1, Math.ceil(q * sorted.length) - 1)] ?? Number.NaN;
}

const events = 500;

test("from the commit of an event to its pixels, over 500 events", async () => {
	const uid = newUser("latency");
	const run = await PlayedRun.create(uid);
	const { page, context } = await open(browser);
	await signIn(page, uid);
	await page.goto(consoleURL() + run.path);
	await run.tell("run_started", "", { route: ["intelligence"] });
	await run.tell("agent_started", "intelligence", { agent: "Data intelligence", position: 1, stages: 1 });
	await page.locator('article.run[data-seq="2"]').waitFor();
	const commits = new Map<number, number>();
	for (let i = 0; i < events; i++) {
		const data = { thought: `measuring ${i}`, step: "measure", progress: i / events };
		const committed = await run.tell("agent_thinking", "intelligence", data);
		commits.set(run.seq, committed);
		await new Promise((r) => setTimeout(r, 30 + (i % 7) * 5));
	}
	await page.locator(`article.run[data-seq="${run.seq}"]`).waitFor();
	await page.waitForTimeout(200);
	const painted = await page.evaluate(() =>
		performance
			.getEntriesByName("netra.painted")
			.map((m) => (m as PerformanceMark).detail as { seq: number; at: number }),
	);
	const waits = [...commits].map(([seq, at]) => (painted.find((p) => p.seq >= seq)?.at ?? Number.NaN) - at);
	if (process.env.NETRA_WAITS) process.stdout.write(`${waits.join(" ")}\n`);
	waits.sort((a, b) => a - b);
	expect(waits.filter(Number.isFinite)).toHaveLength(events);
	const note = "Firestore emulator's commit time to the frame with the event, headless Chromium, one machine";
	figure("event_to_pixels_p50", quantile(waits, 0.5), "ms", events, note);
	figure("event_to_pixels_p99", quantile(waits, 0.99), "ms", events, note);
	const { seq, reads } = await runNumbers(page);
	figure(
		"reads_over_events_500",
		reads - seq,
		"reads",
		1,
		`Firestore reads beyond one an event, run of ${seq} events`,
	);
	expect(reads).toBeLessThanOrEqual(seq + 10);
	await context.close();
});

test("the reads of a watched run are one an event, plus at most ten", async () => {
	const { page, context } = await open(browser);
	await signIn(page, newUser("reads"));
	await startSample(page);
	await ended(page);
	const { seq, reads } = await runNumbers(page);
	figure("reads_per_run", reads, "reads", 1, `run on the sample log with ${seq} events, first look included`);
	expect(reads).toBeLessThanOrEqual(seq + 10);
	await context.close();
});

test("the first page is small and soon ready on a slow processor", async () => {
	const context = await browser.newContext();
	const page = await context.newPage();
	const session = await context.newCDPSession(page);
	await session.send("Network.enable");
	await session.send("Emulation.setCPUThrottlingRate", { rate: 4 });
	let bytes = 0;
	session.on("Network.loadingFinished", (e) => {
		bytes += e.encodedDataLength;
	});
	const start = Date.now();
	await page.goto(consoleURL());
	await page.getByRole("button", { name: "Try it on the sample log" }).click({ trial: true });
	const ready = Date.now() - start;
	await page.waitForLoadState("networkidle");
	figure("first_page_kb", bytes / 1000, "kB", 1, "compressed, everything that the first page loads");
	figure(
		"interactive_4x_ms",
		ready,
		"ms",
		1,
		"first page, processor slowed 4 times, until the first button can be clicked",
	);
	expect(bytes).toBeLessThan(250_000);
	await context.close();
});

test("what a whole session loads stays small, Firestore's code included", async () => {
	const { page, context } = await open(browser);
	const session = await context.newCDPSession(page);
	await session.send("Network.enable");
	await session.send("Network.setCacheDisabled", { cacheDisabled: true });
	let bytes = 0;
	const scripts = new Set<string>();
	session.on("Network.responseReceived", (e) => {
		if (e.response.url.startsWith(consoleURL())) scripts.add(e.requestId);
	});
	session.on("Network.loadingFinished", (e) => {
		if (scripts.has(e.requestId)) bytes += e.encodedDataLength;
	});
	await page.reload();
	await signIn(page, newUser("size"));
	await startSample(page);
	await ended(page);
	figure("session_kb", bytes / 1000, "kB", 1, "compressed files of the console for a whole watched run");
	await context.close();
});
