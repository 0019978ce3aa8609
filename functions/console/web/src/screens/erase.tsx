import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { Dialog } from "../app/dialog.tsx";
import { timeOfDay } from "../app/format.ts";
import { go } from "../app/router.tsx";
import { account, api, auth, farewell, loadAccount, loadThreads, wordsOf } from "../app/session.ts";
import { signInProblem } from "../cloud/auth.ts";
import type { Account } from "../cloud/contract.ts";
import { forgetUploads } from "../upload/browser.ts";

/** What has to be typed. */
const confirmation = "erase everything";

/** The end of the account page: erase everything, or how far that is. */
export function Erase({ account: a }: { account: Account }): JSX.Element {
	const asking = useSignal(false);
	return (
		<section class="stack" aria-labelledby="erase">
			<h2 id="erase">Erase everything</h2>
			{a.erasing ? (
				<Erasing until={a.erasing.done_by} />
			) : (
				<>
					<p class="muted">
						Deletes all your questions, runs, reports, uploaded logs and stored keys, your plan, and your
						sign-in. To delete one question with its data, use the list of questions.
					</p>
					<p>
						<button type="button" class="button" onClick={() => (asking.value = true)}>
							Erase everything…
						</button>
					</p>
				</>
			)}
			{asking.value && <EraseDialog close={() => (asking.value = false)} />}
		</section>
	);
}

/** Erases what there is at Netra, then the sign-in if Firebase takes it. */
async function eraseAll(): Promise<void> {
	const { erasing } = await api.value.eraseAccount();
	forgetUploads();
	if (account.value) account.value = { ...account.value, erasing };
	const removed = (await auth.value?.remove().catch(() => false)) ?? false;
	if (removed) leave(erasing.done_by);
	else await Promise.all([loadThreads(), loadAccount()]);
}

function leave(until: string): void {
	farewell.value = `Your sign-in is deleted and your data is erased. What was still on its way goes by ${timeOfDay(until)}.`;
	go("/");
}

function EraseDialog({ close }: { close: () => void }): JSX.Element {
	const typed = useSignal("");
	const busy = useSignal(false);
	const problem = useSignal("");
	const input = useRef<HTMLInputElement>(null);
	const submit = async (e: Event) => {
		e.preventDefault();
		if (busy.value) return;
		if (typed.value.trim().toLowerCase() !== confirmation) {
			problem.value = `Nothing was erased. Type “${confirmation}” if you mean it.`;
			input.current?.focus();
			return;
		}
		busy.value = true;
		try {
			await eraseAll();
			close();
		} catch (e) {
			problem.value = wordsOf(e);
			busy.value = false;
		}
	};
	return (
		<Dialog title="Erase everything?" close={close}>
			<form onSubmit={submit} class="stack" noValidate>
				<h2>Erase everything?</h2>
				<p>
					Runs that are at work or wait are stopped. Then all your questions, runs, reports, uploaded logs and
					stored keys, your plan and your sign-in are deleted for good. Nobody can bring them back.
				</p>
				<p class="muted small-text">
					What stays: the operator’s logs for 30 days, with a hash of your user id and no word of yours, and
					counters that name nobody. Copies that you downloaded are yours to delete.
				</p>
				<label class="field">
					Type “{confirmation}” to confirm
					<input
						ref={input}
						value={typed.value}
						autocomplete="off"
						autocapitalize="off"
						spellcheck={false}
						aria-invalid={problem.value !== ""}
						aria-describedby={problem.value ? "erase-problem" : undefined}
						onInput={(e) => {
							typed.value = e.currentTarget.value;
							problem.value = "";
						}}
					/>
				</label>
				{problem.value && (
					<p class="note bad" role="alert" id="erase-problem">
						{problem.value}
					</p>
				)}
				<div class="row end wrap">
					<button type="button" class="button quiet" onClick={close}>
						Cancel
					</button>
					<button type="submit" class="button danger" disabled={busy.value} aria-busy={busy.value}>
						{busy.value ? "Erasing…" : "Erase everything"}
					</button>
				</div>
			</form>
		</Dialog>
	);
}

/** For who is being erased and still signed in: what is left is the sign-in. */
function Erasing({ until }: { until: string }): JSX.Element {
	const problem = useSignal("");
	const removeSignIn = async () => {
		try {
			if (await auth.value?.remove()) return leave(until);
			problem.value =
				"Firebase, which keeps the sign-in, wants you to sign in again first. Sign out, sign in, and come back here.";
		} catch (e) {
			problem.value = signInProblem(e);
		}
	};
	return (
		<>
			<p class="note warn" role="status">
				Everything of yours is being erased. Your sign-in is still there: delete it too, or begin anew with it
				after {timeOfDay(until)}.
			</p>
			{problem.value && (
				<p class="note bad" role="alert">
					{problem.value}
				</p>
			)}
			<p>
				<button type="button" class="button danger" onClick={() => void removeSignIn()}>
					Delete the sign-in
				</button>
			</p>
		</>
	);
}
