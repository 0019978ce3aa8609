import { describe, expect, test } from "vitest";
import {
	ago,
	bytes,
	callCost,
	clock,
	count,
	counted,
	day,
	money,
	moneyRange,
	percent,
	sentence,
	short,
	span,
	timeOfDay,
	words,
} from "./format.ts";

describe("figures", () => {
	test.each([
		[counted(1, "call", "calls"), "1 call"],
		[counted(5321, "call", "calls"), "5,321 calls"],
		[sentence("cut cost by 30%"), "Cut cost by 30%"],
		[sentence(""), ""],
		[money(0), "$0.00"],
		[money(183.711767), "$183.71"],
		[money(10173.72), "$10,174"],
		[money(0.0004321), "$0.00"],
		[money(-0.00005), "$0.00"],
		[callCost(0.0004321), "$0.00043"],
		[callCost(-0.00095), "−$0.00095"],
		[callCost(0), "$0.00"],
		[callCost(1.234), "$1.23"],
		[money(-61.2), "−$61.20"],
		[money(Number.NaN), "not known"],
		[moneyRange([1.5, 22]), "$1.50 to $22.00"],
		[percent(33.34), "33%"],
		[percent(4.26), "4.3%"],
		[percent(100), "100%"],
		[percent(-0.009), "0%"],
		[percent(-4.26), "−4.3%"],
		[percent(Number.POSITIVE_INFINITY), "not known"],
		[count(69231073), "69,231,073"],
		[short(5321), "5,321"],
		[short(69231073), "69.2 million"],
		[bytes(12), "12 bytes"],
		[bytes(2280005), "2.2 MiB"],
		[bytes(268_435_456), "256 MiB"],
		[bytes(1024), "1 KiB"],
		[bytes(0), "0 bytes"],
		[span(340), "340 ms"],
		[span(4210), "4.2 s"],
		[span(59_990), "1 min 00 s"],
		[span(185_000), "3 min 05 s"],
		[span(7_800_000), "2 h 10 min"],
		[span(Number.NaN), ""],
		[clock(7_900), "0:07"],
		[clock(3_730_000), "1:02:10"],
		[clock(-5), "0:00"],
		[day("2025-06-08T23:59:00Z"), "8 Jun 2025"],
		[day("no day"), "not known"],
		[timeOfDay(new Date(2026, 5, 8, 17, 5).toISOString()), "17:05"],
		[timeOfDay("no time"), "a while"],
		[words("prompt_cache"), "Prompt cache"],
	])("%s", (got, want) => {
		expect(got).toBe(want);
	});

	test("tells how long ago in the largest unit", () => {
		const now = Date.parse("2026-01-02T00:00:00Z");
		expect(ago("2026-01-01T23:59:50Z", now)).toBe("just now");
		expect(ago("2026-01-01T22:30:00Z", now)).toBe("1 h ago");
		expect(ago("2025-12-30T00:00:00Z", now)).toBe("3 d ago");
		expect(ago(undefined, now)).toBe("");
	});
});
