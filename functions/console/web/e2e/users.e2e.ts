import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ended, launch, open, signIn, startSample } from "./browser.ts";
import { config, consoleURL, newUser, tokenOf } from "./cloud.ts";

let browser: Browser;
beforeAll(async () => {
	browser = await launch();
});
afterAll(() => browser.close());

test("two users side by side see their own runs and nothing of each other", async () => {
	const ids = [newUser("ada"), newUser("bob")] as const;
	const [ada, bob] = await Promise.all([open(browser), open(browser)]);
	await Promise.all([signIn(ada.page, ids[0]), signIn(bob.page, ids[1])]);
	await Promise.all([startSample(ada.page), startSample(bob.page)]);
	const runs = await Promise.all(
		[ada, bob].map((u) => u.page.locator("article.run").getAttribute("data-run")),
	);
	expect(runs[0]).not.toBe(runs[1]);
	expect(await Promise.all([ended(ada.page), ended(bob.page)])).toEqual(["completed", "completed"]);
	expect(await bob.page.locator(".thread-row").count()).toBe(1);

	// Bob opens what Ada sees: it does not exist for him, on the page and at the api.
	await bob.page.goto(ada.page.url());
	await bob.page.getByRole("heading", { name: "This question cannot be shown" }).waitFor();
	const answer = await fetch(`${(await config()).api}/api/runs/${runs[0]}`, {
		headers: { Authorization: `Bearer ${await tokenOf(ids[1])}` },
	});
	expect(answer.status).toBe(404);
	await Promise.all([ada.context.close(), bob.context.close()]);
});

test("who signs out leaves nothing behind for the next user of the browser", async () => {
	const { page, context } = await open(browser);
	await signIn(page, newUser("first"));
	await startSample(page);
	await ended(page);
	const path = new URL(page.url()).pathname;
	await page.getByRole("button", { name: "Sign out" }).click();
	await page.getByRole("button", { name: "Try it on the sample log" }).waitFor();
	await signIn(page, newUser("second"));
	await page.getByText("Nothing asked yet.").waitFor();
	await page.goto(consoleURL() + path);
	await page.getByRole("heading", { name: "This question cannot be shown" }).waitFor();
	await context.close();
});
