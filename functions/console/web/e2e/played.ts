import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { api, writeDocument } from "./cloud.ts";

const path = fileURLToPath(new URL("../../../../shared/run/testdata/events.golden.jsonl", import.meta.url));

interface Raw {
	type: string;
	stage: string;
	attempt: number;
	run_id: string;
	data: Record<string, unknown>;
}

/** The golden events; the tests play them as a run would. */
export const golden: Raw[] = readFileSync(path, "utf8")
	.trim()
	.split("\n")
	.map((l) => JSON.parse(l));

export const goldenRun = golden.filter((e) => e.run_id === "r-7f3k2m");

/** The golden event of a type that ends a run in another way. */
export function goldenOf(type: string): Raw {
	const found = golden.find((e) => e.type === type);
	if (!found) throw new Error(`no golden event ${type}`);
	return found;
}

const statuses: Record<string, string> = {
	run_queued: "queued",
	run_started: "running",
	data_requested: "waiting",
	data_received: "queued",
	run_completed: "completed",
	run_failed: "failed",
	run_cancelled: "cancelled",
};

/**
 * A run that the test plays: its documents are written into the Firestore
 * emulator as a stage would write them, at the test's pace.
 */
export class PlayedRun {
	#seq = 0;
	#status = "running";

	private constructor(
		readonly uid: string,
		readonly thread: string,
		readonly id: string,
		readonly goal: string,
	) {}

	static async create(uid: string, goal = "A run that the test plays"): Promise<PlayedRun> {
		const thread = (await api(uid, "POST", "/api/threads", { title: goal })).id as string;
		const run = new PlayedRun(
			uid,
			thread,
			`r${Date.now().toString(36)}${Math.floor(Math.random() * 1e6).toString(36)}`,
			goal,
		);
		await run.#save([]);
		return run;
	}

	get path(): string {
		return `/t/${this.thread}/r/${this.id}`;
	}

	get seq(): number {
		return this.#seq;
	}

	/** Writes the next event and returns when the emulator committed it, in milliseconds. */
	async tell(type: string, stage: string, data: object, attempt = 1): Promise<number> {
		this.#seq++;
		return this.tellAt(this.#seq, type, stage, data, attempt);
	}

	/** Writes an event under a number of the test's choice. */
	async tellAt(seq: number, type: string, stage: string, data: object, attempt = 1): Promise<number> {
		this.#seq = Math.max(this.#seq, seq);
		const name = String(seq).padStart(8, "0");
		const committed = await writeDocument(`users/${this.uid}/runs/${this.id}/events/${name}`, {
			seq,
			type,
			run_id: this.id,
			thread_id: this.thread,
			stage,
			attempt: stage ? attempt : 0,
			time: new Date(),
			data,
		});
		this.#status = statuses[type] ?? this.#status;
		return committed;
	}

	/** Plays golden events from one number to another, both included, and saves the run. */
	async play(from: number, to: number): Promise<void> {
		for (const e of goldenRun.slice(from - 1, to)) await this.tell(e.type, e.stage, e.data, e.attempt);
		await this.save();
	}

	/** Writes a file of the run, as the report stage does. */
	async artifact(name: string, mediaType: string, body: string): Promise<void> {
		const raw = new TextEncoder().encode(body);
		await writeDocument(`users/${this.uid}/runs/${this.id}/artifacts/${name}`, {
			name,
			media_type: mediaType,
			bytes: raw.length,
			body: raw,
			object: "",
			expire_at: new Date(Date.now() + 86_400_000),
		});
	}

	/** Writes the run's own document as it is now. */
	save(artifacts: string[] = []): Promise<void> {
		return this.#save(artifacts);
	}

	async #save(artifacts: string[]): Promise<void> {
		const now = new Date();
		const later = new Date(now.getTime() + 86_400_000);
		await writeDocument(`users/${this.uid}/runs/${this.id}`, {
			id: this.id,
			user_id: this.uid,
			thread_id: this.thread,
			message_id: "m",
			goal: this.goal,
			datasets: [],
			plan: "free",
			status: this.#status,
			stage: "triage",
			route: ["triage", "intelligence", "optimization", "actions", "report"],
			round: 0,
			attempt: 0,
			emitted: [],
			last_seq: this.#seq,
			artifacts,
			created_at: now,
			updated_at: now,
			deadline: later,
			next_check: later,
			expire_at: later,
		});
	}
}
