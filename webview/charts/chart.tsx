/** What line and bar charts share beside the figure around them: cursor and legend. */
import { useSignal } from '@preact/signals';
import { useCallback, useRef, useState } from 'preact/hooks';
import type { Series } from '../model/series.ts';
import { Figure, type FigureProps } from './figure.tsx';
import { Legend } from './legend.tsx';
import { Plot, type PlotProps } from './plot.tsx';
import { chartPng } from './png.ts';

export interface ChartProps extends FigureProps {
  readonly series: readonly Series[];
  /** Where the cursor is at first, an index; null: nowhere. */
  readonly start?: number | null;
  /** Told where the cursor goes. */
  readonly onMove?: (index: number) => void;
}

type DrawingProps = Pick<
  PlotProps,
  'kind' | 'x' | 'xTitle' | 'xLabels' | 'yTitle' | 'yLog' | 'format' | 'description'
> & {
  /** Says where the cursor is. */
  readonly place: (index: number) => string;
};

export function Chart({ drawing, ...props }: ChartProps & { readonly drawing: DrawingProps }) {
  const { series, start = null, onMove, ...figure } = props;
  const { title, caption } = figure;
  const { place, ...plot } = drawing;
  const canvas = useRef<HTMLCanvasElement>(null);
  const cursor = useSignal<number | null>(null);
  const moved = useRef(onMove);
  moved.current = onMove;
  const onCursor = useCallback((index: number | null) => {
    cursor.value = index;
    if (index !== null) moved.current?.(index);
  }, []);
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const toggle = (name: string) => {
    const next = new Set(hidden);
    if (!next.delete(name)) next.add(name);
    setHidden(next);
  };
  const png = async () => {
    if (canvas.current === null) return null;
    const shown = series.filter(({ name }) => !hidden.has(name));
    return chartPng(canvas.current, { title, caption, kind: plot.kind, series: shown });
  };
  return (
    <Figure {...figure} exports={{ png, drawnOnly: true }}>
      <Plot {...plot} series={series} hidden={hidden} start={start} onCursor={onCursor} canvas={canvas} />
      <Legend
        series={series}
        kind={plot.kind}
        hidden={hidden}
        onToggle={toggle}
        cursor={cursor}
        place={place}
        format={plot.format}
      />
    </Figure>
  );
}
