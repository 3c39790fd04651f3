import type { Cell, Column, Table } from '../model/table.ts';
import { noNumber } from '../../src/core/report/format.ts';

/** A chart's numbers. A plain table: a grid element a number would be slow at 784 steps. */
export function NumberTable({ caption, table }: { readonly caption: string; readonly table: Table }) {
  const alignment = table.columns.map((_, column) =>
    table.rows.some((row) => typeof row[column] === 'number') ? 'numeric' : undefined,
  );
  return (
    <div class="number-table" tabIndex={0} role="region" aria-label={caption}>
      <table>
        <caption class="for-screen-readers">{caption}</caption>
        <thead>
          <tr>
            {table.columns.map(({ title }, column) => (
              <th key={title} scope="col" class={alignment[column]}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.map((row, index) => (
            <tr key={index}>
              {row.map((cell, column) => (
                <td key={column} class={alignment[column]}>
                  {text(cell, table.columns[column])}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function text(cell: Cell, column: Column | undefined): string {
  if (cell === null) return noNumber;
  return typeof cell === 'number' ? (column?.format ?? String)(cell) : cell;
}
