/** The lines of the ledger: a count, its prices over the chip's tables, and the product. See docs/energy.md. */
import { grades, type Chip, type PricedEvent, type Sourced } from '../chips/types.ts';
import type { CountedEvent, EventCounts } from './counts.ts';
import { ledgerEvents, type LedgerEvent, type LedgerGroup, type LedgerLine, type Range } from './types.ts';

type LinePrice = LedgerLine['prices'][number];

/** What a price table calls the event, and who spends it. */
const countedEvents: Readonly<
  Record<CountedEvent, { readonly price: PricedEvent; readonly group: LedgerGroup }>
> = {
  synapticOperations: { price: 'synapticOperation', group: 'cores' },
  updatesActive: { price: 'updateActive', group: 'cores' },
  updatesInactive: { price: 'updateInactive', group: 'cores' },
  spikes: { price: 'spike', group: 'cores' },
  messages: { price: 'message', group: 'mesh' },
  hopsEastWest: { price: 'hopEastWest', group: 'mesh' },
  hopsNorthSouth: { price: 'hopNorthSouth', group: 'mesh' },
  synchronisation: { price: 'barrier', group: 'mesh' },
  generatedSpikes: { price: 'generatedSpike', group: 'processors' },
  countedSpikes: { price: 'countedSpike', group: 'processors' },
  cellUpdates: { price: 'cellUpdate', group: 'processors' },
  hostInput: { price: 'hostInput', group: 'processors' },
  hostOutput: { price: 'hostOutput', group: 'processors' },
};

/** Every line, in the order of `ledgerEvents`. Powers are spent over the latency, by every chip. */
export function ledgerLines(
  chip: Chip,
  chipsUsed: number,
  counts: EventCounts,
  latency: Range | null,
): LedgerLine[] {
  const running = latency && { low: latency.low * chipsUsed, high: latency.high * chipsUsed };
  return ledgerEvents.map((event) => {
    if (event === 'embeddedProcessors') {
      return line(event, 'processors', running, powers(chip.processorPower, 'embedded processors'));
    }
    if (event === 'static') return line(event, 'static', running, powers(chip.staticPower, 'static power'));
    const { price, group } = countedEvents[event];
    return line(event, group, counts.events[event], energyPrices(chip, price));
  });
}

function energyPrices({ priceTables }: Chip, event: PricedEvent): LinePrice[] {
  return priceTables.flatMap(({ name, prices }) => {
    const price = prices[event];
    if (price?.energy == null) return [];
    return [{ table: name, value: price.energy, unit: 'J', source: price.source, grade: price.grade }];
  });
}

function powers(watts: readonly Sourced[], table: string): LinePrice[] {
  return watts.map(({ value, source, grade }) => ({ table, value, unit: 'W', source, grade }));
}

function line(
  event: LedgerEvent,
  group: LedgerGroup,
  count: LedgerLine['count'],
  prices: readonly LinePrice[],
): LedgerLine {
  return { event, group, count, ...spend(count, prices), ...evidence(prices) };
}

function spend(count: LedgerLine['count'], prices: readonly LinePrice[]): Pick<LedgerLine, 'low' | 'high'> {
  if (count === null || prices.length === 0) return { low: null, high: null };
  const { low, high } = typeof count === 'number' ? { low: count, high: count } : count;
  const values = prices.map(({ value }) => value);
  return { low: low * Math.min(...values), high: high * Math.max(...values) };
}

function evidence(prices: readonly LinePrice[]): Pick<LedgerLine, 'source' | 'grade' | 'prices'> {
  if (prices.length === 0) return { source: null, grade: null, prices };
  const weakest = Math.max(...prices.map(({ grade }) => grades.indexOf(grade)));
  return {
    source: [...new Set(prices.map(({ source }) => source))].join('; '),
    grade: grades[weakest]!,
    prices,
  };
}

/** Sum of the lines that have a price, in their order; null where none has. */
export function sumOf(lines: readonly LedgerLine[]): Range | null {
  return lines.reduce<Range | null>((sum, { low, high }) => {
    if (low === null || high === null) return sum;
    return { low: (sum?.low ?? 0) + low, high: (sum?.high ?? 0) + high };
  }, null);
}

export function groupSums(lines: readonly LedgerLine[]): Readonly<Record<LedgerGroup, Range | null>> {
  const group = (name: LedgerGroup): Range | null => sumOf(lines.filter((line) => line.group === name));
  return {
    cores: group('cores'),
    mesh: group('mesh'),
    processors: group('processors'),
    static: group('static'),
  };
}

/** Events that happen and have no price. */
export function unpricedEvents(lines: readonly LedgerLine[]): LedgerEvent[] {
  return lines.filter(({ count, low }) => low === null && count !== 0).map(({ event }) => event);
}

interface CoreShare {
  readonly energy: Range;
  readonly energyShare: number;
  readonly trafficShare: number;
}

/**
 * What each core spends: its own events, and its share of the mesh: of the messages by those that it receives and
 * sends, of the hops by the hops that they travel. All cores together spend the group `cores`, the messages and the
 * hops; synchronisation is the whole chip's.
 */
export function coreShares(counts: EventCounts, lines: readonly LedgerLine[]): CoreShare[] {
  const cores = counts.cores;
  const traffic = cores.reduce((sum, core) => sum + core.traffic, 0);
  const hops = cores.reduce((sum, core) => sum + core.hops, 0);
  const of = (event: LedgerEvent): LedgerLine => lines.find((line) => line.event === event)!;
  const spent = cores.map((core) => {
    const parts: readonly (readonly [LedgerLine, number])[] = [
      ...(['synapticOperations', 'updatesActive', 'updatesInactive', 'spikes'] as const).map(
        (event) => [of(event), fraction(core[event], counts.events[event])] as const,
      ),
      [of('messages'), fraction(core.traffic, traffic)],
      [of('hopsEastWest'), fraction(core.hops, hops)],
      [of('hopsNorthSouth'), fraction(core.hops, hops)],
    ];
    return parts.reduce<Range>(
      (sum, [{ low, high }, part]) => ({
        low: sum.low + (low ?? 0) * part,
        high: sum.high + (high ?? 0) * part,
      }),
      { low: 0, high: 0 },
    );
  });
  const all = spent.reduce((sum, { low, high }) => sum + low + high, 0);
  return spent.map((energy, index) => ({
    energy,
    energyShare: fraction(energy.low + energy.high, all),
    trafficShare: fraction(cores[index]!.traffic, traffic),
  }));
}

function fraction(part: number, whole: number): number {
  return whole > 0 ? part / whole : 0;
}
