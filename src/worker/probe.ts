/** A look at single neurons: holds the networks and the data of a run and answers questions. */
import { on } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import type { MessagePort, Transferable } from 'node:worker_threads';
import {
  neuronDetail,
  overview,
  overviewPopulation,
  samplePopulation,
  startLook,
  type Look,
  type Overview,
} from '../core/detail/look.ts';
import { formatCount, formatSamples } from '../core/report/format.ts';
import type { RunOptions } from '../core/report/types.ts';
import { chooseSamples, sampleReader } from '../core/simulate/samples.ts';
import { loadKernel } from '../node/kernel.ts';
import type { DetailAnswer, DetailQuestion, FromProbe, ProbeRequest, ToProbe } from '../protocol/detail.ts';
import { describeFailure } from './failure.ts';
import { prepareRun } from './prepare.ts';
import { runOptions } from './run-report.ts';
import { sayer } from './sayer.ts';

/** An overview takes no more samples than this. */
const mostSamples = 256;

interface Probe {
  readonly look: Look;
  readonly options: RunOptions;
  /** Under way from when it is first asked for. */
  overview: Promise<Overview> | null;
}

type Progress = (fraction: number, message: string) => void;

/** @param bundle the worker's own file */
export async function runProbe(port: MessagePort, request: ProbeRequest, bundle: URL): Promise<void> {
  const post = (message: FromProbe, transfer: readonly Transferable[] = []): void => {
    port.postMessage(message, transfer);
  };
  const messages = on(port, 'message') as AsyncIterable<[ToProbe]>;
  const say: Progress = (fraction, message) => {
    post({ type: 'progress', fraction, message });
  };
  let probe: Probe;
  try {
    probe = await openProbe(request, bundle, say);
    post({ type: 'opened' });
  } catch (error) {
    post({ type: 'failed', message: describeFailure(error).message });
    port.close();
    return;
  }
  const reply = async ({ id, question }: ToProbe): Promise<void> => {
    try {
      const answer = await answerTo(question, probe, say);
      post({ type: 'answer', id, answer }, buffersOf(answer));
    } catch (error) {
      post({ type: 'refused', id, message: describeFailure(error).message });
    }
  };
  // Not one after the other: what is asked about one sample need not wait for all of them.
  for await (const [message] of messages) void reply(message);
}

async function openProbe({ file, overrides }: ProbeRequest, bundle: URL, say: Progress): Promise<Probe> {
  const words = sayer(({ fraction, message }) => {
    say(fraction, message);
  });
  const { run, checked, conversion, job } = await prepareRun(
    { file, overrides, purpose: 'convert' },
    bundle,
    words,
  );
  const { shape, classes } = checked;
  const look = startLook({
    layers: conversion.layers,
    options: job.networks[0].options,
    kernel: await loadKernel(new URL('kernel.wasm', bundle)),
    samples: shape.samples,
    sample: sampleReader(run.inputs.values, shape, run.input),
    classes,
  });
  return { look, options: runOptions(run, shape.samples), overview: null };
}

async function answerTo(question: DetailQuestion, probe: Probe, say: Progress): Promise<DetailAnswer> {
  const { look, options } = probe;
  switch (question.kind) {
    case 'run':
      return { kind: 'run', options, samples: look.samples };
    case 'flips': {
      const { flips, samples } = await overviewOf(probe, say);
      return { kind: 'flips', flips, samples: samples.length };
    }
    case 'population': {
      const { layer, population, sample } = question;
      const detail =
        sample === null
          ? overviewPopulation(look, await overviewOf(probe, say), { layer, population })
          : samplePopulation(look, { layer, population, sample });
      return { kind: 'population', detail };
    }
    case 'neuron':
      return { kind: 'neuron', detail: neuronDetail(look, question) };
  }
}

function overviewOf(probe: Probe, say: Progress): Promise<Overview> {
  probe.overview ??= makeOverview(probe.look, say);
  return probe.overview;
}

/** Lets other questions be answered in between. */
async function makeOverview(look: Look, say: Progress): Promise<Overview> {
  const samples = chooseSamples(look.samples, mostSamples);
  const work = overview(look, samples);
  let told = -Infinity;
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
    const now = performance.now();
    if (now - told < quiet) continue;
    told = now;
    say(value / samples.length, `${formatCount(value)} of ${formatSamples(samples.length)} looked at`);
    await setImmediate();
  }
}

/** Between two words on the progress, in milliseconds. */
const quiet = 100;

/** The typed arrays of an answer go over to the other thread: they are made for it. */
function buffersOf(answer: DetailAnswer): Transferable[] {
  return answer.kind === 'population' || answer.kind === 'neuron' ? buffersIn(answer.detail) : [];
}

function buffersIn(value: unknown): ArrayBuffer[] {
  if (ArrayBuffer.isView(value)) return value.buffer instanceof ArrayBuffer ? [value.buffer] : [];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(buffersIn) : [];
}
