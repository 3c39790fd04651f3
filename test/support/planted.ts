/** The example with one thing broken on purpose, as files of its own. */
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Correction, GateName, Specification } from '../../src/core/convert/types.ts';
import { gateNames } from '../../src/core/convert/types.ts';

const example = fileURLToPath(new URL('../../examples/mnist-rows/', import.meta.url));
const units = 64;

interface Manifest {
  readonly weightsManifest: readonly [{ readonly weights: readonly { name: string; shape: number[] }[] }];
}

type Tensors = Readonly<Record<string, { readonly shape: readonly number[]; readonly values: Float32Array }>>;

/** What is broken. */
export interface Planted {
  readonly specification?: Partial<Specification>;
  /** Changes tensors in place. */
  readonly weights?: (tensors: Tensors) => void;
}

/** Writes model, weights, data and specification into a folder. @returns path of the specification */
export function plant(folder: string, { specification = {}, weights }: Planted): string {
  for (const file of ['model.json', 'digits.npy', 'labels.npy']) {
    copyFileSync(path.join(example, file), path.join(folder, file));
  }
  const bytes = Uint8Array.from(readFileSync(path.join(example, 'weights.bin')));
  weights?.(tensorsOf(new Float32Array(bytes.buffer)));
  writeFileSync(path.join(folder, 'weights.bin'), bytes);
  const written = JSON.parse(
    readFileSync(path.join(example, 'mnist-rows.spikewise.json'), 'utf8'),
  ) as Specification;
  const file = path.join(folder, 'planted.spikewise.json');
  writeFileSync(file, JSON.stringify({ ...written, ...specification }));
  return file;
}

function tensorsOf(values: Float32Array): Tensors {
  const { weightsManifest } = JSON.parse(readFileSync(path.join(example, 'model.json'), 'utf8')) as Manifest;
  let from = 0;
  return Object.fromEntries(
    weightsManifest[0].weights.map(({ name, shape }) => {
      const length = shape.reduce((a, b) => a * b, 1);
      const tensor = { shape, values: values.subarray(from, from + length) };
      from += length;
      return [name, tensor];
    }),
  );
}

/** Multiplies the weights of one gate; biases stay. */
export function scaleGate(gate: GateName, factor: number): NonNullable<Planted['weights']> {
  return (tensors) => {
    for (const name of ['lstm/kernel', 'lstm/recurrent_kernel']) {
      const { values } = tensors[name]!;
      const first = (gateNames as readonly GateName[]).indexOf(gate) * units;
      for (let row = first; row < values.length; row += 4 * units) {
        for (let k = row; k < row + units; k++) values[k]! *= factor;
      }
    }
  };
}

/** @param gate null: of the classifier */
export function setBias(
  gate: GateName | null,
  { neuron, bias }: Required<Pick<Correction, 'neuron' | 'bias'>>,
): NonNullable<Planted['weights']> {
  return (tensors) => {
    if (gate === null) tensors['classifier/bias']!.values[neuron] = bias;
    else
      tensors['lstm/bias']!.values[(gateNames as readonly GateName[]).indexOf(gate) * units + neuron] = bias;
  };
}

/** A copy of the plain example, with gates that are no functions of single values, so that nothing converts. @returns its specification */
export function plantUnbounded(folder: string): string {
  const plain = fileURLToPath(new URL('../../examples/mnist-rows-plain/', import.meta.url));
  for (const file of ['weights.bin', 'digits.npy', 'labels.npy', 'mnist-rows-plain.spikewise.json']) {
    copyFileSync(path.join(plain, file), path.join(folder, file));
  }
  const model = readFileSync(path.join(plain, 'model.json'), 'utf8');
  writeFileSync(
    path.join(folder, 'model.json'),
    model.replaceAll('"sigmoid"', '"softmax"').replaceAll('"tanh"', '"softmax"'),
  );
  return path.join(folder, 'mnist-rows-plain.spikewise.json');
}
