import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseEvent, type RunEvent } from "./event.ts";

const path = fileURLToPath(
	new URL("../../../../../shared/run/testdata/events.golden.jsonl", import.meta.url),
);

/** For tests: the raw golden events that the Go tests of shared/run parse, too. */
export function goldenRaw(): Record<string, unknown>[] {
	return readFileSync(path, "utf8")
		.trim()
		.split("\n")
		.map((l) => JSON.parse(l));
}

/** For tests: the golden run from its first event to its last. */
export function goldenRun(): RunEvent[] {
	return goldenRaw()
		.filter((e) => e.run_id === "r-7f3k2m")
		.map(parseEvent);
}
