import { words } from "../app/format.ts";

/** What each permission of shared/plan allows, in words. */
const permissionWords: Record<string, string> = {
	"log.read": "Read and measure a log",
	"price.compute": "Price every call",
	"lever.replay": "Replay the levers",
	"report.write": "Report in every format",
	"config.write": "Configuration files",
	"lever.what_if": "What-if questions",
	"model.use": "Words by a language model",
	"routing.learn": "Routing learned from quality labels",
	"connector.fetch": "Fetch logs from your provider",
	"commitment.compare": "Commitment prices compared",
	"compliance.note": "Compliance notes",
};

/** A permission in words; one that is new here by its name. */
export function permissionName(permission: string): string {
	return permissionWords[permission] ?? words(permission);
}
