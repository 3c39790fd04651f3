/** Seconds of an inference on the chip, between the prices' times and measured time-steps. */
import type { Chip, PricedEvent, PriceTable } from '../chips/types.ts';
import { engineering } from '../findings/quantities.ts';
import type { ChipUsage } from '../map/types.ts';
import type { CoreCounts, EventCounts } from './counts.ts';
import type { EnergyReport, Range } from './types.ts';

interface Latency {
  readonly latency: Range;
  readonly sources: NonNullable<EnergyReport['latencySources']>;
}

interface Estimate {
  readonly seconds: number;
  readonly source: string;
}

/**
 * The least and the greatest of what the chip's figures say: by each price table, a barrier each time-step and the
 * work of the busiest core, one operation after the other; by each measured workload, its time-step. Neither kind
 * bounds the other: a published time of an operation can be a maximum, and a chip does more in a step than is priced.
 * @returns null where the chip has no such figure
 */
export function latencyOf(chip: Chip, usage: ChipUsage, counts: EventCounts): Latency | null {
  const tiles = new Set(usage.cores.map(({ chip: index, tile }) => `${index}/${tile}`)).size;
  const estimates = [
    ...chip.priceTables.flatMap((table) => bottomUp(table, tiles, counts) ?? []),
    ...chip.stepTimes.map(({ value, source }) => ({
      seconds: value * counts.timesteps,
      source: `${engineering(value, 's')} a time-step as measured: ${source}`,
    })),
  ];
  const [first, ...rest] = estimates;
  if (!first) return null;
  const low = rest.reduce((a, b) => (b.seconds < a.seconds ? b : a), first);
  const high = rest.reduce((a, b) => (b.seconds > a.seconds ? b : a), first);
  return {
    latency: { low: low.seconds, high: high.seconds },
    sources: { low: low.source, high: high.source },
  };
}

const workOfCore: readonly (readonly [keyof CoreCounts, PricedEvent])[] = [
  ['synapticOperations', 'synapticOperation'],
  ['updatesActive', 'updateActive'],
  ['updatesInactive', 'updateInactive'],
  ['spikes', 'spike'],
];

/** Null where the table has no time of any of it. */
function bottomUp(table: PriceTable, tiles: number, counts: EventCounts): Estimate | null {
  const barrier = barrierTime(table, tiles);
  const times = workOfCore.flatMap(([count, event]) => {
    const time = table.prices[event]?.time ?? null;
    return time === null ? [] : [{ count, time }];
  });
  if (barrier === null && times.length === 0) return null;
  const work = counts.cores.map((core) =>
    times.reduce((sum, { count, time }) => sum + core[count] * time, 0),
  );
  const parts = [
    ...(barrier === null ? [] : [`a barrier over ${tiles} tile${tiles === 1 ? '' : 's'} each time-step`]),
    ...(times.length === 0 ? [] : ['the busiest core, one operation after the other']),
  ];
  return {
    seconds: (barrier ?? 0) * counts.timesteps + Math.max(0, ...work),
    source: `${table.name}: ${parts.join(' and ')}`,
  };
}

/** Seconds of one barrier: linear between the tiles that the table gives, beyond them as at the nearest. */
export function barrierTime({ barrier, prices }: PriceTable, tiles: number): number | null {
  const above = barrier.findIndex((point) => point.tiles >= tiles);
  const upper = above < 0 ? barrier.at(-1) : barrier[above];
  if (!upper) return prices.barrier?.time ?? null;
  const lower = barrier[above - 1];
  if (above < 0 || !lower) return upper.time;
  const part = (tiles - lower.tiles) / (upper.tiles - lower.tiles);
  return lower.time + part * (upper.time - lower.time);
}
