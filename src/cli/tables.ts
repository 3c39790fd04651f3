/** Tables as the command line prints them. */
import Table from 'cli-table3';
import type { TextTable } from '../core/report/tables/table.ts';

export function tableText({ columns, rows }: TextTable): string {
  const table = new Table({
    head: columns.map(({ title }) => title),
    colAligns: columns.map(({ align }) => align),
    style: { head: [], border: [], compact: true },
  });
  for (const row of rows) table.push([...row]);
  return table.toString();
}
