import { describe, expect, test } from "vitest";
import { eventTypes, millis, parseEvent } from "./event.ts";
import { goldenRaw } from "./golden.ts";

describe("parseEvent", () => {
	test("reads every golden event and keeps all of its fields", () => {
		for (const raw of goldenRaw()) {
			const e = parseEvent(raw);
			expect({ ...e, time: 0 }).toEqual({ ...raw, time: 0 });
			expect(e.time).toBe(Date.parse(raw.time as string));
		}
	});

	test("knows exactly the types that the golden file shows", () => {
		expect(new Set(goldenRaw().map((e) => e.type))).toEqual(new Set(eventTypes));
	});

	test("understands Firestore's timestamps and data stored as JSON text", () => {
		const raw = goldenRaw()[0] ?? {};
		const stamp = { toMillis: () => 1234 };
		const e = parseEvent({ ...raw, time: stamp, data: JSON.stringify(raw.data) });
		expect(e.time).toBe(1234);
		expect(e.data).toEqual(raw.data);
		expect(millis(new Date(5))).toBe(5);
		const bytes = { toUint8Array: () => new TextEncoder().encode(JSON.stringify(raw.data)) };
		expect(parseEvent({ ...raw, data: bytes }).data).toEqual(raw.data);
	});

	const good = { ...goldenRaw()[0] };
	test.each([
		["no object", null, /not an object/],
		["an unknown type", { ...good, type: "agent_dreaming" }, /unknown type/],
		["data that is no JSON", { ...good, data: "{" }, /data is not an object/],
		["data that is a list", { ...good, data: [] }, /data is not an object/],
		["a missing field", { ...good, data: {} }, /position is missing/],
		["a number as text", { ...good, data: { position: "1" } }, /position is missing or wrong/],
		["a broken number", { ...good, seq: 1.5 }, /number or time/],
		["a broken time", { ...good, time: "yesterday" }, /number or time/],
	])("refuses %s", (_, raw, message) => {
		expect(() => parseEvent(raw)).toThrow(message);
	});
});
