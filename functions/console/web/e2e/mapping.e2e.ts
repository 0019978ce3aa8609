import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ended, expectAccessible, launch, open, screenshot, signIn, variants } from "./browser.ts";
import { newUser } from "./cloud.ts";

let browser: Browser;
beforeAll(async () => {
	browser = await launch();
});
afterAll(() => browser.close());

/** A log whose columns no reader knows, one of them with what nobody else should see. */
function log(): Buffer {
	const rows = ["When;Engine in use;Tok In;Tok Out;Remark"];
	for (let i = 0; i < 300; i++)
		rows.push(`2026-08-0${1 + (i % 9)} 10:00:00;gpt-4o;${1000 + i};${50 + i};secret ${i}`);
	return Buffer.from(`${rows.join("\n")}\n`);
}

describe.each([variants[0], variants[3]])("a log of unknown format, $name", ({ name: look, ...options }) => {
	test("is read with the columns that its user confirms, from one upload", async () => {
		const { page, trouble, context } = await open(browser, options);
		let puts = 0;
		page.on("request", (r) => {
			if (r.method() === "PUT") puts++;
		});
		await signIn(page, newUser("mapping"));
		await page.getByLabel("What you want to save").fill("cut the cost, go on with what there is");
		await page
			.getByLabel("Choose log files")
			.setInputFiles({ name: "usage.csv", mimeType: "text/csv", buffer: log() });
		const form = page.getByRole("group", { name: "Which column holds what?" });
		await form.waitFor();
		const choice = (label: string) => form.getByLabel(label, { exact: true });
		expect(await choice("Input tokens").inputValue()).toBe("Tok In");
		expect(await choice("Output tokens").inputValue()).toBe("Tok Out");
		expect(await choice("Time of the call").inputValue()).toBe("When");
		expect(await choice("Input tokens").innerText()).toContain("Tok In (numbers)");
		expect(await form.innerText()).not.toContain("secret");
		await page.getByText("Say which column of the log holds what.").waitFor();
		await form.getByText("More that the log may hold").click();
		await choice("Session or conversation").waitFor();
		await expectAccessible(page, "a proposed mapping");
		await screenshot(page, `${look}-mapping-proposed`);
		const wide = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
		expect(wide, "the form fits the screen").toBe(false);

		const read = form.getByRole("button", { name: "Read the log this way" });
		await choice("Output tokens").selectOption("Tok In");
		await read.click();
		await form.getByRole("alert").getByText("The column Tok In is chosen more than once").waitFor();
		await expectAccessible(page, "a column chosen twice");
		await choice("Output tokens").selectOption("");
		await choice("Input tokens").selectOption("");
		await form.getByText("Token counts are missing").waitFor();

		await choice("Input tokens").selectOption("Remark");
		await form.getByText("Remark does not look like numbers").waitFor();
		await read.click();
		await form
			.getByRole("alert")
			.getByText(/300 of 300 rows cannot be read/)
			.waitFor();
		const focused = () => page.evaluate(() => document.activeElement?.textContent);
		expect(await focused()).toBe("Read the log this way");
		await screenshot(page, `${look}-mapping-refused`);

		await choice("Input tokens").selectOption("Tok In");
		await choice("Output tokens").selectOption("Tok Out");
		await choice("Model").selectOption("Engine in use");
		await read.click();
		await page.locator(".attachment .facts").waitFor();
		expect(await form.count()).toBe(0);
		const card = await page.locator(".attachment").innerText();
		expect(card).toContain("300");
		expect(card).toContain("gpt-4o");
		expect(await focused()).toBe("usage.csv");
		await expectAccessible(page, "a log that was mapped");
		await screenshot(page, `${look}-mapping-read`);
		expect(puts, "the log is sent once").toBe(1);

		await page.getByRole("button", { name: "Find savings" }).click();
		expect(await ended(page)).toBe("completed");
		expect(trouble).toEqual([]);
		await context.close();
	});
});
