import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { builtinChip } from '../../src/core/chips/builtin.ts';
import { pricedEvents } from '../../src/core/chips/types.ts';
import { barrierTime } from '../../src/core/energy/latency.ts';
import { energyReport } from '../../src/core/energy/report.ts';
import type { EnergyReport, LedgerEvent, LedgerLine, Range } from '../../src/core/energy/types.ts';
import { priceTable, sourced, testChip, testRun, type TestRun } from '../support/chips.ts';
import { dense, lstm, randomSource } from '../support/networks.ts';

const nobody = { measurements: [], watts: null };
const report = ({ chip, usage, workload }: TestRun): EnergyReport =>
  energyReport(chip, usage, workload, nobody);
const line = (energy: EnergyReport, event: LedgerEvent): LedgerLine =>
  energy.lines.find((candidate) => candidate.event === event)!;
const count = (energy: EnergyReport, event: LedgerEvent): number => line(energy, event).count as number;

/** Joules and seconds are tiny: what counts is the relative difference. */
function expectNear(actual: number, expected: number): void {
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(1e-9 * Math.abs(expected));
}

const random = randomSource(1);
const small = [lstm(random, 5, 8)];
const stacked = [
  lstm(random, 5, 8, { name: 'first', returnSequences: true }),
  lstm(random, 8, 20, { name: 'second' }),
  dense(random, 20, 6, 'relu'),
];

/** Runs of made-up networks of one to three spiking layers, some with generators on cores. */
const anyRun = fc
  .record({
    units: fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 2 }),
    classes: fc.option(fc.integer({ min: 1, max: 12 }), { nil: null }),
    timesteps: fc.integer({ min: 1, max: 64 }),
    sequenceSteps: fc.integer({ min: 1, max: 9 }),
    generators: fc.constantFrom('processors', 'cores'),
    rate: fc.integer({ min: 0, max: 9 }),
    without: fc.subarray([...pricedEvents]),
    tables: fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 3 }),
  })
  .map(({ units, classes, rate, without, tables, ...settings }) => {
    const layers = units.map((size, index) =>
      lstm(randomSource(size), index === 0 ? 3 : units[index - 1]!, size, {
        name: `lstm${index}`,
        returnSequences: index < units.length - 1,
      }),
    );
    const head = classes === null ? [] : [dense(randomSource(classes), units.at(-1)!, classes, 'relu')];
    const chip = testChip({
      priceTables: tables.map((scale, t) => priceTable(`table ${t}`, scale, without)),
    });
    return testRun({ ...settings, layers: [...layers, ...head], chip, spikes: (n) => (n * rate) % 7 });
  });

describe('the total', () => {
  it('is exactly the sum of the lines that have a price', () => {
    fc.assert(
      fc.property(anyRun, (run) => {
        const energy = report(run);
        const priced = energy.lines.filter(({ low }) => low !== null);
        let [low, high] = [0, 0];
        for (const part of priced) {
          low += part.low!;
          high += part.high!;
        }
        expect(energy.perInference).toEqual(priced.length > 0 ? { low, high } : null);
        const groups = Object.values(energy.groups).filter((group): group is Range => group !== null);
        expectNear(
          groups.reduce((sum, group) => sum + group.low, 0),
          low,
        );
        expectNear(
          groups.reduce((sum, group) => sum + group.high, 0),
          high,
        );
        expectNear(energy.perSequenceStep!.low * energy.sequenceSteps, low);
      }),
    );
  });

  it('is complete if and only if every event that happens has a price', () => {
    fc.assert(
      fc.property(anyRun, (run) => {
        const energy = report(run);
        const missing = energy.lines.filter(({ count, prices }) => count !== 0 && prices.length === 0);
        expect(energy.unpriced).toEqual(missing.map(({ event }) => event));
        expect(energy.complete).toBe(missing.length === 0);
        for (const { low, high, source, grade } of missing) {
          expect([low, high, source, grade]).toEqual([null, null, null, null]);
        }
      }),
    );
  });

  it('is complete on a chip that prices everything', () => {
    const energy = report(testRun({ layers: stacked }));
    expect(energy).toMatchObject({ complete: true, unpriced: [], unmapped: [] });
    expect(energy.lines.every(({ low, high }) => low! >= 0 && high! >= low!)).toBe(true);
    expect(energy.perInference!.low).toBeGreaterThan(0);
  });

  it('says which one price is missing, and is the less for it', () => {
    // Without powers, so that the missing price's time changes nothing else.
    const chip = testChip({ processorPower: [sourced(0)], staticPower: [sourced(0)] });
    const whole = report(testRun({ layers: small, chip }));
    const tables = [1, 3].map((scale) => priceTable(`table ${scale}`, scale, ['spike']));
    const energy = report(testRun({ layers: small, chip: { ...chip, priceTables: tables } }));
    expect(energy).toMatchObject({ complete: false, unpriced: ['spikes'] });
    expectNear(energy.perInference!.low, whole.perInference!.low - line(whole, 'spikes').low!);
  });

  it('does not miss the price of what does not happen', () => {
    const tables = [priceTable('table', 1, ['generatedSpike'])];
    const chip = testChip({ priceTables: tables });
    expect(report(testRun({ layers: small, chip })).unpriced).toEqual(['generatedSpikes']);
    expect(report(testRun({ layers: small, chip, generators: 'cores' }))).toMatchObject({
      complete: true,
      unpriced: [],
    });
  });

  it('is never complete on Loihi 1, and says of which events nobody has published a price', () => {
    expect(report(testRun({ layers: small, chip: builtinChip('loihi1') }))).toMatchObject({
      complete: false,
      unpriced: [
        'synchronisation',
        'generatedSpikes',
        'countedSpikes',
        'cellUpdates',
        'hostInput',
        'hostOutput',
      ],
    });
  });

  it('is null on a chip without prices', () => {
    const chip = testChip({ priceTables: [], stepTimes: [], processorPower: [], staticPower: [] });
    const energy = report(testRun({ layers: small, chip }));
    expect(energy).toMatchObject({
      perInference: null,
      perSequenceStep: null,
      latency: null,
      latencySources: null,
      averagePower: null,
      complete: false,
    });
    expect(energy.groups).toEqual({ cores: null, mesh: null, processors: null, static: null });
    expect(line(energy, 'static').count).toBeNull();
    expect(energy.unpriced).toContain('embeddedProcessors');
  });

  it('names powers as unpriced where nobody knows how long they last', () => {
    const timeless = priceTable('timeless', 1);
    const prices = Object.fromEntries(
      Object.entries(timeless.prices).map(([event, price]) => [event, { ...price, time: null }]),
    );
    const chip = testChip({ priceTables: [{ name: 'timeless', prices, barrier: [] }], stepTimes: [] });
    const energy = report(testRun({ layers: small, chip }));
    expect(energy).toMatchObject({ complete: false, unpriced: ['embeddedProcessors', 'static'] });
  });

  it('leaves out a layer that is on no core, and says so', () => {
    const wide = [dense(random, 400, 6, 'relu', 'wide'), dense(random, 6, 4, 'relu', 'narrow')];
    const energy = report(testRun({ layers: wide, sequenceSteps: 1 }));
    expect(energy).toMatchObject({ complete: false, unmapped: ['wide'], unpriced: [] });
    const alone = report(testRun({ layers: wide.slice(1), sequenceSteps: 1 }));
    expect(energy.perInference).toEqual(alone.perInference);
  });
});

describe('a line', () => {
  it('is its count times the least and the greatest price of the tables', () => {
    const energy = report(testRun({ layers: small }));
    // The place of the event in the list, in pJ; the second table has three times that.
    const { low, high, prices, grade, source } = line(energy, 'updatesActive');
    const updates = count(energy, 'updatesActive');
    expectNear(low!, updates * 2e-12);
    expectNear(high!, updates * 6e-12);
    expect(prices.map(({ table, unit }) => [table, unit])).toEqual([
      ['first', 'J'],
      ['second', 'J'],
    ]);
    expect(source).toBe('first: updateActive; second: updateActive');
    expect(grade).toBe('measured');
  });

  it('has the grade of its weakest price', () => {
    const weak = priceTable('weak', 2);
    const updateActive = { ...weak.prices.updateActive!, grade: 'unofficial' as const };
    const tables = [priceTable('first', 1), { ...weak, prices: { ...weak.prices, updateActive } }];
    const energy = report(testRun({ layers: small, chip: testChip({ priceTables: tables }) }));
    expect(line(energy, 'updatesActive').grade).toBe('unofficial');
    expect(line(energy, 'spikes').grade).toBe('measured');
  });

  it('of a power is spent over the latency', () => {
    const energy = report(testRun({ layers: small }));
    const { low, high } = energy.latency!;
    expect(line(energy, 'static')).toMatchObject({
      count: { low, high },
      low: low * 1e-3,
      high: high * 2e-3,
      group: 'static',
    });
    expect(line(energy, 'embeddedProcessors')).toMatchObject({ low: low * 20e-3, high: high * 20e-3 });
  });

  it('of a power is spent by every chip', () => {
    const wide = [lstm(random, 5, 90, { returnSequences: true, name: 'first' }), lstm(random, 90, 150)];
    const run = testRun({ layers: wide });
    expect(run.usage.chipsUsed).toBeGreaterThan(1);
    const energy = report(run);
    const chipSeconds = energy.latency!.high * run.usage.chipsUsed;
    expectNear(line(energy, 'static').high!, chipSeconds * 2e-3);
  });
});

describe('the counts', () => {
  const T = 4;
  const steps = 3;

  it('of one LSTM are those of its spikes', () => {
    const energy = report(testRun({ layers: small, timesteps: T, sequenceSteps: steps }));
    const total = (length: number): number =>
      Array.from({ length }, (_, n) => 1 + (n % 5)).reduce((a, b) => a + b, 0);
    const [generated, counted] = [total(13), total(32)];
    const thresholds = 3 * 8 + 2 * 8;
    expect(count(energy, 'synchronisation')).toBe(steps * T);
    expect(count(energy, 'updatesActive')).toBe(2 * thresholds * steps * T);
    expect(count(energy, 'updatesInactive')).toBe(0);
    expect(count(energy, 'synapticOperations')).toBe(generated * thresholds + counted);
    expect(count(energy, 'spikes')).toBe(counted);
    expect(count(energy, 'generatedSpikes')).toBe(generated);
    expect(count(energy, 'countedSpikes')).toBe(counted);
    expect(count(energy, 'messages')).toBe(generated + counted);
    expect(count(energy, 'cellUpdates')).toBe(3 * 8 * steps);
    expect(count(energy, 'hostInput')).toBe(12);
    expect(count(energy, 'hostOutput')).toBe(3);
  });

  it('of generators on cores are spikes of those cores', () => {
    const onProcessors = report(testRun({ layers: small }));
    const onCores = report(testRun({ layers: small, generators: 'cores' }));
    expect(count(onCores, 'generatedSpikes')).toBe(0);
    expect(count(onCores, 'spikes')).toBe(
      count(onProcessors, 'spikes') + count(onProcessors, 'generatedSpikes'),
    );
    // 13 inputs of two thresholds, two compartments each.
    expect(count(onCores, 'updatesActive')).toBe(count(onProcessors, 'updatesActive') + 13 * 4 * T * steps);
  });

  it('of layers that wait are inactive updates: layers take turns', () => {
    const run = testRun({ layers: stacked, timesteps: T, sequenceSteps: steps });
    const energy = report(run);
    const compartments = [2 * 5 * 8, 2 * 5 * 20, 2 * 6];
    const turns = [steps * T, steps * T, T];
    const all = turns.reduce((a, b) => a + b, 0);
    const active = compartments.reduce((sum, own, n) => sum + own * turns[n]!, 0);
    expect(count(energy, 'synchronisation')).toBe(all);
    expect(count(energy, 'updatesActive')).toBeCloseTo(active, 6);
    expect(count(energy, 'updatesInactive')).toBeCloseTo(
      compartments.reduce((sum, own) => sum + own * all, 0) - active,
      6,
    );
    expect(run.usage.cores.reduce((sum, core) => sum + core.compartments, 0)).toBe(292);
  });

  it('grow with the spikes alone, all else equal', () => {
    const once = report(testRun({ layers: stacked }));
    const thrice = report(testRun({ layers: stacked, spikes: (n) => 3 * (1 + (n % 5)) }));
    for (const event of [
      'synapticOperations',
      'spikes',
      'messages',
      'generatedSpikes',
      'countedSpikes',
    ] as const) {
      expect(count(thrice, event)).toBeCloseTo(3 * count(once, event), 6);
    }
    for (const event of ['updatesActive', 'updatesInactive', 'synchronisation', 'cellUpdates'] as const) {
      expect(count(thrice, event)).toBe(count(once, event));
    }
  });

  it('of time-steps and updates double with T where the spikes stay the same', () => {
    const once = report(testRun({ layers: stacked, timesteps: 8 }));
    const twice = report(testRun({ layers: stacked, timesteps: 16 }));
    for (const event of ['updatesActive', 'updatesInactive', 'synchronisation'] as const) {
      expect(count(twice, event)).toBeCloseTo(2 * count(once, event), 6);
    }
    for (const event of ['synapticOperations', 'spikes', 'messages', 'cellUpdates'] as const) {
      expect(count(twice, event)).toBe(count(once, event));
    }
    expectNear(twice.latency!.high, 2 * once.latency!.high);
  });
});

describe('the cores', () => {
  it('spend together what the group, the messages and the hops spend', () => {
    fc.assert(
      fc.property(anyRun, (run) => {
        const energy = report(run);
        const sum = (value: (core: EnergyReport['cores'][number]) => number): number =>
          energy.cores.reduce((all, core) => all + value(core), 0);
        for (const end of ['low', 'high'] as const) {
          const shared = (['messages', 'hopsEastWest', 'hopsNorthSouth'] as const).map(
            (event) => line(energy, event)[end] ?? 0,
          );
          const all = (energy.groups.cores?.[end] ?? 0) + shared.reduce((a, b) => a + b, 0);
          expect(sum((core) => core.energy[end]) / (all || 1)).toBeCloseTo(all > 0 ? 1 : 0, 9);
        }
        const spent = energy.cores.some((core) => core.energy.high > 0);
        expect(sum((core) => core.energyShare)).toBeCloseTo(spent ? 1 : 0, 9);
        const sent = energy.cores.some((core) => core.trafficShare > 0);
        expect(sum((core) => core.trafficShare)).toBeCloseTo(sent ? 1 : 0, 9);
        expect(energy.cores).toHaveLength(run.usage.cores.length);
      }),
    );
  });
});

describe('the latency', () => {
  it('starts at a barrier a time-step and the busiest core, and ends at the slowest step measured', () => {
    const run = testRun({ layers: small, timesteps: 4, sequenceSteps: 3 });
    expect(run.usage.coresUsed).toBe(1);
    const energy = report(run);
    // Of the faster table: synaptic operations 1 ns, active updates 2 ns, spikes 4 ns, a barrier 100 ns.
    const work =
      count(energy, 'synapticOperations') + 2 * count(energy, 'updatesActive') + 4 * count(energy, 'spikes');
    expectNear(energy.latency!.low, 12 * 100e-9 + work * 1e-9);
    expectNear(energy.latency!.high, 12 * 50e-6);
    expect(energy.latencySources).toEqual({
      low: 'first: a barrier over 1 tile each time-step and the busiest core, one operation after the other',
      high: '50.0 µs a time-step as measured: made up for a test',
    });
    expectNear(energy.latencyPerSequenceStep!.high, 4 * 50e-6);
  });

  it('starts at the fastest step measured where the busiest core would take longer', () => {
    const run = testRun({ layers: small, chip: testChip({ stepTimes: [sourced(1e-9)] }) });
    const { latency, latencySources } = report(run);
    expectNear(latency!.low, 12 * 1e-9);
    expect(latencySources!.low).toContain('1.00 ns a time-step as measured');
    // The other end is then the slower table, of three times the times.
    expectNear(latency!.high, 3 * report(testRun({ layers: small })).latency!.low);
    expect(latencySources!.high).toContain('second: a barrier over 1 tile');
  });

  it('interpolates a barrier between the tiles of the table, and holds it beyond them', () => {
    const table = priceTable('first', 1);
    expect([0, 1, 6, 11, 40].map((tiles) => Math.round(1e9 * barrierTime(table, tiles)!))).toEqual([
      100, 100, 150, 200, 200,
    ]);
    expect(barrierTime({ ...table, barrier: [] }, 6)).toBe(table.prices.barrier!.time);
    expect(barrierTime({ name: 'none', prices: {}, barrier: [] }, 6)).toBeNull();
  });

  it('takes both ends from measured steps where no table has a time', () => {
    const chip = testChip({ priceTables: [] });
    const { latency } = report(testRun({ layers: small, chip, timesteps: 4, sequenceSteps: 3 }));
    expectNear(latency!.low, 12 * 10e-6);
    expectNear(latency!.high, 12 * 50e-6);
  });

  it('gives a power between those of its two ends', () => {
    fc.assert(
      fc.property(anyRun, (run) => {
        const { perInference, latency, averagePower } = report(run);
        const ends = [perInference!.low / latency!.low, perInference!.high / latency!.high];
        expect(averagePower).toEqual({ low: Math.min(...ends), high: Math.max(...ends) });
      }),
    );
  });
});
