import type { JSX } from "preact";
import { Logo } from "../app/icon.tsx";
import { Hatching } from "../charts/bar.tsx";
import { WaysIn } from "./signin.tsx";

/** What Netra does, in one sentence, and the ways in. */
export function Welcome({ problem, farewell }: { problem: string; farewell: string }): JSX.Element {
	return (
		<main id="main" class="welcome" tabIndex={-1}>
			<header class="brand">
				<Logo />
				<span>Netra</span>
			</header>
			{farewell && (
				<p class="note good" role="status">
					{farewell}
				</p>
			)}
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
