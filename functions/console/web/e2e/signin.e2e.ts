import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectAccessible, launch, screenshot } from "./browser.ts";
import { config, consoleURL } from "./cloud.ts";

let browser: Browser;
beforeAll(async () => {
	browser = await launch();
});
afterAll(() => browser.close());

const google = "https://identitytoolkit.googleapis.com";

function idToken(email: string): string {
	const part = (v: object) => Buffer.from(JSON.stringify(v)).toString("base64url");
	const now = Math.floor(Date.now() / 1000);
	return `${part({ alg: "none" })}.${part({ sub: "u1", email, iat: now, exp: now + 3600 })}.`;
}

/** The console as it is deployed: Google's sign-in instead of the local one, played by the test. */
async function deployed(page: Page, withGoogle = true): Promise<Record<string, unknown>[]> {
	const c = await config();
	const asked: Record<string, unknown>[] = [];
	await page.route(`${consoleURL()}/config.json`, (route) =>
		route.fulfill({
			json: {
				...c,
				firebase: { api_key: "key", auth_domain: "netra.example", google: withGoogle },
				emulators: { firestore: c.emulators.firestore, auth: "" },
			},
		}),
	);
	await page.route(`${google}/**`, async (route) => {
		const body = (route.request().postDataJSON() ?? {}) as Record<string, unknown>;
		const headers = { "Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "*" };
		const call = new URL(route.request().url()).pathname.split(":").at(-1);
		asked.push({ call, ...body });
		const session = {
			idToken: idToken("ada@example.com"),
			refreshToken: "r",
			expiresIn: "3600",
			localId: "u1",
		};
		const users = [{ localId: "u1", email: "ada@example.com", emailVerified: true }];
		const answers: Record<string, object> = {
			sendOobCode: { email: body.email },
			signInWithEmailLink: { ...session, email: body.email },
			lookup: { users },
		};
		await route.fulfill({ headers, json: answers[call ?? ""] ?? {} });
	});
	return asked;
}

test("a deployed console offers Google and a link by e-mail, and the link signs in", async () => {
	// The policy of the local console rightly forbids Google; here it is the test that answers.
	const context = await browser.newContext({ bypassCSP: true });
	const page = await context.newPage();
	const asked = await deployed(page);
	await page.goto(consoleURL());
	await page.getByRole("button", { name: "Continue with Google" }).waitFor();
	expect(await page.getByText("demo user").count()).toBe(0);
	await expectAccessible(page, "sign-in of a deployed console");
	await screenshot(page, "desktop-light-signin");

	await page.getByLabel("Or sign in with a link by e-mail").fill("ada@example.com");
	await page.getByRole("button", { name: "Send link" }).click();
	await page.getByText("A link is on its way to ada@example.com").waitFor();
	expect(asked).toContainEqual(
		expect.objectContaining({ call: "sendOobCode", requestType: "EMAIL_SIGNIN", email: "ada@example.com" }),
	);

	await page.goto(`${consoleURL()}/?apiKey=key&mode=signIn&oobCode=code-1&lang=en`);
	await page.getByRole("heading", { name: "What do you want to save?" }).waitFor();
	expect(asked).toContainEqual(
		expect.objectContaining({ call: "signInWithEmailLink", email: "ada@example.com", oobCode: "code-1" }),
	);
	// The code does not stay in the address.
	expect(page.url()).toBe(`${consoleURL()}/`);
	await context.close();
});

test("a console without Google's sign-in set up offers the link alone", async () => {
	const context = await browser.newContext({ bypassCSP: true });
	const page = await context.newPage();
	await deployed(page, false);
	await page.goto(consoleURL());
	await page.getByLabel("Sign in with a link by e-mail").waitFor();
	expect(await page.getByText("Or sign in").count()).toBe(0);
	expect(await page.getByRole("button", { name: "Continue with Google" }).count()).toBe(0);
	await expectAccessible(page, "sign-in by link alone");
	await context.close();
});

test("who is signed in but not invited is told so, and whom to ask", async () => {
	const context = await browser.newContext({ bypassCSP: true });
	const page = await context.newPage();
	await deployed(page, false);
	let invited = false;
	await page.route("**/api/**", (route) =>
		invited
			? route.fulfill({ headers: { "Access-Control-Allow-Origin": "*" }, json: { threads: [] } })
			: route.fulfill({
					status: 403,
					headers: { "Access-Control-Allow-Origin": "*" },
					contentType: "application/problem+json",
					json: {
						type: "urn:netra:error:no_access",
						kind: "no_access",
						title: "No access",
						status: 403,
						detail: "Ask ops@example.com to let you in.",
					},
				}),
	);
	await page.goto(consoleURL());
	await page.getByLabel("Sign in with a link by e-mail").fill("ada@example.com");
	await page.getByRole("button", { name: "Send link" }).click();
	await page.getByText("A link is on its way").waitFor();
	await page.goto(`${consoleURL()}/?apiKey=key&mode=signIn&oobCode=code-1&lang=en`);
	await page.getByRole("heading", { name: "You are signed in, but not let in" }).waitFor();
	await page.getByText("Ask ops@example.com to let you in.").waitFor();
	await page.getByText("Signed in as ada@example.com.").waitFor();
	await expectAccessible(page, "not invited");
	await screenshot(page, "desktop-light-noaccess");

	invited = true;
	await page.getByRole("button", { name: "Try again" }).click();
	await page.getByRole("heading", { name: "What do you want to save?" }).waitFor();

	invited = false;
	await page.reload();
	await page.getByRole("button", { name: "Sign in with another address" }).click();
	await page.getByLabel("Sign in with a link by e-mail").waitFor();
	await context.close();
});

test("settings that cannot be read are told in words", async () => {
	const context = await browser.newContext();
	const page = await context.newPage();
	await page.route("**/config.json", (route) => route.fulfill({ status: 500, body: "no" }));
	await page.goto(consoleURL());
	await page.getByText("The console's settings could not be read (500).").waitFor();
	await expectAccessible(page, "no settings");
	await context.close();
});
