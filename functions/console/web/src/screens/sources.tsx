import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { SourceList } from "../sources/list.tsx";

/** Where Netra may fetch logs by itself, and the keys for it. */
export function SourcesScreen(): JSX.Element {
	useEffect(() => {
		document.title = "Sources · Netra";
	}, []);
	return (
		<section class="page narrow stack">
			<h1 tabIndex={-1}>Sources</h1>
			<p class="lead">
				Store a key and Netra fetches the usage log itself, as often as you ask: “cut our OpenAI bill”,
				without an export.
			</p>
			<SourceList heading="h2" />
			<p class="muted small-text">
				A key goes into Google Secret Manager and is read only while a run of yours fetches. It is never shown
				again, never logged and never sent to a language model. A new key destroys the one before.
			</p>
		</section>
	);
}
