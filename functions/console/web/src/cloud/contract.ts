/** The shapes of the API, as functions/api/openapi.json has them; only what the console uses. */

export type RunStatus = "queued" | "running" | "waiting" | "completed" | "failed" | "cancelled" | "expired";

export interface Problem {
	type: string;
	title: string;
	status: number;
	detail: string;
	kind?: string;
	retry_after_seconds?: number;
}

export interface Thread {
	id: string;
	title: string;
	last_run?: string;
	created_at?: string;
	updated_at?: string;
}

export interface Missing {
	field: string;
	why: string;
	unlocks: string;
	worth: string;
	worth_usd: [number, number];
	export: string[];
}

export interface DataRequest {
	round: number;
	rounds_left: number;
	items: Missing[];
	expires_at: string;
}

export interface Failure {
	kind: string;
	reason: string;
	advice: string;
}

export interface Run {
	id: string;
	thread_id: string;
	message_id: string;
	previous?: string;
	goal: string;
	datasets: string[];
	status: RunStatus;
	stage: string;
	route: string[];
	last_seq: number;
	request?: DataRequest;
	failure?: Failure;
	artifacts: string[];
	created_at: string;
	ended_at?: string;
	deadline?: string;
}

export interface Accepted {
	run_id: string;
	message_id?: string;
	thread_id?: string;
	status: "running" | "queued";
	position?: number;
}

export interface Part {
	number: number;
	/** Where the part begins in the log. */
	offset: number;
	bytes: number;
	url: string;
}

/** Which column of a log of unknown format holds which field. */
export interface Mapping {
	/** The column by field name; in JSON a path with "/" between keys. */
	fields: Record<string, string>;
	/** Whether cached tokens are part of the input tokens. */
	cached_inside?: boolean;
}

export interface Dataset {
	id: string;
	filename: string;
	bytes: number;
	status: "uploading" | "ready" | "refused";
	parts?: Part[];
	format?: string;
	preview?: unknown;
	problem?: Failure;
}

/** One value that a user gives for a source; name is its field in Credential. */
export interface SourceField {
	name: "credential" | "base_url" | "table";
	label: string;
	example: string;
	required: boolean;
}

/** Where a log can be fetched from. The credential itself is never shown. */
export interface Source {
	source: string;
	title: string;
	help: string;
	fields: readonly SourceField[];
	stored: boolean;
	stored_at?: string;
}

export interface SourceList {
	may_fetch: boolean;
	lowest_plan: string;
	sources: Source[];
}

export interface Credential {
	credential: string;
	base_url?: string;
	table?: string;
}

export interface Plan {
	name: string;
	title?: string;
	running: number;
	queued: number;
	runs_per_day: number;
	log_bytes: number;
	retention_days: number;
	permissions: string[];
}

export interface Account {
	uid: string;
	plan: Plan;
	plans: Plan[];
	usage: { running: number; queued: number; runs_today: number };
	erasing?: Erasing;
}

/** Everything of the user is being erased; nothing new begins until done_by. */
export interface Erasing {
	since: string;
	done_by: string;
}

export interface Erased {
	erasing: Erasing;
	/** What stays, in words for the user. */
	kept: string[];
}
