/** One neuron over time: which windows are shown at once, and their numbers. */
import type { NeuronDetail } from '../../src/core/detail/types.ts';
import { formatValue } from '../../src/core/report/detail.ts';
import type { Table } from './table.ts';

export interface TimePlace {
  /** Sequence step and time-step within its window, from 0. */
  readonly step: number;
  readonly timestep: number;
}

/** Time-steps that are shown at once, and how wide each is at least. */
const mostShown = 160;
const narrowest = 4;

/**
 * The windows that are shown with a step: as many as there is room for, turned over like pages, so that they stay
 * while the cursor moves among them.
 * @param width where they are drawn; a table has room for all
 */
export function shownWindows(
  { steps, timesteps }: Pick<NeuronDetail, 'steps' | 'timesteps'>,
  step: number,
  width = Infinity,
): readonly [first: number, count: number] {
  const room = Math.min(mostShown, width / narrowest);
  const count = Math.min(steps, Math.max(1, Math.floor(room / timesteps)));
  return [Math.min(steps - count, Math.floor(step / count) * count), count];
}

/** The time-steps of the windows that are shown. */
export function traceWindowTable(detail: NeuronDetail, step: number): Table {
  const [first, count] = shownWindows(detail, step);
  return traceRows(detail, first, count);
}

export function traceTable(detail: NeuronDetail): Table {
  return traceRows(detail, 0, detail.steps);
}

function traceRows({ trace, timesteps }: NeuronDetail, first: number, windows: number): Table {
  return {
    columns: [
      { title: 'sequence step' },
      { title: 'time-step' },
      { title: 'input from spikes', format: formatValue },
      { title: 'potential', format: formatValue },
      { title: 'spike' },
      { title: 'after the reset', format: formatValue },
    ],
    rows: Array.from({ length: windows * timesteps }, (_, n) => {
      const t = first * timesteps + n;
      return [
        Math.floor(t / timesteps) + 1,
        (t % timesteps) + 1,
        trace.input[t]!,
        trace.potential[t]!,
        trace.spikes[t]!,
        trace.after[t]!,
      ];
    }),
  };
}

/** What is so at the time-step that is looked at. */
export function traceWords(
  { trace, timesteps, analog, spiking }: NeuronDetail,
  { step, timestep }: TimePlace,
): string {
  const t = step * timesteps + timestep;
  const spike = trace.spikes[t]!;
  const count = trace.spikes
    .subarray(step * timesteps, (step + 1) * timesteps)
    .reduce((sum, one) => sum + one, 0);
  return [
    `Step ${step + 1}, time-step ${timestep + 1}: input ${formatValue(trace.input[t]!)}, potential ${formatValue(trace.potential[t]!)}, ` +
      (spike === 0
        ? 'no spike'
        : `${spike > 0 ? 'a spike' : 'a negative spike'}, then ${formatValue(trace.after[t]!)}`),
    `its window counts ${count} of ${timesteps}: ${formatValue(spiking[step]!)}, analog ${formatValue(analog[step]!)}`,
  ].join('; ');
}
