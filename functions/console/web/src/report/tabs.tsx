import { useSignal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";

interface Tab {
	id: string;
	name: string;
	body: ComponentChildren;
}

/** Tabs as the ARIA pattern has them: arrows move, Home and End jump. Print shows all of them. */
export function Tabs({ label, first, tabs }: { label: string; first: string; tabs: Tab[] }): JSX.Element {
	const open = useSignal(first);
	const choose = (id: string) => {
		open.value = id;
		document.getElementById(`tab-${id}`)?.focus();
	};
	const key = (e: KeyboardEvent) => {
		const at = tabs.findIndex((t) => t.id === open.value);
		const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[e.key];
		if (to === undefined) return;
		e.preventDefault();
		choose(tabs[(to + tabs.length) % tabs.length]?.id ?? open.value);
	};
	return (
		<div class="tabs">
			<div role="tablist" aria-label={label} onKeyDown={key} tabIndex={-1}>
				{tabs.map((t) => (
					<button
						key={t.id}
						id={`tab-${t.id}`}
						type="button"
						role="tab"
						aria-selected={open.value === t.id}
						aria-controls={`panel-${t.id}`}
						tabIndex={open.value === t.id ? 0 : -1}
						onClick={() => choose(t.id)}
					>
						{t.name}
					</button>
				))}
			</div>
			{tabs.map((t) => (
				<section
					key={t.id}
					id={`panel-${t.id}`}
					role="tabpanel"
					aria-labelledby={`tab-${t.id}`}
					class={open.value === t.id ? "panel" : "panel closed"}
				>
					<h2 class="print-title">{t.name}</h2>
					{t.body}
				</section>
			))}
		</div>
	);
}
