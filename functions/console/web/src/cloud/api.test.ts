import { describe, expect, test } from "vitest";
import { ApiError, connect } from "./api.ts";

interface Call {
	url: string;
	method: string;
	headers: Headers;
	body: string;
}

/** A server that gives the answers in turn; an Error is a lost connection. */
function server(...answers: (Response | Error)[]) {
	const calls: Call[] = [];
	const fetcher = (async (url: string, init: RequestInit = {}) => {
		calls.push({
			url,
			method: init.method ?? "GET",
			headers: new Headers(init.headers),
			body: String(init.body ?? ""),
		});
		const next = answers.shift();
		if (!next || next instanceof Error) throw next ?? new Error("no more answers");
		return next;
	}) as typeof fetch;
	return { calls, api: connect("https://api.example", async () => "token-1", fetcher) };
}

const problem = (status: number, body: object) =>
	new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/problem+json" } });

describe("connect", () => {
	test("signs every request and keeps ids inside their place in the path", async () => {
		const { api, calls } = server(Response.json({ id: "r" }));
		await api.run("a/../b c");
		expect(calls[0]?.url).toBe("https://api.example/api/runs/a%2F..%2Fb%20c");
		expect(calls[0]?.headers.get("Authorization")).toBe("Bearer token-1");
	});

	test.each([
		["a lost connection", new TypeError("failed to fetch")],
		["a server error", problem(503, { type: "x", title: "busy", detail: "busy" })],
	])("sends a POST again after %s, with the same key", async (_, first) => {
		const { api, calls } = server(first, Response.json({ run_id: "r1", status: "running" }));
		expect(await api.say("t", { content: "save", datasets: [] })).toMatchObject({ run_id: "r1" });
		expect(calls).toHaveLength(2);
		const keys = calls.map((c) => c.headers.get("Idempotency-Key"));
		expect(keys[0]).toBeTruthy();
		expect(keys[0]).toBe(keys[1]);
		expect(calls[0]?.body).toBe(calls[1]?.body);
	});

	test("tells a refusal in the words of its problem document and does not repeat it", async () => {
		const { api, calls } = server(
			problem(429, {
				type: "urn:netra:error:queue_full",
				title: "full",
				status: 429,
				detail: "Wait for a run to end.",
				retry_after_seconds: 30,
			}),
		);
		const e = await api.say("t", { content: "save", datasets: [] }).catch((x) => x as ApiError);
		expect(e).toBeInstanceOf(ApiError);
		expect(e).toMatchObject({
			message: "Wait for a run to end.",
			status: 429,
			kind: "queue_full",
			retryAfter: 30,
		});
		expect(calls).toHaveLength(1);
	});

	test("an answer that is no problem document still gets words", async () => {
		const { api } = server(new Response("<html>bad gateway</html>", { status: 502 }));
		await expect(api.thread("t")).rejects.toThrow("Netra answered with an error (502)");
	});

	test("no connection at all is told as such", async () => {
		const { api } = server(new TypeError("x"));
		await expect(api.account()).rejects.toMatchObject({ kind: "offline", status: 0 });
	});

	test("a credential is sent once, in the body and nowhere else", async () => {
		const { api, calls } = server(Response.json({ source: "openai-usage", stored: true }));
		await api.storeCredential("openai-usage", { credential: "sk-admin-1" });
		expect(calls).toHaveLength(1);
		expect(calls[0]).toMatchObject({
			url: "https://api.example/api/sources/openai-usage/credential",
			method: "PUT",
			body: '{"credential":"sk-admin-1"}',
		});
		expect(calls[0]?.headers.get("Idempotency-Key")).toBeNull();
	});

	test("erasing everything carries the confirmation, where no proxy drops it, and is sent once", async () => {
		const { api, calls } = server(new TypeError("failed to fetch"));
		await expect(api.eraseAccount()).rejects.toMatchObject({ kind: "offline" });
		expect(calls).toHaveLength(1);
		expect(calls[0]).toMatchObject({ method: "DELETE", body: "" });
		expect(new URL(calls[0]?.url ?? "").searchParams.get("confirm")).toBe("erase everything");
	});

	test("null lists become empty", async () => {
		const { api } = server(Response.json({ events: null }));
		expect(await api.events("r", 3)).toEqual([]);
	});
});
