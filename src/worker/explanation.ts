/** Where a mismatch comes from: the ladder, then every change that may help, tried. */
import type { Candidate } from '../core/attribute/candidate.ts';
import { candidates } from '../core/attribute/candidates.ts';
import { findCauses, score, type Trial } from '../core/attribute/causes.ts';
import type { Outcome } from '../core/attribute/differences.ts';
import { rungReports } from '../core/attribute/ladder.ts';
import { populationRanges } from '../core/attribute/ranges.ts';
import { appliedRungs } from '../core/attribute/rungs.ts';
import { summaryWords } from '../core/attribute/summary.ts';
import type { Explanation, Rung } from '../core/attribute/types.ts';
import { joinChunks, type VariantChunk } from '../core/compare/variants.ts';
import { convert, isConvertible } from '../core/convert/convert.ts';
import { correctNetwork } from '../core/convert/corrections.ts';
import { withEdits } from '../core/convert/edits.ts';
import { defaults } from '../core/convert/specification-schema.ts';
import { embeddingOf } from '../core/network/embedding.ts';
import { analogLinks } from '../core/simulate/analog.ts';
import { chooseSamples, sampleReader } from '../core/simulate/samples.ts';
import { loadKernel } from '../node/kernel.ts';
import { writeWhole } from '../node/write.ts';
import type { ExplainRequest, Files } from '../protocol/worker.ts';
import { isMeasuredAlike, measureRun, prepareRun, spikingOptions, type PreparedRun } from './prepare.ts';
import type { RunInputs } from './read.ts';
import { resultHead } from './run-report.ts';
import { sayer, type OnProgress, type Say } from './sayer.ts';
import { samplesOf, synapses, type SimulationJob } from './simulation.ts';
import { stopwatch } from './stopwatch.ts';
import { startThreads, type Threads } from './threads.ts';

/** Samples on which a change is tried, at most. */
const mostTried = 500;
const leastTried = 32;
/** Synaptic operations of all trials together, were every generator to fire at every time-step: some ten seconds of a core. */
const worthOfTrials = 3e11;
/** Samples over which it is looked at which values gates take. */
const rangeSamples = 64;

/**
 * @param bundle the worker's own file
 * @throws as {@link prepareRun}
 */
export async function runExplanation(
  request: ExplainRequest,
  bundle: URL,
  onProgress: OnProgress,
): Promise<{ readonly explanation: Explanation; readonly files: Files }> {
  const clock = stopwatch();
  const say = sayer(onProgress);
  const threads = startThreads(bundle, { analog: false });
  try {
    const prepared = await prepareRun({ ...request, purpose: 'convert' }, bundle, say);
    clock.lap('read');
    const { rungs, whole } = await climb(threads, prepared, say);
    clock.lap('ladder');
    const tried = await tryAll(threads, prepared, bundle, say);
    clock.lap('trials');
    const known = { rungs, samples: prepared.checked.shape.samples, ...tried };
    const explanation: Explanation = {
      ...resultHead(prepared.run),
      ...known,
      whole,
      summary: summaryWords(known),
      seconds: clock.seconds(),
    };
    if (request.explanationFile) {
      await writeWhole(request.explanationFile, `${JSON.stringify(explanation)}\n`);
    }
    return { explanation, files: prepared.run.files };
  } finally {
    threads.end();
  }
}

async function simulate(threads: Threads, job: SimulationJob, onSamples: (samples: number) => void) {
  const chunks: VariantChunk[] = [];
  await threads.simulate(job, (chunk) => {
    chunks.push(chunk);
    onSamples(chunk.samples);
  });
  return joinChunks(chunks);
}

/** The ladder, and the run itself to hold it against. */
async function climb(
  threads: Threads,
  { job, conversion, checked }: PreparedRun,
  say: Say,
): Promise<Pick<Explanation, 'rungs' | 'whole'>> {
  const { samples } = checked.shape;
  let done = 0;
  const sums = await simulate(threads, { ...job, kind: 'ladder' }, (more) => {
    done += more;
    say('simulate', (0.5 * done) / samples, `${done} of ${samples} samples through every rung of the ladder`);
  });
  const names = appliedRungs(conversion.layers, job.networks[0].options);
  const rungs = rungReports(names, sums, conversion.layers, checked.classes);
  const run = outcomeOf(await simulate(threads, job, () => undefined));
  // Against the network as it was trained; the run's own also clips c, where the specification says so.
  return { rungs, whole: wholeOf(rungs, { ...run, trained: sums.trained }, checked.classes, samples) };
}

/** The run itself beside the sum of the rungs. */
function wholeOf(
  rungs: readonly Rung[],
  outcome: Outcome,
  classes: Int32Array | null,
  samples: number,
): Explanation['whole'] {
  const whole = score(outcome, outcome.spiking.length / samples, classes);
  const total = (change: (rung: Rung) => number) => rungs.reduce((sum, rung) => sum + change(rung), 0);
  const answers = (rungs[0]!.accuracy ?? 0) + total((rung) => rung.change.accuracy ?? 0);
  return {
    mse: whole.mse,
    accuracy: whole.accuracy,
    agreement: whole.agreement,
    difference: {
      mse: total((rung) => rung.change.mse) - whole.mse,
      accuracy: answers - (whole.accuracy ?? 0),
    },
  };
}

function outcomeOf(joined: Omit<VariantChunk, 'first'>): Outcome {
  return { trained: joined.trained, spiking: joined.variants[0]!.outputs };
}

async function tryAll(
  threads: Threads,
  prepared: PreparedRun,
  bundle: URL,
  say: Say,
): Promise<Pick<Explanation, 'triedSamples' | 'score' | 'causes' | 'tried'>> {
  const { run, checked } = prepared;
  const all = await suspects(prepared, bundle);
  const chosen = samplesToTry(prepared, all);
  const labels = checked.classes && Int32Array.from(chosen, (n) => checked.classes![n]!);
  const attempt = async (job: SimulationJob): Promise<Outcome> =>
    outcomeOf(await simulate(threads, { ...job, chosen }, () => undefined));
  const now = await attempt(prepared.job);
  const width = now.spiking.length / chosen.length;
  const trials: Trial[] = [];
  for (const candidate of all) {
    say('simulate', 0.5 + (0.5 * trials.length) / all.length, `Trying: ${candidate.fix.title}`);
    const job = await jobWith(run, prepared, candidate, bundle);
    if (job) trials.push({ candidate, ...(await attempt(job)) });
  }
  return {
    triedSamples: chosen.length,
    score: score(now, width, labels),
    causes: findCauses(now, trials, width, labels),
    tried: trials.length,
  };
}

async function suspects({ run, conversion, checked, job }: PreparedRun, bundle: URL): Promise<Candidate[]> {
  const kernel = await loadKernel(new URL('kernel.wasm', bundle));
  const links = analogLinks(run.network.layers, kernel, spikingOptions(run));
  const spread = chooseSamples(checked.shape.samples, rangeSamples);
  const sample = sampleReader(job.values, job.shape, job.input);
  return candidates({
    specification: run.specification,
    network: run.network,
    layers: conversion.layers,
    inputs: embeddingOf(run.network.layers) ? null : checked.range,
    weightBits: { used: run.weightBits, widest: run.chip.synapses.weightBits.value.at(-1)! },
    weightsClipped: conversion.findings.some(({ code }) => code === 'weights-clipped'),
    ranges: populationRanges(conversion.layers, links, spread.length, (n) => sample(spread[n]!)),
  });
}

/** Spread evenly over all; as many as the trials are worth. */
function samplesToTry({ job, conversion }: PreparedRun, all: readonly Candidate[]): number[] {
  const { timesteps } = job.networks[0].options;
  const windows = all.reduce((sum, { fix }) => {
    const edit = fix.edits.find(({ path }) => path[0] === 'timesteps');
    return sum + (typeof edit?.value === 'number' ? edit.value : timesteps);
  }, timesteps);
  const worth = Math.floor(worthOfTrials / (synapses(conversion.layers) * job.shape.steps * windows));
  const samples = samplesOf(job);
  const count = Math.min(samples, Math.max(leastTried, Math.min(mostTried, worth)));
  return chooseSamples(samples, count);
}

/** The run as it would be with the fix; null where it could not be converted. */
async function jobWith(
  run: RunInputs,
  { job, checked, measured }: PreparedRun,
  { fix }: Candidate,
  bundle: URL,
): Promise<SimulationJob | null> {
  const specification = withEdits(run.specification, fix.edits);
  const edited: RunInputs = {
    ...run,
    specification,
    network: correctNetwork(run.uncorrected, specification.corrections, run.files.specification ?? ''),
    weightBits: specification.weightBits ?? run.weightBits,
    input: specification.input ?? defaults.input,
  };
  // Measuring anew, and fitting neurons anew to what was measured, may take longer than the trial itself.
  const { ranges, drives } = isMeasuredAlike(run, edited)
    ? measured
    : await measureRun(edited, checked.shape, bundle);
  const conversion = convert(edited.network, specification, ranges, drives);
  if (!isConvertible(conversion)) return null;
  return {
    ...job,
    networks: [{ layers: conversion.layers, options: spikingOptions(edited) }],
    input: edited.input,
  };
}
