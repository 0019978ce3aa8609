import { signal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";

/** The pages, by path: / · /t/{thread} · /t/{thread}/r/{run} · /sources · /account */
export type Route =
	| { page: "ask" }
	| { page: "thread"; thread: string; run: string }
	| { page: "sources" }
	| { page: "account" }
	| { page: "missing" };

/** Reads a path; what no page has is "missing". */
export function parseRoute(path: string): Route {
	const parts = path.split("/").filter(Boolean).map(decode);
	if (parts.length === 0) return { page: "ask" };
	if (parts[0] === "sources" && parts.length === 1) return { page: "sources" };
	if (parts[0] === "account" && parts.length === 1) return { page: "account" };
	if (parts[0] === "t" && parts[1] && (parts.length === 2 || (parts[2] === "r" && parts.length === 4))) {
		return { page: "thread", thread: parts[1], run: parts[3] ?? "" };
	}
	return { page: "missing" };
}

function decode(part: string): string {
	try {
		return decodeURIComponent(part);
	} catch {
		return part;
	}
}

export function threadPath(thread: string, run = ""): string {
	const base = `/t/${encodeURIComponent(thread)}`;
	return run ? `${base}/r/${encodeURIComponent(run)}` : base;
}

/** Where the user is now. */
export const route = signal<Route>({ page: "ask" });

/** Follows the address bar from now on. */
export function startRouter(): void {
	const read = () => {
		route.value = parseRoute(window.location.pathname);
	};
	window.addEventListener("popstate", read);
	read();
}

/** Goes to a path of the console; focus moves to the new page's heading. */
export function go(path: string, replace = false): void {
	if (path !== window.location.pathname) {
		window.history[replace ? "replaceState" : "pushState"](null, "", path);
	}
	route.value = parseRoute(path);
	if (!replace) {
		window.scrollTo(0, 0);
		requestAnimationFrame(() => document.querySelector<HTMLElement>("main h1")?.focus());
	}
}

interface LinkProps {
	to: string;
	class?: string;
	current?: boolean;
	children: ComponentChildren;
	onGo?: () => void;
	label?: string;
}

/** A link to a page of the console; opens in a new tab as links do. */
export function Link({ to, current, children, onGo, label, ...rest }: LinkProps): JSX.Element {
	const follow = (e: MouseEvent) => {
		if (e.metaKey || e.ctrlKey || e.shiftKey || e.button !== 0) return;
		e.preventDefault();
		onGo?.();
		go(to);
	};
	return (
		<a href={to} onClick={follow} aria-current={current ? "page" : undefined} aria-label={label} {...rest}>
			{children}
		</a>
	);
}
