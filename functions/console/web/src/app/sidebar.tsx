import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { Thread } from "../cloud/contract.ts";
import { AskDialog } from "./dialog.tsx";
import { ago } from "./format.ts";
import { Icon, Logo } from "./icon.tsx";
import { go, Link, route, threadPath } from "./router.tsx";
import {
	account,
	auth,
	deleteThread,
	loadThreads,
	renameThread,
	threads,
	threadsProblem,
	user,
} from "./session.ts";

/** The list of threads with search, and the way to everything else. */
export function Sidebar({ onGo }: { onGo?: () => void }): JSX.Element {
	const leave = onGo ?? (() => {});
	const here = route.value.page;
	return (
		<div class="sidebar">
			<Link to="/" class="brand" onGo={leave} label="Netra, new question">
				<Logo />
				<span>Netra</span>
			</Link>
			<Link to="/" class="button wide" onGo={leave} current={here === "ask"}>
				<Icon name="plus" />
				New question
			</Link>
			<Threads onGo={leave} />
			<div class="sidebar-foot">
				<Link to="/sources" class="foot-link" onGo={leave} current={here === "sources"}>
					Sources
				</Link>
				<Link to="/account" class="foot-link" onGo={leave} current={here === "account"}>
					<span class="ellipsis">{user.value?.displayName || user.value?.email || user.value?.uid}</span>
					<span class="chip">{account.value ? planTitle(account.value.plan) : "…"}</span>
				</Link>
				<button
					type="button"
					class="button quiet small"
					onClick={() => void auth.value?.out().then(() => go("/"))}
				>
					Sign out
				</button>
			</div>
		</div>
	);
}

export function planTitle(plan: { name: string; title?: string }): string {
	return plan.title || plan.name.charAt(0).toUpperCase() + plan.name.slice(1);
}

function Threads({ onGo }: { onGo: () => void }): JSX.Element {
	const wanted = useSignal("");
	const all = threads.value;
	const found = (all ?? []).filter((t) => t.title.toLowerCase().includes(wanted.value.trim().toLowerCase()));
	return (
		<nav class="threads" aria-label="Your questions">
			<label class="search">
				<Icon name="search" />
				<input
					type="search"
					placeholder="Search your questions"
					aria-label="Search your questions"
					value={wanted.value}
					onInput={(e) => {
						wanted.value = e.currentTarget.value;
					}}
				/>
			</label>
			{threadsProblem.value && (
				<p class="note bad" role="alert">
					{threadsProblem.value}
					<button type="button" class="button small" onClick={() => void loadThreads()}>
						Try again
					</button>
				</p>
			)}
			{!all && !threadsProblem.value && <ThreadSkeleton />}
			{all?.length === 0 && <p class="muted small-text">Nothing asked yet.</p>}
			{all && all.length > 0 && found.length === 0 && (
				<p class="muted small-text">No question has these words.</p>
			)}
			<ul>
				{found.map((t) => (
					<ThreadRow key={t.id} thread={t} onGo={onGo} />
				))}
			</ul>
		</nav>
	);
}

function ThreadSkeleton(): JSX.Element {
	return (
		<div class="stack" aria-hidden="true">
			<div class="skeleton line" />
			<div class="skeleton line" />
			<div class="skeleton line short" />
		</div>
	);
}

function ThreadRow({ thread, onGo }: { thread: Thread; onGo: () => void }): JSX.Element {
	const asking = useSignal<"" | "rename" | "delete">("");
	const r = route.value;
	const here = r.page === "thread" && r.thread === thread.id;
	const close = () => {
		asking.value = "";
	};
	return (
		<li class={`thread-row ${here ? "here" : ""}`}>
			<Link to={threadPath(thread.id)} onGo={onGo} current={here}>
				<span class="ellipsis">{thread.title || "Untitled"}</span>
				<span class="muted small-text">{ago(thread.updated_at ?? thread.created_at, Date.now())}</span>
			</Link>
			<span class="thread-tools">
				<button
					type="button"
					class="icon-button"
					aria-label={`Rename ${thread.title}`}
					onClick={() => (asking.value = "rename")}
				>
					<Icon name="pencil" />
				</button>
				<button
					type="button"
					class="icon-button"
					aria-label={`Delete ${thread.title}`}
					onClick={() => (asking.value = "delete")}
				>
					<Icon name="trash" />
				</button>
			</span>
			{asking.value === "rename" && (
				<AskDialog
					title="Rename this question"
					label="Name"
					value={thread.title}
					action="Rename"
					close={close}
					then={(title) => renameThread(thread.id, title)}
				/>
			)}
			{asking.value === "delete" && (
				<AskDialog
					title="Delete this question?"
					text="Its runs, reports, configuration files and uploaded logs are deleted for good. This cannot be undone."
					action="Delete"
					danger
					close={close}
					then={async () => {
						await deleteThread(thread.id);
						if (here) go("/");
					}}
				/>
			)}
		</li>
	);
}
