import { keyPrefix, type Memory, type PutPart } from "./parts.ts";

/** Sends a part with XMLHttpRequest: fetch tells no upload progress. */
export const putPart: PutPart = (url, body, sent, signal) =>
	new Promise((resolve, reject) => {
		const request = new XMLHttpRequest();
		request.open("PUT", url);
		request.upload.onprogress = (e) => sent(e.loaded);
		request.onload = () =>
			request.status < 300 ? resolve() : reject(new Error(`The storage refused a part (${request.status}).`));
		request.onerror = () => reject(new Error("The connection was lost during the upload."));
		request.onabort = () => reject(new Error("The upload was stopped."));
		signal.addEventListener("abort", () => request.abort());
		request.send(body);
	});

/** Waits longer each time, and while there is no network at all. */
export async function pause(attempt: number): Promise<void> {
	if (!navigator.onLine) {
		await new Promise((resolve) => window.addEventListener("online", resolve, { once: true }));
	}
	await new Promise((resolve) => setTimeout(resolve, 300 * 2 ** attempt));
}

/** Unfinished uploads in the browser's local storage: a file's name and size, and its data set. */
export const memory: Memory = {
	load: (key) => localStorage.getItem(key) ?? "",
	save(key, dataset) {
		try {
			localStorage.setItem(key, dataset);
		} catch {
			// Without storage an upload works, but starts anew after a reload.
		}
	},
	forget: (key) => localStorage.removeItem(key),
};

/** Forgets every unfinished upload: their files' names stay on this machine otherwise. */
export function forgetUploads(): void {
	for (const key of Object.keys(localStorage)) {
		if (key.startsWith(keyPrefix)) localStorage.removeItem(key);
	}
}
