/** Retraining under the paper's constraints: replaced functions, and rounded counts where that is asked for. */
import { fileURLToPath } from 'node:url';
import { winner, type SampleShape } from '../core/check/inputs.ts';
import { outputSize } from '../core/check/sizes.ts';
import { accuracy } from '../core/compare/accuracy.ts';
import { joinChunks, type VariantChunk } from '../core/compare/variants.ts';
import { convert, hasFittedGates, isConvertible, layersToMeasure } from '../core/convert/convert.ts';
import type { HybridLayer } from '../core/convert/types.ts';
import { InputFault } from '../core/findings/types.ts';
import { constrain, type Constrained } from '../core/finetune/constrained.ts';
import { withoutTrained } from '../core/finetune/specification.ts';
import { valuesHeld } from '../core/finetune/held.ts';
import { splitSamples, type Split } from '../core/finetune/order.ts';
import type { ConvertedAccuracy, FinetuneProgress, Finetuning } from '../core/finetune/types.ts';
import { withWeights } from '../core/finetune/weights.ts';
import { whyNotWritable } from '../core/formats/tfjs/write.ts';
import { analogLinks } from '../core/simulate/analog.ts';
import { runChain } from '../core/simulate/chain.ts';
import { sampleReader } from '../core/simulate/samples.ts';
import { loadKernel } from '../node/kernel.ts';
import { obstacleToRetraining } from '../node/unfinished.ts';
import type { Files, FinetuneRequest } from '../protocol/worker.ts';
import { NotConvertible, Refusal } from './failure.ts';
import { trainEpochs, type Trained, type TrainingEvents, type TrainingState } from './finetune-epochs.ts';
import { keepBest, writeResult, writtenFiles, type FinetuneOutput, type Held } from './finetune-files.ts';
import { convertRun, prepareData, spikingOptions, type PreparedRun } from './prepare.ts';
import { readModelInputs, type ModelInputs, type RunInputs } from './read.ts';
import { emptyReport, resultHead } from './run-report.ts';
import { sayer, type OnProgress, type Say } from './sayer.ts';
import { stopwatch } from './stopwatch.ts';
import { startThreads, type Threads } from './threads.ts';

/** Everything that training needs. */
interface Prepared {
  readonly request: FinetuneRequest;
  /** As its file has it. */
  readonly trained: ModelInputs;
  readonly constrained: Constrained;
  /** Of the constrained network. */
  readonly prepared: PreparedRun;
  readonly classes: Int32Array;
  readonly split: Split;
  readonly held: Held;
  /** Of the network. */
  readonly outputs: number;
}

/** Between two words on the training under way, to whoever draws its curves. In milliseconds. */
const quiet = 200;

/**
 * @param bundle the worker's own file; tfjs and the kernel lie beside it
 * @param onPartial told how far it has come, while it trains
 * @throws InputFault, NotConvertible; Refusal where the folder is taken, the data are too few, or training ends before
 * there is anything to write
 */
export async function runFinetune(
  request: FinetuneRequest,
  bundle: URL,
  onProgress: OnProgress,
  onPartial: (progress: FinetuneProgress) => void,
): Promise<{ readonly finetuning: Finetuning; readonly files: Files }> {
  const obstacle = await obstacleToRetraining(request.out);
  if (obstacle !== null) throw new Refusal(`${request.out}: ${obstacle}`);
  const clock = stopwatch();
  const say = sayer(onProgress);
  const threads = startThreads(bundle, { analog: false });
  try {
    const job = await prepare(request, bundle, say);
    clock.lap('read');
    const { run } = job.prepared;
    say('simulate', 0, 'Simulating the network before training');
    const answers = await trainedAnswers(job, bundle);
    const trained = accuracyOf(answers, job);
    const before = await convertedAccuracy(threads, job, run, bundle);
    clock.lap('before');
    const progress = progressOf(job, { trained, before });
    const output = outputOf(job);
    const written = writtenFiles(request, job.trained.files);
    const { state, weights } = await train({ ...job, answers }, bundle, {
      say,
      onStep: quietly((now) => {
        onPartial({ ...progress, ...now });
      }),
      onBetter: (best) =>
        keepBest(output, written, withWeights(run.network, best.weights), { ...progress, ...best.state }),
    });
    clock.lap('training');
    say('map', 0, 'Simulating the network after training');
    const network = withWeights(run.network, weights);
    const specification = withoutTrained(run.specification);
    const after = await convertedAccuracy(threads, job, { ...run, network, specification }, bundle);
    clock.lap('after');
    const accuracy = { trained, before, after };
    const finetuning = { ...progress, ...state, accuracy, written, seconds: clock.seconds() };
    say('write', 0, 'Writing the model');
    await writeResult(output, network, finetuning);
    return { finetuning, files: job.trained.files };
  } finally {
    threads.end();
  }
}

/** All that is known before the first step. */
function progressOf(
  { request, trained, prepared, split, constrained }: Prepared,
  accuracy: FinetuneProgress['accuracy'],
): Omit<FinetuneProgress, keyof TrainingState> {
  const { timesteps, coding } = prepared.run.specification;
  return {
    ...resultHead(trained),
    options: { ...request.options, timesteps, coding },
    samples: { training: split.training.length, validation: split.validation.length },
    replaced: constrained.replaced,
    accuracy,
  };
}

function outputOf({ request, trained, prepared, constrained, held }: Prepared): FinetuneOutput {
  const { activations } = constrained;
  const { run, checked } = prepared;
  const { parts } = checked.shape;
  const common = { out: request.out, files: trained.files, used: run.specification, activations, held };
  return { ...common, ...(parts && { parts }) };
}

/** Tells the end of every epoch, and what is between them now and then. */
function quietly(tell: (state: TrainingState) => void): (state: TrainingState) => void {
  let [last, epochs] = [-Infinity, 0];
  return (state) => {
    const now = performance.now();
    if (now - last < quiet && state.epochs.length === epochs) return;
    [last, epochs] = [now, state.epochs.length];
    tell(state);
  };
}

async function prepare(request: FinetuneRequest, bundle: URL, say: Say): Promise<Prepared> {
  say('read', 0, 'Reading the model');
  const trained = await readModelInputs({ ...request, purpose: 'convert' });
  const constrained = constrain(trained.network, trained.specification.activations);
  const { network, activations } = constrained;
  const model = { ...trained, network, specification: { ...trained.specification, activations } };
  const conversion = convert(network, model.specification, {});
  if (!isConvertible(conversion)) throw new NotConvertible(emptyReport(model, conversion), model.files);
  refuseOthers(model);
  const prepared = await prepareData(model, bundle, say);
  const { classes, shape } = prepared.checked;
  if (classes === null) {
    const words =
      'has no labels, which training needs: name them in the specification, or on the command line with --labels FILE';
    const place = { file: 'specification', path: ['data'] } as const;
    const fault = new InputFault('data-mismatch', trained.files.inputs ?? '', words, place);
    throw Object.assign(fault, { files: trained.files });
  }
  const { validation, seed } = request.options;
  const split = splitSamples(shape.samples, validation, seed);
  const outputs = outputSize(network, shape);
  refuseFew(split, shape.samples, validation, Math.max(outputs, 2));
  const held = validationData(prepared.run, classes, split.validation);
  return { request, trained, constrained, prepared, classes, split, held, outputs };
}

/** What becomes spiking is more than what a file of layers can hold. */
function refuseOthers({ network, files }: ModelInputs): void {
  const not = whyNotWritable(network);
  if (!not) return;
  const { layer, reason } = not;
  const words = `layer "${layer.name}" ${reason}: finetune writes a tfjs model, which cannot hold it`;
  throw new InputFault('layer-unsupported', files.model ?? '', words, { file: 'model', path: layer.path });
}

/** @param least as many as there are classes */
function refuseFew({ training, validation }: Split, samples: number, fraction: number, least: number): void {
  if (Math.min(training.length, validation.length) >= least) return;
  throw new Refusal(
    `${samples} samples are too few: where ${fraction} of them are for validation, there are ${training.length} to train on and ${validation.length} to validate on, and each part needs ${least}, one for each class; give more samples, or another part (--validation)`,
  );
}

function validationData(run: RunInputs, classes: Int32Array, validation: readonly number[]): Held {
  return { inputs: pick(run, validation), classes: Int32Array.from(validation, (n) => classes[n]!) };
}

/** Some of the samples. */
function pick({ inputs }: RunInputs, numbers: readonly number[]): Held['inputs'] {
  const [samples = 1, ...rest] = inputs.shape;
  const size = inputs.values.length / samples;
  const values = new Float32Array(new SharedArrayBuffer(4 * size * numbers.length));
  numbers.forEach((n, at) => {
    values.set(inputs.values.subarray(n * size, (n + 1) * size), at * size);
  });
  return { shape: [numbers.length, ...rest], values };
}

function shapeOf({ prepared, held }: Prepared): SampleShape {
  return { ...prepared.checked.shape, samples: held.classes.length };
}

/** [samples, outputs] of the network as its file has it, of all samples. */
async function trainedAnswers({ trained, prepared, outputs }: Prepared, bundle: URL): Promise<Float32Array> {
  const kernel = await loadKernel(new URL('kernel.wasm', bundle));
  const links = analogLinks(trained.network.layers, kernel, spikingOptions(trained));
  const { run, checked } = prepared;
  const sample = sampleReader(run.inputs.values, checked.shape, trained.input);
  const answers = new Float32Array(checked.shape.samples * outputs);
  for (let n = 0; n < checked.shape.samples; n++) {
    answers.set(runChain(links, sample(n)).at(-1)!.output.values, n * outputs);
  }
  return answers;
}

/** Over the validation samples. */
function accuracyOf(answers: Float32Array, { split, classes, outputs }: Prepared): number {
  const right = split.validation.filter((n) => winner(answers, n * outputs, outputs) === classes[n]);
  return right.length / split.validation.length;
}

/** Of a network with constrained functions, over the validation samples, as `spikewise convert` has it. */
async function convertedAccuracy(
  threads: Threads,
  job: Prepared,
  model: RunInputs,
  bundle: URL,
): Promise<ConvertedAccuracy> {
  const { held, prepared, outputs } = job;
  const run = { ...model, inputs: held.inputs };
  const shape = shapeOf(job);
  const { layers } = await convertRun(run, shape, bundle);
  const networks = [{ layers, options: spikingOptions(run) }] as const;
  const chunks: VariantChunk[] = [];
  await threads.simulate({ ...prepared.job, networks, shape, values: held.inputs.values }, (chunk) => {
    chunks.push(chunk);
  });
  const { trained, variants } = joinChunks(chunks);
  const { analog, spiking } = accuracy(trained, variants[0]!.outputs, outputs, held.classes);
  return { analog: analog!, spiking: spiking! };
}

async function train(
  job: Prepared & { readonly answers: Float32Array },
  bundle: URL,
  events: TrainingEvents,
): Promise<Trained> {
  events.say('simulate', 0, 'Starting tfjs');
  const [tfjs, { createTrainer }] = await Promise.all([
    import('./tfjs/network.ts'),
    import('./tfjs/training.ts'),
  ]);
  await tfjs.startTfjs(fileURLToPath(new URL('.', bundle)));
  const { prepared, classes, request } = job;
  const { run, conversion, checked } = prepared;
  const { timesteps, coding } = run.specification;
  const trainer = createTrainer({
    ...spikingOptions(run),
    layers: conversion.layers,
    valuesHeld: valuesHeld(run.network, checked.shape),
    counting: request.options.rounding ? { timesteps, coding } : null,
    shape: checked.shape,
    sample: sampleReader(run.inputs.values, checked.shape, run.input),
    classes,
    answers: job.answers,
  });
  try {
    const stop = request.stop && new Int32Array(request.stop);
    const isStopped = () => stop !== undefined && Atomics.load(stop, 0) !== 0;
    const measure = measuring(job, bundle);
    const renew = async (): Promise<void> => {
      if (measure) trainer.renew(await measure(trainer.weights()));
    };
    return await trainEpochs(trainer, { ...job, options: request.options, isStopped, renew }, events);
  } finally {
    trainer.dispose();
  }
}

/** Training samples that are looked at for what thresholds and ranges depend on. */
const mostMeasured = 256;

/** Converts the network anew with other weights; null where nothing that is rounded depends on the data. */
function measuring({ prepared, split, request }: Prepared, bundle: URL) {
  const { run, checked } = prepared;
  const { network, specification } = run;
  const isMeasured =
    layersToMeasure(network, specification).length > 0 || hasFittedGates(network, specification);
  if (!isMeasured || !request.options.rounding) return null;
  const numbers = split.training.slice(0, mostMeasured);
  const measured = { ...run, inputs: pick(run, numbers) };
  const shape = { ...checked.shape, samples: numbers.length };
  return async (weights: Trained['weights']): Promise<readonly HybridLayer[]> => {
    const changed = { ...measured, network: withWeights(network, weights) };
    return (await convertRun(changed, shape, bundle)).layers;
  };
}
