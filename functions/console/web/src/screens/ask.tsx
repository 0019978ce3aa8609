import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { Icon } from "../app/icon.tsx";
import { go, Link, threadPath } from "../app/router.tsx";
import { submit, wordsOf } from "../app/session.ts";
import { Composer } from "../run/composer.tsx";
import { runSample, sampleWished } from "./sample.ts";

/** Six goals to start from; each is a whole sentence that triage reads as it is. */
export const examples = [
	"Cut our LLM spend by 30% without slower answers",
	"Where does our money go, by model and by team?",
	"Which calls could run overnight in batch at half the price?",
	"How much would prompt caching save us?",
	"Find repeated, failed and wasted calls",
	"Can a cheaper model do part of the work at the same quality?",
] as const;

/** The first page of who is signed in: say what you want and hand over a log. */
export function Ask(): JSX.Element {
	const goal = useSignal("");
	const busy = useSignal(false);
	const problem = useSignal("");
	const trySample = async () => {
		busy.value = true;
		problem.value = "";
		try {
			await runSample();
		} catch (e) {
			problem.value = wordsOf(e);
			busy.value = false;
		}
	};
	useEffect(() => {
		document.title = "New question · Netra";
		if (sampleWished()) void trySample();
	}, []);
	return (
		<section class="page narrow stack ask">
			<h1 tabIndex={-1}>What do you want to save?</h1>
			<p class="lead">
				Say it in your own words and hand over a usage log. Netra replays every call and ranks what pays.
			</p>
			<Composer
				goal={goal}
				start={async (text, datasets, priceModel) => {
					const started = await submit(text, datasets, { priceModel });
					go(threadPath(started.thread, started.run));
				}}
				action="Find savings"
			/>
			<p class="muted small-text">
				Netra can also fetch the log from OpenAI, Anthropic, Langfuse and others: store a key under{" "}
				<Link to="/sources">Sources</Link>.
			</p>
			<div class="stack">
				<h2 class="quiet-title">Or start from one of these</h2>
				<ul class="examples">
					{examples.map((text) => (
						<li key={text}>
							<button
								type="button"
								onClick={() => {
									goal.value = text;
									document.querySelector<HTMLElement>("textarea")?.focus();
								}}
							>
								<Icon name="bulb" />
								{text}
							</button>
						</li>
					))}
				</ul>
			</div>
			<div class="sample-card">
				<div>
					<strong>No log at hand?</strong>
					<p class="muted">
						See a whole run on 5,321 real calls of a coding assistant. It takes less than a minute.
					</p>
				</div>
				<button type="button" class="button" disabled={busy.value} onClick={() => void trySample()}>
					{busy.value ? "Starting…" : "Run the sample log"}
				</button>
			</div>
			{problem.value && (
				<p class="note bad" role="alert">
					{problem.value}
				</p>
			)}
		</section>
	);
}
