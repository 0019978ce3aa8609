/** The settings that the console function serves at /config.json; see functions/console/config.go. */
export interface Stage {
	name: string;
	title: string;
	purpose: string;
}

export interface Config {
	project: string;
	/** Origin of the api, without a slash at its end. */
	api: string;
	/** google: whether the project has an OAuth client for Google's sign-in. */
	firebase: { api_key: string; auth_domain: string; google: boolean };
	/** host:port of each emulator, or "" for Google's service. */
	emulators: { firestore: string; auth: string };
	stages: Stage[];
}

/** Reads the settings; the error says in words for the user what is wrong. */
export async function loadConfig(): Promise<Config> {
	const answer = await fetch("/config.json", { cache: "no-store" });
	if (!answer.ok) throw new Error(`The console's settings could not be read (${answer.status}).`);
	const config = (await answer.json()) as Config;
	if (!config.project || !config.api || !config.stages?.length) {
		throw new Error("The console's settings are incomplete: project, api and stages are needed.");
	}
	return config;
}
