import { describe, expect, it } from 'vitest';
import { energyFindings } from '../../src/core/energy/findings.ts';
import { compareChips, energyReport } from '../../src/core/energy/report.ts';
import type { AnalogMeasurement, Baseline, EnergyReport } from '../../src/core/energy/types.ts';
import { layerDemands } from '../../src/core/map/findings.ts';
import { calibration, priceTable, sourced, testChip, testRun, type TestRun } from '../support/chips.ts';
import { dense, lstm, randomSource } from '../support/networks.ts';

const random = randomSource(3);

/** A chip with room for the paper's network and prices of whole pJ. */
const chip = testChip({
  core: {
    ...testChip().core,
    compartments: sourced(1024),
    inAxons: sourced(4096),
    outAxons: sourced(4096),
    synapseBits: sourced(1_048_576),
  },
});

function paperRun(hidden: number, inputs = 28, sequenceSteps = 28): TestRun {
  const layers = [lstm(random, inputs, hidden), dense(random, hidden, 10, 'softmax')];
  return testRun({ layers, chip, sequenceSteps, timesteps: 128 });
}

function report(
  { usage, workload }: TestRun,
  measurements: readonly AnalogMeasurement[] = [],
  watts: number | null = null,
): EnergyReport {
  return energyReport(chip, usage, workload, { measurements, watts });
}

function of(energy: EnergyReport, name: string): Baseline {
  return energy.baselines.find((baseline) => baseline.name === name)!;
}

describe('the machine of the run', () => {
  const measured = { batch: 32, seconds: 0.02, runs: 5, joules: null };

  it("takes RAPL's joules before the user's watts", () => {
    const energy = report(paperRun(64), [{ ...measured, joules: 0.64 }], 100);
    const baseline = of(energy, 'This machine, batch 32');
    expect(baseline).toMatchObject({
      kind: 'here',
      batch: 32,
      energy: 0.02,
      latency: 0.02,
      watts: 32,
      grade: 'measured',
      comparable: true,
    });
    const { low, high } = energy.perInference!;
    expect(baseline.savings).toEqual({ low: 0.02 / high, high: 0.02 / low });
  });

  it("takes the user's watts where the machine exposes none, and says so", () => {
    const baseline = of(report(paperRun(64), [measured], 16), 'This machine, batch 32');
    expect(baseline).toMatchObject({ energy: (0.02 * 16) / 32, watts: 16, grade: 'assumed' });
    expect(baseline.source).toContain('watts as given');
  });

  it('has a latency without any watts, and no savings', () => {
    const baseline = of(report(paperRun(64), [measured]), 'This machine, batch 32');
    expect(baseline).toMatchObject({ energy: null, watts: null, latency: 0.02, savings: null });
    expect(baseline.note).toContain('baseline.watts');
  });
});

describe("the paper's machine", () => {
  it.each([
    [64, 0.235, 0.01],
    [128, 0.241, 0.0116],
    [192, 0.244, 0.0135],
  ])('is compared with an LSTM of %d on rows of MNIST', (hidden, one, batch32) => {
    const energy = report(paperRun(hidden));
    const paper = energy.baselines.filter(({ kind }) => kind === 'paper');
    expect(paper.map((baseline) => [baseline.batch, baseline.energy])).toEqual([
      [1, one],
      [32, batch32],
    ]);
    expect(paper.every(({ comparable, savings }) => comparable && savings !== null)).toBe(true);
  });

  it.each([
    ['another hidden size', paperRun(100), 128],
    ['other inputs', paperRun(64, 1), 64],
    ['other sequence steps', paperRun(64, 28, 27), 64],
    [
      'a second LSTM',
      testRun({
        chip,
        layers: [
          lstm(random, 28, 64, { name: 'first', returnSequences: true }),
          lstm(random, 64, 64, { name: 'second' }),
        ],
        sequenceSteps: 28,
      }),
      64,
    ],
  ])('is shown but not compared with %s', (_, run, nearest) => {
    const paper = report(run).baselines.filter(({ kind }) => kind === 'paper');
    expect(paper).toHaveLength(2);
    for (const { comparable, savings, note } of paper) {
      expect([comparable, savings]).toEqual([false, null]);
      expect(note).toBe(`Of another workload: an LSTM of ${nearest} on 28 rows of 28 pixels.`);
    }
  });

  it('is not shown beside a network without an LSTM', () => {
    const run = testRun({ chip, layers: [dense(random, 20, 10, 'relu')], sequenceSteps: 1 });
    expect(report(run).baselines.some(({ kind }) => kind === 'paper')).toBe(false);
  });
});

describe('devices by their energy of an operation', () => {
  const energy = report(paperRun(64));

  it('run the analog network: multiply-accumulates and activations', () => {
    const operations = 28 * (4 * 28 * 64 + 4 * 64 * 64 + 3 * 64) + 640;
    const updates = 28 * 5 * 64 + 10;
    const { energy: joules, note } = of(energy, 'Intel i7-4960X, analog network');
    expect(joules! / (8.6e-9 * (operations + updates))).toBeCloseTo(1, 12);
    expect(note).not.toBeNull();
    expect(of(energy, '45 nm fp32, analog network').energy! / (4.6e-12 * operations)).toBeCloseTo(1, 12);
    expect(of(energy, '45 nm fp32, analog network').note).toContain('Arithmetic only');
  });

  it('run the spiking network: accumulates and membrane updates', () => {
    const { synapticOperations, membraneUpdates } = energy.neurobench;
    const expected = synapticOperations.effectiveACs * 13.3e-9 + membraneUpdates * 26e-9;
    expect(of(energy, 'SpiNNaker, spiking network').energy! / expected).toBeCloseTo(1, 12);
  });

  it('all name a source, and save what their energy is times the spiking one', () => {
    const devices = energy.baselines.filter(({ kind }) => kind === 'per-operation');
    expect(devices).toHaveLength(10);
    for (const { source, savings, energy: joules } of devices) {
      expect(source).toMatch(/\S{4}/);
      expect(savings!.high * energy.perInference!.low).toBeCloseTo(joules!, 12);
      expect(savings!.low).toBeLessThanOrEqual(savings!.high);
    }
  });

  it('save nothing where no event of the chip has a price', () => {
    const bare = testChip({
      core: chip.core,
      priceTables: [],
      stepTimes: [],
      processorPower: [],
      staticPower: [],
    });
    const { usage, workload } = paperRun(64);
    const unpriced = energyReport(bare, usage, workload, { measurements: [], watts: null });
    expect(unpriced.baselines.every(({ savings }) => savings === null)).toBe(true);
  });
});

describe('a calibrated estimate', () => {
  it('spans what its leave-one-out error allows', () => {
    const run = paperRun(64);
    const sent = report(run).lines.find(({ event }) => event === 'generatedSpikes')!.count as number;
    const counted = report(run).lines.find(({ event }) => event === 'countedSpikes')!.count as number;
    const calibrated = {
      ...chip,
      calibrations: [calibration({ energyPerEvent: 2e-9, leaveOneOutError: 0.25 })],
    };
    const [estimate] = energyReport(calibrated, run.usage, run.workload, {
      measurements: [],
      watts: null,
    }).calibrated;
    expect(estimate!.energy.low / ((2e-9 * (sent + counted)) / 1.25)).toBeCloseTo(1, 12);
    expect(estimate!.energy.high / ((2e-9 * (sent + counted)) / 0.75)).toBeCloseTo(1, 12);
  });

  it('counts the spikes of generators on cores too', () => {
    const layers = [lstm(random, 5, 8)];
    const calibrated = testChip({ calibrations: [calibration()] });
    const [processors, cores] = (['processors', 'cores'] as const).map((generators) => {
      const { usage, workload } = testRun({ layers, chip: calibrated, generators });
      return energyReport(calibrated, usage, workload, { measurements: [], watts: null }).calibrated;
    });
    expect(cores).toEqual(processors);
  });
});

describe('chips side by side', () => {
  it('are each mapped and priced as if asked for', () => {
    const { workload, usage } = paperRun(64);
    const demands = layerDemands(workload.layers);
    const bare = testChip({ id: 'small', priceTables: [priceTable('only', 2, ['hostInput'])] });
    const options = { chips: 1, fill: 1, weightBits: 8, generators: 'processors' } as const;
    const [first, second] = compareChips([chip, bare], demands, workload, () => options);
    const asked = report({ chip, usage, workload });
    expect(first).toEqual({
      id: 'test',
      name: 'Test chip',
      chipsUsed: 1,
      coresUsed: usage.coresUsed,
      coresPerChip: 24,
      fits: true,
      perInference: asked.perInference,
      complete: true,
      latency: asked.latency,
    });
    expect(second).toMatchObject({ id: 'small', complete: false });
    expect(compareChips([chip], demands, null, () => options)[0]).toMatchObject({
      coresUsed: usage.coresUsed,
      perInference: null,
      latency: null,
      complete: false,
    });
  });
});

describe('energy above a baseline', () => {
  const run = paperRun(64);
  const low = report(run).perInference!.low;
  /** A machine that takes this part of the spiking network's least energy. */
  const machine = (part: number): AnalogMeasurement[] => [
    { batch: 1, seconds: 0.001, runs: 3, joules: low * part },
  ];

  it('is silent where the spiking network takes less', () => {
    expect(energyFindings(report(run, machine(1.01)), { timesteps: 128, coding: 'residual' })).toEqual([]);
  });

  it('is silent where nothing is known of a whole system', () => {
    const other = paperRun(100);
    expect(energyFindings(report(other), { timesteps: 128, coding: 'residual' })).toEqual([]);
  });

  it('points at the time-steps, and gives the most that would do', () => {
    const [finding, ...more] = energyFindings(report(run, machine(0.26)), {
      timesteps: 8,
      coding: 'residual',
    });
    expect(more).toEqual([]);
    expect(finding).toMatchObject({
      code: 'energy-above-baseline',
      severity: 'warning',
      layer: null,
      place: { file: 'specification', path: ['timesteps'] },
      fixes: [{ title: 'Run 2 time-steps instead of 8', edits: [{ path: ['timesteps'], value: 2 }] }],
    });
    expect(finding!.message).toContain('3.8 times');
    expect(finding!.message).toContain('This machine, batch 1');
  });

  it('has no fix where even one time-step is too many', () => {
    const [finding] = energyFindings(report(run, machine(0.1)), { timesteps: 8, coding: 'residual' });
    expect(finding!.fixes).toEqual([]);
  });

  it('points at reset coding, and offers residual with an eighth of the time-steps', () => {
    const [finding] = energyFindings(report(run, machine(0.5)), { timesteps: 128, coding: 'reset' });
    expect(finding).toMatchObject({
      place: { path: ['coding'] },
      fixes: [
        {
          title: 'Use residual coding with 16 time-steps',
          edits: [
            { path: ['coding'], value: 'residual' },
            { path: ['timesteps'], value: 16 },
          ],
        },
      ],
    });
  });
});
