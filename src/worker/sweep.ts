/** Accuracy, error, spikes, energy and latency over time-steps, codings, arithmetics and numbers of neurons. */
import { builtinChip, builtinChips } from '../core/chips/builtin.ts';
import type { Chip } from '../core/chips/types.ts';
import type { VariantChunk } from '../core/compare/variants.ts';
import { compareChips } from '../core/energy/report.ts';
import type { ChipComparison } from '../core/energy/types.ts';
import { layerDemands } from '../core/map/findings.ts';
import {
  addToPoint,
  leastFix,
  leastTimesteps,
  proportion,
  sweepPoint,
  type PointSums,
} from '../core/sweep/points.ts';
import { publishedFor } from '../core/sweep/published.ts';
import type { Sweep } from '../core/sweep/types.ts';
import { noSweepStore, openSweepStore, type SweepStore } from '../node/sweep-store.ts';
import { writeWhole } from '../node/write.ts';
import type { Files, SweepRequest } from '../protocol/worker.ts';
import { mapOptions, workloadOf } from './estimate.ts';
import { prepareRun, type PreparedRun } from './prepare.ts';
import { resultHead } from './run-report.ts';
import { sayer, type OnProgress } from './sayer.ts';
import { bytesOfSynapse, chunkSize, chunksOf, synapses, type SimulationJob } from './simulation.ts';
import { planSweep, type Swept, type Work } from './sweep-plan.ts';
import { startThreads, type Threads } from './threads.ts';

/** Of the networks that a thread holds at a time. */
const mostBytes = 2 ** 28;
/** Between two words to whoever draws the curves, and between two savings. In milliseconds. */
const quiet = 200;
const betweenSavings = 2000;

/**
 * @param bundle the worker's own file
 * @param onPartial told the curves so far, without energy
 * @throws as {@link prepareRun}
 */
export async function runSweep(
  request: SweepRequest,
  bundle: URL,
  onProgress: OnProgress,
  onPartial: (sweep: Sweep) => void,
): Promise<{ readonly sweep: Sweep; readonly files: Files }> {
  const started = performance.now();
  const say = sayer(onProgress);
  const threads = startThreads(bundle, { analog: false });
  try {
    const prepared = await prepareRun({ ...request, purpose: 'convert' }, bundle, say);
    const { files } = prepared.run;
    const store = request.reuse ? openSweepStore(files.specification ?? request.file) : noSweepStore;
    const swept = await planSweep(request, prepared, store);
    const seconds = () => (performance.now() - started) / 1000;
    const { works } = swept;
    const total = prepared.checked.shape.samples * works.length;
    await simulateAll(threads, prepared, works, store, () => {
      const done = works.reduce((sum, { sums }) => sum + (sums?.samples ?? 0), 0);
      say('simulate', done / total, `${done} of ${total} samples, over ${works.length} settings`);
      onPartial(sweepOf(prepared, swept, seconds(), null));
    });
    say('map', 0, 'Estimating energy and latency');
    const sweep = sweepOf(prepared, swept, seconds(), (work, sums) => chipsOf(prepared, work, sums));
    if (request.sweepFile) await writeWhole(request.sweepFile, `${JSON.stringify(sweep)}\n`);
    return { sweep, files };
  } finally {
    threads.end();
  }
}

/** Simulates what is missing, few networks at a time where they are large. */
async function simulateAll(
  threads: Threads,
  prepared: PreparedRun,
  works: readonly Work[],
  store: SweepStore,
  onProgress: () => void,
): Promise<void> {
  const { job, conversion } = prepared;
  const chunks = chunksOf(job);
  const missing = works
    .filter(({ sums }) => (sums?.chunks ?? 0) < chunks)
    .sort((a, b) => a.setting.timesteps - b.setting.timesteps);
  const size = Math.max(1, Math.floor(mostBytes / (synapses(conversion.layers) * bytesOfSynapse)));
  let saved = performance.now();
  let told = 0;
  // One after the other, so that an older state never ends on a newer one.
  let saving = Promise.resolve();
  for (let first = 0; first < missing.length; first += size) {
    const batch = missing.slice(first, first + size);
    await simulateBatch(threads, prepared, batch, () => {
      const now = performance.now();
      if (now - told >= quiet) {
        told = now;
        onProgress();
      }
      if (now - saved >= betweenSavings) {
        saved = now;
        saving = saving.then(() => save(batch, store));
      }
    });
    saving = saving.then(() => save(batch, store));
    await saving;
  }
}

async function save(batch: readonly Work[], store: SweepStore): Promise<void> {
  for (const entry of batch) {
    if (!entry.sums || entry.sums.chunks === entry.saved) continue;
    entry.saved = entry.sums.chunks;
    await store.write(entry.key, entry.sums);
  }
}

/** Chunks come in any order and are added in theirs, so that sums do not depend on timing. */
async function simulateBatch(
  threads: Threads,
  { job, checked }: PreparedRun,
  batch: readonly Work[],
  onChunk: () => void,
): Promise<void> {
  const done = batch.map(({ sums }) => sums?.chunks ?? 0);
  const networks = batch.map(({ conversion, setting }, index) => ({
    layers: conversion.layers,
    options: { ...job.networks[0].options, ...setting },
    done: done[index]!,
  }));
  const waiting = new Map<number, VariantChunk>();
  let next = Math.min(...done);
  await threads.simulate({ ...job, networks: networks as unknown as SimulationJob['networks'] }, (chunk) => {
    waiting.set(Math.floor(chunk.first / chunkSize), chunk);
    for (let ready = waiting.get(next); ready; ready = waiting.get(next)) {
      const { variants, ...rest } = ready;
      const wanted = batch.filter((_, index) => done[index]! <= next);
      wanted.forEach((entry, index) => {
        entry.sums = addToPoint(entry.sums, { ...rest, ...variants[index]! }, checked.classes);
      });
      waiting.delete(next);
      next++;
    }
    onChunk();
  });
}

type ChipsOf = (work: Work, sums: PointSums) => readonly ChipComparison[];

/** @param chips null while it runs */
function sweepOf(
  prepared: PreparedRun,
  { points: settings, works, automatic, current }: Swept,
  seconds: number,
  chips: ChipsOf | null,
): Sweep {
  const { run, checked } = prepared;
  const { tolerance, timesteps, coding, arithmetic } = run.specification;
  const begun = settings.flatMap(({ setting, work }) =>
    work.sums ? [{ setting, work, sums: work.sums }] : [],
  );
  const points = begun.map(({ setting, work, sums }) =>
    sweepPoint(setting, sums, work.conversion.layers, tolerance, chips?.(work, sums) ?? []),
  );
  const furthest = begun.reduce<PointSums | null>(
    (most, { sums }) => (most && most.samples >= sums.samples ? most : sums),
    null,
  );
  const least = leastTimesteps(points);
  const reused = works.reduce((sum, entry) => sum + entry.reused, 0);
  const now = { timesteps, coding, arithmetic, ...(current && { neuronsPerGate: current }) };
  return {
    ...resultHead(run),
    tolerance,
    samples: checked.shape.samples,
    analog: furthest?.right ? proportion(furthest.right.trained, furthest.samples) : null,
    points,
    automatic,
    least,
    fix: chips && leastFix(least, now),
    published: publishedFor(run.network, furthest?.width ?? 0),
    simulated: works.reduce((sum, { sums }) => sum + (sums?.samples ?? 0), 0) - reused,
    reused,
    complete: chips !== null,
    seconds,
  };
}

function chipsOf({ run, checked }: PreparedRun, { conversion, setting }: Work, sums: PointSums) {
  const { shape } = checked;
  const edited = { ...run, specification: { ...run.specification, ...setting } };
  const workload = workloadOf(edited, conversion, shape, sums);
  const others: Chip[] = builtinChips.filter((id) => id !== run.chip.id).map(builtinChip);
  return compareChips([run.chip, ...others], layerDemands(conversion.layers), workload, (chip) =>
    mapOptions(edited, chip),
  );
}
