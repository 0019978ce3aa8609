import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
	ended,
	expectAccessible,
	launch,
	open,
	runNumbers,
	screenshot,
	signIn,
	startSample,
	unfold,
	variants,
} from "./browser.ts";
import { newUser } from "./cloud.ts";

let browser: Browser;
beforeAll(async () => {
	browser = await launch();
});
afterAll(() => browser.close());

const tabs = ["Plan", "Evidence", "Spend", "Data", "Apply"];

describe.each(variants)("the whole journey, $name", ({ name, ...look }) => {
	test("from the first page over a live run to the configuration and the next question", async () => {
		const { page, trouble, context } = await open(browser, look);
		await page.getByRole("heading", { level: 1 }).waitFor();
		await expectAccessible(page, "welcome");
		await screenshot(page, `${name}-1-welcome`);

		await signIn(page, newUser(name));
		await expectAccessible(page, "ask");
		await screenshot(page, `${name}-2-ask`);

		await startSample(page);
		// A short run may be over by now, and its story folded.
		await page.locator(".entry").first().waitFor({ state: "attached" });
		await expectAccessible(page, "watch");
		await screenshot(page, `${name}-3-watch`);

		expect(await ended(page)).toBe("completed");
		await page.locator(".headline").waitFor();
		const { seq, reads } = await runNumbers(page);
		expect(reads).toBeLessThanOrEqual(seq + 10);
		for (const tab of tabs) {
			await page.getByRole("tab", { name: tab }).click();
			await expectAccessible(page, tab);
			await screenshot(page, `${name}-4-${tab.toLowerCase()}`);
		}

		await page.getByRole("tab", { name: "Plan" }).click();
		await page.locator(".story > summary").click();
		await unfold(page, "article.run");
		await expectAccessible(page, "plan, all open");
		await screenshot(page, `${name}-5-plan-open`);

		if (look.viewport.width < 820) {
			await page.getByRole("button", { name: "Open the menu" }).click();
			await page.getByRole("dialog", { name: "Menu" }).waitFor();
			await expectAccessible(page, "menu");
			await screenshot(page, `${name}-6-menu`);
		}
		const account = page.locator("a[href='/account']:visible");
		await account.click();
		await page.getByRole("heading", { name: "What each plan allows" }).waitFor();
		await expectAccessible(page, "account");
		await screenshot(page, `${name}-7-account`);
		expect(trouble).toEqual([]);
		await context.close();
	});
});

describe("parts of the journey", () => {
	test("the figures of the sample are those of its log", async () => {
		const { page, context } = await open(browser);
		await signIn(page, newUser("figures"));
		await startSample(page);
		await ended(page);
		await page.getByRole("tab", { name: "Data" }).click();
		const data = await page.locator("#panel-data").innerText();
		for (const figure of ["5,321", "69,231,073", "2,862,673", "$183.71", "13 Aug 2024", "8 Jun 2025"]) {
			expect(data).toContain(figure);
		}
		expect(data).toContain("$9,990");
		await context.close();
	});

	test("a question without a log is told what to bring, and ends with an example", async () => {
		const { page, trouble, context } = await open(browser);
		await signIn(page, newUser("bare"));
		await page.getByLabel("What you want to save").fill("my bill is too high");
		await page.getByText("Without a log Netra can only tell what to bring").waitFor();
		await page.getByRole("button", { name: "Find savings" }).click();
		await page.getByRole("heading", { name: "Netra needs your usage log" }).waitFor();
		expect(await page.locator(".request > .missing > li").count()).toBe(3);
		await page.getByText(/more parts that would help/).click();
		await expectAccessible(page, "a data request, unfolded");
		await page.getByRole("button", { name: "Go on without it" }).click();
		expect(await ended(page)).toBe("completed");
		await page.getByText("There is no log to look at yet", { exact: true }).waitFor();
		await page.getByText(/On a real hour of a chat service .* the bill would have fallen/).waitFor();
		expect(await page.getByRole("tab", { name: "Data" }).getAttribute("aria-selected")).toBe("true");
		await expectAccessible(page, "the answer without a log");
		await screenshot(page, "no-log");
		expect(trouble).toEqual([]);
		await context.close();
	});

	test("an own log: refused kinds are told at once, a good one is looked into, uploaded and asked about", async () => {
		const { page, trouble, context } = await open(browser);
		await signIn(page, newUser("upload"));
		const picker = page.getByLabel("Choose log files");
		await picker.setInputFiles({
			name: "bill.pdf",
			mimeType: "application/pdf",
			buffer: Buffer.from("%PDF-1.7"),
		});
		await page.getByText("bill.pdf is a PDF").waitFor();
		await expectAccessible(page, "refused file");
		await page.getByRole("button", { name: "Remove bill.pdf" }).click();

		const log = ["TIMESTAMP,ContextTokens,GeneratedTokens"];
		for (let i = 0; i < 400; i++)
			log.push(`2023-11-16 18:${String(i % 60).padStart(2, "0")}:46.0000000,${1000 + i},${50 + (i % 90)}`);
		const path = join(tmpdir(), `netra-e2e-${process.pid}.csv`);
		writeFileSync(path, `${log.join("\n")}\n`);
		await picker.setInputFiles(path);
		await page.locator(".attachment .facts").waitFor();
		expect(await page.locator(".attachment").innerText()).toContain("400");
		await page.getByLabel("This log names no model").fill("gpt-4o");
		await expectAccessible(page, "log looked into");
		await screenshot(page, "desktop-light-8-log-found");
		await page.getByLabel("What you want to save").fill("cut the cost, go on with what there is");
		await page.getByRole("button", { name: "Find savings" }).click();
		await page.locator("article.run").waitFor();
		await page.waitForFunction(() =>
			["completed", "waiting"].includes(
				document.querySelector<HTMLElement>("article.run")?.dataset.status ?? "",
			),
		);
		expect(trouble).toEqual([]);
		await context.close();
	});

	test("a follow-up shows the difference; a thread can be found, renamed and deleted", async () => {
		const { page, trouble, context } = await open(browser);
		await signIn(page, newUser("follow"));
		await startSample(page);
		await ended(page);
		const first = page.url();
		await page.getByLabel("Your next question").fill("without batch, and only claude models");
		await page.getByRole("button", { name: "Ask", exact: true }).click();
		await page.waitForURL((u) => u.href !== first);
		expect(await ended(page)).toBe("completed");
		await page.getByRole("heading", { name: "Difference to your last plan" }).waitFor();
		await page.getByRole("heading", { name: "Your question" }).waitFor();
		await expectAccessible(page, "follow-up");
		await screenshot(page, "desktop-light-9-follow-up");

		const row = page.locator(".thread-row").first();
		await row.hover();
		await row.getByRole("button", { name: /^Rename/ }).click();
		await page.getByLabel("Name", { exact: true }).fill("Renamed by the test");
		await expectAccessible(page, "rename");
		await page.getByRole("button", { name: "Rename", exact: true }).click();
		await page.getByRole("heading", { level: 1, name: "Renamed by the test" }).waitFor();
		await page.getByLabel("Search your questions").fill("nothing like it");
		await page.getByText("No question has these words.").waitFor();
		await page.getByLabel("Search your questions").fill("renamed");
		await row.hover();
		await row.getByRole("button", { name: /^Delete/ }).click();
		await screenshot(page, "desktop-light-10-delete");
		await page.getByRole("button", { name: "Delete", exact: true }).click();
		await page.getByText("Nothing asked yet.").waitFor();
		await page.goto(first);
		await page.getByRole("heading", { name: "This question cannot be shown" }).waitFor();
		await expectAccessible(page, "deleted thread");
		await screenshot(page, "desktop-light-11-gone");
		expect(trouble).toEqual([]);
		await context.close();
	});

	test("configuration files and reports can be copied and downloaded", async () => {
		const { page, context } = await open(browser, { permissions: ["clipboard-read", "clipboard-write"] });
		await signIn(page, newUser("files"));
		await startSample(page);
		await ended(page);
		await page.getByRole("tab", { name: "Apply" }).click();
		const file = page.locator("details.file").first();
		await file.locator("summary").click();
		await file.getByRole("button", { name: "Copy" }).click();
		await file.getByText("Copied").waitFor();
		const copied = await page.evaluate(() => navigator.clipboard.readText());
		expect(copied.length).toBeGreaterThan(10);
		expect(await file.locator("pre").innerText()).toBe(copied);
		const download = page.waitForEvent("download");
		await page.getByRole("button", { name: "Markdown" }).click();
		expect((await download).suggestedFilename()).toBe("report.md");
		await context.close();
	});

	test("the keyboard alone gets from the first page to a finished plan", async () => {
		const { page, context } = await open(browser);
		await page.getByRole("button", { name: "Try it on the sample log" }).waitFor();
		const tabTo = async (name: string) => {
			for (let i = 0; i < 60; i++) {
				await page.keyboard.press("Tab");
				const text = await page.evaluate(() => document.activeElement?.textContent?.trim() ?? "");
				if (text.startsWith(name)) return;
			}
			throw new Error(`Tab never reaches ${name}`);
		};
		await tabTo("Try it on the sample log");
		await page.keyboard.press("Enter");
		await ended(page);
		await page.locator(".headline").waitFor();
		await tabTo("Plan");
		await page.keyboard.press("ArrowRight");
		await page.getByRole("tab", { name: "Evidence", selected: true }).waitFor();
		await page.keyboard.press("End");
		await page.getByRole("tab", { name: "Apply", selected: true }).waitFor();
		await context.close();
	});
});
