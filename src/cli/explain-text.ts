/** `spikewise explain` and `spikewise sweep` as text. */
import type { Explanation } from '../core/attribute/types.ts';
import {
  effortWords,
  evidenceLegend,
  publishedWords,
  scoreWords,
  sweptSamplesWords,
} from '../core/report/analysis-words.ts';
import { editWords } from '../core/report/edit-words.ts';
import { formatCount, formatSamples } from '../core/report/format.ts';
import {
  additionWords,
  causesTable,
  ladderTable,
  rungGatesTable,
} from '../core/report/tables/explanation.ts';
import { leastWords, sweepTable } from '../core/report/tables/sweep.ts';
import type { Sweep } from '../core/sweep/types.ts';
import { tableText } from './tables.ts';

/** Tables first, so that the explanation stands at the end. */
export function explanationText(explanation: Explanation): string {
  const { model, samples, triedSamples, tried, causes, seconds } = explanation;
  return [
    `${model.name}: the way from the trained to the spiking network, over ${formatSamples(samples)}`,
    tableText(ladderTable(explanation)),
    additionWords(explanation),
    '',
    'Mean squared error against the trained network, at each rung',
    tableText(rungGatesTable(explanation)),
    '',
    `${formatCount(tried)} changes tried over ${formatSamples(triedSamples)} (now ${scoreWords(explanation)}); those that help:`,
    causes.length > 0 ? tableText(causesTable(explanation)) : 'none',
    ...evidenceLegend(causes),
    `ladder ${seconds['ladder']!.toFixed(2)} s, trials ${seconds['trials']!.toFixed(2)} s`,
    ...(causes[0] ? ['', `In the specification: ${editWords(causes[0].fix)}`] : []),
    '',
    explanation.summary,
  ].join('\n');
}

export function sweepText(sweep: Sweep): string {
  const { model, points, least, fix, published } = sweep;
  const chip = points[0]?.chips[0];
  return [
    `${model.name}, ${sweptSamplesWords(sweep)}`,
    chip ? `Energy and latency: estimates for ${chip.name}; the ranges are over published prices` : '',
    tableText(sweepTable(sweep, chip?.id ?? '')),
    ...published.map(publishedWords),
    effortWords(sweep),
    '',
    leastWords(least, sweep),
    ...(fix ? [`possible: ${fix.title} (${editWords(fix)})`] : []),
  ]
    .filter((line, index) => line !== '' || index > 2)
    .join('\n');
}
