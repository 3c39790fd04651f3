/** A figure of curves that are read place by place: plot, legend and read-out, with its table and exports. */
import { signal } from '@preact/signals';
import { useMemo, useState } from 'preact/hooks';
import type { ReadCurves } from '../model/read-curves.ts';
import { pictureExports, useWidth } from './drawing.tsx';
import { Figure, type FigureProps } from './figure.tsx';
import { Legend } from './legend.tsx';
import { ReadPlot } from './read-plot.tsx';
import { readPalette, usePalette } from './theme.ts';

type Props = Omit<FigureProps, 'exports' | 'children' | 'caption'> & {
  readonly caption: string;
  readonly curves: ReadCurves;
};

/** Exported files are as wide as this even where the panel is narrow. */
const exported = 760;

/** Values stand in the read-out, which names them. */
const nowhere = signal(null);

export function ReadFigure({ curves, ...figure }: Props) {
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const [at, setAt] = useState<number | null>(null);
  const { box, width } = useWidth();
  const palette = usePalette();
  // Curves that grow are drawn anew while they are read.
  const cursor = at !== null && at < curves.places ? at : null;
  const picture = useMemo(
    () => curves.draw(width, palette, { hidden, cursor, legend: false }),
    [curves, width, palette, hidden, cursor],
  );
  const whole = () =>
    curves.draw(Math.max(exported, Math.min(width, 1000)), readPalette(), {
      hidden,
      cursor: null,
      legend: true,
    });
  const toggle = (name: string) => {
    const next = new Set(hidden);
    if (!next.delete(name)) next.add(name);
    setHidden(next);
  };
  return (
    <div ref={box}>
      <Figure {...figure} exports={pictureExports(whole, figure.title, figure.caption)}>
        <ReadPlot
          picture={picture}
          label={figure.title}
          places={curves.places}
          cursor={cursor}
          onCursor={setAt}
          placeAt={(x) => curves.placeAt(width, x)}
        />
        <Legend
          series={curves.series}
          kind="lines"
          hidden={hidden}
          onToggle={toggle}
          cursor={nowhere}
          place={String}
          format={String}
        />
        <p class="read-out" aria-live="polite">
          {cursor === null ? '' : curves.readOut(cursor)}
        </p>
      </Figure>
    </div>
  );
}
