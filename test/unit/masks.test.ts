/** Networks that skip sequence steps, against Keras itself (test/golden/models/save_masks.py). */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { strFromU8 } from 'fflate';
import { beforeAll, describe, expect, it } from 'vitest';
import { declaredActivations } from '../../src/core/convert/activations.ts';
import { InputFault } from '../../src/core/findings/types.ts';
import { sideBySideInputs } from '../../src/core/formats/data/several-inputs.ts';
import { checkShape } from '../../src/core/check/inputs.ts';
import type { JsonObject } from '../../src/core/formats/json.ts';
import { readChain } from '../../src/core/formats/keras/topology.ts';
import { readModelFile } from '../../src/core/formats/model-file.ts';
import { openZip } from '../../src/core/formats/zip.ts';
import type { Network } from '../../src/core/network/types.ts';
import { analogRunner } from '../../src/core/simulate/analog.ts';
import { runChain } from '../../src/core/simulate/chain.ts';
import { createTwinKernel } from '../../src/core/simulate/kernel/twin.ts';
import { sampleReader } from '../../src/core/simulate/samples.ts';
import type { Trace } from '../../src/core/simulate/types.ts';
import { folderOf, openFile } from '../../src/node/files.ts';
import { openHdf5 } from '../../src/worker/hdf5.ts';
import { createAnalogNetwork } from '../../src/worker/tfjs/network.ts';
import { largestDifference } from '../support/models.ts';
import { startTfjsFromNodeModules } from '../support/tfjs.ts';

beforeAll(startTfjsFromNodeModules);

const golden = path.join(import.meta.dirname, '../golden/models');
const role = { code: 'model-unreadable', place: { file: 'model', path: [] } } as const;

type Nested = number | readonly Nested[];
interface Computed {
  /** Of each input [samples, steps, features], or [samples, steps] of ids. */
  readonly inputs: Readonly<Record<string, readonly Nested[]>>;
  /** [samples, values] */
  readonly outputs: readonly (readonly number[])[];
}

function computedBy(writer: string): Record<string, Computed> {
  const text = readFileSync(path.join(golden, `${writer}-masks.json`), 'utf8');
  return JSON.parse(text) as Record<string, Computed>;
}

const networks = ['keras2', 'keras3'].flatMap((writer) =>
  Object.entries(computedBy(writer)).map(([name, computed]) => ({
    file: `${writer}-masks-${name}`,
    ...computed,
  })),
);

async function read(name: string): Promise<Network> {
  const file = path.join(golden, 'keras', `${name}.keras`);
  return readModelFile(await openFile(file, role), folderOf(file), { openHdf5, choices: null });
}

const flat = (values: readonly Nested[]): number[] =>
  values.flatMap((value) => (typeof value === 'number' ? [value] : flat(value)));

function shapeOf(values: readonly Nested[]): number[] {
  const shape: number[] = [];
  for (let at: Nested | undefined = values; Array.isArray(at); at = (at as readonly Nested[])[0]) {
    shape.push((at as readonly Nested[]).length);
  }
  return shape;
}

function samplesOf(network: Network, { inputs }: Computed): Trace[] {
  const arrays = Object.values(inputs).map((values) => ({
    shape: shapeOf(values),
    values: Float32Array.from(flat(values)),
  }));
  const fault = (words: string): never => {
    throw new Error(words);
  };
  const data = network.inputs ? sideBySideInputs(network.inputs, arrays, fault) : arrays[0]!;
  const sample = sampleReader(data.values, checkShape(data, network, 'x.npz'), { mean: 0, scale: 1 });
  return Array.from({ length: arrays[0]!.shape[0]! }, (_, n) => sample(n));
}

describe.each(networks)('$file', ({ file, ...computed }) => {
  const expected = computed.outputs.flat();

  it('is what Keras computed in the reference', async () => {
    const network = await read(file);
    const kernel = createTwinKernel();
    const options = { activations: declaredActivations(network.activations), cellClip: null };
    const links = network.layers.map((layer) => ({ layer, run: analogRunner(layer, kernel, options) }));
    const own = samplesOf(network, computed).flatMap((sample) => [
      ...runChain(links, sample).at(-1)!.output.values,
    ]);
    expect(largestDifference(own, expected)).toBeLessThan(1e-5);
  });

  it('is what Keras computed in tfjs', async () => {
    const network = await read(file);
    const samples = samplesOf(network, computed);
    const tfjs = createAnalogNetwork(network, {
      activations: declaredActivations(network.activations),
      cellClip: null,
    });
    const own = await tfjs.predict(
      samples.length,
      (n) => samples[n]!,
      () => undefined,
    );
    tfjs.dispose();
    expect(largestDifference(own, expected)).toBeLessThan(1e-5);
  });
});

describe('the masks that a functional model of Keras 3 writes', () => {
  const fault = (words: string): InputFault =>
    new InputFault('model-unreadable', 'm.keras', words, { file: 'model', path: [] });

  async function configOf(name: string): Promise<string> {
    const file = path.join(golden, 'keras', `${name}.keras`);
    const archive = await openZip(await openFile(file, role), fault);
    return strFromU8(await archive.read('config.json', 2 ** 20));
  }

  const layersOf = (config: string) => readChain(JSON.parse(config) as JsonObject, [], fault).layers;

  it('are those of its layers, and no layers themselves', async () => {
    const layers = layersOf(await configOf('keras3-masks-ids-functional'));
    expect(layers.map(({ className }) => className)).toEqual([
      'InputLayer',
      'Embedding',
      'Bidirectional',
      'Dropout',
      'GRU',
      'Dense',
    ]);
    expect(layers.every(({ sources }) => sources === undefined)).toBe(true);
  });

  it.each([
    ['another value', /("NotEqual".*?}}, )0]/, '$15]', 'not_equal'],
    ['no layer that skips', /"mask_zero": true/, '"mask_zero": false', 'not_equal'],
    ['an input', /("mask": {[^{}]*{[^{}]*"keras_history": \[)"not_equal[^"]*"/, '$1"ids"', 'ids'],
  ])('are refused where they are of %s', async (_, from, to, name) => {
    const config = await configOf('keras3-masks-ids-functional');
    const changed = config.replace(from, to);
    expect(changed).not.toBe(config);
    expect(() => layersOf(changed)).toThrow(
      new RegExp(
        `has a layer 'encoder' with a mask of its own \\('${name}.*only steps that Masking and Embedding`,
      ),
    );
  });
});
