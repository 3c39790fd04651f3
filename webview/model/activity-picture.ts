/** How the firing rates of a population's neurons are distributed. */
import { saturatedFrom, type Activity } from '../../src/core/detail/types.ts';
import { formatCount, formatRate } from '../../src/core/report/format.ts';
import { axisBelow, axisLeft, niceTicks, position, type Box } from './axis.ts';
import { rect, type Palette, type Picture } from './picture.ts';
import type { Table } from './table.ts';

const bins = 25;
const room = { left: 56, top: 24, right: 16, bottom: 38 };
const tall = 220;

/** Neurons in each of {@link bins} equal parts of 0..1; a rate of 1 belongs to the last. */
export function rateBins({ rate }: Activity): number[] {
  const counts = Array<number>(bins).fill(0);
  for (const value of rate) counts[Math.min(bins - 1, Math.floor(value * bins))]! += 1;
  return counts;
}

/** @param unit what is counted: "Neurons", "Inputs" */
export function activityPicture(
  activity: Activity,
  unit: string,
  width: number,
  palette: Palette,
  selected: number | null,
): Picture {
  const wide = Math.min(560, Math.max(180, width - room.left - room.right));
  const box: Box = [room.left, room.top, wide, tall];
  const counts = rateBins(activity);
  const most = Math.max(...counts);
  const across = {
    low: 0,
    high: 1,
    title: 'Spikes / time-step of a neuron',
    ticks: [0, 0.2, 0.4, 0.6, 0.8, 1],
    format: String,
    grid: false,
  };
  const up = {
    low: 0,
    high: most,
    title: unit,
    ticks: niceTicks(0, most, 4, 1),
    format: formatCount,
    grid: true,
  };
  const own = selected === null ? undefined : activity.rate[selected];
  const ownBin = own === undefined ? null : Math.min(bins - 1, Math.floor(own * bins));
  const each = wide / bins;
  return {
    width: room.left + wide + room.right,
    height: room.top + tall + room.bottom,
    shapes: [
      ...axisLeft(up, box, palette),
      ...counts.flatMap((count, bin) => {
        if (count === 0) return [];
        const bar = Math.max(1, position(up, tall, count));
        const place = [room.left + bin * each + 0.5, room.top + tall - bar, each - 1, bar] as const;
        return [
          rect(place, {
            fill: palette.blue,
            ...(bin === ownBin && { stroke: palette.orange, strokeWidth: 2 }),
          }),
        ];
      }),
      ...axisBelow(across, box, palette),
    ],
  };
}

export function activityTable(activity: Activity): Table {
  return {
    columns: [
      { title: 'firing rate from', format: formatRate },
      { title: 'to', format: formatRate },
      { title: 'neurons', format: formatCount },
    ],
    rows: rateBins(activity).map((count, bin) => [bin / bins, (bin + 1) / bins, count]),
  };
}

/** Every neuron, for export. */
export function neuronRateTable({ rate, atBound }: Activity): Table {
  const columns = ['neuron', 'firing rate', 'share of windows at its bound', 'what it is'];
  return {
    columns: columns.map((title) => ({ title })),
    rows: [...rate].map((value, neuron) => [
      neuron,
      value,
      atBound[neuron]!,
      value === 0 ? 'silent' : atBound[neuron]! > saturatedFrom ? 'saturated' : '',
    ]),
  };
}
