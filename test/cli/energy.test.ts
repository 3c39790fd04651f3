/** Energy on the command line: `spikewise energy`, `--watts`, and the ledger of a report. Needs the build. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { EnergyReport, LedgerEvent, LedgerLine } from '../../src/core/energy/types.ts';
import {
  formatEnergy,
  formatEvent,
  formatEventCount,
  formatLineEnergy,
  formatRange,
} from '../../src/core/report/format.ts';
import type { PopulationReport, Report } from '../../src/core/report/types.ts';
import { writeChip } from '../support/chip-files.ts';
import { spikewise } from '../support/cli.ts';
import { convertJson, expectFault, useTiny } from '../support/tiny.ts';

const examples = fileURLToPath(new URL('../../examples', import.meta.url));
const digits = path.join(examples, 'mnist-rows', 'mnist-rows.spikewise.json');
const tiny = useTiny();
const [T, steps] = [16, 3];
const tinyArgs = (timesteps = T) => [
  ...[tiny.file('model.json'), '--data', tiny.file('x.npy')],
  ...['--timesteps', String(timesteps)],
];

function energyOf({ energy }: Report): EnergyReport {
  expect(energy).not.toBeNull();
  return energy!;
}

function lineOf({ lines }: EnergyReport, event: LedgerEvent): LedgerLine {
  return lines.find((line) => line.event === event)!;
}

/** Spikes a sample of the generator and of the neurons, as the report has them. */
function spikesOf(populations: readonly PopulationReport[]): { generated: number; fired: number } {
  const spikes = (wanted: boolean): number =>
    populations
      .filter(({ name }) => (name === 'generator') === wanted)
      .reduce((sum, { spikesPerSample }) => sum + spikesPerSample, 0);
  return { generated: spikes(true), fired: spikes(false) };
}

/** That the ledger adds up: lines to the total and to its groups, and each line from its count and prices. */
function expectSums(energy: EnergyReport): void {
  for (const end of ['low', 'high'] as const) {
    const sum = (lines: readonly LedgerLine[]): number =>
      lines.reduce((total, line) => total + (line[end] ?? 0), 0);
    expect(energy.perInference![end]).toBeCloseTo(sum(energy.lines), 20);
    for (const [group, range] of Object.entries(energy.groups)) {
      expect(range?.[end] ?? 0).toBeCloseTo(sum(energy.lines.filter((line) => line.group === group)), 20);
    }
    expect(energy.perSequenceStep![end] * energy.sequenceSteps).toBeCloseTo(energy.perInference![end], 20);
    for (const { count, prices, ...line } of energy.lines) {
      const extreme = end === 'low' ? Math.min : Math.max;
      const events = count === null || typeof count === 'number' ? count : count[end];
      const price = prices.length > 0 ? extreme(...prices.map(({ value }) => value)) : null;
      expect(line[end]).toEqual(events === null || price === null ? null : events * price);
    }
  }
}

describe('the ledger of a report', () => {
  it("counts the report's own spikes", async () => {
    const report = await convertJson(tinyArgs());
    const energy = energyOf(report);
    const { generated, fired } = spikesOf(report.layers[0]!.populations);
    const counts = (event: LedgerEvent) => lineOf(energy, event).count;
    // One core, whose 16 neurons are 32 compartments; each spike has a reset synapse.
    expect(counts('synapticOperations')).toBeCloseTo(generated * 16 + fired, 6);
    expect(counts('spikes')).toBeCloseTo(fired, 6);
    expect(counts('messages')).toBeCloseTo(generated + fired, 6);
    expect(counts('generatedSpikes')).toBeCloseTo(generated, 6);
    expect(counts('countedSpikes')).toBeCloseTo(fired, 6);
    expect(energy.lines.map(({ event, count }) => [event, count])).toEqual(
      expect.arrayContaining([
        ['updatesActive', 32 * steps * T],
        ['updatesInactive', 0],
        ['hopsEastWest', 0],
        ['hopsNorthSouth', 0],
        ['synchronisation', steps * T],
        ['cellUpdates', 3 * 4 * steps],
        ['hostInput', steps * 2],
        ['hostOutput', 3],
        ['embeddedProcessors', energy.latency],
        ['static', energy.latency],
      ]),
    );
    const { traffic } = report.chip.cores[0]!;
    expect(traffic!.received).toBeCloseTo(generated, 6);
    expect(traffic!.sent).toBeCloseTo(fired, 6);
  });

  it('counts the synaptic operations of the example: every spike reaches 320 compartments', async () => {
    const report = await convertJson([digits, '--limit', '50']);
    const energy = energyOf(report);
    const { generated, fired } = spikesOf(report.layers[0]!.populations);
    expect(lineOf(energy, 'synapticOperations').count).toBeCloseTo(320 * generated + fired, 3);
    // 28 rows of 4ab + 4b^2 and 3b, and the classifier once (paper, section III).
    expect(energy.operations).toEqual([
      { layer: 'lstm', kind: 'LSTM', fullyConnected: 4 * 28 * 64 + 4 * 64 * 64, rest: 3 * 64, steps: 28 },
      { layer: 'classifier', kind: 'Dense', fullyConnected: 640, rest: 0, steps: 1 },
    ]);
    const { neurobench } = energy;
    expect(neurobench.synapticOperations.effectiveACs).toBeCloseTo(256 * generated, 3);
    expect(neurobench.synapticOperations.dense).toBe(92 * 256 * 28 * 8 + 3 * 64 * 28 + 640);
    expect(neurobench.membraneUpdates).toBe((92 + 256) * 28 * 8);
    const rows = energy.baselines.filter(({ kind }) => kind === 'paper');
    expect(rows.map(({ batch, energy, comparable }) => [batch, energy, comparable])).toEqual([
      [1, 0.235, true],
      [32, 0.01, true],
    ]);
    const { low, high } = energy.perInference!;
    expect(rows[0]!.savings).toEqual({ low: 0.235 / high, high: 0.235 / low });
    expectSums(energy);
  });

  it('of a built-in chip lacks prices, and says so', async () => {
    const loihi1 = energyOf(await convertJson(tinyArgs()));
    expect(loihi1).toMatchObject({ chip: 'Loihi 1', complete: false, unmapped: [] });
    expect(loihi1.unpriced).toEqual([
      'synchronisation',
      'generatedSpikes',
      'countedSpikes',
      'cellUpdates',
      'hostInput',
      'hostOutput',
    ]);
    for (const event of loihi1.unpriced) {
      expect(lineOf(loihi1, event)).toMatchObject({ low: null, high: null, source: null, grade: null });
    }
    expectSums(loihi1);
    const loihi2 = energyOf(await convertJson([...tinyArgs(), '--chip', 'loihi2']));
    expect(loihi2).toMatchObject({ perInference: null, latency: null, averagePower: null, complete: false });
    expect(loihi2.baselines.every(({ savings }) => savings === null)).toBe(true);
  });

  it("of a user's chip with every price is complete", async () => {
    const report = await convertJson([...tinyArgs(), '--chip', writeChip(tiny.empty())]);
    const energy = energyOf(report);
    expect(energy).toMatchObject({ chip: 'Small chip', complete: true, unpriced: [], unmapped: [] });
    expectSums(energy);
    // The second table costs three times the first.
    const operations = lineOf(energy, 'synapticOperations');
    expect(operations).toMatchObject({
      group: 'cores',
      source: 'first: synapticOperation; second: synapticOperation',
      grade: 'assumed',
      prices: [
        { table: 'first', value: 1e-12, unit: 'J' },
        { table: 'second', value: 3e-12, unit: 'J' },
      ],
    });
    expect(operations.high).toBeCloseTo(3 * operations.low!, 20);
    // A barrier of 1 ns each time-step and the busiest core's work, one operation after the other.
    const { generated, fired } = spikesOf(report.layers[0]!.populations);
    const work = generated * 16 + fired + 16 * steps * T;
    expect(energy.latency!.low).toBeCloseTo(1e-9 * (work + steps * T), 15);
    expect(energy.latency!.high).toBeCloseTo(3e-9 * (work + steps * T), 15);
    expect(report.chips[0]).toMatchObject({ perInference: energy.perInference, complete: true });
    const without = writeChip(tiny.empty(), (chip) => delete chip.priceTables[0]!.prices['hostOutput']);
    expect(energyOf(await convertJson([...tinyArgs(), '--chip', without])).complete).toBe(true);
    const lacking = writeChip(tiny.empty(), (chip) => {
      for (const { prices } of chip.priceTables) delete prices['hostOutput'];
    });
    const incomplete = energyOf(await convertJson([...tinyArgs(), '--chip', lacking]));
    expect(incomplete).toMatchObject({ complete: false, unpriced: ['hostOutput'] });
    expectSums(incomplete);
  });

  it('is there at T = 1', async () => {
    const report = await convertJson(tinyArgs(1));
    const energy = energyOf(report);
    expectSums(energy);
    expect(lineOf(energy, 'synchronisation').count).toBe(steps);
    expect(energy.perInference!.low).toBeGreaterThan(0);
    expect(JSON.stringify(report)).not.toContain('NaN');
  });
});

describe('the baseline', () => {
  const here = (energy: EnergyReport) => energy.baselines.filter(({ kind }) => kind === 'here');

  it('is measured here, in batches of 1 and 32', async () => {
    const measured = here(energyOf(await convertJson(tinyArgs())));
    expect(measured.map(({ batch }) => batch)).toEqual([1, 32]);
    for (const { latency } of measured) expect(latency).toBeGreaterThan(0);
  });

  it('has the energy of the watts that are given, where the machine does not measure it', async () => {
    const report = await convertJson([...tinyArgs(), '--watts', '40']);
    expect(report.options.watts).toBe(40);
    for (const baseline of here(energyOf(report))) {
      // On a machine with RAPL the watts are its own.
      if (!baseline.source.includes('RAPL')) expect(baseline.watts).toBe(40);
      expect(baseline.energy).toBeCloseTo((baseline.watts! * baseline.latency!) / baseline.batch!, 12);
      const { low, high } = energyOf(report).perInference!;
      expect(baseline.savings!.low).toBeCloseTo(baseline.energy! / high, 6);
      expect(baseline.savings!.high).toBeCloseTo(baseline.energy! / low, 6);
    }
  });

  it('that is below the chip is a finding, with a fix that takes less', async () => {
    const folder = tiny.copy();
    const file = path.join(folder, 'mine.spikewise.json');
    // No machine of a baseline comes near it.
    writeChip(folder, (chip) => (chip.processorPower[0]!.value = '1e6 W'));
    const specification = {
      ...{ model: 'model.json', data: { inputs: 'x.npy' }, timesteps: T, coding: 'reset' },
      ...{ chip: 'small.spikewise-chip.json', baseline: { watts: 1 } },
    };
    writeFileSync(file, JSON.stringify(specification));
    const report = await convertJson([file]);
    const finding = report.findings.find(({ code }) => code === 'energy-above-baseline')!;
    expect(finding).toMatchObject({
      severity: 'warning',
      place: { file: 'specification', path: ['coding'] },
      fixes: [{ title: 'Use residual coding with 2 time-steps' }],
    });
    expect(finding.message).toMatch(/^On Small chip an inference takes at least .* times the baseline of /);
    expect(finding.message).toContain('This machine, batch ');
    const fixed = await convertJson([file, '--coding', 'residual', '--timesteps', '2']);
    expect(energyOf(fixed).perInference!.low).toBeLessThan(energyOf(report).perInference!.low / 4);
  });
});

describe('spikewise energy', () => {
  it('prints the numbers of the report, every source and every grade', async () => {
    const energy = energyOf(await convertJson(tinyArgs()));
    const { code, stdout, stderr } = await spikewise(['energy', ...tinyArgs()]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).not.toMatch(/NaN|undefined|\[object/);
    for (const line of energy.lines) {
      const row = stdout.split('\n').find((text) => text.includes(`│ ${formatEvent(line.event)} `));
      expect(row).toContain(` ${formatEventCount(line)} `);
      expect(row).toContain(` ${formatLineEnergy(line)} `);
    }
    const total = formatRange(energy.perInference, formatEnergy);
    expect(stdout).toContain(
      `Estimated energy of an inference on Loihi 1: ${total} (incomplete: no price for `,
    );
    expect(stdout).toContain(`\nEnergy: ${total} (per inference, estimate, incomplete)`);
    expect(stdout).toContain('Savings are too favourable: they leave out what has no price.');
    const footnotes = stdout.split('\n').map((line) => /^\[\d+\] (.*)$/.exec(line)?.[1]);
    for (const { prices } of energy.lines) {
      for (const { source } of prices) expect(footnotes).toContain(source);
    }
    for (const { name } of energy.baselines) expect(stdout).toContain(`│ ${name} `);
  });

  it('has no reservations where every event has a price', async () => {
    const file = writeChip(tiny.empty());
    const { stdout } = await spikewise(['energy', ...tinyArgs(), '--chip', file]);
    expect(stdout).toContain(' (complete)');
    expect(stdout).not.toMatch(/incomplete|no price|too favourable/);
  });

  it.each([
    ['0', /--watts must be above 0, not "0"/],
    ['-5', /--watts must be above 0, not "-5"/],
    ['much', /--watts must be a number, not "much"/],
    ['', /--watts is empty/],
  ])('--watts "%s" is bad usage', async (watts, words) => {
    expectFault(await spikewise(['energy', ...tinyArgs(), '--watts', watts]), null, words);
  });
});
