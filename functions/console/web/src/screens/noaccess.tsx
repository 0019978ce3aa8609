import type { JSX } from "preact";
import { Logo } from "../app/icon.tsx";
import { go } from "../app/router.tsx";
import { auth, loadThreads, user } from "../app/session.ts";

/** For who is signed in but not invited: why, whom to ask, and the ways on. */
export function NoAccess({ why }: { why: string }): JSX.Element {
	return (
		<main id="main" class="welcome" tabIndex={-1}>
			<header class="brand">
				<Logo />
				<span>Netra</span>
			</header>
			<section class="page narrow stack">
				<h1 tabIndex={-1}>You are signed in, but not let in</h1>
				<p class="note bad" role="alert">
					{why}
				</p>
				{user.value?.email && <p class="muted">Signed in as {user.value.email}.</p>}
				<div class="row wrap">
					<button
						type="button"
						class="button primary"
						onClick={() => void auth.value?.out().then(() => go("/"))}
					>
						Sign in with another address
					</button>
					<button type="button" class="button" onClick={() => void loadThreads()}>
						Try again
					</button>
				</div>
			</section>
		</main>
	);
}
