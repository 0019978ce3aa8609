import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { Icon, Logo } from "../app/icon.tsx";
import { auth } from "../app/session.ts";
import { Hatching } from "../charts/bar.tsx";
import { signInProblem } from "../cloud/auth.ts";
import { rememberSample } from "./sample.ts";

/** What Netra does, in one sentence, and the ways in. */
export function Welcome({ problem }: { problem: string }): JSX.Element {
	return (
		<main id="main" class="welcome" tabIndex={-1}>
			<header class="brand">
				<Logo />
				<span>Netra</span>
			</header>
			<div class="welcome-top">
				<section class="hero">
					<h1 tabIndex={-1}>See what you could save on your LLM bill, proven on your own usage log.</h1>
					<p class="lead">
						Say what you want, hand over a log, and watch five agents replay every call under cheaper
						policies. You get a ranked plan with ranges, evidence and the configuration to apply.
					</p>
					{problem ? (
						<p class="note bad" role="alert">
							{problem}
						</p>
					) : (
						<WaysIn />
					)}
				</section>
				<Picture />
			</div>
			<ol class="promises">
				<li>
					<strong>Computed, not guessed</strong>
					<span>
						Each figure is a replay of your own calls at dated prices, with a 90% range and a backtest.
					</span>
				</li>
				<li>
					<strong>Prompts stay yours</strong>
					<span>
						Prompt text is hashed on arrival. It is not stored, not logged and never sent to a model.
					</span>
				</li>
				<li>
					<strong>Ready to apply</strong>
					<span>Configuration files to copy, and checks that tell whether the saving came.</span>
				</li>
			</ol>
		</main>
	);
}

/** What a plan looks like, without figures: a bill that falls step by step. */
function Picture(): JSX.Element {
	const steps = [
		[22, 38],
		[60, 26],
		[86, 18],
	] as const;
	return (
		<svg class="welcome-picture" viewBox="0 0 200 170" aria-hidden="true" focusable="false">
			<Hatching id="welcome-hatch" />
			<rect class="bar-before" x="0" y="10" width="26" height="150" rx="3" />
			{steps.map(([top, height], i) => (
				<g key={top}>
					<path class="picture-line" d={`M${26 + i * 40} ${top - 12}H${40 + i * 40 + 26}`} />
					<rect fill="url(#welcome-hatch)" x={40 + i * 40} y={top - 12} width="26" height={height} rx="3" />
				</g>
			))}
			<path class="picture-line" d="M146 92H186" />
			<rect class="bar-after" x="160" y="92" width="26" height="68" rx="3" />
		</svg>
	);
}

function WaysIn(): JSX.Element {
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
			{signIn.local ? <Local busy={busy.value} act={act} /> : <Google busy={busy.value} act={act} />}
			<EmailLink
				busy={busy.value}
				sent={sent.value}
				send={(email) =>
					act(async () => {
						await signIn.emailLink(email);
						sent.value = email;
					})
				}
			/>
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

/** The demo user exists in the local cloud only. */
function Local({ busy, act }: WayProps): JSX.Element {
	const demo = () => auth.value?.demo() ?? Promise.resolve();
	const sample = () => {
		rememberSample();
		return demo();
	};
	return (
		<div class="row wrap">
			<button type="button" class="button primary big" disabled={busy} onClick={() => void act(sample)}>
				Try it on the sample log <Icon name="arrow" />
			</button>
			<button type="button" class="button big" disabled={busy} onClick={() => void act(demo)}>
				Sign in as the demo user
			</button>
		</div>
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

function EmailLink(p: { busy: boolean; sent: string; send: (email: string) => Promise<void> }): JSX.Element {
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
				Or sign in with a link by e-mail
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
