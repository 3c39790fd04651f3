/** What line and bar charts share: title, table, export, legend, caption. */
import { useSignal } from '@preact/signals';
import { useCallback, useRef, useState } from 'preact/hooks';
import { post } from '../host.ts';
import type { Series } from '../model/series.ts';
import { exportName, toCsv, type Table } from '../model/table.ts';
import { Button } from '../ui/button.tsx';
import { Checkbox } from '../ui/checkbox.tsx';
import { Legend } from './legend.tsx';
import { NumberTable } from './number-table.tsx';
import { Plot, type PlotProps } from './plot.tsx';
import { chartPng } from './png.ts';

export interface ChartProps {
  readonly title: string;
  /** Names the sample count, and what is left out. */
  readonly caption: string;
  /** Parts of exported files' names. */
  readonly fileName: readonly string[];
  readonly series: readonly Series[];
  readonly table: Table;
  readonly asTable: boolean;
  readonly onAsTable: (asTable: boolean) => void;
}

type DrawingProps = Pick<
  PlotProps,
  'kind' | 'x' | 'xTitle' | 'xLabels' | 'yTitle' | 'yLog' | 'format' | 'description'
> & {
  /** Says where the cursor is. */
  readonly place: (index: number) => string;
};

export function Chart({ drawing, ...props }: ChartProps & { readonly drawing: DrawingProps }) {
  const { title, caption, fileName, series, table, asTable, onAsTable } = props;
  const { place, ...plot } = drawing;
  const canvas = useRef<HTMLCanvasElement>(null);
  const cursor = useSignal<number | null>(null);
  const onCursor = useCallback((index: number | null) => {
    cursor.value = index;
  }, []);
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const toggle = (name: string) => {
    const next = new Set(hidden);
    if (!next.delete(name)) next.add(name);
    setHidden(next);
  };
  const savePng = async () => {
    if (canvas.current === null) return;
    const shown = series.filter(({ name }) => !hidden.has(name));
    const content = await chartPng(canvas.current, { title, caption, kind: plot.kind, series: shown });
    post({ type: 'save', name: exportName(fileName, 'png'), content });
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
              post({ type: 'save', name: exportName(fileName, 'csv'), content: toCsv(table) });
            }}
          >
            Export CSV
          </Button>
          <Button title={`Export PNG: ${title}`} disabled={asTable} onClick={() => void savePng()}>
            Export PNG
          </Button>
        </div>
      </div>
      {asTable ? (
        <NumberTable caption={`${title}. ${caption}`} table={table} />
      ) : (
        <>
          <Plot {...plot} series={series} hidden={hidden} onCursor={onCursor} canvas={canvas} />
          <Legend
            series={series}
            kind={plot.kind}
            hidden={hidden}
            onToggle={toggle}
            cursor={cursor}
            place={place}
            format={plot.format}
          />
        </>
      )}
      <figcaption>{caption}</figcaption>
    </figure>
  );
}
