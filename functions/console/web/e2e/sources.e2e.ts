import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ended, expectAccessible, launch, open, screenshot, signIn, variants } from "./browser.ts";
import { api, newUser, writeDocument } from "./cloud.ts";

const key = "sk-admin-e2e-console";
const hour = 3600;

let browser: Browser;
let server: Server;
let address = "";
/** The keys with which the source was asked. */
const asked: string[] = [];

/** Plays OpenAI's usage API: eight days of hours on one page. */
function serve(): Server {
	return createServer((request, response) => {
		asked.push(request.headers.authorization ?? "");
		const from = Number(new URL(request.url ?? "/", "http://x").searchParams.get("start_time"));
		if (request.headers.authorization !== `Bearer ${key}`) return void response.writeHead(401).end();
		const data = Array.from({ length: 192 }, (_, i) => ({
			object: "bucket",
			start_time: from + i * hour,
			end_time: from + (i + 1) * hour,
			results: [
				{
					object: "organization.usage.completions.result",
					input_tokens: 900_000 + i,
					input_cached_tokens: 100_000,
					output_tokens: 80_000,
					num_model_requests: 300,
					project_id: "proj_e2e",
					model: "gpt-4o-2024-08-06",
					batch: false,
				},
			],
		}));
		response.writeHead(200, { "Content-Type": "application/json" });
		response.end(JSON.stringify({ object: "page", data, has_more: false, next_page: null }));
	});
}

beforeAll(async () => {
	browser = await launch();
	server = serve();
	await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
	address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
	await browser.close();
	server.close();
});

async function userOn(plan: string): Promise<string> {
	const uid = newUser(plan);
	await writeDocument(`users/${uid}`, { plan });
	return uid;
}

/** Opens the sources as the page offers them: beside the page, or in its menu. */
async function openSources(page: Page): Promise<void> {
	const menu = page.getByRole("button", { name: "Open the menu" });
	if (await menu.isVisible()) await menu.click();
	await page.locator(".foot-link[href='/sources']:visible").click();
	await page.getByRole("heading", { level: 1, name: "Sources" }).waitFor();
	await page.locator(".source").first().waitFor();
}

const openAI = (page: Page) => page.locator("[data-source='openai-usage']");

describe.each([variants[0], variants[3]])("the key of a source, $name", ({ name: look, ...options }) => {
	test("is stored, shown as stored, used for a run that waits for data, and removed", async () => {
		const uid = await userOn("mid");
		const { page, trouble, context } = await open(browser, options);
		await signIn(page, uid);
		await openSources(page);
		await openAI(page).getByText("Nothing stored").waitFor();
		await openAI(page).getByRole("button", { name: "Store a key for OpenAI" }).click();
		const input = openAI(page).getByLabel("Admin key");
		expect(await input.getAttribute("type")).toBe("password");
		expect(await input.getAttribute("autocomplete")).toBe("off");
		const store = openAI(page).getByRole("button", { name: "Store the key" });

		await store.click();
		await openAI(page).getByText("Admin key is missing.").waitFor();
		await input.fill("sk-proj-of-a-project");
		await store.click();
		await openAI(page)
			.getByText(/begins with sk-admin-/)
			.waitFor();
		await expectAccessible(page, "a refused key");
		await screenshot(page, `${look}-sources-refused`);

		await input.fill(key);
		await openAI(page).getByLabel("Another address").fill(address);
		await store.click();
		await openAI(page)
			.getByText(/Stored since/)
			.waitFor();
		await openAI(page)
			.getByText(/Nobody can read it back/)
			.waitFor();
		expect(await page.content()).not.toContain(key);
		expect(JSON.stringify(await api(uid, "GET", "/api/sources"))).not.toContain(key);
		await expectAccessible(page, "a stored key");
		await screenshot(page, `${look}-sources-stored`);

		await page.goto(new URL("/", page.url()).href);
		await page.getByLabel("What you want to save").fill("my bill is too high");
		await page.getByRole("button", { name: "Find savings" }).click();
		await page.getByText("Or let Netra fetch the log").click();
		await page.getByRole("button", { name: "Fetch from OpenAI" }).waitFor();
		await expectAccessible(page, "a data request with a source");
		await screenshot(page, `${look}-sources-request`);
		asked.length = 0;
		await page.getByRole("button", { name: "Fetch from OpenAI" }).click();
		expect(await ended(page)).toBe("completed");
		expect(asked).toContain(`Bearer ${key}`);
		await page.getByRole("tab", { name: "Plan" }).click();
		await page.getByRole("heading", { name: "In which order" }).waitFor();
		expect(await page.locator(".phases > li").first().innerText()).toContain("Phase 1: ");
		await expectAccessible(page, "a plan in phases");
		await screenshot(page, `${look}-plan-phases`);
		await page.getByRole("tab", { name: "Data" }).click();
		expect(await page.locator("#panel-data").innerText()).toContain("57,600"); // 192 hours of 300 calls

		await openSources(page);
		await openAI(page).getByRole("button", { name: "Remove the key for OpenAI" }).click();
		await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
		await openAI(page).getByText("Nothing stored").waitFor();
		const { sources } = (await api(uid, "GET", "/api/sources")) as { sources: { stored: boolean }[] };
		expect(sources.some((s) => s.stored)).toBe(false);
		expect(trouble.filter((t) => !/status of 422/.test(t))).toEqual([]);
		await context.close();
	});
});

test("who has a plan that does not fetch is told which does", async () => {
	const { page, trouble, context } = await open(browser);
	await signIn(page, await userOn("free"));
	await openSources(page);
	await page.getByText("Netra fetches logs on the Mid plan and larger. Yours is Free.").waitFor();
	expect(await page.getByRole("button", { name: /Store a key/ }).count()).toBe(0);
	await expectAccessible(page, "sources of a small plan");
	expect(trouble).toEqual([]);
	await context.close();
});
