/** Calibration: settings of the spiking network alone, tried against the trained one, without training. */
import { chooseChanges, type Measured, type Step, type Workbench } from '../core/calibrate/choose.ts';
import { errorsOf, scoreOf } from '../core/calibrate/errors.ts';
import { reachedValues } from '../core/calibrate/reached.ts';
import { settingSteps } from '../core/calibrate/settings.ts';
import type { Calibration, Score } from '../core/calibrate/types.ts';
import { joinChunks, type VariantChunk } from '../core/compare/variants.ts';
import { convert } from '../core/convert/convert.ts';
import type { Correction, HybridLayer } from '../core/convert/types.ts';
import { splitSamples } from '../core/finetune/order.ts';
import { calibrationEdits } from '../core/calibrate/fix.ts';
import type { Fix } from '../core/findings/types.ts';
import { stepWords } from '../core/report/calibration-words.ts';
import { analogLinks } from '../core/simulate/analog.ts';
import { chooseSamples, sampleReader } from '../core/simulate/samples.ts';
import { loadKernel } from '../node/kernel.ts';
import type { CalibrateRequest, Files } from '../protocol/worker.ts';
import { planFiles, type PlannedFiles } from './calibrate-files.ts';
import { Refusal } from './failure.ts';
import { prepareRun, spikingOptions, type PreparedRun } from './prepare.ts';
import { resultHead } from './run-report.ts';
import { sayer, type OnProgress, type Say } from './sayer.ts';
import { bytesOfSynapse, synapses, type HybridNetwork, type SimulationJob } from './simulation.ts';
import { stopwatch } from './stopwatch.ts';
import { startThreads, type Threads } from './threads.ts';

/** Samples of each part, at most and at least. */
const mostSamples = 500;
const leastSamples = 16;
/** Synaptic operations of all trials together, were every generator to fire at every time-step: a minute of a core. */
const worthOfTrials = 1e12;
/** About: those of its layer's other settings are among them. */
const trialsOfPopulation = 15;
/** Samples over which it is looked at which values are reached. */
const reachedSamples = 256;
/** Of the networks that a thread holds at a time. */
const mostBytes = 2 ** 28;
/** Of the split. */
const seed = 1;

/** Numbers of samples. */
interface Parts {
  readonly chosenOn: readonly number[];
  readonly heldOut: readonly number[];
}

/**
 * @param bundle the worker's own file
 * @throws as {@link prepareRun}; Refusal where there are too few samples to split, or the specification changes meanwhile
 */
export async function runCalibration(
  request: CalibrateRequest,
  bundle: URL,
  onProgress: OnProgress,
): Promise<{ readonly calibration: Calibration; readonly files: Files }> {
  const clock = stopwatch();
  const say = sayer(onProgress);
  const threads = startThreads(bundle, { analog: false });
  try {
    const prepared = await prepareRun({ ...request, purpose: 'convert' }, bundle, say);
    const files = await planFiles(request, prepared.run);
    const parts = splitParts(prepared);
    const steps = await settings(prepared, parts, bundle);
    clock.lap('read');
    const found = await choose(threads, prepared, steps, parts, say);
    clock.lap('trials');
    say('map', 0, 'Simulating all samples before and after');
    const scores = await scoresOf(threads, prepared, parts, found.layers);
    clock.lap('all');
    const given = (corrections: readonly Correction[] | null) =>
      calibrationEdits({ ...request.overrides, chip: files.chip }, prepared.run.input, corrections);
    const fix = found.changes.some(({ kept }) => kept)
      ? { title: 'Calibrate the spiking network', edits: given(found.corrections) }
      : null;
    const calibration = await write(files, given(null), {
      ...headOf(prepared),
      samples: {
        chosenOn: parts.chosenOn.length,
        heldOut: parts.heldOut.length,
        all: prepared.checked.shape.samples,
      },
      changes: found.changes,
      ...scores,
      fix,
      seconds: clock.seconds(),
    });
    return { calibration, files: prepared.run.files };
  } finally {
    threads.end();
  }
}

function headOf({ run }: PreparedRun) {
  const { timesteps, coding, arithmetic } = run.specification;
  return {
    ...resultHead(run),
    options: { timesteps, coding, arithmetic },
  } as const;
}

/** @param given edits for what the command line gave */
async function write(
  files: PlannedFiles,
  given: Fix['edits'],
  result: Omit<Calibration, 'written'>,
): Promise<Calibration> {
  const calibration = { ...result, written: files.written(result.fix) };
  await files.write(calibration, given);
  return calibration;
}

async function settings(
  { run, conversion, job }: PreparedRun,
  { chosenOn }: Parts,
  bundle: URL,
): Promise<Step[]> {
  const kernel = await loadKernel(new URL('kernel.wasm', bundle));
  const links = analogLinks(run.network.layers, kernel, spikingOptions(run));
  const sample = sampleReader(job.values, job.shape, job.input);
  const looked = chooseSamples(chosenOn.length, reachedSamples).map((n) => chosenOn[n]!);
  const { arithmetic, rescaleWeights = false } = run.specification;
  return settingSteps({
    arithmetic,
    weightBits: run.weightBits,
    rescaleWeights,
    layers: conversion.layers,
    reached: reachedValues(conversion.layers, links, looked, sample),
  });
}

/** Two halves, drawn at random from samples that are spread over all. */
function splitParts({ checked, conversion, job }: PreparedRun): Parts {
  const { samples } = checked.shape;
  if (samples < 2 * leastSamples) {
    throw new Refusal(
      `${samples} samples are too few to calibrate on: one half of them is for choosing, the other is held out to see whether that helps, and each needs ${leastSamples}; give at least ${2 * leastSamples}`,
    );
  }
  const { timesteps } = job.networks[0].options;
  const populations = conversion.layers.flatMap((layer) =>
    layer.runsAs === 'spiking' ? layer.populations : [],
  );
  const trials = trialsOfPopulation * populations.length;
  const each = synapses(conversion.layers) * job.shape.steps * timesteps * trials;
  const worth = Math.max(leastSamples, Math.min(mostSamples, Math.floor(worthOfTrials / each)));
  const chosen = chooseSamples(samples, 2 * worth);
  const { training, validation } = splitSamples(chosen.length, 0.5, seed);
  const numbers = (part: readonly number[]) => [...part].sort((a, b) => a - b).map((n) => chosen[n]!);
  return { chosenOn: numbers(training), heldOut: numbers(validation) };
}

type Networks = readonly (readonly HybridLayer[])[];

/** Runs networks over some samples, few at a time where they are large. */
async function simulate(
  threads: Threads,
  { job, conversion }: PreparedRun,
  networks: Networks,
  options: Pick<HybridNetwork, 'differences'> & Pick<SimulationJob, 'chosen'>,
): Promise<Omit<VariantChunk, 'first'>[]> {
  const { chosen, differences = false } = options;
  const size = Math.max(1, Math.floor(mostBytes / (synapses(conversion.layers) * bytesOfSynapse)));
  const ran: Omit<VariantChunk, 'first'>[] = [];
  for (let first = 0; first < networks.length; first += size) {
    const batch = networks
      .slice(first, first + size)
      .map((layers) => ({ layers, options: job.networks[0].options, differences }));
    const chunks: VariantChunk[] = [];
    const part = {
      ...job,
      networks: batch as unknown as SimulationJob['networks'],
      ...(chosen && { chosen }),
    };
    await threads.simulate(part, (chunk) => {
      chunks.push(chunk);
    });
    ran.push(joinChunks(chunks));
  }
  return ran;
}

async function choose(
  threads: Threads,
  prepared: PreparedRun,
  steps: readonly Step[],
  { chosenOn, heldOut }: Parts,
  say: Say,
) {
  const { run, measured } = prepared;
  const { ranges, drives } = measured;
  const bench: Workbench = {
    convert: (corrections: readonly Correction[]) =>
      convert(run.network, { ...run.specification, corrections }, ranges, drives).layers,
    measure: async (networks) => {
      const ran = await simulate(threads, prepared, networks, { chosen: chosenOn, differences: true });
      return ran.flatMap((joined) =>
        joined.variants.map((variant): Measured => ({
          errors: errorsOf(joined, variant),
          differences: variant.differences,
        })),
      );
    },
    holdOut: async (layers) => {
      const [joined] = await simulate(threads, prepared, [layers], { chosen: heldOut });
      return errorsOf(joined!, joined!.variants[0]!);
    },
  };
  const { corrections = [] } = run.specification;
  return chooseChanges(corrections, steps, bench, (step, done) => {
    say('simulate', done / steps.length, `Trying ${stepWords(step)}`);
  });
}

/** Of the network as it was and as it is, over the samples that were held out and over all. */
async function scoresOf(
  threads: Threads,
  prepared: PreparedRun,
  { heldOut }: Parts,
  after: readonly HybridLayer[],
): Promise<Pick<Calibration, 'heldOut' | 'all'>> {
  const { conversion, checked } = prepared;
  const over = async (chosen?: readonly number[]) => {
    const options = chosen ? { chosen } : {};
    const ran = await simulate(threads, prepared, [conversion.layers, after], options);
    const labels = checked.classes;
    const known = labels && chosen ? Int32Array.from(chosen, (n) => labels[n]!) : labels;
    const [first, last] = ran.flatMap((joined) =>
      joined.variants.map((v): Score => scoreOf(joined, v, known)),
    );
    return { before: first!, after: last! };
  };
  return { heldOut: await over(heldOut), all: await over() };
}
