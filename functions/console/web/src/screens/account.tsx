import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { bytes, count } from "../app/format.ts";
import { account, loadAccount, user } from "../app/session.ts";
import { planTitle } from "../app/sidebar.tsx";
import type { Account, Plan } from "../cloud/contract.ts";
import { permissionName } from "../cloud/permissions.ts";
import { Erase } from "./erase.tsx";

/** What the plan allows and what is used of it, beside the other plans. */
export function AccountScreen(): JSX.Element {
	const problem = useSignal("");
	const load = async () => {
		problem.value = await loadAccount();
	};
	useEffect(() => {
		document.title = "Limits and plan · Netra";
		void load();
	}, []);
	const a = account.value;
	return (
		<section class="page stack account">
			<h1 tabIndex={-1}>Limits and plan</h1>
			<p class="muted">Signed in as {user.value?.email ?? user.value?.uid}.</p>
			{problem.value && (
				<p class="note bad" role="alert">
					{problem.value}{" "}
					<button type="button" class="button small" onClick={() => void load()}>
						Try again
					</button>
				</p>
			)}
			{!a && !problem.value && <div class="skeleton block" />}
			{a && <Used account={a} />}
			{a && <Plans account={a} />}
			{a && <Erase account={a} />}
		</section>
	);
}

function Used({ account: a }: { account: Account }): JSX.Element {
	return (
		<section class="stack" aria-labelledby="used">
			<h2 id="used">What is used on the {planTitle(a.plan)} plan</h2>
			<ul class="meters">
				<Meter name="Runs at once" used={a.usage.running} of={a.plan.running} />
				<Meter name="Runs in the queue" used={a.usage.queued} of={a.plan.queued} />
				<Meter name="Runs today (UTC)" used={a.usage.runs_today} of={a.plan.runs_per_day} />
			</ul>
		</section>
	);
}

function Meter({ name, used, of }: { name: string; used: number; of: number }): JSX.Element {
	return (
		<li>
			<span class="row">
				<span class="grow">{name}</span>
				<span class="figure">
					{count(used)} of {count(of)}
				</span>
			</span>
			<meter min={0} max={Math.max(1, of)} value={used} aria-label={name} />
		</li>
	);
}

const rows: [string, (p: Plan) => string][] = [
	["Runs at once", (p) => count(p.running)],
	["In the queue", (p) => count(p.queued)],
	["Runs a day", (p) => count(p.runs_per_day)],
	["Largest log", (p) => bytes(p.log_bytes)],
	["Kept for", (p) => `${count(p.retention_days)} days`],
];

function Plans({ account: a }: { account: Account }): JSX.Element {
	const plans = a.plans.length > 0 ? a.plans : [a.plan];
	const permissions = [...new Set(plans.flatMap((p) => p.permissions))];
	const mine = (p: Plan) => (p.name === a.plan.name ? "mine" : "");
	return (
		<section class="stack" aria-labelledby="plans">
			<h2 id="plans">What each plan allows</h2>
			{/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
			<section class="table-scroll" tabIndex={0} aria-label="Plans">
				<table>
					<thead>
						<tr>
							<td />
							{plans.map((p) => (
								<th key={p.name} scope="col" class={mine(p)}>
									{planTitle(p)}
									{mine(p) && <span class="chip">yours</span>}
								</th>
							))}
						</tr>
					</thead>
					<tbody>
						{rows.map(([name, value]) => (
							<tr key={name}>
								<th scope="row">{name}</th>
								{plans.map((p) => (
									<td key={p.name} class={`figure ${mine(p)}`}>
										{value(p)}
									</td>
								))}
							</tr>
						))}
						{permissions.map((right) => (
							<tr key={right}>
								<th scope="row">{permissionName(right)}</th>
								{plans.map((p) => (
									<td key={p.name} class={mine(p)}>
										{p.permissions.includes(right) ? "yes" : "no"}
									</td>
								))}
							</tr>
						))}
					</tbody>
				</table>
			</section>
		</section>
	);
}
