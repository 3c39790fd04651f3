/**
 * One conversion from files to report: read, check, convert, simulate, compare, map, estimate, write.
 * Runs in a worker thread; the numbers come from the core, this only orders the stages.
 */
import { describeImages } from '../core/check/inputs.ts';
import { accuracy } from '../core/compare/accuracy.ts';
import type { LayerSums } from '../core/compare/sums.ts';
import { createJoiner, type VariantSums } from '../core/compare/variants.ts';
import { convert, type Conversion } from '../core/convert/convert.ts';
import { writeNpyFloat32 } from '../core/formats/data/npy.ts';
import type { AnalogMeasurement } from '../core/energy/types.ts';
import type { Network } from '../core/network/types.ts';
import { layerReports, toleranceFindings } from '../core/report/build.ts';
import type { Report } from '../core/report/types.ts';
import { writeWhole } from '../node/write.ts';
import type { ConvertRequest, Files, Kept } from '../protocol/worker.ts';
import { estimate, mapRun, type Mapped } from './estimate.ts';
import { startKeeping, type Keeper } from './keep.ts';
import { prepareData, prepareModel, type CheckedData } from './prepare.ts';
import type { ModelInputs, RunInputs } from './read.ts';
import { emptyReport, reportHead, runOptions } from './run-report.ts';
import { sayer, type OnProgress, type Say } from './sayer.ts';
import type { SimulationJob } from './simulation.ts';
import { stopwatch, type Stopwatch } from './stopwatch.ts';
import { startThreads, type Threads } from './threads.ts';

export interface RunResult {
  readonly report: Report;
  readonly files: Files;
  /** Null where the run was not to be kept. */
  readonly kept: Kept | null;
}

/**
 * @param bundle the worker's own file, started again for helper threads
 * @throws InputFault where a file is unreadable, NotConvertible where the model cannot become spiking
 */
export async function runConversion(
  request: ConvertRequest,
  bundle: URL,
  onProgress: OnProgress,
): Promise<RunResult> {
  const clock = stopwatch();
  const say = sayer(onProgress);
  // Threads load their parts (tfjs, the kernel) while this one reads.
  const threads = startThreads(bundle, { analog: true });
  try {
    const model = await prepareModel(request, say);
    const keeper = startKeeping(request, model);
    if (request.purpose === 'map' && model.data.inputs === null) {
      return await mapOnly(request, model, keeper, clock);
    }
    const { run, checked, conversion, job } = await prepareData(model, bundle, say, clock.lap);
    const simulated = await simulate(threads, run.network, job, say);
    clock.lap('simulate');
    say('map', 0, 'Filling cores, measuring the analog network');
    const measuring = threads.measure(baselineShare * clock.seconds()['simulate']!);
    const mapped = mapRun(run, conversion, checked.shape, simulated.layers, simulated.width);
    clock.lap('map');
    const measurements = await measuring;
    clock.lap('baseline');
    const report = buildReport(run, conversion, checked, simulated, { mapped, measurements }, clock);
    say('write', 0, 'Writing the results');
    await writeResults(request, report, simulated);
    return { report, files: run.files, kept: (await keeper?.keep(report)) ?? null };
  } finally {
    threads.end();
  }
}

/** Part of the simulation's time that each batch size of the baseline is measured for. */
const baselineShare = 0.015;

interface Simulated {
  /** [samples, width] final outputs. */
  readonly analog: Float32Array;
  readonly spiking: Float32Array;
  readonly width: number;
  readonly layers: readonly LayerSums[];
}

async function simulate(
  threads: Threads,
  network: Network,
  job: SimulationJob,
  say: Say,
): Promise<Simulated> {
  const { samples } = job.shape;
  const joiner = createJoiner();
  let analog: Float32Array = new Float32Array(0);
  let analogDone = 0;
  let spikingDone = 0;
  const tell = (): void => {
    const fraction = (analogDone + spikingDone) / (2 * samples);
    say('simulate', fraction, `${spikingDone} of ${samples} samples spiking, ${analogDone} analog`);
  };
  tell();
  await Promise.all([
    threads.predict(network, job, {
      onAnalogProgress: (done) => {
        analogDone = done;
        tell();
      },
      onAnalog: (outputs) => {
        analog = outputs;
      },
    }),
    threads.simulate(job, (chunk) => {
      joiner.add(chunk);
      spikingDone += chunk.samples;
      tell();
    }),
  ]);
  const [{ outputs, layers }] = joiner.joined().variants as [VariantSums];
  return { analog, spiking: outputs, width: outputs.length / samples, layers };
}

function buildReport(
  run: RunInputs,
  conversion: Conversion,
  checked: CheckedData,
  simulated: Simulated,
  { mapped, measurements }: { readonly mapped: Mapped; readonly measurements: readonly AnalogMeasurement[] },
  clock: Stopwatch,
): Report {
  const { samples } = checked.shape;
  const { specification } = run;
  const layers = layerReports(conversion.layers, simulated.layers, samples, specification.timesteps);
  // Only a generator cuts off: the first layer that computes may be an analog one.
  const first = conversion.layers.find((layer) => layer.runsAs !== 'nothing');
  const scores = accuracy(simulated.analog, simulated.spiking, simulated.width, checked.classes);
  const options = runOptions(run, samples);
  const { findings, ...estimated } = estimate(run, mapped, measurements, options);
  clock.lap('estimate');
  return {
    ...reportHead(run),
    options,
    accuracy: scores,
    layers,
    findings: [
      ...conversion.findings,
      ...describeImages(checked.shape),
      ...(first?.runsAs === 'spiking' ? checked.rangeFindings : []),
      ...toleranceFindings(layers, scores, options),
      ...findings,
    ],
    ...estimated,
    seconds: clock.seconds(),
  };
}

/** Where there are no data: the layers on the chip, without traffic, energy or anything measured. */
async function mapOnly(
  request: ConvertRequest,
  model: ModelInputs,
  keeper: Keeper | null,
  clock: Stopwatch,
): Promise<RunResult> {
  clock.lap('read');
  const report = emptyReport(model, convert(model.network, model.specification, {}));
  clock.lap('map');
  const timed = { ...report, seconds: clock.seconds() };
  if (request.reportFile) await writeWhole(request.reportFile, `${JSON.stringify(timed)}\n`);
  return { report: timed, files: model.files, kept: (await keeper?.keep(timed)) ?? null };
}

async function writeResults(request: ConvertRequest, report: Report, simulated: Simulated): Promise<void> {
  const shape = [report.options.samples, simulated.width];
  if (request.outputs) await writeWhole(request.outputs, writeNpyFloat32(shape, simulated.spiking));
  if (request.analogOutputs)
    await writeWhole(request.analogOutputs, writeNpyFloat32(shape, simulated.analog));
  if (request.reportFile) await writeWhole(request.reportFile, `${JSON.stringify(report)}\n`);
}
