/**
 * Holds the ledger against what was measured on chips: estimate, measurement, ratio. Nothing here was measured by
 * this project. `npm run bench energy` prints it, test/unit/measurements.test.ts holds it, docs/energy.md shows it.
 */
import { readFileSync } from 'node:fs';
import type { Calibration, Chip } from '../../src/core/chips/types.ts';
import { convert } from '../../src/core/convert/convert.ts';
import { calibrationEvents } from '../../src/core/energy/calibration.ts';
import { countEvents } from '../../src/core/energy/counts.ts';
import { barrierTime } from '../../src/core/energy/latency.ts';
import { energyReport } from '../../src/core/energy/report.ts';
import table1 from '../../src/core/energy/table1.json';
import type { EnergyReport, Range, Workload } from '../../src/core/energy/types.ts';
import { layerDemands } from '../../src/core/map/findings.ts';
import { mapToChip } from '../../src/core/map/map.ts';
import type { ChipUsage } from '../../src/core/map/types.ts';
import { fitEnergyPerEvent, leaveOneOutError, leaveOneOutRatios, type MeasuredRow } from './calibration.ts';
import { chain, dense, hardActivations, lstm } from './networks.ts';

/** Spikes of an inference that the simulation counted: test/golden/table1, written by write.mjs there. */
export interface ActivityRow {
  readonly hidden: number;
  readonly inputs: number;
  readonly sequenceSteps: number;
  readonly timesteps: number;
  readonly inputSpikes: number;
  readonly gateSpikes: Readonly<Record<'i' | 'f' | 'c' | 'o', number>>;
}

export interface Check {
  readonly workload: string;
  readonly quantity: string;
  readonly unit: string;
  readonly estimate: Range;
  readonly measured: number;
}

export function readActivity(file: URL): readonly ActivityRow[] {
  return (JSON.parse(readFileSync(file, 'utf8')) as { readonly rows: readonly ActivityRow[] }).rows;
}

/** A row of table I as it would run on the chip, generators on the processors. */
export function modelRow(
  chip: Chip,
  row: ActivityRow,
): { readonly usage: ChipUsage; readonly workload: Workload } {
  const { hidden, inputs, sequenceSteps, timesteps } = row;
  // Weights do not matter to the ledger: spikes come from the row.
  const network = chain(
    [sequenceSteps, inputs],
    lstm(() => 0.5, inputs, hidden),
    dense(() => 0.5, hidden, 10, 'softmax'),
  );
  const { layers } = convert(
    network,
    { timesteps, coding: 'reset', arithmetic: 'loihi', activations: hardActivations },
    {},
  );
  const even = (length: number, all: number): number[] => Array<number>(length).fill(all / length);
  const { i, f, c, o } = row.gateSpikes;
  const activity = [
    {
      layer: 'lstm',
      windows: sequenceSteps,
      inputSpikes: Float64Array.from(even(inputs + hidden, row.inputSpikes)),
      neuronSpikes: Float64Array.from([i, f, c, o].flatMap((spikes) => even(hidden, spikes))),
    },
  ];
  const options = { chips: 1, fill: 1, weightBits: 8, generators: 'processors' } as const;
  return {
    usage: mapToChip(layerDemands(layers), activity, chip, options),
    workload: {
      layers,
      activity,
      timesteps,
      arithmetic: 'loihi',
      weightBits: options.weightBits,
      sequenceSteps,
      inputValues: sequenceSteps * inputs,
      outputValues: 10,
    },
  };
}

export function reportOf(chip: Chip, row: ActivityRow): EnergyReport {
  const { usage, workload } = modelRow(chip, row);
  return energyReport(chip, usage, workload, { measurements: [], watts: null });
}

/** What was measured at a hidden size of table I. */
function measuredAt(hidden: number): (typeof table1.rows)[number] {
  const row = table1.rows.find((candidate) => candidate.hidden === hidden);
  if (!row) throw new Error(`table I has no row of ${hidden}`);
  return row;
}

/** What a calibration is fitted to: events of the simulation, joules of table I. */
export function fittedRows(
  chip: Chip,
  activity: readonly ActivityRow[],
  event: Calibration['event'],
): MeasuredRow[] {
  return activity.map((row) => {
    const { usage, workload } = modelRow(chip, row);
    const events = calibrationEvents(countEvents(chip, usage, workload));
    return { events: events[event], energy: measuredAt(row.hidden).loihi.energy };
  });
}

/** Everything, in the order in which docs/energy.md shows it. */
export function checks(chip: Chip, activity: readonly ActivityRow[]): Check[] {
  return [...tableChecks(chip, activity), ...paperChecks(chip, activity), ...otherChecks(chip)];
}

/** What an energy of one price might count. */
const candidates = ['spikes', 'updates', 'synapticOperations'] as const satisfies Calibration['event'][];

/** The fits that were tried, in Markdown. */
export function printFits(chip: Chip, activity: readonly ActivityRow[]): string {
  const lines = candidates.map((event) => {
    const rows = fittedRows(chip, activity, event);
    const ratios = leaveOneOutRatios(rows).map((ratio) => ratio.toFixed(2));
    const picojoules = fitEnergyPerEvent(rows) * 1e12;
    const error = 100 * leaveOneOutError(rows);
    return `| ${event} | ${Number(picojoules.toPrecision(3))} pJ | ${ratios.join(', ')} | ${error.toFixed(1)} % |`;
  });
  const hidden = activity.map((row) => row.hidden).join(', ');
  return [
    `| one price for | fitted | estimate / measurement, the row left out (hidden ${hidden}) | largest error |`,
    '|---|---|---|---|',
    ...lines,
  ].join('\n');
}

function tableChecks(chip: Chip, activity: readonly ActivityRow[]): Check[] {
  const ratios = candidates.map((event) => ({
    name: event === 'synapticOperations' ? 'synaptic operations' : event,
    rows: leaveOneOutRatios(fittedRows(chip, activity, event)),
  }));
  return activity.flatMap((row, index) => {
    const { loihi } = measuredAt(row.hidden);
    const report = reportOf(chip, row);
    const joules = (quantity: string, estimate: Range): Check => ({
      workload: `table I, hidden ${row.hidden}`,
      quantity,
      unit: 'mJ',
      estimate: times(estimate, 1e3),
      measured: loihi.energy * 1e3,
    });
    const { cores, mesh, processors } = report.groups;
    const silicon = added(cores, mesh);
    return [
      joules('energy, bottom up: cores and mesh', silicon),
      joules('energy, bottom up: and processors', added(silicon, processors)),
      ...ratios.map(({ name, rows }) =>
        joules(
          `energy, one price for ${name}, this row left out of the fit`,
          exactly(rows[index]! * loihi.energy),
        ),
      ),
      {
        workload: `table I, hidden ${row.hidden}`,
        quantity: 'latency',
        unit: 'ms',
        estimate: times(report.latency ?? exactly(0), 1e3),
        measured: loihi.latency * 1e3,
      },
    ];
  });
}

function times({ low, high }: Range, factor: number): Range {
  return { low: low * factor, high: high * factor };
}

function added(a: Range | null, b: Range | null): Range {
  return { low: (a?.low ?? 0) + (b?.low ?? 0), high: (a?.high ?? 0) + (b?.high ?? 0) };
}

function exactly(value: number): Range {
  return { low: value, high: value };
}

/** Savings over the CPU at batch 1 that table I says. */
export function tableSaving(hidden: number): number {
  const { cpu, loihi } = measuredAt(hidden);
  return cpu.find(({ batch }) => batch === 1)!.energy / loihi.energy;
}

/**
 * The paper's own reasoning (section IV.C): energy grows with the hidden size, 1,024 of translation for 64, while
 * the baseline stays; and with the time-steps.
 */
export function translationSaving(savingAt64: number, timesteps: number): number {
  return savingAt64 / (1024 / 64) / (timesteps / table1.timesteps);
}

/** Sentences of section IV.C: what they say, of the figures of table I and of the simulation. */
function paperChecks(chip: Chip, activity: readonly ActivityRow[]): Check[] {
  const check = (quantity: string, estimate: number, measured: number, unit = 'x'): Check => ({
    workload: 'paper, section IV.C',
    quantity,
    unit,
    estimate: exactly(estimate),
    measured,
  });
  const unrounded = tableSaving(64);
  const spikes = fittedRows(chip, activity, 'spikes');
  const watts = table1.rows.map(({ loihi }) => (1e3 * loihi.energy) / loihi.latency);
  return [
    check('saving at hidden 64, of table I', unrounded, 108),
    check('saving at hidden 128, of table I', tableSaving(128), 55.9),
    check('saving at hidden 192, of table I', tableSaving(192), 35),
    check('translation, T = 128, from 108 as printed', translationSaving(108, 128), 6.75),
    check('translation, T = 256, from 108 as printed', translationSaving(108, 256), 3.38),
    check('translation, T = 128, from table I', translationSaving(unrounded, 128), 6.75),
    check('translation, T = 256, from table I', translationSaving(unrounded, 256), 3.38),
    check(
      'spikes at hidden 192 over 64, simulated ("roughly three times")',
      spikes[2]!.events / spikes[0]!.events,
      3,
    ),
    check(
      'energy at hidden 192 over 64, of table I ("roughly three times")',
      spikes[2]!.energy / spikes[0]!.energy,
      3,
    ),
    check('least active power, energy / latency of table I', Math.min(...watts), 31, 'mW'),
    check('greatest active power, energy / latency of table I', Math.max(...watts), 72, 'mW'),
  ];
}

/** Other workloads, of which too little is published to count their events: what can be checked is their sums. */
const lsnn = {
  workload: 'LSNN on sequential MNIST (NxTF repository), Loihi 1',
  steps: 840,
  stepTime: 16.65e-6,
  watts: { processors: 23.2e-3, cores: 1.58e-3, static: 1.16e-3, all: 25.93e-3 },
  energy: 0.363e-3,
};
const cnn = { workload: 'MNIST CNN (NxTF repository), Loihi 1', steps: 512, stepTime: 57.4e-6 };
const braille = {
  workload: 'Braille reader, Loihi 1',
  cores: 53,
  steps: 270,
  stepTime: 6.64e-6,
  watts: 73.85e-3,
  energy: 132.4e-6,
};
const pilotNet = { workload: 'PilotNet, Loihi 2', watts: 0.447, framesPerSecond: 408.9, energy: 1.09e-3 };

function otherChecks(chip: Chip): Check[] {
  const { watts } = lsnn;
  const { columns, rows, coresPerTile } = chip.mesh;
  const whole = columns.value * rows.value * coresPerTile.value;
  const check = (
    { workload }: { readonly workload: string },
    quantity: string,
    unit: string,
    estimate: Range,
    measured: number,
  ): Check => ({ workload, quantity, unit, estimate, measured });
  const energyOf = (power: number, seconds: number, scale: number): Range => exactly(power * seconds * scale);
  return [
    check(
      lsnn,
      'power as the sum of its parts',
      'mW',
      exactly(1e3 * (watts.processors + watts.cores + watts.static)),
      1e3 * watts.all,
    ),
    check(
      lsnn,
      'energy as power x steps x step time',
      'mJ',
      energyOf(watts.all, lsnn.steps * lsnn.stepTime, 1e3),
      1e3 * lsnn.energy,
    ),
    check(
      lsnn,
      'a step, of its barrier alone (1 core to all)',
      'us',
      barriers(chip, 1, whole),
      1e6 * lsnn.stepTime,
    ),
    check(
      cnn,
      'a step, of its barrier alone (1 core to all)',
      'us',
      barriers(chip, 1, whole),
      1e6 * cnn.stepTime,
    ),
    check(
      braille,
      'energy as power x steps x step time',
      'uJ',
      energyOf(braille.watts, braille.steps * braille.stepTime, 1e6),
      1e6 * braille.energy,
    ),
    check(
      braille,
      `a step, of its barrier alone (${braille.cores} cores)`,
      'us',
      barriers(chip, braille.cores, braille.cores),
      1e6 * braille.stepTime,
    ),
    check(
      pilotNet,
      'energy as power / frames a second',
      'mJ',
      energyOf(pilotNet.watts, 1 / pilotNet.framesPerSecond, 1e3),
      1e3 * pilotNet.energy,
    ),
  ];
}

/** Microseconds of a barrier over the tiles of so many cores, least to greatest over the tables. */
function barriers(chip: Chip, fewest: number, most: number): Range {
  const tiles = (cores: number): number => Math.ceil(cores / chip.mesh.coresPerTile.value);
  const over = (cores: number): number[] =>
    chip.priceTables.flatMap((table) => barrierTime(table, tiles(cores)) ?? []);
  return times({ low: Math.min(...over(fewest)), high: Math.max(...over(most)) }, 1e6);
}

/** A table of the checks in Markdown. */
export function printChecks(rows: readonly Check[]): string {
  const number = (value: number): string => String(Number(value.toPrecision(3)));
  const range = ({ low, high }: Range): string =>
    number(low) === number(high) ? number(low) : `${number(low)} to ${number(high)}`;
  const lines = rows.map(({ workload, quantity, unit, estimate, measured }) => {
    const ratio = range(times(estimate, 1 / measured));
    return `| ${workload} | ${quantity} | ${range(estimate)} ${unit} | ${number(measured)} ${unit} | ${ratio} |`;
  });
  return [
    '| workload | quantity | estimate | measured or printed | ratio |',
    '|---|---|---|---|---|',
    ...lines,
  ].join('\n');
}
