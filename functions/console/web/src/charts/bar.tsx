import type { JSX } from "preact";

export interface BarPart {
	/** In percent of the width. */
	from: number;
	to: number;
	look: "before" | "after" | "saving" | "plain" | "range";
}

const pattern: Record<BarPart["look"], string> = {
	before: "bar-before",
	after: "bar-after",
	saving: "bar-saving",
	plain: "bar-before",
	range: "bar-range",
};

/** One horizontal bar; the row's text says the same in figures. */
export function Bar({ parts, mark }: { parts: BarPart[]; mark?: number | undefined }): JSX.Element {
	return (
		<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" focusable="false">
			{parts.map((p) => (
				<rect
					key={`${p.look}${p.from}`}
					class={pattern[p.look]}
					x={p.from}
					y={p.look === "range" ? 3.5 : 0}
					width={p.to > p.from ? Math.max(0.4, p.to - p.from) : 0}
					height={p.look === "range" ? 3 : 10}
				/>
			))}
			{mark !== undefined && (
				<rect class="bar-mark" x={Math.max(0, mark - 0.4)} y="0" width="0.8" height="10" />
			)}
		</svg>
	);
}

/** The hatching of savings, for pages with bars: they are told apart without colour. */
export function Hatch(): JSX.Element {
	return (
		<svg class="hatch-source" width="0" height="0" aria-hidden="true" focusable="false">
			<Hatching id="hatch" />
		</svg>
	);
}

/** The pattern itself, to be filled with by its id. */
export function Hatching({ id }: { id: string }): JSX.Element {
	const [wide, line] = id === "hatch" ? [1.6, 0.7] : [6, 2.2];
	return (
		<defs>
			<pattern id={id} width={wide} height="3" patternUnits="userSpaceOnUse" patternTransform="skewX(-20)">
				<rect class="hatch-back" width={wide} height="3" />
				<rect class="hatch-line" width={line} height="3" />
			</pattern>
		</defs>
	);
}
