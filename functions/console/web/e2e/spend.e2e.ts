import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectAccessible, launch, open, screenshot, signIn, variants } from "./browser.ts";
import { consoleURL, newUser } from "./cloud.ts";
import { PlayedRun } from "./played.ts";

let browser: Browser;
beforeAll(async () => {
	browser = await launch();
});
afterAll(() => browser.close());

/** A report whose plan saves on some teams and users, and costs one user more. */
const report = {
	plan: { cost_before_usd: 100, cost_after_usd: 70, savings_usd: 30, savings_percentage: 30 },
	spend: {
		by_model: [{ key: "openai/gpt-4o", cost_usd: 100, calls: 1000 }],
		by_day: [{ day: "2026-01-01", cost_usd: 100, calls: 1000 }],
		by_tag: [
			{ key: "search", cost_usd: 60, calls: 700, saved_usd: 24 },
			{ key: "support", cost_usd: 30, calls: 200, saved_usd: 6 },
			{ key: "", cost_usd: 10, calls: 100 },
		],
		by_user: [
			{ key: "9f86d081884c7d65", cost_usd: 71, calls: 800, saved_usd: 30.5 },
			{ key: "60303ae22b998861", cost_usd: 25, calls: 150, saved_usd: -0.5 },
			{ key: "", cost_usd: 4, calls: 50 },
		],
	},
};

test.each([variants[0], variants[3]])(
	"spend by team and user says what the plan saves there, $name",
	async ({ name: look, ...options }) => {
		const uid = newUser("spend");
		const run = await PlayedRun.create(uid, "Cut our LLM spend by 30%");
		const { page, trouble, context } = await open(browser, options);
		await signIn(page, uid);
		await page.goto(consoleURL() + run.path);
		await run.play(1, 2);
		await run.artifact("report.json", "application/json", JSON.stringify(report));
		await run.tell("run_completed", "", {
			status: "completed",
			summary: "done",
			duration_ms: 1,
			artifacts: ["report.json"],
		});
		await run.save(["report.json"]);
		await page.getByRole("tab", { name: "Spend" }).click();

		const users = page.getByRole("figure", { name: "Spend by user" });
		const rows = await users.locator("ol.bars li").allInnerTexts();
		expect(rows.map((r) => r.replace(/\s+/g, " "))).toEqual([
			"9f86d081884c7d65 $71.00 71% saves $30.50",
			"60303ae22b998861 $25.00 25% costs $0.50 more",
			"none $4.00 4%",
		]);
		const tags = page.getByRole("figure", { name: "Spend by tag" });
		expect(await tags.locator("ol.bars li").first().innerText()).toMatch(
			/search\s+\$60\.00\s+60%\s+saves \$24\.00/,
		);
		await users.getByText("Show as a table").click();
		await users.getByRole("columnheader", { name: "Saved by the plan" }).waitFor();
		await expectAccessible(page, "spend");
		await screenshot(page, `${look}-spend`);
		expect(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)).toBe(false);
		expect(trouble).toEqual([]);
		await context.close();
	},
);
