import { describe, expect, test } from "vitest";
import { firstStep, outlook } from "./outlook.ts";
import { readReport } from "./parse.ts";

const lever = (id: string, status: string, usd: number, effort = "medium") => ({
	lever: id,
	status,
	estimated_savings_usd: usd,
	marginal_savings_usd: usd,
	effort,
	risk: effort,
});

function report(savings: number, levers: object[], missing: object[] = []) {
	return readReport({
		plan: { cost_before_usd: 200, cost_after_usd: 200 - savings, savings_percentage: savings / 2 },
		recommendations: levers,
		sufficiency: { missing },
	});
}

describe("outlook", () => {
	test("leads with the plan if it saves something of note", () => {
		const o = outlook(report(20, [lever("a", "proposed", 20), lever("b", "optional", 90)]));
		expect(o).toMatchObject({ lead: "now", now: 20, decision: { savings: 90, lever: { lever: "b" } } });
	});

	test("leads with the largest decision if the plan alone saves little", () => {
		const r = report(0.01, [
			lever("a", "proposed", 0.01),
			lever("b", "optional", 9),
			lever("c", "optional", 50),
		]);
		expect(outlook(r)).toMatchObject({
			lead: "decision",
			decision: { savings: 50, levers: 1, lever: { lever: "c" } },
		});
		expect(firstStep(r)?.lever).toBe("c");
	});

	test("takes the replay with all optional levers for the decision, where there is one", () => {
		const r = readReport({
			plan: {
				cost_before_usd: 200,
				cost_after_usd: 199,
				savings_percentage: 0.5,
				if_accepted: { savings_usd: 55, savings_percentage: 27, interval_90: [40, 70] },
			},
			recommendations: [lever("b", "optional", 9), lever("c", "optional", 50)],
		});
		expect(outlook(r).decision).toMatchObject({
			savings: 55,
			percentage: 27,
			interval: [40, 70],
			levers: 2,
			lever: { lever: "c" },
		});
	});

	test("promises nothing if nothing saves", () => {
		const r = report(0, [lever("a", "no_saving", 0)]);
		expect(outlook(r)).toMatchObject({ lead: "none", decision: null, unlocks: [] });
		expect(firstStep(r)).toBeNull();
	});

	test("names each lever that more data would unlock once", () => {
		const missing = [{ unlocks: "response-cache, waste" }, { unlocks: "routing" }, { unlocks: "waste" }, {}];
		expect(outlook(report(5, [], missing)).unlocks).toEqual(["response-cache", "waste", "routing"]);
	});
});

describe("firstStep", () => {
	test("takes the easiest of the large steps", () => {
		const levers = [
			lever("hard", "proposed", 12, "high"),
			lever("easy", "proposed", 7, "low"),
			lever("tiny", "proposed", 1, "low"),
		];
		expect(firstStep(report(20, levers))?.lever).toBe("easy");
		expect(firstStep(report(20, [levers[0] ?? {}, levers[2] ?? {}]))?.lever).toBe("hard");
	});
});
