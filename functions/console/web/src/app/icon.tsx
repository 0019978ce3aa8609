import type { JSX } from "preact";

/** Line drawings on a 16 by 16 grid. */
const paths = {
	check: "M3 8.5 6.5 12 13 4.5",
	cross: "M4 4l8 8M12 4l-8 8",
	dot: "M8 5.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5z",
	ring: "M8 3a5 5 0 1 0 0 10A5 5 0 0 0 8 3z",
	clock: "M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM8 5v3l2 1.5",
	lock: "M4.5 7.5h7v5.5h-7zM6 7.5V5.5a2 2 0 0 1 4 0v2",
	warn: "M8 2.5 14.5 13.5h-13zM8 6.5v3M8 11.4v.2",
	upload: "M8 11V3M4.5 6.5 8 3l3.5 3.5M3 13h10",
	download: "M8 3v8M4.5 7.5 8 11l3.5-3.5M3 13h10",
	copy: "M6 6h7v7H6zM3 10V3h7",
	menu: "M2.5 4.5h11M2.5 8h11M2.5 11.5h11",
	plus: "M8 3v10M3 8h10",
	search: "M7 3a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM10 10l3.5 3.5",
	trash: "M3 4.5h10M6 4.5V3h4v1.5M4.5 4.5l.5 9h6l.5-9M7 7v4M9 7v4",
	pencil: "M3 13l.6-2.8L10.8 3l2.2 2.2-7.2 7.2z",
	stop: "M4.5 4.5h7v7h-7z",
	file: "M4 2.5h5l3 3v8H4zM9 2.5v3h3",
	retry: "M13 8a5 5 0 1 1-1.6-3.7M13 2.5v3h-3",
	print: "M4.5 6V2.5h7V6M4.5 11H3V6h10v5h-1.5M4.5 9.5h7v4h-7z",
	arrow: "M3 8h10M9 4l4 4-4 4",
	bulb: "M6 11.5h4M6.5 13.5h3M8 2.5a4 4 0 0 0-2.3 7.2c.3.3.3.8.3 1.3h4c0-.5 0-1 .3-1.3A4 4 0 0 0 8 2.5z",
} as const;

export type IconName = keyof typeof paths;

/** A small drawing; it says nothing to a screen reader, the text beside it does. */
export function Icon({ name, class: extra = "" }: { name: IconName; class?: string }): JSX.Element {
	return (
		<svg class={`icon ${extra}`} viewBox="0 0 16 16" aria-hidden="true" focusable="false">
			<path d={paths[name]} />
		</svg>
	);
}

/** Netra's mark: an eye. */
export function Logo(): JSX.Element {
	return (
		<svg class="logo" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
			<rect width="32" height="32" rx="8" />
			<path d="M4 16c4-6 8-8 12-8s8 2 12 8c-4 6-8 8-12 8s-8-2-12-8z" />
			<circle cx="16" cy="16" r="4" />
		</svg>
	);
}
