/** Layers and gates as a table in words. */
import {
  formatAverage,
  formatCount,
  formatError,
  formatPopulation,
  formatRate,
  formatRunsAs,
  noNumber,
  outputPopulation,
} from '../format.ts';
import type { Report } from '../types.ts';
import { left, right, type TextTable } from './table.ts';

/** In the model's order: every layer's populations, then its output. */
export function layerTable({ layers }: Pick<Report, 'layers'>): TextTable {
  return {
    columns: [
      left('layer'),
      left('population'),
      left('runs as'),
      right('neurons'),
      right('firing rate'),
      right('spikes/sample'),
      right('MSE'),
      right('max error'),
    ],
    rows: layers.flatMap(({ name, kind, runsAs, output, populations }) => [
      ...populations.map((p) => [
        name,
        formatPopulation(p.name),
        formatRunsAs(runsAs),
        formatCount(p.neurons),
        formatRate(p.firingRate),
        formatAverage(p.spikesPerSample),
        formatError(p.mse),
        formatError(p.maxError),
      ]),
      [
        name,
        populations.length > 0 ? formatPopulation(outputPopulation) : kind,
        populations.length > 0 ? 'analog' : formatRunsAs(runsAs),
        noNumber,
        noNumber,
        noNumber,
        formatError(output?.mse ?? null),
        formatError(output?.maxError ?? null),
      ],
    ]),
  };
}
