import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { Ask } from "../screens/ask.tsx";
import { NoAccess } from "../screens/noaccess.tsx";
import { Welcome } from "../screens/welcome.tsx";
import { Dialog } from "./dialog.tsx";
import { Icon, Logo } from "./icon.tsx";
import { lazy } from "./lazy.tsx";
import { LiveRegion } from "./live.tsx";
import { Link, route } from "./router.tsx";
import { auth, bootProblem, farewell, online, refusal, user } from "./session.ts";
import { Sidebar } from "./sidebar.tsx";

const ThreadScreen = lazy(async () => (await import("../screens/thread.tsx")).ThreadScreen);
const SourcesScreen = lazy(async () => (await import("../screens/sources.tsx")).SourcesScreen);
const AccountScreen = lazy(async () => (await import("../screens/account.tsx")).AccountScreen);

/** The whole page: who is not signed in sees the welcome, all others the console. */
export function Frame(): JSX.Element {
	if (user.value === undefined) return <Splash />;
	return (
		<>
			<a class="skip" href="#main">
				Skip to the content
			</a>
			<LiveRegion />
			{!online.value && (
				<p class="banner" role="status">
					<Icon name="warn" /> You are offline. What is shown stays; Netra goes on as soon as you are back.
				</p>
			)}
			<Inside />
		</>
	);
}

function Inside(): JSX.Element {
	if (!user.value || !auth.value) return <Welcome problem={bootProblem.value} farewell={farewell.value} />;
	return refusal.value ? <NoAccess why={refusal.value} /> : <Console />;
}

function Splash(): JSX.Element {
	return (
		<main class="splash" aria-busy="true">
			<Logo />
			<span class="sr">Netra is loading</span>
		</main>
	);
}

function Console(): JSX.Element {
	const open = useSignal(false);
	const close = () => {
		open.value = false;
	};
	return (
		<div class="frame">
			<header class="topbar">
				<button
					type="button"
					class="icon-button large"
					aria-label="Open the menu"
					onClick={() => (open.value = true)}
				>
					<Icon name="menu" />
				</button>
				<Link to="/" class="brand" label="Netra, new question">
					<Logo />
					<span>Netra</span>
				</Link>
			</header>
			<aside class="side" aria-label="Menu">
				<Sidebar />
			</aside>
			{open.value && (
				<Dialog title="Menu" class="drawer" close={close}>
					<Sidebar onGo={close} />
				</Dialog>
			)}
			<main id="main" tabIndex={-1}>
				<Page />
			</main>
		</div>
	);
}

function Page(): JSX.Element {
	const r = route.value;
	switch (r.page) {
		case "ask":
			return <Ask />;
		case "thread":
			return <ThreadScreen key={r.thread} thread={r.thread} run={r.run} />;
		case "sources":
			return <SourcesScreen />;
		case "account":
			return <AccountScreen />;
		case "missing":
			return (
				<section class="page narrow stack">
					<h1 tabIndex={-1}>There is nothing here</h1>
					<p class="muted">The address may be mistyped, or what it showed was deleted.</p>
					<p>
						<Link to="/" class="button primary">
							Ask a new question
						</Link>
					</p>
				</section>
			);
	}
}
