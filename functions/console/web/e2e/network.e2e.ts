import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launch, open, runNumbers, signIn, unfold } from "./browser.ts";
import { consoleURL, newUser } from "./cloud.ts";
import { goldenRun, PlayedRun } from "./played.ts";

let browser: Browser;
beforeAll(async () => {
	browser = await launch();
});
afterAll(() => browser.close());

async function watching(name: string, before = 6) {
	const uid = newUser(name);
	const run = await PlayedRun.create(uid);
	await run.play(1, before);
	const opened = await open(browser);
	await signIn(opened.page, uid);
	await opened.page.goto(consoleURL() + run.path);
	await shows(opened.page, before);
	return { uid, run, ...opened };
}

/** Waits until the page shows all events up to a number. */
function shows(page: Page, seq: number, timeout = 60_000): Promise<void> {
	return page.locator(`article.run[data-seq="${seq}"]`).waitFor({ timeout });
}

/** The story as text: equal stories have the same events in the same order. */
async function story(page: Page): Promise<string> {
	await unfold(page, "article.run");
	const text = await page.locator(".timeline").innerText();
	return text.replaceAll(/\d+:\d\d/g, "");
}

test("a reload in the middle of a run loses nothing and shows nothing twice", async () => {
	const { run, page, context } = await watching("reload");
	await run.play(7, 10);
	await shows(page, 10);
	const before = await story(page);
	await page.reload();
	await shows(page, 10);
	expect(await story(page)).toBe(before);
	await run.play(11, 13);
	await shows(page, 13);
	await context.close();
});

test("a cut network: the page says so, and catches up in order when it is back", async () => {
	const { run, page, context } = await watching("offline");
	await context.setOffline(true);
	await page.getByText("You are offline").waitFor();
	await run.play(7, 13);
	expect((await runNumbers(page)).seq).toBe(6);
	await context.setOffline(false);
	await shows(page, 13);
	expect(await page.getByText("You are offline").count()).toBe(0);
	const text = await story(page);
	expect(text.split("Log reader")).toHaveLength(2);
	const { reads } = await runNumbers(page);
	expect(reads).toBeLessThanOrEqual(13 + 10);
	await context.close();
});

test("a second tab tells the same story", async () => {
	const { run, page, context } = await watching("tabs");
	const second = await context.newPage();
	await second.goto(consoleURL() + run.path);
	await run.play(7, 13);
	await Promise.all([shows(page, 13), shows(second, 13)]);
	expect(await story(second)).toBe(await story(page));
	await context.close();
});

test("a listener that says nothing without an error is found out", async () => {
	const uid = newUser("silent");
	const run = await PlayedRun.create(uid);
	await run.play(1, 9);
	const { page, context } = await open(browser);
	await signIn(page, uid);
	// Every request of the listener hangs for ever.
	await page.route("**/google.firestore.v1.Firestore/Listen/**", () => {});
	await page.goto(consoleURL() + run.path);
	await shows(page, 9, 90_000);
	await page.unroute("**/google.firestore.v1.Firestore/Listen/**");
	await context.close();
});

test("a missing number is waited for, not skipped", async () => {
	const { run, page, context } = await watching("gap");
	const [, second] = [goldenRun[6], goldenRun[3]];
	const data = second?.data ?? {};
	await run.tellAt(8, "agent_thinking", "intelligence", { ...data, thought: "eighth" });
	await page.waitForTimeout(1500);
	expect((await runNumbers(page)).seq).toBe(6);
	expect(await page.getByText("eighth").count()).toBe(0);
	await run.tellAt(7, "agent_thinking", "intelligence", { ...data, thought: "seventh" });
	await shows(page, 8);
	const text = await story(page);
	expect(text.indexOf("seventh")).toBeLessThan(text.indexOf("eighth"));
	await context.close();
});

test("a data request is answered in place", async () => {
	const { page, context } = await watching("answer", 14);
	await page.getByRole("button", { name: "Go on without it" }).click();
	await page.getByText("You let it go on with what there is").waitFor();
	expect(await page.locator(".request").count()).toBe(0);
	expect((await runNumbers(page)).seq).toBeGreaterThanOrEqual(15);
	await context.close();
});

const log = `TIMESTAMP,ContextTokens,GeneratedTokens\n${"2023-11-16 18:15:46.6805900,374,44\n".repeat(300)}`;
const csv = { name: "conv.csv", mimeType: "text/csv", buffer: Buffer.from(log) };

test("a data request is answered with data, in place", async () => {
	const { page, context } = await watching("data", 14);
	await page.getByLabel("Choose log files").setInputFiles(csv);
	await page.locator(".request .attachment .facts").waitFor();
	await page.getByRole("button", { name: "Go on with this data" }).click();
	await page.getByText("You added data").waitFor();
	expect(await page.locator(".request").count()).toBe(0);
	await context.close();
});

test("the stop button stops a run", async () => {
	const { page, context } = await watching("stop");
	await page.getByRole("button", { name: "Stop", exact: true }).click();
	await page.getByText("You stopped this run").waitFor();
	expect((await runNumbers(page)).seq).toBe(7);
	await context.close();
});

test("a part of an upload that is lost on the way is sent again", async () => {
	const { page, context } = await open(browser);
	await signIn(page, newUser("parts"));
	let tries = 0;
	await page.route("**/upload/**", (route) => {
		if (route.request().method() === "PUT" && tries++ === 0) return route.abort("connectionreset");
		return route.continue();
	});
	await page.getByLabel("Choose log files").setInputFiles(csv);
	await page.locator(".attachment .facts").waitFor();
	expect(tries).toBe(2);
	await context.close();
});

test("an upload that failed for good can be tried again, and goes on with the same data set", async () => {
	const { page, context } = await open(browser);
	await signIn(page, newUser("again"));
	const created: string[] = [];
	page.on("request", (r) => {
		if (r.method() === "POST" && r.url().endsWith("/api/datasets")) created.push(r.url());
	});
	await page.route("**/upload/**", (route) => route.abort("connectionreset"));
	await page.getByLabel("Choose log files").setInputFiles(csv);
	await page.getByText("The connection was lost during the upload.").waitFor({ timeout: 90_000 });
	await page.unroute("**/upload/**");
	await page.getByRole("button", { name: "Try again" }).click();
	await page.locator(".attachment .facts").waitFor();
	expect(created).toHaveLength(1);
	await context.close();
});
