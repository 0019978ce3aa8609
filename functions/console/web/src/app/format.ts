/** How figures are written, everywhere the same. Locale is fixed: a plan is read aloud and copied around. */
const locale = "en-US";

function digits(least: number, most = least): Intl.NumberFormat {
	return new Intl.NumberFormat(locale, { minimumFractionDigits: least, maximumFractionDigits: most });
}

/** Dollars: whole from 1,000 on, cents below. */
export function money(usd: number): string {
	if (!Number.isFinite(usd)) return "not known";
	const size = Math.abs(usd);
	if (size < 0.005) return "$0.00";
	return `${usd < 0 ? "−" : ""}$${digits(size >= 1000 ? 0 : 2).format(size)}`;
}

/** Dollars of a single call: below a cent with two digits that count. */
export function callCost(usd: number): string {
	const size = Math.abs(usd);
	if (!(size > 0) || size >= 0.01) return money(usd);
	const places = Math.min(9, 1 - Math.floor(Math.log10(size)));
	return `${usd < 0 ? "−" : ""}$${size.toFixed(places)}`;
}

/** A range of dollars, low to high. */
export function moneyRange([low, high]: readonly [number, number]): string {
	return `${money(low)} to ${money(high)}`;
}

/** A percentage, given in percent. */
export function percent(value: number): string {
	if (!Number.isFinite(value)) return "not known";
	const size = Math.abs(value);
	if (size < 0.05) return "0%";
	return `${value < 0 ? "−" : ""}${digits(0, size < 10 ? 1 : 0).format(size)}%`;
}

/** A count with separators. */
export function count(n: number): string {
	return Number.isFinite(n) ? digits(0).format(n) : "not known";
}

/** A count with its noun: 1 call, 2 calls. */
export function counted(n: number, one: string, more: string): string {
	return `${count(n)} ${n === 1 ? one : more}`;
}

/** A large count in short: 69.2 million. */
export function short(n: number): string {
	if (n < 10_000) return count(n);
	return new Intl.NumberFormat(locale, {
		notation: "compact",
		compactDisplay: "long",
		maximumFractionDigits: 1,
	}).format(n);
}

/** Bytes in binary units, as the plans count them. */
export function bytes(n: number): string {
	const units = ["bytes", "KiB", "MiB", "GiB"];
	const step = n < 1024 ? 0 : Math.min(3, Math.floor(Math.log2(n) / 10));
	const value = n / 1024 ** step;
	return `${digits(0, step === 0 || value >= 100 ? 0 : 1).format(value)} ${units[step]}`;
}

/** A length of time in milliseconds, for reading: 340 ms, 4.2 s, 3 min 05 s, 2 h 10 min. */
export function span(ms: number): string {
	if (!(ms >= 0)) return "";
	if (ms < 1000) return `${Math.round(ms)} ms`;
	if (ms < 59_950) return `${digits(1).format(ms / 1000)} s`;
	const total = Math.round(ms / 1000);
	const [h, m, s] = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60];
	return h > 0 ? `${h} h ${String(m).padStart(2, "0")} min` : `${m} min ${String(s).padStart(2, "0")} s`;
}

/** A running clock: 0:07, 12:31, 1:02:10. */
export function clock(ms: number): string {
	const total = Math.max(0, Math.floor(ms / 1000));
	const [h, m, s] = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60];
	const tail = `${h > 0 ? String(m).padStart(2, "0") : m}:${String(s).padStart(2, "0")}`;
	return h > 0 ? `${h}:${tail}` : tail;
}

/** A day, in UTC as logs are. */
export function day(time: string | number): string {
	const date = new Date(time);
	if (Number.isNaN(date.getTime())) return "not known";
	return new Intl.DateTimeFormat("en-GB", {
		day: "numeric",
		month: "short",
		year: "numeric",
		timeZone: "UTC",
	}).format(date);
}

/** A time of the day where the reader is: 17:05. */
export function timeOfDay(time: string): string {
	const date = new Date(time);
	if (Number.isNaN(date.getTime())) return "a while";
	return new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" }).format(date);
}

/** How long ago, in the largest unit that fits. */
export function ago(time: string | undefined, now: number): string {
	const past = now - Date.parse(time ?? "");
	if (Number.isNaN(past)) return "";
	const units: [number, string][] = [
		[86_400_000, "d"],
		[3_600_000, "h"],
		[60_000, "min"],
	];
	const fit = units.find(([ms]) => past >= ms);
	return fit ? `${Math.floor(past / fit[0])} ${fit[1]} ago` : "just now";
}

/** A text that begins as a sentence does; stages write theirs to stand within one. */
export function sentence(text: string): string {
	return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A name from code for reading: prompt_cache becomes "Prompt cache". */
export function words(name: string): string {
	const spaced = name.replaceAll(/[_.-]+/g, " ").trim();
	return sentence(spaced);
}
