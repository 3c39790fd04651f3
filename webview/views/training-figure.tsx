/** The curves of a retraining, as they grow. */
import { signal, useSignal } from '@preact/signals';
import { useMemo, useState } from 'preact/hooks';
import type { FinetuneProgress } from '../../src/core/finetune/types.ts';
import { formatSamples } from '../../src/core/report/format.ts';
import { pictureExports, useWidth } from '../charts/drawing.tsx';
import { Figure } from '../charts/figure.tsx';
import { Legend } from '../charts/legend.tsx';
import { ReadPlot } from '../charts/read-plot.tsx';
import { readPalette, usePalette } from '../charts/theme.ts';
import {
  epochReadOut,
  trainingCurves,
  trainingNumbers,
  trainingSeries,
  type TrainingCurves,
} from '../model/training-curves.ts';
import { epochAt, trainingPicture } from '../model/training-picture.ts';
import { select, ui } from '../state.ts';

/** Exported files are as wide as this even where the panel is narrow. */
const exported = 760;
const title = 'Loss and accuracy over epochs';

export function TrainingFigure({ retraining }: { readonly retraining: FinetuneProgress }) {
  const curves = useMemo(() => trainingCurves(retraining), [retraining]);
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const cursor = useSignal<number | null>(null);
  const caption = captionOf(retraining);
  const { box, width } = useWidth();
  const toggle = (name: string) => {
    const next = new Set(hidden);
    if (!next.delete(name)) next.add(name);
    setHidden(next);
  };
  const whole = () =>
    trainingPicture(curves, Math.max(exported, Math.min(width, 1000)), readPalette(), {
      hidden,
      cursor: null,
      legend: true,
    });
  return (
    <div ref={box}>
      <Figure
        title={title}
        caption={caption}
        fileName={[retraining.model.name, 'training']}
        table={trainingNumbers(retraining)}
        asTable={ui.value.trainingAsTable}
        onAsTable={(trainingAsTable) => {
          select({ trainingAsTable });
        }}
        exports={pictureExports(whole, title, caption)}
      >
        <Plot
          curves={curves}
          hidden={hidden}
          width={width}
          at={cursor.value}
          onCursor={(index) => {
            cursor.value = index;
          }}
        />
        <Legend
          series={trainingSeries(curves)}
          kind="lines"
          hidden={hidden}
          onToggle={toggle}
          cursor={nowhere}
          place={String}
          format={String}
        />
        <p class="read-out" aria-live="polite">
          {cursor.value === null ? '' : epochReadOut(curves, cursor.value)}
        </p>
      </Figure>
    </div>
  );
}

/** Values stand in the read-out, which names them. */
const nowhere = signal(null);

interface PlotProps {
  readonly curves: TrainingCurves;
  readonly hidden: ReadonlySet<string>;
  readonly width: number;
  readonly at: number | null;
  readonly onCursor: (index: number | null) => void;
}

function Plot({ curves, hidden, width, at, onCursor }: PlotProps) {
  const palette = usePalette();
  const cursor = at !== null && at < curves.ends.length ? at : null;
  const picture = useMemo(
    () => trainingPicture(curves, width, palette, { hidden, cursor, legend: false }),
    [curves, width, palette, hidden, cursor],
  );
  return (
    <ReadPlot
      picture={picture}
      label={title}
      places={curves.ends.length}
      cursor={cursor}
      onCursor={onCursor}
      placeAt={(x) => epochAt(curves, width, x)}
    />
  );
}

function captionOf({ samples, options, epochs, steps }: FinetuneProgress): string {
  const done = epochs.at(-1)?.epoch ?? 0;
  const all = `${options.epochs} ${options.epochs === 1 ? 'epoch' : 'epochs'}`;
  const far = done < options.epochs ? `After ${done} of ${all}` : all;
  const counts = options.rounding ? `counts rounded as T = ${options.timesteps} rounds them` : 'exact values';
  return `${far} of ${steps} steps over ${formatSamples(samples.training)}; validated on ${formatSamples(samples.validation)}; ${counts}. Dots: ends of epochs.`;
}
