/** What every kind of run begins with: read, check, measure ranges, convert. */
import {
  checkFinite,
  checkIds,
  checkRange,
  checkShape,
  classIndices,
  type InputRange,
  type SampleShape,
} from '../core/check/inputs.ts';
import { outputSize } from '../core/check/sizes.ts';
import {
  channelsToMeasure,
  convert,
  hasFittedGates,
  isConvertible,
  layersToMeasure,
  type Conversion,
} from '../core/convert/convert.ts';
import { measureDrives, type MeasuredDrives } from '../core/convert/drives.ts';
import { measureRanges } from '../core/convert/ranges.ts';
import type { MeasuredRanges } from '../core/convert/types.ts';
import type { Finding } from '../core/findings/types.ts';
import { embeddingOf } from '../core/network/embedding.ts';
import { analogLinks } from '../core/simulate/analog.ts';
import { sampleReader } from '../core/simulate/samples.ts';
import type { SpikingOptions } from '../core/simulate/spiking.ts';
import { loadKernel } from '../node/kernel.ts';
import type { ConvertRequest, Stage } from '../protocol/worker.ts';
import { NotConvertible } from './failure.ts';
import { readData, readModelInputs, type ModelInputs, type RunInputs } from './read.ts';
import { emptyReport } from './run-report.ts';
import type { Say } from './sayer.ts';
import type { SimulationJob } from './simulation.ts';

export interface CheckedData {
  readonly shape: SampleShape;
  /** Of each sample, null without labels. */
  readonly classes: Int32Array | null;
  /** Of the raw inputs. */
  readonly range: InputRange;
  /** Hold where the inputs reach a spike generator. */
  readonly rangeFindings: readonly Finding[];
}

/** A run that could be simulated at once. */
export interface PreparedRun {
  readonly run: RunInputs;
  readonly checked: CheckedData;
  readonly measured: Measurements;
  readonly conversion: Conversion;
  /** The converted network over all samples. */
  readonly job: SimulationJob;
}

/**
 * @param bundle the worker's own file; the kernel lies beside it
 * @throws InputFault where a file is unreadable, NotConvertible where the model cannot become spiking
 */
export async function prepareRun(request: ConvertRequest, bundle: URL, say: Say): Promise<PreparedRun> {
  return prepareData(await prepareModel(request, say), bundle, say);
}

/** The model first: what cannot be converted is said before the data are looked at. */
export async function prepareModel(request: ConvertRequest, say: Say): Promise<ModelInputs> {
  say('read', 0, 'Reading the model');
  const model = await readModelInputs(request);
  const conversion = convert(model.network, model.specification, {});
  if (!isConvertible(conversion)) throw new NotConvertible(emptyReport(model, conversion), model.files);
  return model;
}

/** @param lap told when reading and converting have ended */
export async function prepareData(
  model: ModelInputs,
  bundle: URL,
  say: Say,
  lap: (stage: Stage) => void = () => undefined,
): Promise<PreparedRun> {
  say('read', 0.5, 'Reading the data');
  const run = await readData(model);
  lap('read');
  say('convert', 0, 'Converting layers');
  const checked = checkData(run);
  const measured = await measureRun(run, checked.shape, bundle);
  const conversion = convert(run.network, run.specification, measured.ranges, measured.drives);
  lap('convert');
  const job: SimulationJob = {
    kind: 'networks',
    networks: [{ layers: conversion.layers, options: spikingOptions(run) }],
    input: run.input,
    shape: checked.shape,
    values: run.inputs.values,
  };
  return { run, checked, measured, conversion, job };
}

function checkData(run: RunInputs): CheckedData {
  const { network, inputs, labels, input, files } = run;
  const shape = checkShape(inputs, network, files.inputs ?? '');
  const range = checkFinite(inputs, files.inputs ?? '', shape.parts);
  for (const [index, part] of (shape.parts ?? [undefined]).entries()) {
    const embedding = embeddingOf(network.layers, part && index);
    if (embedding) checkIds(inputs, embedding, files.inputs ?? '', part);
  }
  const outputs = outputSize(network, shape);
  const classes = labels && classIndices(labels, shape.samples, outputs, files.labels ?? '');
  return { shape, classes, range, rangeFindings: checkRange(range, input) };
}

export function spikingOptions({ specification, weightBits }: ModelInputs): SpikingOptions {
  const { timesteps, coding, arithmetic, activations, cellClip, rescaleWeights } = specification;
  return {
    timesteps,
    coding,
    arithmetic,
    weightBits,
    rescaleWeights: rescaleWeights ?? false,
    cellClip: cellClip ?? null,
    ...(activations && { activations }),
  };
}

/** What only the data can say of a network. */
export interface Measurements {
  readonly ranges: MeasuredRanges;
  readonly drives: MeasuredDrives;
}

/** Converts, after measuring over the data what only the data can say. */
export async function convertRun(run: RunInputs, shape: SampleShape, bundle: URL): Promise<Conversion> {
  const { ranges, drives } = await measureRun(run, shape, bundle);
  return convert(run.network, run.specification, ranges, drives);
}

/** Keys of a specification on which depends what is measured; coding, time-steps and numbers of neurons are not among them. */
const measuredUnder = ['activations', 'cellClip', 'corrections', 'percentile', 'thresholdScope'] as const;

/** Whether what was measured for one run holds for another of the same model and data, whose settings are edits of its. */
export function isMeasuredAlike(one: RunInputs, other: RunInputs): boolean {
  const [a, b] = [one.specification, other.specification];
  return (
    measuredUnder.every((key) => a[key] === b[key]) &&
    one.input.mean === other.input.mean &&
    one.input.scale === other.input.scale
  );
}

/** The same again for every run that {@link isMeasuredAlike}. */
export async function measureRun(run: RunInputs, shape: SampleShape, bundle: URL): Promise<Measurements> {
  const { network, specification } = run;
  const names = layersToMeasure(network, specification);
  const fitted = hasFittedGates(network, specification);
  if (names.length === 0 && !fitted) return { ranges: {}, drives: {} };
  const kernel = await loadKernel(new URL('kernel.wasm', bundle));
  const options = spikingOptions(run);
  const sample = sampleReader(run.inputs.values, shape, run.input);
  const links = analogLinks(network.layers, kernel, options);
  const ranges =
    names.length === 0
      ? {}
      : measureRanges(
          links,
          names,
          shape.samples,
          sample,
          specification.percentile ?? 100,
          channelsToMeasure(network, specification),
        );
  const drives = fitted ? measureDrives(network.layers, kernel, options, shape.samples, sample) : {};
  return { ranges, drives };
}
