import type {
	Accepted,
	Account,
	Credential,
	Dataset,
	Erased,
	Mapping,
	Problem,
	Run,
	Source,
	SourceList,
	Thread,
} from "./contract.ts";

/** An answer of the API that is not a success, with words for the user. */
export class ApiError extends Error {
	readonly status: number;
	readonly kind: string;
	readonly retryAfter: number;

	constructor(problem: Problem) {
		super(problem.detail || problem.title);
		this.name = "ApiError";
		this.status = problem.status;
		this.kind = problem.kind ?? problem.type.split(":").at(-1) ?? "";
		this.retryAfter = problem.retry_after_seconds ?? 0;
	}
}

/** Gives the ID token of who is signed in, or "" when nobody is. */
export type TokenSource = () => Promise<string>;

type Send = (path: string, init?: RequestInit) => Promise<Response>;

const offline: Problem = {
	type: "urn:netra:error:offline",
	title: "No connection",
	status: 0,
	detail: "Netra cannot be reached. Check your connection and try again.",
	kind: "offline",
};

async function problemOf(answer: Response): Promise<Problem> {
	const fallback: Problem = {
		type: "about:blank",
		title: "Error",
		status: answer.status,
		detail: `Netra answered with an error (${answer.status}). Try again in a moment.`,
	};
	try {
		return { ...fallback, ...((await answer.json()) as Problem), status: answer.status };
	} catch {
		return fallback;
	}
}

function sender(origin: string, token: TokenSource, fetcher: typeof fetch): Send {
	return async (path, init = {}) => {
		const headers = new Headers(init.headers);
		headers.set("Authorization", `Bearer ${await token()}`);
		if (init.body) headers.set("Content-Type", "application/json");
		const answer = await fetcher(origin + path, { ...init, headers }).catch(() => {
			throw new ApiError(offline);
		});
		if (!answer.ok) throw new ApiError(await problemOf(answer));
		return answer;
	};
}

/**
 * A POST is sent again after a lost connection or a server error with the same
 * idempotency key, so that it is done once.
 */
async function postTwice(send: Send, path: string, body: unknown): Promise<Response> {
	const init = {
		method: "POST",
		body: JSON.stringify(body),
		headers: { "Idempotency-Key": crypto.randomUUID() },
	};
	try {
		return await send(path, init);
	} catch (error) {
		if (!(error instanceof ApiError) || (error.status !== 0 && error.status < 500)) throw error;
		return send(path, init);
	}
}

/** How many events are fetched at once: the most that the API gives. */
export const eventsPage = 200;

export interface NewMessage {
	content: string;
	datasets: string[];
	price_model?: string;
}

/** The API of one signed-in user. `origin` is where it is served. */
export function connect(origin: string, token: TokenSource, fetcher: typeof fetch = (...a) => fetch(...a)) {
	const send = sender(origin, token, fetcher);
	const id = encodeURIComponent;
	const ask = async <T>(path: string, init?: RequestInit) => (await (await send(path, init)).json()) as T;
	const put = <T>(method: "PUT" | "PATCH", path: string, body: unknown) =>
		ask<T>(path, { method, body: JSON.stringify(body) });
	const post = async <T>(path: string, body: unknown = {}) =>
		(await (await postTwice(send, path, body)).json()) as T;
	const drop = async (path: string) => void (await send(path, { method: "DELETE" }));

	return {
		account: () => ask<Account>("/api/account"),
		eraseAccount: () => ask<Erased>("/api/account?confirm=erase+everything", { method: "DELETE" }),
		sources: () => ask<SourceList>("/api/sources"),
		storeCredential: (source: string, credential: Credential) =>
			put<Source>("PUT", `/api/sources/${id(source)}/credential`, credential),
		deleteCredential: (source: string) => drop(`/api/sources/${id(source)}/credential`),
		threads: (before = "") =>
			ask<{ threads: Thread[] | null }>(`/api/threads?limit=100${before && `&before=${id(before)}`}`),
		thread: (t: string) => ask<{ thread: Thread; runs: Run[] | null }>(`/api/threads/${id(t)}`),
		createThread: (title: string) => post<Thread>("/api/threads", { title }),
		renameThread: (t: string, title: string) => put<Thread>("PATCH", `/api/threads/${id(t)}`, { title }),
		deleteThread: (t: string) => drop(`/api/threads/${id(t)}`),
		say: (t: string, message: NewMessage) => post<Accepted>(`/api/threads/${id(t)}/messages`, message),
		run: (r: string) => ask<Run>(`/api/runs/${id(r)}`),
		events: async (r: string, after: number) => {
			const query = `after=${after}&limit=${eventsPage}`;
			return (await ask<{ events: unknown[] | null }>(`/api/runs/${id(r)}/events?${query}`)).events ?? [];
		},
		fetchData: (r: string, source: string) => post<Accepted>(`/api/runs/${id(r)}/data`, { source }),
		giveData: (r: string, datasets: string[]) => post<Accepted>(`/api/runs/${id(r)}/data`, { datasets }),
		goOn: (r: string) => post<Accepted>(`/api/runs/${id(r)}/continue`),
		cancel: (r: string) => post<Run>(`/api/runs/${id(r)}/cancel`),
		artifact: (r: string, name: string) => send(`/api/runs/${id(r)}/artifacts/${id(name)}`),
		createDataset: (filename: string, bytes: number) => post<Dataset>("/api/datasets", { filename, bytes }),
		sample: () => post<Dataset>("/api/datasets/sample"),
		dataset: (d: string) => ask<Dataset>(`/api/datasets/${id(d)}`),
		/** Has an uploaded log looked into; with a mapping also one that was refused before. */
		complete: (d: string, mapping?: Mapping) =>
			post<Dataset>(`/api/datasets/${id(d)}/complete`, mapping ? { mapping } : {}),
		deleteDataset: (d: string) => drop(`/api/datasets/${id(d)}`),
	};
}

export type Api = ReturnType<typeof connect>;
