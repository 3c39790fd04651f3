import type { ComponentChildren } from 'preact';
import { post } from '../host.ts';
import { exportName, toCsv, type Table } from '../model/table.ts';
import { Button } from '../ui/button.tsx';

interface TableBarProps {
  readonly title: string;
  readonly caption: string;
  readonly fileName: readonly string[];
  readonly table: () => Table;
  /** Stands before the export. */
  readonly children?: ComponentChildren;
}

/** Title and export of a table. */
export function TableBar({ title, caption, fileName, table, children }: TableBarProps) {
  return (
    <div class="chart-bar">
      <h3>{title}</h3>
      <span class="muted">{caption}</span>
      <div class="chart-actions">
        {children}
        <Button
          title={`Export CSV: ${title}`}
          onClick={() => {
            post({ type: 'save', name: exportName(fileName, 'csv'), content: toCsv(table()) });
          }}
        >
          Export CSV
        </Button>
      </div>
    </div>
  );
}
