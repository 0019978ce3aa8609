import { accessSync, constants, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, join, resolve } from "node:path";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { expect } from "vitest";
import { config, consoleURL, out } from "./cloud.ts";

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

function executable(path: string): boolean {
	try {
		accessSync(path, constants.X_OK);
		return true;
	} catch {
		return false;
	}
}

/** The browser to drive: CHROMIUM, or the first on the PATH. */
export function findBrowser(): string {
	if (process.env.CHROMIUM) return process.env.CHROMIUM;
	const folders = (process.env.PATH ?? "").split(delimiter);
	const found = folders.flatMap((f) => names.map((n) => join(f, n))).find(executable);
	if (!found)
		throw new Error("no Chromium found: install it (apt-get install chromium) or name it in CHROMIUM");
	return found;
}

/** Starts the browser; the flags keep it from looking for the internet. */
export function launch(): Promise<Browser> {
	return chromium.launch({
		executablePath: findBrowser(),
		args: [
			"--no-sandbox",
			"--disable-gpu",
			"--disable-quic",
			"--no-first-run",
			"--disable-background-networking",
			"--disable-component-update",
			"--disable-sync",
		],
	});
}

export const variants = [
	{ name: "desktop-light", colorScheme: "light", viewport: { width: 1280, height: 860 } },
	{ name: "desktop-dark", colorScheme: "dark", viewport: { width: 1280, height: 860 } },
	{ name: "phone-light", colorScheme: "light", viewport: { width: 390, height: 844 } },
	{ name: "phone-dark", colorScheme: "dark", viewport: { width: 390, height: 844 } },
] as const;

/** A page that notes everything that should not happen. */
export interface Watched {
	page: Page;
	context: BrowserContext;
	/** Errors of the page, of its console and of its policy, and requests to strange hosts. */
	trouble: string[];
}

/** Opens a page of its own session on the console. */
export async function open(
	browser: Browser,
	options: Parameters<Browser["newContext"]>[0] = {},
	path = "/",
): Promise<Watched> {
	const context = await browser.newContext({ reducedMotion: "reduce", ...options });
	const page = await context.newPage();
	const trouble: string[] = [];
	const c = await config();
	const known = [consoleURL(), c.api, `http://${c.emulators.firestore}`, `http://${c.emulators.auth}`];
	page.on("pageerror", (e) => trouble.push(`error: ${e.message}`));
	page.on("console", (m) => {
		if (m.type() === "error" && !/ERR_INTERNET_DISCONNECTED|status of (401|403|404|409|429)/.test(m.text())) {
			trouble.push(`console: ${m.text()}`);
		}
	});
	page.on("request", (r) => {
		const url = r.url();
		if (/^(data|blob):/.test(url) || known.some((k) => url.startsWith(k))) return;
		trouble.push(`request to ${url}`);
	});
	await page.goto(consoleURL() + path);
	return { page, context, trouble };
}

/** Signs in as a user of the local cloud. */
export async function signIn(page: Page, uid: string): Promise<void> {
	await page.getByLabel("Or as another user of this local cloud").fill(uid);
	await page.getByRole("button", { name: "Sign in", exact: true }).click();
	await page.getByRole("heading", { name: "What do you want to save?" }).waitFor();
}

/** Asks about the sample log and waits until the run is on the page. */
export async function startSample(page: Page): Promise<void> {
	await page.getByRole("button", { name: "Run the sample log" }).click();
	await page.locator("article.run").waitFor();
}

/** Waits for the run on the page to end, and returns its status. */
export async function ended(page: Page, timeout = 120_000): Promise<string> {
	const status = await page.waitForFunction(
		() => {
			const now = document.querySelector<HTMLElement>("article.run")?.dataset.status ?? "";
			return ["completed", "failed", "cancelled", "expired"].includes(now) && now;
		},
		undefined,
		{ timeout },
	);
	return String(await status.jsonValue());
}

/** Unfolds everything in an element, as clicks would, until nothing is folded. */
export async function unfold(page: Page, selector: string): Promise<void> {
	await page.locator(selector).evaluate(async (root) => {
		for (let round = 0; round < 5; round++) {
			for (const d of root.querySelectorAll("details")) d.open = true;
			await new Promise((r) => setTimeout(r, 100));
		}
	});
}

/** The numbers that the page says about its run. */
export async function runNumbers(page: Page): Promise<{ seq: number; reads: number }> {
	const data = await page.locator("article.run").evaluate((e) => ({ ...(e as HTMLElement).dataset }));
	return { seq: Number(data.seq), reads: Number(data.reads) };
}

/** A picture of the whole page in out/screens. */
export async function screenshot(page: Page, name: string): Promise<void> {
	await page.evaluate(() => window.scrollTo(0, 0));
	await page.screenshot({ path: resolve(out, "screens", `${name}.png`), fullPage: true });
}

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Runs every axe rule on the page; a violation fails the test with its rule and elements. */
export async function expectAccessible(page: Page, where: string): Promise<void> {
	await page.evaluate(axe);
	const found = await page.evaluate(async () => {
		const run = (window as unknown as { axe: { run(): Promise<{ violations: Violation[] }> } }).axe;
		interface Violation {
			id: string;
			help: string;
			nodes: { html: string; failureSummary: string }[];
		}
		const result = await run.run();
		return result.violations.map(
			(v) => `${v.id}: ${v.help}\n${v.nodes.map((n) => `   ${n.html}\n   ${n.failureSummary}`).join("\n")}`,
		);
	});
	expect(found, `accessibility of ${where}`).toEqual([]);
}
