/** Numbers as a table: what stands behind a chart, and what is exported. */

export type Cell = string | number | null;

export interface Column {
  /** With its unit. */
  readonly title: string;
  /** How a number is shown; exports carry every digit. */
  readonly format?: (value: number) => string;
}

export interface Table {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
}

/** RFC 4180, with "." as the decimal sign; no number is an empty field. */
export function toCsv({ columns, rows }: Table): string {
  const lines = [columns.map(({ title }) => title), ...rows];
  return lines.map((line) => line.map(field).join(',') + '\r\n').join('');
}

function field(cell: Cell): string {
  if (cell === null) return '';
  if (typeof cell === 'number') return Number.isFinite(cell) ? String(cell) : '';
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

/** A file name from a model's name and what is exported: "mnist-rows-mse-lstm.csv". */
export function exportName(parts: readonly string[], ending: 'csv' | 'png' | 'svg'): string {
  const stem = parts
    .map((part) =>
      part
        .toLowerCase()
        .replaceAll(/[^a-z0-9]+/g, '-')
        .replaceAll(/^-|-$/g, ''),
    )
    .filter((part) => part !== '')
    .join('-');
  return `${stem}.${ending}`;
}
