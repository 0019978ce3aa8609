import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectAccessible, launch, open, screenshot, signIn, variants } from "./browser.ts";
import { consoleURL, newUser } from "./cloud.ts";
import { goldenOf, PlayedRun } from "./played.ts";

let browser: Browser;
beforeAll(async () => {
	browser = await launch();
});
afterAll(() => browser.close());

/** Each state of a run: how far the golden run is played, how it ends, and what must be on the page. */
const states = [
	{ name: "queued", upTo: 1, words: "In the queue" },
	{ name: "thinking", upTo: 4, words: "You want to spend 30% less" },
	{ name: "tool", upTo: 7, words: "Log reader" },
	{ name: "retrying", upTo: 8, words: "Started again (attempt 2)" },
	{ name: "denied", upTo: 12, words: "from the Mid plan on" },
	{ name: "asking", upTo: 14, words: "More data would find more" },
	{ name: "failed", upTo: 7, end: "run_failed", words: "The run took longer than its limit." },
	{ name: "stopped", upTo: 7, end: "run_cancelled", words: "You stopped this run" },
];

describe.each([variants[0], variants[3]])("every state of a run, $name", ({ name: look, ...options }) => {
	test.each(states)("$name", async ({ name, upTo, end, words }) => {
		const uid = newUser(name);
		const run = await PlayedRun.create(uid, "Cut our LLM spend by 30%");
		const { page, trouble, context } = await open(browser, options);
		await signIn(page, uid);
		await page.goto(consoleURL() + run.path);
		await run.play(1, upTo);
		if (end) {
			await run.tell(end, "", goldenOf(end).data);
			await run.save();
		}
		await page.getByText(words).first().waitFor();
		await page.locator(`article.run[data-seq="${run.seq}"]`).waitFor();
		await expectAccessible(page, name);
		await screenshot(page, `${look}-state-${name}`);
		expect(trouble).toEqual([]);
		await context.close();
	});
});

test("200 steps of one agent stay readable: the newest are shown, the older unfold", async () => {
	const uid = newUser("many");
	const run = await PlayedRun.create(uid);
	await run.play(1, 6);
	for (let i = 0; i < 200; i++) {
		await run.tell("agent_thinking", "intelligence", {
			thought: `thought ${i}`,
			step: "read",
			progress: i / 200,
		});
	}
	await run.save();
	const { page, context } = await open(browser);
	await signIn(page, uid);
	await page.goto(consoleURL() + run.path);
	await page.locator(`article.run[data-seq="${run.seq}"]`).waitFor();
	await page.getByText("thought 199").waitFor();
	await page.getByText("192 earlier steps").click();
	await page.getByText("thought 0", { exact: true }).waitFor();
	expect(await page.locator(".item.thought").count()).toBe(200);
	await context.close();
});
