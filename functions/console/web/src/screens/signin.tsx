import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { Icon } from "../app/icon.tsx";
import { auth } from "../app/session.ts";
import { signInProblem } from "../cloud/auth.ts";
import { rememberSample } from "./sample.ts";

/** The ways to sign in: Google where it is set up and a link by e-mail, or a user of the local cloud. */
export function WaysIn(): JSX.Element {
	const problem = useSignal("");
	const busy = useSignal(false);
	const sent = useSignal("");
	const act = async (what: () => Promise<void>) => {
		busy.value = true;
		problem.value = "";
		try {
			await what();
		} catch (e) {
			problem.value = signInProblem(e);
		}
		busy.value = false;
	};
	const signIn = auth.value;
	if (!signIn) return <p class="muted">Signing in is not ready.</p>;
	return (
		<div class="ways stack">
			{signIn.local ? (
				<Local busy={busy.value} act={act} />
			) : (
				<>
					{signIn.withGoogle && <Google busy={busy.value} act={act} />}
					<EmailLink
						alone={!signIn.withGoogle}
						busy={busy.value}
						sent={sent.value}
						send={(email) =>
							act(async () => {
								await signIn.emailLink(email);
								sent.value = email;
							})
						}
					/>
				</>
			)}
			{problem.value && (
				<p class="note bad" role="alert">
					{problem.value}
				</p>
			)}
		</div>
	);
}

interface WayProps {
	busy: boolean;
	act: (what: () => Promise<void>) => Promise<void>;
}

/** The local cloud has a demo user, and any other that is named. */
function Local({ busy, act }: WayProps): JSX.Element {
	const name = useSignal("");
	const enter = (uid: string) => auth.value?.localUser(uid) ?? Promise.resolve();
	const sample = () => {
		rememberSample();
		return enter("demo");
	};
	return (
		<>
			<div class="row wrap">
				<button type="button" class="button primary big" disabled={busy} onClick={() => void act(sample)}>
					Try it on the sample log <Icon name="arrow" />
				</button>
				<button
					type="button"
					class="button big"
					disabled={busy}
					onClick={() => void act(() => enter("demo"))}
				>
					Sign in as the demo user
				</button>
			</div>
			<form
				class="email-link"
				onSubmit={(e) => {
					e.preventDefault();
					void act(() => enter(name.value.trim()));
				}}
			>
				<label class="field">
					Or as another user of this local cloud
					<span class="row">
						<input
							required
							maxLength={64}
							pattern="[A-Za-z0-9_\-]+"
							title="Letters, digits, - and _"
							placeholder="a-name"
							value={name.value}
							onInput={(e) => {
								name.value = e.currentTarget.value;
							}}
						/>
						<button type="submit" class="button" disabled={busy}>
							Sign in
						</button>
					</span>
				</label>
			</form>
		</>
	);
}

function Google({ busy, act }: WayProps): JSX.Element {
	const google = () => auth.value?.google() ?? Promise.resolve();
	const sample = () => {
		rememberSample();
		return google();
	};
	return (
		<div class="row wrap">
			<button type="button" class="button primary big" disabled={busy} onClick={() => void act(google)}>
				Continue with Google
			</button>
			<button type="button" class="button big" disabled={busy} onClick={() => void act(sample)}>
				Try it on the sample log
			</button>
		</div>
	);
}

interface EmailLinkProps {
	/** Whether it is the only way in. */
	alone: boolean;
	busy: boolean;
	sent: string;
	send: (email: string) => Promise<void>;
}

function EmailLink(p: EmailLinkProps): JSX.Element {
	const email = useSignal("");
	if (p.sent) {
		return (
			<p class="note good" role="status">
				<Icon name="check" /> A link is on its way to {p.sent}. Open it in this browser to sign in.
			</p>
		);
	}
	return (
		<form
			class="email-link"
			onSubmit={(e) => {
				e.preventDefault();
				void p.send(email.value);
			}}
		>
			<label class="field">
				{p.alone ? "Sign in with a link by e-mail" : "Or sign in with a link by e-mail"}
				<span class="row">
					<input
						type="email"
						required
						autocomplete="email"
						placeholder="you@company.com"
						value={email.value}
						onInput={(e) => {
							email.value = e.currentTarget.value;
						}}
					/>
					<button type="submit" class="button" disabled={p.busy}>
						Send link
					</button>
				</span>
			</label>
		</form>
	);
}
