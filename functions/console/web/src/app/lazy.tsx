import type { ComponentType, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

/** A component whose code is fetched when it is first shown. */
export function lazy<P extends object>(load: () => Promise<ComponentType<P>>): (props: P) => JSX.Element {
	let ready: ComponentType<P> | null = null;
	return function Lazy(props: P) {
		const [, drawAgain] = useState(0);
		const [failed, setFailed] = useState(false);
		useEffect(() => {
			if (ready) return;
			load().then(
				(c) => {
					ready = c;
					drawAgain((n) => n + 1);
				},
				() => setFailed(true),
			);
		}, []);
		if (ready) {
			const Ready = ready;
			return <Ready {...props} />;
		}
		if (failed) {
			return (
				<p class="note bad" role="alert">
					This part of the page could not be loaded. Reload the page.
				</p>
			);
		}
		return (
			<section class="page stack" aria-busy="true">
				<div class="skeleton title" />
				<div class="skeleton block" />
			</section>
		);
	};
}
