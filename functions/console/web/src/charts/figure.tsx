import type { ComponentChildren, JSX } from "preact";

interface Column<T> {
	name: string;
	value: (row: T) => string;
	/** Figures stand right, in digits of one width. */
	figure?: boolean;
	/** Long text that may break into lines. */
	wrap?: boolean;
}

interface FigureProps<T> {
	title: string;
	note?: string | undefined;
	rows: T[];
	columns: Column<T>[];
	children: ComponentChildren;
}

/** A chart with its title, and the table of its figures behind it. */
export function Figure<T>({ title, note, rows, columns, children }: FigureProps<T>): JSX.Element {
	return (
		<figure class="chart">
			<figcaption>
				<h3>{title}</h3>
				{note && <p class="muted small-text">{note}</p>}
			</figcaption>
			{children}
			<details class="behind">
				<summary>Show as a table</summary>
				<DataTable title={title} rows={rows} columns={columns} />
			</details>
		</figure>
	);
}

/** A table of figures; it scrolls sideways on a narrow screen. */
export function DataTable<T>({
	title,
	rows,
	columns,
}: {
	title: string;
	rows: T[];
	columns: Column<T>[];
}): JSX.Element {
	return (
		// biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
		<section class="table-scroll" tabIndex={0} aria-label={title}>
			<table>
				<thead>
					<tr>
						{columns.map((c) => (
							<th key={c.name} scope="col" class={c.figure ? "figure" : c.wrap ? "wrap" : ""}>
								{c.name}
							</th>
						))}
					</tr>
				</thead>
				<tbody>
					{rows.map((row, i) => (
						<tr key={i}>
							{columns.map((c) => (
								<td key={c.name} class={c.figure ? "figure" : c.wrap ? "wrap" : ""}>
									{c.value(row)}
								</td>
							))}
						</tr>
					))}
				</tbody>
			</table>
		</section>
	);
}
