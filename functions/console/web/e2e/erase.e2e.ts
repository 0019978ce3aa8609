import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
	ended,
	expectAccessible,
	launch,
	open,
	screenshot,
	signIn,
	startSample,
	variants,
} from "./browser.ts";
import { api, countDocuments, newUser } from "./cloud.ts";

let browser: Browser;
beforeAll(async () => {
	browser = await launch();
});
afterAll(() => browser.close());

/** Opens the account page as the page offers it: beside the page, or in its menu. */
async function openAccount(page: Page): Promise<void> {
	const menu = page.getByRole("button", { name: "Open the menu" });
	if (await menu.isVisible()) await menu.click();
	await page.locator(".foot-link[href='/account']:visible").click();
	await page.getByRole("heading", { name: "Erase everything" }).waitFor();
}

/** How many questions, runs and data sets there are of the user. */
async function left(uid: string): Promise<number> {
	const counts = await Promise.all(
		["threads", "runs", "datasets"].map((of) => countDocuments(`users/${uid}/${of}`)),
	);
	return counts.reduce((sum, n) => sum + n, 0);
}

const erased = /^Your sign-in is deleted and your data is erased\. .* by \d\d:\d\d\.$/;

describe.each([variants[0], variants[3]])("erasing everything, $name", ({ name: look, ...options }) => {
	test("takes typed words, and then data and sign-in are gone", async () => {
		const uid = newUser("erase");
		const { page, trouble, context } = await open(browser, options);
		await signIn(page, uid);
		await startSample(page);
		expect(await ended(page)).toBe("completed");
		expect(await left(uid)).toBe(3);

		await openAccount(page);
		await page.getByRole("button", { name: "Erase everything…" }).click();
		const dialog = page.getByRole("dialog", { name: "Erase everything?" });
		const typed = dialog.getByLabel("Type “erase everything” to confirm");
		await typed.fill("erase");
		await typed.press("Enter");
		await dialog.getByText("Nothing was erased.").waitFor();
		expect(await typed.getAttribute("aria-invalid")).toBe("true");
		await expectAccessible(page, "the question whether to erase everything");
		await screenshot(page, `${look}-erase`);
		await page.keyboard.press("Escape");
		await dialog.waitFor({ state: "detached" });
		expect(await left(uid)).toBe(3);

		await page.getByRole("button", { name: "Erase everything…" }).click();
		await typed.fill("Erase everything ");
		await dialog.getByRole("button", { name: "Erase everything" }).click();
		await page.getByText(erased).waitFor();
		await page.getByRole("button", { name: "Try it on the sample log" }).waitFor();
		await expectAccessible(page, "the page after erasing");
		expect(await left(uid)).toBe(0);
		await expect(api(uid, "GET", "/api/account"), "the sign-in is no more").rejects.toThrow("401");
		await page.reload();
		await page.getByRole("button", { name: "Try it on the sample log" }).waitFor();
		expect(trouble).toEqual([]);
		await context.close();
	});
});

test("who has not signed in lately is told how to delete the sign-in, and can", async () => {
	const uid = newUser("stale");
	const { page, context } = await open(browser);
	await signIn(page, uid);
	// Firebase's answer to a sign-in that is not fresh.
	await page.route("**/accounts:delete*", (route) =>
		route.fulfill({
			status: 400,
			headers: { "Access-Control-Allow-Origin": "*" },
			json: { error: { code: 400, message: "CREDENTIAL_TOO_OLD_LOGIN_AGAIN", errors: [] } },
		}),
	);
	await openAccount(page);
	await page.getByRole("button", { name: "Erase everything…" }).click();
	await page.getByLabel("Type “erase everything” to confirm").fill("erase everything");
	await page.getByRole("dialog").getByRole("button", { name: "Erase everything" }).click();
	await page.getByText("Everything of yours is being erased.").waitFor();
	await page.getByRole("button", { name: "Delete the sign-in" }).click();
	await page.getByText("wants you to sign in again first").waitFor();
	await expectAccessible(page, "a sign-in that is left");
	await screenshot(page, "desktop-light-erase-signin");

	await page.getByRole("link", { name: "New question", exact: true }).click();
	await page.getByRole("button", { name: "Run the sample log" }).click();
	await page.getByText("Everything of yours is being erased, as you asked.").first().waitFor();
	await openAccount(page);
	await page.unroute("**/accounts:delete*");
	await page.getByRole("button", { name: "Delete the sign-in" }).click();
	await page.getByText(erased).waitFor();
	await context.close();
});
