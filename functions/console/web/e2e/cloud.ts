import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Config } from "../src/cloud/config.ts";

/** Where the tests write: NETRA_OUT, else out/ of the repository. */
export const out = process.env.NETRA_OUT ?? fileURLToPath(new URL("../../../../out", import.meta.url));
mkdirSync(resolve(out, "screens"), { recursive: true });

/** The console of the running local cloud. */
export function consoleURL(): string {
	const url = process.env.NETRA_CONSOLE_URL;
	if (!url) {
		throw new Error(
			"NETRA_CONSOLE_URL is not set: start the local cloud (make dev) and give the address it prints",
		);
	}
	return url.replace(/\/$/, "");
}

/** The settings that the page gets; the tests find api and emulators by them. */
export async function config(): Promise<Config> {
	const answer = await fetch(`${consoleURL()}/config.json`);
	const c = (await answer.json()) as Config;
	if (!c.emulators.firestore || !c.emulators.auth)
		throw new Error("the tests only run against the local cloud");
	return c;
}

/** A user id that no other test has. */
export function newUser(name: string): string {
	return `e2e-${name}-${Date.now().toString(36)}${Math.floor(Math.random() * 1296).toString(36)}`;
}

/** An ID token of a user of the local cloud: nobody signs it. */
export async function tokenOf(uid: string): Promise<string> {
	const { project } = await config();
	const part = (v: object) => Buffer.from(JSON.stringify(v)).toString("base64url");
	const now = Math.floor(Date.now() / 1000);
	const claims = {
		iss: `https://securetoken.google.com/${project}`,
		aud: project,
		sub: uid,
		user_id: uid,
		auth_time: now,
		iat: now,
		exp: now + 3600,
		firebase: { identities: {}, sign_in_provider: "custom" },
	};
	return `${part({ alg: "none", typ: "JWT" })}.${part(claims)}.`;
}

/** Calls the API as a user and returns the JSON of the answer. */
export async function api(
	uid: string,
	method: string,
	path: string,
	body?: unknown,
): Promise<Record<string, unknown>> {
	const answer = await fetch((await config()).api + path, {
		method,
		headers: { Authorization: `Bearer ${await tokenOf(uid)}`, "Content-Type": "application/json" },
		...(body ? { body: JSON.stringify(body) } : {}),
	});
	if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
	return answer.status === 204 ? {} : ((await answer.json()) as Record<string, unknown>);
}

type Value = Record<string, unknown>;

function encode(v: unknown): Value {
	if (v === null) return { nullValue: null };
	if (typeof v === "string") return { stringValue: v };
	if (typeof v === "boolean") return { booleanValue: v };
	if (typeof v === "number")
		return Number.isSafeInteger(v) ? { integerValue: String(v) } : { doubleValue: v };
	if (v instanceof Uint8Array) return { bytesValue: Buffer.from(v).toString("base64") };
	if (v instanceof Date) return { timestampValue: v.toISOString() };
	if (Array.isArray(v)) return { arrayValue: { values: v.map(encode) } };
	return {
		mapValue: { fields: Object.fromEntries(Object.entries(v as object).map(([k, x]) => [k, encode(x)])) },
	};
}

/**
 * Writes a document straight into the Firestore emulator, as its owner. Returns
 * the commit time of the emulator, in milliseconds.
 */
export async function writeDocument(path: string, fields: object): Promise<number> {
	const { project, emulators } = await config();
	const url = `http://${emulators.firestore}/v1/projects/${project}/databases/(default)/documents/${path}`;
	const answer = await fetch(url, {
		method: "PATCH",
		headers: { Authorization: "Bearer owner", "Content-Type": "application/json" },
		body: JSON.stringify((encode(fields) as { mapValue: object }).mapValue),
	});
	if (!answer.ok) throw new Error(`write ${path}: ${answer.status} ${await answer.text()}`);
	return Date.parse(((await answer.json()) as { updateTime: string }).updateTime);
}

/** How many documents a collection has, as the emulator's owner sees it. */
export async function countDocuments(collection: string): Promise<number> {
	const { project, emulators } = await config();
	const url = `http://${emulators.firestore}/v1/projects/${project}/databases/(default)/documents/${collection}`;
	const answer = await fetch(url, { headers: { Authorization: "Bearer owner" } });
	if (!answer.ok) throw new Error(`list ${collection}: ${answer.status} ${await answer.text()}`);
	return ((await answer.json()) as { documents?: unknown[] }).documents?.length ?? 0;
}
