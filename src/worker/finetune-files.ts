/** The files of a retraining: its result, and the best epoch so far while it goes on. */
import path from 'node:path';
import type { SamplePart } from '../core/check/inputs.ts';
import { isBuiltinChip } from '../core/chips/names.ts';
import type { Specification } from '../core/convert/types.ts';
import { tunedSpecification } from '../core/finetune/specification.ts';
import type { FinetuneProgress, Finetuning } from '../core/finetune/types.ts';
import { writeNpyFloat32 } from '../core/formats/data/npy.ts';
import { writeSafetensors } from '../core/formats/data/write-safetensors.ts';
import { writeTfjsLayersModel, writtenOutput } from '../core/formats/tfjs/write.ts';
import type { Network } from '../core/network/types.ts';
import { nameOf, newSpecificationFile } from '../node/specifications.ts';
import { discardUnfinished, finetuningEnding, writeUnfinished } from '../node/unfinished.ts';
import { writeFolder } from '../node/write.ts';
import type { Files, FinetuneRequest } from '../protocol/worker.ts';

/** The validation samples as data of their own, so that what is told of them can be run again. */
export interface Held {
  readonly inputs: { readonly shape: readonly number[]; readonly values: Float32Array };
  readonly classes: Int32Array;
}

/** What is written beside the weights. */
export interface FinetuneOutput {
  readonly out: string;
  readonly files: Files;
  readonly used: Omit<Specification, 'data'>;
  /** What the names of the retrained network mean. */
  readonly activations: Parameters<typeof tunedSpecification>[1];
  readonly held: Held;
  /** Of a model with several inputs. */
  readonly parts?: readonly SamplePart[];
}

const names = {
  model: 'model.json',
  inputs: 'validation.npy',
  /** Of a model with several inputs: an array for each. */
  named: 'validation.safetensors',
  labels: 'validation-labels.npy',
};

export function writtenFiles(
  { file, out }: FinetuneRequest,
  { specification }: Files,
): Finetuning['written'] {
  const name = nameOf(specification ?? newSpecificationFile(file));
  return {
    specification: path.join(out, `${name}.spikewise.json`),
    model: path.join(out, names.model),
  };
}

/** The best epoch so far: a model of its own, of which no later one takes anything away until it is there itself. */
export async function keepBest(
  output: FinetuneOutput,
  written: Finetuning['written'],
  network: Network,
  progress: FinetuneProgress,
): Promise<void> {
  const files = contents(output, written, network, progress);
  await writeUnfinished(output.out, files, ['weights.bin', finetuningName(written)]);
}

export async function writeResult(
  output: FinetuneOutput,
  network: Network,
  finetuning: Finetuning,
): Promise<void> {
  await writeFolder(output.out, contents(output, finetuning.written, network, finetuning));
  await discardUnfinished(output.out);
}

function contents(
  { out, files, used, activations, held, parts }: FinetuneOutput,
  written: Finetuning['written'],
  network: Network,
  told: FinetuneProgress,
): Record<string, string | Uint8Array> {
  const chip = isBuiltinChip(used.chip)
    ? used.chip
    : path.relative(out, files.chip ?? '').replaceAll('\\', '/');
  const inputs = parts ? names.named : names.inputs;
  const output = used.output === undefined ? {} : { output: writtenOutput(network, used.output) };
  const place = { model: names.model, inputs, labels: names.labels, chip };
  const tuned = tunedSpecification({ ...used, ...output }, activations, place);
  const { shape, values } = held.inputs;
  return {
    ...writeTfjsLayersModel(network, `Spikewise ${told.spikewiseVersion}`),
    [inputs]: parts
      ? writeSafetensors(namedInputs(network, parts, held.inputs))
      : writeNpyFloat32(shape, values),
    [names.labels]: writeNpyFloat32([held.classes.length], Float32Array.from(held.classes)),
    [path.basename(written.specification)]: `${JSON.stringify(tuned, null, 2)}\n`,
    [finetuningName(written)]: `${JSON.stringify(told)}\n`,
  };
}

/** Each input by its name, [samples, ...shape]. */
function namedInputs(
  { inputs = [] }: Network,
  parts: readonly SamplePart[],
  { shape, values }: Held['inputs'],
) {
  const [samples = 0] = shape;
  const size = values.length / samples;
  const arrays = inputs.map(({ name }, index) => {
    const { start, shape: own } = parts[index]!;
    const length = own.reduce((product, count) => product * count, 1);
    const part = new Float32Array(samples * length);
    for (let n = 0; n < samples; n++) {
      part.set(values.subarray(n * size + start, n * size + start + length), n * length);
    }
    return [name, { shape: [samples, ...own], values: part }] as const;
  });
  return new Map(arrays);
}

function finetuningName({ specification }: Finetuning['written']): string {
  return `${nameOf(specification)}${finetuningEnding}`;
}
