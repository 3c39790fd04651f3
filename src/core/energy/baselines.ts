/** What a person would compare the spiking network with. Joules and seconds an inference. */
import { grades, type Grade } from '../chips/types.ts';
import devices from './devices.json';
import table1 from './table1.json';
import type { AnalogMeasurement, Baseline, LayerOperations, NeuroBench, Range, Workload } from './types.ts';
import { analogWork } from './workload.ts';

type Compared = Omit<Baseline, 'savings'>;

interface Compare {
  readonly workload: Workload;
  readonly neurobench: NeuroBench;
  readonly operations: readonly LayerOperations[];
  readonly measurements: readonly AnalogMeasurement[];
  /** Of the machine that runs the analog network; null where the user gives none. */
  readonly watts: number | null;
  /** Of the spiking network; null where it is not known, and then nothing is saved or lost. */
  readonly spikingEnergy: Range | null;
}

/** The machine of this run, the paper's, then devices by their energy of an operation. */
export function baselines(compare: Compare): Baseline[] {
  const { measurements, watts, spikingEnergy } = compare;
  return [
    ...measurements.map((measurement) => here(measurement, watts)),
    ...paper(compare.operations),
    ...perOperation(compare),
  ].map((baseline) => ({ ...baseline, savings: savings(baseline, spikingEnergy) }));
}

function savings({ energy, comparable }: Compared, spiking: Range | null): Range | null {
  if (energy === null || !comparable || !spiking || spiking.low <= 0) return null;
  return { low: energy / spiking.high, high: energy / spiking.low };
}

function here({ batch, seconds, runs, joules }: AnalogMeasurement, watts: number | null): Compared {
  const measured = {
    name: `This machine, batch ${batch}`,
    kind: 'here',
    batch,
    latency: seconds,
    comparable: true,
  } as const;
  const time = runs === 1 ? 'one run of tfjs' : `least of ${runs} runs of tfjs`;
  if (joules !== null) {
    return {
      ...measured,
      energy: joules / batch,
      watts: seconds > 0 ? joules / seconds : null,
      source: `${time}; package energy from RAPL`,
      grade: 'measured',
      note: 'The whole processor package, idle power included.',
    };
  }
  if (watts !== null) {
    return {
      ...measured,
      energy: (seconds * watts) / batch,
      watts,
      source: `${time}; watts as given`,
      grade: 'assumed',
      note: null,
    };
  }
  return {
    ...measured,
    energy: null,
    watts: null,
    source: time,
    grade: 'measured',
    note: 'This machine does not expose its power: give its watts as baseline.watts of the specification, or with --watts.',
  };
}

/** The rows of table I nearest in hidden size: of this workload, or of which other one they are. */
function paper(operations: readonly LayerOperations[]): Compared[] {
  const lstms = operations.filter(({ kind }) => kind === 'LSTM');
  if (lstms.length === 0) return [];
  const hidden = Math.max(...lstms.map(({ rest }) => rest / 3));
  const row = table1.rows.reduce((a, b) =>
    Math.abs(b.hidden - hidden) < Math.abs(a.hidden - hidden) ? b : a,
  );
  // The paper's network ends in a classifier; anything more is another workload.
  const others = operations.filter(({ kind, fullyConnected }) => kind !== 'LSTM' && fullyConnected > 0);
  const comparable = lstms.length === 1 && others.length <= 1 && isTable1(lstms[0]!, row.hidden);
  return row.cpu.map(({ batch, energy, latency }) => ({
    name: `Intel i7-6700, batch ${batch}`,
    kind: 'paper',
    batch,
    energy,
    latency,
    watts: null,
    source: table1.source,
    grade: 'measured',
    comparable,
    note: comparable
      ? 'Active energy: idle power is subtracted.'
      : `Of another workload: an LSTM of ${row.hidden} on ${table1.sequenceSteps} rows of ${table1.inputs} pixels.`,
  }));
}

function isTable1({ fullyConnected, rest, steps }: LayerOperations, hidden: number): boolean {
  const { inputs, sequenceSteps } = table1;
  const [macs, cell] = [4 * inputs * hidden + 4 * hidden * hidden, 3 * hidden];
  return rest === cell && fullyConnected === macs && steps === sequenceSteps;
}

function perOperation({ workload, neurobench }: Compare): Compared[] {
  const analog = analogWork(workload);
  const spiking = {
    operations: neurobench.synapticOperations.effectiveACs,
    updates: neurobench.membraneUpdates,
  };
  return devices.map(({ name, network, operation, update, source, grade, note }) => {
    const [operations, updates] =
      network === 'analog'
        ? [analog.multiplyAccumulates, analog.neuronUpdates]
        : [spiking.operations, spiking.updates];
    return {
      name: `${name}, ${network} network`,
      kind: 'per-operation',
      batch: null,
      energy: operations * operation + updates * (update ?? 0),
      latency: null,
      watts: null,
      source,
      grade: gradeOf(grade),
      comparable: true,
      note: note ?? 'Operations and updates only: no idle power, no host.',
    };
  });
}

/** JSON gives a string where the type has a set of words. */
function gradeOf(text: string): Grade {
  const grade = grades.find((name) => name === text);
  if (!grade) throw new Error(`unknown grade ${text}`);
  return grade;
}
