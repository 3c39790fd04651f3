/** What every picture has around it: title, the table behind it, exports, caption. */
import type { ComponentChildren } from 'preact';
import { post } from '../host.ts';
import { exportName, toCsv, type Table } from '../model/table.ts';
import { Button } from '../ui/button.tsx';
import { Checkbox } from '../ui/checkbox.tsx';
import { NumberTable } from './number-table.tsx';

export interface FigureProps {
  readonly title: string;
  /** Names the sample count, and what is left out. */
  readonly caption: string;
  /** Parts of exported files' names. */
  readonly fileName: readonly string[];
  readonly table: Table;
  /** What is exported where it is more than the page can hold. */
  readonly csv?: () => Table;
  readonly asTable: boolean;
  readonly onAsTable: (asTable: boolean) => void;
}

interface Exports {
  readonly svg?: () => string;
  readonly png: () => Promise<Uint8Array | null>;
  /** Whether they need the picture on the page. */
  readonly drawnOnly?: boolean;
}

export function Figure(
  props: FigureProps & { readonly exports: Exports; readonly children: ComponentChildren },
) {
  const { title, caption, fileName, table, csv, asTable, onAsTable, exports, children } = props;
  const { svg, png, drawnOnly = false } = exports;
  const disabled = drawnOnly && asTable;
  const save = (ending: 'csv' | 'png' | 'svg', content: string | Uint8Array) => {
    post({ type: 'save', name: exportName(fileName, ending), content });
  };
  const savePng = async () => {
    const content = await png();
    if (content !== null) save('png', content);
  };
  return (
    <figure class="chart">
      <div class="chart-bar">
        <h3>{title}</h3>
        <div class="chart-actions">
          <Checkbox checked={asTable} onChange={onAsTable}>
            Show as table
          </Checkbox>
          <Button
            title={`Export CSV: ${title}`}
            onClick={() => {
              save('csv', toCsv(csv?.() ?? table));
            }}
          >
            Export CSV
          </Button>
          {svg && (
            <Button
              title={`Export SVG: ${title}`}
              disabled={disabled}
              onClick={() => {
                save('svg', svg());
              }}
            >
              Export SVG
            </Button>
          )}
          <Button title={`Export PNG: ${title}`} disabled={disabled} onClick={() => void savePng()}>
            Export PNG
          </Button>
        </div>
      </div>
      {asTable ? <NumberTable caption={`${title}. ${caption}`} table={table} /> : children}
      <figcaption>{caption}</figcaption>
    </figure>
  );
}
