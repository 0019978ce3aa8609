import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { sentence, span, words } from "../app/format.ts";
import { Icon } from "../app/icon.tsx";
import { config } from "../app/session.ts";
import { permissionName } from "../cloud/permissions.ts";
import type { AgentEntry, Entry, Item, RunView, ToolItem } from "../events/view.ts";
import { isFinal, stagesToCome } from "../events/view.ts";
import { memo } from "./memo.tsx";
import { Timer } from "./status.tsx";

/** The run as a story: what each agent thought, used and found, in order. */
export function Timeline({ view, skew }: { view: RunView; skew: number }): JSX.Element {
	return (
		<ol class="timeline" aria-label="What the agents do">
			{view.entries.map((entry) => (
				<EntryRow key={entry.seq} entry={entry} skew={skew} />
			))}
			{stagesToCome(view).map((stage) => (
				<ToCome key={stage} stage={stage} />
			))}
			{!isFinal(view.status) && view.route.length === 0 && view.entries.length === 0 && <ToCome stage="" />}
		</ol>
	);
}

/** Drawn again only if the entry changed. */
const EntryRow = memo(({ entry, skew }: { entry: Entry; skew: number }) =>
	entry.kind === "agent" ? <AgentRow agent={entry} skew={skew} /> : <AnsweredRow answer={entry.answer} />,
);

const answers: Record<string, string> = {
	"": "Netra asked for more data",
	data: "You added data",
	continue: "You let it go on with what there is",
	expired: "No data came in time, so it went on with what there is",
};

function AnsweredRow({ answer }: { answer: string }): JSX.Element {
	return (
		<li class="entry asked">
			<span class="node warn">
				<Icon name="warn" />
			</span>
			<p>{answers[answer] ?? answers[""]}</p>
		</li>
	);
}

function ToCome({ stage }: { stage: string }): JSX.Element {
	const found = config.value?.stages.find((s) => s.name === stage);
	return (
		<li class="entry to-come">
			<span class="node">
				<Icon name="ring" />
			</span>
			<h2>{found?.title ?? (words(stage) || "Getting ready")}</h2>
			<span class="muted">{found?.purpose}</span>
		</li>
	);
}

function AgentRow({ agent: a, skew }: { agent: AgentEntry; skew: number }): JSX.Element {
	const purpose = config.value?.stages.find((s) => s.name === a.stage)?.purpose ?? "";
	const working = a.state === "working";
	return (
		<li class={`entry ${a.state}`} data-stage={a.stage}>
			<span class={`node ${working ? "live" : a.state === "done" ? "good" : ""}`}>
				<Icon name={working ? "dot" : a.state === "done" ? "check" : "stop"} />
			</span>
			<div class="entry-head">
				<h2>{a.agent}</h2>
				<span class="muted grow">{purpose}</span>
				{working ? (
					<Timer since={a.began} skew={skew} />
				) : (
					<span class="figure muted">
						{a.durationMs > 0 ? span(a.durationMs) : a.state === "stopped" ? "stopped" : ""}
					</span>
				)}
			</div>
			{working && <progress class="thin" max={1} value={a.progress} aria-label={`${a.agent}: progress`} />}
			{a.summary && <p class="summary">{sentence(a.summary)}</p>}
			<Items agent={a} skew={skew} />
		</li>
	);
}

/** A working agent shows its newest items; what is older, and a finished agent's, unfolds. */
function Items({ agent, skew }: { agent: AgentEntry; skew: number }): JSX.Element | null {
	const shown = agent.state === "working" ? 8 : 0;
	const cut = Math.max(0, agent.items.length - shown);
	const old = agent.items.slice(0, cut);
	const partials = old.filter((i) => i.kind === "partial");
	const steps = old.length - partials.length;
	return (
		<>
			{partials.length > 0 && (
				<ul class="items">
					{partials.map((i) => (
						<ItemRow key={i.seq} item={i} skew={skew} />
					))}
				</ul>
			)}
			{steps > 0 && (
				<Older
					title={`${steps} ${agent.state === "working" ? "earlier " : ""}${steps === 1 ? "step" : "steps"}`}
					items={old}
					skew={skew}
				/>
			)}
			{agent.items.length > cut && (
				<ul class="items">
					{agent.items.slice(cut).map((i) => (
						<ItemRow key={i.seq} item={i} skew={skew} />
					))}
				</ul>
			)}
		</>
	);
}

/** Older steps are only put on the page when they are unfolded, so that a long run stays light. */
function Older({ title, items, skew }: { title: string; items: Item[]; skew: number }): JSX.Element {
	const open = useSignal(false);
	return (
		<details
			class="older"
			onToggle={(e) => {
				open.value = e.currentTarget.open;
			}}
		>
			<summary>{title}</summary>
			{open.value && (
				<ul class="items">
					{items.map((i) => i.kind !== "partial" && <ItemRow key={i.seq} item={i} skew={skew} />)}
				</ul>
			)}
		</details>
	);
}

const ItemRow = memo(({ item, skew }: { item: Item; skew: number }) => {
	switch (item.kind) {
		case "thought":
			return (
				<li class="item thought">
					<Icon name="bulb" />
					<span>{item.text}</span>
				</li>
			);
		case "retry":
			return (
				<li class="item retry">
					<Icon name="retry" />
					<span>
						Started again (attempt {item.attempt}): {item.reason}. Nothing is lost.
					</span>
				</li>
			);
		case "partial":
			return (
				<li class="item partial">
					<strong>{item.title}</strong>
					<span>{item.summary}</span>
				</li>
			);
		case "tool":
			return <ToolRow tool={item} skew={skew} />;
	}
});

const toolLooks = {
	running: ["dot", "live", "running"],
	done: ["check", "good", "done"],
	failed: ["cross", "bad", "failed"],
	denied: ["lock", "warn", "not in your plan"],
	stopped: ["stop", "", "stopped"],
} as const;

function ToolRow({ tool, skew }: { tool: ToolItem; skew: number }): JSX.Element {
	const [icon, look, word] = toolLooks[tool.state];
	return (
		<li class={`item tool ${look}`}>
			<Icon name={icon} class={look} />
			<span class="grow">
				<span class="tool-name">{words(tool.tool)}</span>
				<span class="sr">, {word}: </span> <span class="muted">{tool.summary || tool.purpose}</span>
				{tool.denied && (
					<span class="denied">
						{" "}
						{permissionName(tool.denied.permission)}: from the {words(tool.denied.plan)} plan on.
					</span>
				)}
			</span>
			{tool.state === "running" ? (
				<Timer since={tool.began} skew={skew} />
			) : (
				<span class="figure muted small-text">{tool.state === "stopped" ? "" : span(tool.durationMs)}</span>
			)}
		</li>
	);
}
