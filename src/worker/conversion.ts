/**
 * One conversion from files to report: read, check, convert, simulate, compare, map, estimate, write.
 * Runs in a worker thread; the numbers come from the core, this only orders the stages.
 */
import {
  checkFinite,
  checkRange,
  checkShape,
  classIndices,
  outputSize,
  type SampleShape,
} from '../core/check/inputs.ts';
import { accuracy } from '../core/compare/accuracy.ts';
import { addChunk, type ChunkResult, type LayerSums } from '../core/compare/sums.ts';
import { convert, isConvertible, layersToMeasure, type Conversion } from '../core/convert/convert.ts';
import { measureRanges } from '../core/convert/ranges.ts';
import type { MeasuredRanges } from '../core/convert/types.ts';
import { writeNpyFloat32 } from '../core/formats/data/npy.ts';
import type { Finding } from '../core/findings/types.ts';
import type { AnalogMeasurement } from '../core/energy/types.ts';
import type { Network } from '../core/network/types.ts';
import { layerReports, toleranceFindings } from '../core/report/build.ts';
import type { Report, RunOptions } from '../core/report/types.ts';
import { analogRunner } from '../core/simulate/analog.ts';
import { sampleReader } from '../core/simulate/samples.ts';
import type { SpikingOptions } from '../core/simulate/spiking.ts';
import { loadKernel } from '../node/kernel.ts';
import { writeWhole } from '../node/write.ts';
import type { ConvertRequest, Files, Progress, Stage } from '../protocol/worker.ts';
import { estimate, mapAlone, mapOptions, mapRun, type Mapped } from './estimate.ts';
import { NotConvertible } from './failure.ts';
import { readData, readModelInputs, type ModelInputs, type RunInputs } from './read.ts';
import { chunkSize, type SimulationJob } from './simulation.ts';
import { startThreads, type Threads } from './threads.ts';

declare const SPIKEWISE_VERSION: string;

type OnProgress = (progress: Progress) => void;

/**
 * @param bundle the worker's own file, started again for helper threads
 * @throws InputFault where a file is unreadable, NotConvertible where the model cannot become spiking
 */
export async function runConversion(
  request: ConvertRequest,
  bundle: URL,
  onProgress: OnProgress,
): Promise<{ readonly report: Report; readonly files: Files }> {
  const clock = stopwatch();
  const say = sayer(onProgress);
  // Threads load their parts (tfjs, the kernel) while this one reads.
  const threads = startThreads(bundle);
  try {
    say('read', 0, 'Reading the model');
    const model = await readModelInputs(request);
    checkModel(model);
    if (request.purpose === 'map' && model.data.inputs === null) return await mapOnly(request, model, clock);
    say('read', 0.5, 'Reading the data');
    const run = await readData(model);
    clock.lap('read');
    say('convert', 0, 'Converting layers');
    const checked = checkData(run);
    const conversion = await convertRun(run, checked.shape, bundle);
    clock.lap('convert');
    const job: SimulationJob = {
      layers: conversion.layers,
      options: spikingOptions(run),
      input: run.input,
      shape: checked.shape,
      values: run.inputs.values,
    };
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
    return { report, files: run.files };
  } finally {
    threads.end();
  }
}

/** Part of the simulation's time that each batch size of the baseline is measured for. */
const baselineShare = 0.015;

/** Between two words on the same stage; more would keep the panel busy drawing them. In milliseconds. */
const quiet = 200;

function sayer(onProgress: OnProgress): (stage: Stage, fraction: number, message: string) => void {
  let last: { readonly stage: Stage; readonly at: number } | null = null;
  return (stage, fraction, message) => {
    const now = performance.now();
    if (last?.stage === stage && now - last.at < quiet && fraction < 1) return;
    last = { stage, at: now };
    onProgress({ stage, fraction, message });
  };
}

interface CheckedData {
  readonly shape: SampleShape;
  /** Of each sample, null without labels. */
  readonly classes: Int32Array | null;
  /** Hold where the inputs reach a spike generator. */
  readonly rangeFindings: readonly Finding[];
}

/** The model first: what cannot be converted is said before the data are looked at. */
function checkModel(model: ModelInputs): void {
  const conversion = convert(model.network, model.specification, {});
  if (!isConvertible(conversion)) throw new NotConvertible(emptyReport(model, conversion), model.files);
}

function checkData(run: RunInputs): CheckedData {
  const { network, inputs, labels, input, files } = run;
  const shape = checkShape(inputs, network, files.inputs ?? '');
  const range = checkFinite(inputs, files.inputs ?? '');
  const outputs = outputSize(network, shape);
  const classes = labels && classIndices(labels, shape.samples, outputs, files.labels ?? '');
  return { shape, classes, rangeFindings: checkRange(range, input) };
}

function spikingOptions({ specification, weightBits }: ModelInputs): SpikingOptions {
  const { timesteps, coding, arithmetic, activations, cellClip } = specification;
  return {
    timesteps,
    coding,
    arithmetic,
    weightBits,
    cellClip: cellClip ?? null,
    ...(activations && { activations }),
  };
}

/** Converts, after measuring over the data what only the data can say. */
async function convertRun(run: RunInputs, shape: SampleShape, bundle: URL): Promise<Conversion> {
  const names = layersToMeasure(run.network, run.specification);
  let ranges: MeasuredRanges = {};
  if (names.length > 0) {
    const kernel = await loadKernel(new URL('kernel.wasm', bundle));
    const layers = run.network.layers.map((layer) => ({
      layer,
      run: analogRunner(layer, kernel, spikingOptions(run)),
    }));
    const sample = sampleReader(run.inputs.values, shape, run.input);
    ranges = measureRanges(layers, names, shape.samples, sample, run.specification.percentile ?? 100);
  }
  return convert(run.network, run.specification, ranges);
}

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
  say: (stage: Stage, fraction: number, message: string) => void,
): Promise<Simulated> {
  const { samples } = job.shape;
  const chunks: ChunkResult[] = [];
  let analog: Float32Array = new Float32Array(0);
  let analogDone = 0;
  let spikingDone = 0;
  const tell = (): void => {
    const fraction = (analogDone + spikingDone) / (2 * samples);
    say('simulate', fraction, `${spikingDone} of ${samples} samples spiking, ${analogDone} analog`);
  };
  tell();
  await threads.run(network, job, Math.ceil(samples / chunkSize), {
    onChunk: (chunk) => {
      chunks.push(chunk);
      spikingDone += chunk.samples;
      tell();
    },
    onAnalogProgress: (done) => {
      analogDone = done;
      tell();
    },
    onAnalog: (outputs) => {
      analog = outputs;
    },
  });
  chunks.sort((a, b) => a.first - b.first);
  const [head, ...rest] = chunks as [ChunkResult, ...ChunkResult[]];
  for (const chunk of rest) addChunk(head.layers, chunk.layers);
  const width = head.outputs.length / head.samples;
  const spiking = new Float32Array(samples * width);
  for (const chunk of chunks) spiking.set(chunk.outputs, chunk.first * width);
  return { analog, spiking, width, layers: head.layers };
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
      ...(first?.runsAs === 'spiking' ? checked.rangeFindings : []),
      ...toleranceFindings(layers, scores, options),
      ...findings,
    ],
    ...estimated,
    seconds: clock.seconds(),
  };
}

function reportHead(run: ModelInputs) {
  const parameters = run.network.layers.reduce((sum, layer) => {
    if (layer.kind === 'LSTM') {
      return (
        sum + layer.kernel.values.length + layer.recurrentKernel.values.length + layer.bias.values.length
      );
    }
    return layer.kind === 'Dense' ? sum + layer.kernel.values.length + layer.bias.values.length : sum;
  }, 0);
  return {
    schemaVersion: 2,
    spikewiseVersion: SPIKEWISE_VERSION,
    createdAt: new Date().toISOString(),
    model: { name: run.network.name, format: run.network.format, file: run.files.model ?? '', parameters },
    specification: run.files.specification,
  } as const;
}

function runOptions(run: ModelInputs, samples: number): RunOptions {
  const { timesteps, coding, arithmetic, cellClip, percentile, tolerance, baseline } = run.specification;
  const { chips, fill, generators, weightBits } = mapOptions(run, run.chip);
  return {
    timesteps,
    coding,
    arithmetic,
    chip: run.chip.id,
    weightBits,
    mapping: { chips, fill, generators },
    watts: baseline?.watts ?? null,
    samples,
    input: run.input,
    cellClip: cellClip ?? null,
    percentile: percentile ?? 100,
    tolerance,
  };
}

/** For a model that cannot be converted or has no data: the layers, why, and their map; nothing measured. */
function emptyReport(run: ModelInputs, conversion: Conversion): Report {
  return {
    ...reportHead(run),
    options: runOptions(run, 0),
    accuracy: { analog: null, spiking: null, agreement: null },
    layers: layerReports(conversion.layers, null, 0, run.specification.timesteps),
    ...mapAlone(run, conversion),
    seconds: {},
  };
}

/** Where there are no data: the layers on the chip, without traffic, energy or anything measured. */
async function mapOnly(
  request: ConvertRequest,
  model: ModelInputs,
  clock: Stopwatch,
): Promise<{ readonly report: Report; readonly files: Files }> {
  clock.lap('read');
  const report = emptyReport(model, convert(model.network, model.specification, {}));
  clock.lap('map');
  const timed = { ...report, seconds: clock.seconds() };
  if (request.reportFile) await writeWhole(request.reportFile, `${JSON.stringify(timed)}\n`);
  return { report: timed, files: model.files };
}

async function writeResults(request: ConvertRequest, report: Report, simulated: Simulated): Promise<void> {
  const shape = [report.options.samples, simulated.width];
  if (request.outputs) await writeWhole(request.outputs, writeNpyFloat32(shape, simulated.spiking));
  if (request.analogOutputs)
    await writeWhole(request.analogOutputs, writeNpyFloat32(shape, simulated.analog));
  if (request.reportFile) await writeWhole(request.reportFile, `${JSON.stringify(report)}\n`);
}

interface Stopwatch {
  lap(stage: string): void;
  seconds(): Record<string, number>;
}

function stopwatch(): Stopwatch {
  const laps: Record<string, number> = {};
  let last = performance.now();
  return {
    lap: (stage) => {
      const now = performance.now();
      laps[stage] = (now - last) / 1000;
      last = now;
    },
    seconds: () => ({ ...laps }),
  };
}
