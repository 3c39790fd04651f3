/** The curves of a retraining, as they grow. */
import { useMemo } from 'preact/hooks';
import type { FinetuneProgress } from '../../src/core/finetune/types.ts';
import { formatSamples } from '../../src/core/report/format.ts';
import { ReadFigure } from '../charts/read-figure.tsx';
import type { ReadCurves } from '../model/read-curves.ts';
import {
  epochReadOut,
  trainingCurves,
  trainingNumbers,
  trainingSeries,
  type TrainingCurves,
} from '../model/training-curves.ts';
import { epochAt, trainingPicture } from '../model/training-picture.ts';
import { select, ui } from '../state.ts';

export function TrainingFigure({ retraining }: { readonly retraining: FinetuneProgress }) {
  const read = useMemo(() => readCurves(trainingCurves(retraining)), [retraining]);
  return (
    <ReadFigure
      title="Loss and accuracy over epochs"
      caption={captionOf(retraining)}
      fileName={[retraining.model.name, 'training']}
      table={trainingNumbers(retraining)}
      asTable={ui.value.trainingAsTable}
      onAsTable={(trainingAsTable) => {
        select({ trainingAsTable });
      }}
      curves={read}
    />
  );
}

function readCurves(curves: TrainingCurves): ReadCurves {
  return {
    draw: (width, palette, options) => trainingPicture(curves, width, palette, options),
    series: trainingSeries(curves),
    places: curves.ends.length,
    placeAt: (width, x) => epochAt(curves, width, x),
    readOut: (place) => epochReadOut(curves, place),
  };
}

function captionOf({ samples, options, epochs, steps }: FinetuneProgress): string {
  const done = epochs.at(-1)?.epoch ?? 0;
  const all = `${options.epochs} ${options.epochs === 1 ? 'epoch' : 'epochs'}`;
  const far = done < options.epochs ? `After ${done} of ${all}` : all;
  const counts = options.rounding ? `counts rounded as T = ${options.timesteps} rounds them` : 'exact values';
  return `${far} of ${steps} steps over ${formatSamples(samples.training)}; validated on ${formatSamples(samples.validation)}; ${counts}. Dots: ends of epochs.`;
}
