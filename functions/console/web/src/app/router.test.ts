import { expect, test } from "vitest";
import { parseRoute, threadPath } from "./router.tsx";

test.each([
	["/", { page: "ask" }],
	["/account", { page: "account" }],
	["/account/", { page: "account" }],
	["/sources", { page: "sources" }],
	["/sources/x", { page: "missing" }],
	["/t/a1", { page: "thread", thread: "a1", run: "" }],
	["/t/a1/r/b2", { page: "thread", thread: "a1", run: "b2" }],
	["/t/a1/x/b2", { page: "missing" }],
	["/t/a1/r", { page: "missing" }],
	["/t", { page: "missing" }],
	["/nowhere", { page: "missing" }],
	["/t/%E0%A4%A", { page: "thread", thread: "%E0%A4%A", run: "" }],
])("%s leads to its page", (path, want) => {
	expect(parseRoute(path)).toEqual(want);
});

test("ids survive a path", () => {
	expect(parseRoute(threadPath("a/b", "c d"))).toEqual({ page: "thread", thread: "a/b", run: "c d" });
});
