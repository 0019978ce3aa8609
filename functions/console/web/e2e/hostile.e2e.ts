import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectAccessible, launch, open, screenshot, signIn, unfold } from "./browser.ts";
import { consoleURL, newUser } from "./cloud.ts";
import { PlayedRun } from "./played.ts";

let browser: Browser;
beforeAll(async () => {
	browser = await launch();
});
afterAll(() => browser.close());

const evil = `"><img src=x onerror="window.pwned=1"><script>window.pwned=1</script><a href="javascript:window.pwned=1">x</a>`;

/** A report in which every text is an attack and figures are of the wrong kind. */
const report = {
	headline: evil,
	narrative: evil,
	goal: evil,
	sufficiency: {
		score: "<b>9</b>",
		state: evil,
		missing: [{ field: evil, why: evil, unlocks: evil, worth: evil, export: [evil] }],
	},
	log: {
		format: evil,
		rows: 10,
		calls: 10,
		flagged: [{ line: 1, reason: evil, reported_cost_usd: 1e12 }],
		notes: [{ text: evil }],
		unpriced: { calls: 1, models: [evil] },
		coverage: { [evil]: 0.5 },
	},
	plan: {
		cost_before_usd: 100,
		cost_after_usd: 50,
		savings_usd: 50,
		savings_percentage: 50,
		interval_90: [40, 60],
		verdict: evil,
		steps: [{ lever: evil, title: evil, marginal_usd: 50, alone_usd: 60 }],
		monthly: { savings_usd: 5, basis: evil },
	},
	recommendations: ["proposed", "optional"].map((status) => ({
		lever: evil + status,
		title: `${status} ${evil}`,
		status,
		summary: evil,
		estimated_savings_usd: 50,
		effort: evil,
		risk: evil,
		risk_note: evil,
		rollback: evil,
		verify: evil,
		assumptions: [evil, evil],
		steps: [evil],
		evidence: { calls: 1, rows: [{ line: 1, time: evil, model: evil, hash: evil }] },
	})),
	spend: {
		by_model: [{ key: evil, cost_usd: 1, calls: 1 }],
		by_day: [{ day: evil, cost_usd: 1 }],
		by_tag: [{ key: evil, cost_usd: 1 }],
		by_user: [{ key: evil, cost_usd: 1, saved_usd: evil }],
	},
	findings: [{ text: evil }],
	caveats: [evil, "x".repeat(5000)],
};

test("hostile events, report and files are shown as the text that they are", async () => {
	const uid = newUser("hostile");
	const run = await PlayedRun.create(uid, evil);
	const { page, trouble, context } = await open(browser);
	const dialogs: string[] = [];
	page.on("dialog", (d) => {
		dialogs.push(d.message());
		void d.dismiss();
	});
	await signIn(page, uid);
	await page.goto(consoleURL() + run.path);
	const stage = "triage";
	await run.tell("run_started", "", { route: [stage, evil] });
	await run.tell("agent_started", stage, { agent: evil, position: 1, stages: 2 });
	await run.tell("agent_thinking", stage, { thought: evil, step: evil, progress: 9e99 });
	await run.tell("tool_executing", stage, { tool: evil, purpose: evil, parameters: { evil } });
	await run.tell("tool_completed", stage, {
		tool: evil,
		success: false,
		duration_ms: -5,
		summary: evil,
		denied: { permission: evil, plan: evil },
	});
	await run.tell("partial_result", stage, { title: evil, summary: evil, data: { evil } });
	await run.tell("stage_retrying", stage, { attempt: 2, reason: evil });
	await page.locator(`article.run[data-seq="${run.seq}"]`).waitFor();
	const names = ["report.json", "report.md", "evil.yaml"];
	await run.artifact("report.json", "application/json", JSON.stringify(report));
	await run.artifact("report.md", "text/markdown", evil);
	await run.artifact("evil.yaml", "text/html", evil);
	await run.tell("agent_completed", stage, { summary: evil, result: { evil }, duration_ms: 1 });
	await run.tell("run_completed", "", {
		status: "completed",
		summary: evil,
		duration_ms: 1,
		artifacts: names,
	});
	await run.save(names);
	await page.locator(".headline").waitFor();

	for (const tab of ["Plan", "Evidence", "Spend", "Data", "Apply"]) {
		await page.getByRole("tab", { name: tab }).click();
		await unfold(page, ".results");
		await expectAccessible(page, `hostile ${tab}`);
	}
	await page.getByText("javascript:window.pwned").first().waitFor();
	await screenshot(page, "desktop-light-hostile");
	await unfold(page, "article.run");
	expect(await page.evaluate(() => (window as { pwned?: number }).pwned)).toBeUndefined();
	expect(await page.locator("main :is(img, script, iframe, a[href^='javascript'])").count()).toBe(0);
	expect(dialogs).toEqual([]);
	expect(trouble).toEqual([]);
	await context.close();
});

test("the policy keeps a script out even if markup got in", async () => {
	const { page, context } = await open(browser);
	await page.getByRole("heading", { level: 1 }).waitFor();
	await page.evaluate(() => {
		const script = document.createElement("script");
		script.textContent = "window.pwned = 1";
		document.body.append(script);
		document.body.insertAdjacentHTML("beforeend", `<img src=x onerror="window.pwned = 1">`);
	});
	await page.waitForTimeout(300);
	expect(await page.evaluate(() => (window as { pwned?: number }).pwned)).toBeUndefined();
	await context.close();
});

test("an event that cannot be read is told, and the page goes on working", async () => {
	const uid = newUser("broken");
	const run = await PlayedRun.create(uid);
	await run.play(1, 4);
	const { page, context } = await open(browser);
	await signIn(page, uid);
	await page.goto(consoleURL() + run.path);
	await page.locator('article.run[data-seq="4"]').waitFor();
	await run.tell("agent_dreaming", "triage", { dream: evil });
	await page.locator("article.run [role=alert]").waitFor();
	await page.getByRole("link", { name: "New question", exact: true }).click();
	await page.getByRole("heading", { name: "What do you want to save?" }).waitFor();
	await context.close();
});
