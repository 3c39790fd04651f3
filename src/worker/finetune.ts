/** Retraining under the paper's constraints: replaced functions, and rounded counts where that is asked for. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { outputSize, winner, type SampleShape } from '../core/check/inputs.ts';
import { isBuiltinChip } from '../core/chips/names.ts';
import { accuracy } from '../core/compare/accuracy.ts';
import { joinChunks, type VariantChunk } from '../core/compare/variants.ts';
import { convert, isConvertible } from '../core/convert/convert.ts';
import { InputFault } from '../core/findings/types.ts';
import { constrain, withWeights, type Constrained } from '../core/finetune/constrained.ts';
import { splitSamples, type Split } from '../core/finetune/order.ts';
import { tunedSpecification } from '../core/finetune/specification.ts';
import type { ConvertedAccuracy, Finetuning } from '../core/finetune/types.ts';
import { writeNpyFloat32 } from '../core/formats/data/npy.ts';
import { writeTfjsLayersModel } from '../core/formats/tfjs/write.ts';
import { isBackward } from '../core/network/shapes.ts';
import type { Network } from '../core/network/types.ts';
import { analogRunner } from '../core/simulate/analog.ts';
import { runChain } from '../core/simulate/chain.ts';
import { sampleReader } from '../core/simulate/samples.ts';
import { loadKernel } from '../node/kernel.ts';
import { nameOf, newSpecificationFile } from '../node/specifications.ts';
import { writeFolder } from '../node/write.ts';
import type { Files, FinetuneRequest } from '../protocol/worker.ts';
import { NotConvertible, Refusal } from './failure.ts';
import { trainEpochs, type Trained } from './finetune-epochs.ts';
import { convertRun, prepareData, spikingOptions, type PreparedRun } from './prepare.ts';
import { readModelInputs, type ModelInputs, type RunInputs } from './read.ts';
import { emptyReport, reportHead } from './run-report.ts';
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

/** The validation samples as data of their own, so that what is told of them can be run again. */
interface Held {
  readonly inputs: { readonly shape: readonly number[]; readonly values: Float32Array };
  readonly classes: Int32Array;
}

/**
 * @param bundle the worker's own file; tfjs and the kernel lie beside it
 * @throws InputFault, NotConvertible; Refusal where the data are too few, or training diverges before an epoch has ended
 */
export async function runFinetune(
  request: FinetuneRequest,
  bundle: URL,
  onProgress: OnProgress,
): Promise<{ readonly finetuning: Finetuning; readonly files: Files }> {
  const clock = stopwatch();
  const say = sayer(onProgress);
  const threads = startThreads(bundle, { analog: false });
  try {
    const job = await prepare(request, bundle, say);
    clock.lap('read');
    const { run } = job.prepared;
    say('simulate', 0, 'Simulating the network before training');
    const trained = await trainedAccuracy(job, bundle);
    const before = await convertedAccuracy(threads, job, run.network, bundle);
    clock.lap('before');
    const { epochs, best, weights, stopped } = await train(job, bundle, say);
    clock.lap('training');
    say('map', 0, 'Simulating the network after training');
    const network = withWeights(run.network, weights);
    const after = await convertedAccuracy(threads, job, network, bundle);
    clock.lap('after');
    const written = writtenFiles(request, job.trained);
    const { spikewiseVersion, createdAt, specification, model } = reportHead(job.trained);
    const { timesteps, coding } = run.specification;
    const finetuning: Finetuning = {
      schemaVersion: 1,
      spikewiseVersion,
      createdAt,
      specification,
      model: { name: model.name, file: model.file },
      options: { ...request.options, timesteps, coding },
      samples: { training: job.split.training.length, validation: job.split.validation.length },
      replaced: job.constrained.replaced,
      epochs,
      best,
      stopped,
      accuracy: { trained, before, after },
      written,
      seconds: clock.seconds(),
    };
    say('write', 0, 'Writing the model');
    await write(job, network, finetuning);
    return { finetuning, files: job.trained.files };
  } finally {
    threads.end();
  }
}

async function prepare(request: FinetuneRequest, bundle: URL, say: Say): Promise<Prepared> {
  say('read', 0, 'Reading the model');
  const trained = await readModelInputs({ ...request, purpose: 'convert' });
  refuseOthers(trained);
  const constrained = constrain(trained.network, trained.specification.activations);
  const { network, activations } = constrained;
  const model = { ...trained, network, specification: { ...trained.specification, activations } };
  const conversion = convert(network, model.specification, {});
  if (!isConvertible(conversion)) throw new NotConvertible(emptyReport(model, conversion), model.files);
  const prepared = await prepareData(model, bundle, say);
  const { classes, shape } = prepared.checked;
  if (classes === null) {
    const words =
      'has no labels, which training needs: give them with --labels FILE, or in the specification';
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

/** What becomes spiking is more than what is trained. */
function refuseOthers({ network, files }: ModelInputs): void {
  const other = network.layers.find((layer) => layer.kind === 'Embedding' || isBackward(layer));
  if (!other) return;
  const what = other.kind === 'Embedding' ? 'an embedding' : 'half of a bidirectional LSTM';
  const words = `layer "${other.name}" is ${what}; finetune takes chains of LSTM, Dense, Activation, Dropout and Flatten layers`;
  throw new InputFault('layer-unsupported', files.model ?? '', words, { file: 'model', path: other.path });
}

/** @param least as many as there are classes */
function refuseFew({ training, validation }: Split, samples: number, fraction: number, least: number): void {
  if (Math.min(training.length, validation.length) >= least) return;
  throw new Refusal(
    `${samples} samples are too few: with --validation ${fraction} there are ${training.length} to train on and ${validation.length} to validate on, and each part needs ${least}, one for each class; give more samples, or another fraction`,
  );
}

function validationData({ inputs }: RunInputs, classes: Int32Array, validation: readonly number[]): Held {
  const [samples = 1, ...rest] = inputs.shape;
  const size = inputs.values.length / samples;
  const values = new Float32Array(new SharedArrayBuffer(4 * size * validation.length));
  validation.forEach((n, at) => {
    values.set(inputs.values.subarray(n * size, (n + 1) * size), at * size);
  });
  return {
    inputs: { shape: [validation.length, ...rest], values },
    classes: Int32Array.from(validation, (n) => classes[n]!),
  };
}

function shapeOf({ prepared, held }: Prepared): SampleShape {
  return { ...prepared.checked.shape, samples: held.classes.length };
}

/** Of the network as its file has it, over the validation samples. */
async function trainedAccuracy(job: Prepared, bundle: URL): Promise<number> {
  const { trained, held } = job;
  const kernel = await loadKernel(new URL('kernel.wasm', bundle));
  const links = trained.network.layers.map((layer) => ({
    layer,
    run: analogRunner(layer, kernel, spikingOptions(trained)),
  }));
  const sample = sampleReader(held.inputs.values, shapeOf(job), trained.input);
  const right = held.classes.filter((label, n) => {
    const { values } = runChain(links, sample(n)).at(-1)!.output;
    return winner(values, 0, values.length) === label;
  });
  return right.length / held.classes.length;
}

/** Of a network with constrained functions, over the validation samples, as `spikewise convert` has it. */
async function convertedAccuracy(
  threads: Threads,
  job: Prepared,
  network: Network,
  bundle: URL,
): Promise<ConvertedAccuracy> {
  const { held, prepared, outputs } = job;
  const run = { ...prepared.run, network, inputs: held.inputs };
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

async function train(job: Prepared, bundle: URL, say: Say): Promise<Trained> {
  say('simulate', 0, 'Starting tfjs');
  const [tfjs, { createTrainer }] = await Promise.all([import('./tfjs.ts'), import('./tfjs-training.ts')]);
  await tfjs.startTfjs(fileURLToPath(new URL('.', bundle)));
  const { prepared, classes, request } = job;
  const { run, conversion, checked } = prepared;
  const { timesteps, coding } = run.specification;
  const trainer = createTrainer({
    ...spikingOptions(run),
    layers: conversion.layers,
    counting: request.options.rounding ? { timesteps, coding } : null,
    shape: checked.shape,
    sample: sampleReader(run.inputs.values, checked.shape, run.input),
    classes,
  });
  try {
    return trainEpochs(trainer, { ...job, options: request.options }, say);
  } finally {
    trainer.dispose();
  }
}

function writtenFiles(request: FinetuneRequest, { files }: ModelInputs): Finetuning['written'] {
  const name = nameOf(files.specification ?? newSpecificationFile(request.file));
  return {
    specification: path.join(request.out, `${name}.spikewise.json`),
    model: path.join(request.out, 'model.json'),
  };
}

async function write(
  { request, trained, constrained, prepared, held }: Prepared,
  network: Network,
  finetuning: Finetuning,
) {
  const { specification } = prepared.run;
  const chip = isBuiltinChip(specification.chip)
    ? specification.chip
    : path.relative(request.out, trained.files.chip ?? '').replaceAll('\\', '/');
  const names = { model: 'model.json', inputs: 'validation.npy', labels: 'validation-labels.npy', chip };
  const tuned = tunedSpecification(specification, constrained.activations, names);
  const { shape, values } = held.inputs;
  const name = path.basename(finetuning.written.specification);
  await writeFolder(request.out, {
    ...writeTfjsLayersModel(network, `Spikewise ${finetuning.spikewiseVersion}`),
    [names.inputs]: writeNpyFloat32(shape, values),
    [names.labels]: writeNpyFloat32([held.classes.length], Float32Array.from(held.classes)),
    [name]: `${JSON.stringify(tuned, null, 2)}\n`,
    [`${nameOf(name)}.spikewise-finetune.json`]: `${JSON.stringify(finetuning)}\n`,
  });
}
