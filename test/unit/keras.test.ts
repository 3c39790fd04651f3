/** Keras files that Keras wrote (test/golden/models/save_keras.py), and damaged ones. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { convert } from '../../src/core/convert/convert.ts';
import { declaredActivations } from '../../src/core/convert/activations.ts';
import { InputFault } from '../../src/core/findings/types.ts';
import { readHdf5Model } from '../../src/core/formats/keras/hdf5-model.ts';
import { isKerasArchive, readKerasArchive } from '../../src/core/formats/keras/keras.ts';
import { keepTensor } from '../../src/core/formats/take-tensor.ts';
import { openZip } from '../../src/core/formats/zip.ts';
import type { ClippedLinear, LstmLayer, Network } from '../../src/core/network/types.ts';
import { analogRunner } from '../../src/core/simulate/analog.ts';
import { createTwinKernel } from '../../src/core/simulate/kernel/twin.ts';
import { folderOf, openFile } from '../../src/node/files.ts';
import { openHdf5 } from '../../src/worker/hdf5.ts';
import type { ByteSource } from '../../src/core/formats/files.ts';
import { readFloats } from '../support/files.ts';
import { runChain, trace } from '../support/networks.ts';
import { bytesSource, faultOf, memoryFolder } from './sources.ts';

const golden = path.join(import.meta.dirname, '../golden/models');
const folder = path.join(golden, 'keras');
const file = (name: string): string => path.join(folder, name);
const bytesOf = (name: string): Uint8Array => new Uint8Array(readFileSync(file(name)));
const role = { code: 'model-unreadable', place: { file: 'model', path: [] } } as const;
const unreadable = (where: string) => (words: string) =>
  new InputFault('model-unreadable', where, words, { file: 'model', path: [] });

async function readSource(source: ByteSource): Promise<Network> {
  if (source.path.endsWith('.h5')) return readHdf5Model(source, openHdf5);
  return readKerasArchive(source, await openZip(source, unreadable(source.path)), openHdf5);
}

async function read(name: string): Promise<Network> {
  return readSource(await openFile(file(name), role));
}

const readBytes = (name: string, bytes: Uint8Array): Promise<Network> => readSource(bytesSource(name, bytes));

const options = { timesteps: 8, coding: 'residual', arithmetic: 'float' } as const;

interface Computed {
  readonly version: string;
  readonly outputs: Readonly<Record<string, readonly (readonly number[])[]>>;
}
const computed = new Map(
  ['keras2', 'keras3'].map((keras) => [
    keras,
    JSON.parse(readFileSync(file(`${keras}.json`), 'utf8')) as Computed,
  ]),
);
const samples = readFloats(path.join(golden, 'x.npy'));

/** Largest difference between the analog network here and what Keras computed. */
function difference(network: Network, expected: readonly (readonly number[])[], declared = {}): number {
  const activations = declaredActivations(network.activations, declared);
  const kernel = createTwinKernel();
  const runners = network.layers.map((layer) => analogRunner(layer, kernel, { activations, cellClip: null }));
  const [count, steps, features] = samples.shape as [number, number, number];
  expect(expected).toHaveLength(count);
  const size = steps * features;
  const differences = expected.flatMap((outputs, n) => {
    const { values } = runChain(
      runners,
      trace(samples.values.subarray(n * size, (n + 1) * size), steps),
    ).output;
    expect(values).toHaveLength(outputs.length);
    return outputs.map((output, i) => Math.abs(output - values[i]!));
  });
  return Math.max(...differences);
}

function weights(network: Network): number[][] {
  return network.layers.flatMap((layer) => {
    if (layer.kind === 'LSTM')
      return [layer.kernel, layer.recurrentKernel, layer.bias].map((t) => [...t.values]);
    return layer.kind === 'Dense' ? [layer.kernel, layer.bias].map((t) => [...t.values]) : [];
  });
}

describe('every file of one network', () => {
  const files = ['keras2-network.h5', 'keras2-network.keras', 'keras3-network.h5', 'keras3-network.keras'];

  it.each(files)('%s computes what Keras and PyTorch compute', async (name) => {
    const network = await read(name);
    const keras = computed.get(name.slice(0, 6))!;
    expect(network).toMatchObject({
      name: 'network',
      format: `Keras ${keras.version} (.${name.split('.')[1]!})`,
      inputShape: [10, 6],
    });
    expect(network.layers.filter(({ kind }) => kind !== 'InputLayer')).toMatchObject([
      {
        kind: 'LSTM',
        name: 'lstm',
        units: 16,
        inputSize: 6,
        activation: 'tanh',
        recurrentActivation: 'sigmoid',
      },
      { kind: 'Dense', name: 'head', units: 4, inputSize: 16, activation: 'linear' },
    ]);
    expect(network).not.toHaveProperty('assumptions');
    expect(difference(network, keras.outputs['network']!)).toBeLessThan(1e-5);
    const { values } = readFloats(path.join(golden, 'outputs.npy'));
    const torch = Array.from({ length: 8 }, (_, n) => [...values.subarray(4 * n, 4 * n + 4)]);
    expect(difference(network, torch)).toBeLessThan(1e-5);
  });

  it('holds the same weights to the last bit', async () => {
    const [first, ...others] = (await Promise.all(files.map(read))).map(weights);
    for (const other of others) expect(other).toEqual(first);
  });

  it.each([
    ['keras3-float16.keras', 2 ** -11],
    ['keras3-bfloat16.keras', 2 ** -8],
  ])('%s is as exact as its type', async (name, step) => {
    const [exact, rounded] = (await Promise.all([read('keras3-network.keras'), read(name)])).map(weights);
    for (const [i, values] of exact!.entries()) {
      for (const [k, value] of values.entries()) {
        expect(Math.abs(rounded![i]![k]! - value)).toBeLessThanOrEqual(step * Math.abs(value) + 1e-7);
      }
    }
    expect(rounded).not.toEqual(exact);
  });

  it.each(['keras2-float64.keras', 'keras2-float64.h5'])('%s', async (name) => {
    const network = await read(name);
    expect(weights(network)).toEqual(weights(await read('keras2-network.keras')));
    expect(difference(network, computed.get('keras2')!.outputs['float64']!)).toBeLessThan(1e-5);
  });
});

describe('hard_sigmoid is the function of the version that wrote the file', () => {
  it.each(['h5', 'keras'])('Keras 2, .%s', async (ending) => {
    const network = await read(`keras2-hard.${ending}`);
    expect(difference(network, computed.get('keras2')!.outputs['hard']!)).toBeLessThan(1e-5);
    expect(difference(network, computed.get('keras3')!.outputs['hard']!)).toBeGreaterThan(1e-3);
    expect(network.assumptions).toEqual([
      'hard_sigmoid is clip(0.2 x + 0.5, 0, 1), as in tfjs and Keras up to 2: Keras 2.15.0 wrote the file.',
    ]);
  });

  it.each(['h5', 'keras'])('Keras 3, .%s', async (ending) => {
    const network = await read(`keras3-hard.${ending}`);
    expect(difference(network, computed.get('keras3')!.outputs['hard']!)).toBeLessThan(1e-5);
    expect(network.assumptions).toEqual([
      'hard_sigmoid is clip(x/6 + 0.5, 0, 1), as in Keras 3: Keras 3.15.1 wrote the file.',
    ]);
  });

  it('unless the specification says otherwise', async () => {
    const network = await read('keras3-hard.keras');
    const declared = { hardSigmoid: { slope: 0.2, offset: 0.5, low: 0, high: 1 } };
    expect(difference(network, computed.get('keras2')!.outputs['hard']!, declared)).toBeLessThan(1e-5);
    const assumed = (specification: Readonly<Record<string, ClippedLinear>>): string[] => {
      const activations = declaredActivations(network.activations, specification);
      const { findings } = convert(network, { ...options, activations }, {});
      return findings.filter(({ code }) => code === 'layers-assumed').map(({ message }) => message);
    };
    expect(assumed({})).toEqual(network.assumptions);
    expect(assumed(declared)).toEqual([]);
  });

  it.each(['h5', 'keras'])("Keras 3's hard_tanh and silu, .%s", async (ending) => {
    const network = await read(`keras3-tanh.${ending}`);
    expect(difference(network, computed.get('keras3')!.outputs['tanh']!)).toBeLessThan(1e-5);
    expect(network.assumptions).toEqual([
      'hard_tanh is clip(x, -1, 1), as in Keras 3: Keras 3.15.1 wrote the file.',
    ]);
  });
});

describe('other networks', () => {
  it.each(['keras2-stack.h5', 'keras2-stack.keras', 'keras3-stack.h5', 'keras3-stack.keras'])(
    '%s: layers of one class, in another order than their names',
    async (name) => {
      const network = await read(name);
      expect(network.layers.map((layer) => [layer.kind, layer.name])).toEqual([
        ['InputLayer', 'in'],
        ['LSTM', 'z'],
        ['Dropout', 'drop'],
        ['LSTM', 'y'],
        ['Flatten', 'flat'],
        ['Dense', 'b'],
        ['Activation', 'relu'],
        ['Dense', 'a'],
      ]);
      expect(difference(network, computed.get(name.slice(0, 6))!.outputs['stack']!)).toBeLessThan(1e-5);
    },
  );

  it.each(['keras2-own.h5', 'keras2-own.keras', 'keras3-own.h5', 'keras3-own.keras'])(
    "%s: an activation of the user's own",
    async (name) => {
      const network = await read(name);
      const lstm = network.layers.find(({ kind }) => kind === 'LSTM') as LstmLayer;
      expect(lstm.activation).toBe('hard_tanh_half');
      const declared = { hard_tanh_half: { slope: 0.5, offset: 0, low: -1, high: 1 } };
      const expected = computed.get(name.slice(0, 6))!.outputs['own']!;
      expect(difference(network, expected, declared)).toBeLessThan(1e-5);
    },
  );

  it('a GRU becomes spiking', async () => {
    for (const name of ['keras2-gru.h5', 'keras3-gru.h5']) {
      const { layers } = convert(await read(name), options, {});
      expect(layers.find(({ layer }) => layer.name === 'gru')).toMatchObject({
        runsAs: 'spiking',
        populations: [{ name: 'z' }, { name: 'r' }, { name: 'u' }, { name: 'c' }],
      });
    }
  });
});

describe('weights alone', () => {
  it.each(['keras2-only.h5', 'keras2-only.weights.h5', 'keras3-only.weights.h5'])(
    '%s: with the architecture beside it',
    async (name) => {
      const where = file(name);
      const source = await openFile(where, role);
      const network = await readHdf5Model(source, openHdf5, keepTensor, folderOf(where));
      const keras = name.slice(0, 6);
      expect(network.format).toBe(
        keras === 'keras2'
          ? 'Keras 2.15.0 (weights .h5 and keras2-only.json)'
          : 'Keras 3 (weights .h5 and keras3-only.json)',
      );
      expect(difference(network, computed.get(keras)!.outputs['hard']!)).toBeLessThan(1e-5);
      expect(weights(network)).toEqual(weights(await read('keras3-network.keras')));
    },
  );

  it('an architecture of another model', async () => {
    const json = readFileSync(file('keras3-only.json'), 'utf8').replace('"units": 16', '"units": 8');
    const folder = memoryFolder(new Map([['m.json', Buffer.from(json)]]));
    const source = bytesSource('m.weights.h5', bytesOf('keras3-only.weights.h5'));
    const fault = await faultOf(() => readHdf5Model(source, openHdf5, keepTensor, folder));
    expect(fault.message).toBe(
      "m.weights.h5: layer 'lstm' needs a kernel of shape [6, 32], but '/layers/lstm/cell/vars/0' is [6, 64]",
    );
  });

  it.each(['', '{', '[]', '{"class_name": "Tree"}'])('an architecture that is none: %s', async (json) => {
    const folder = memoryFolder(new Map([['m.json', Buffer.from(json)]]));
    const source = bytesSource('m.h5', bytesOf('keras2-only.h5'));
    const fault = await faultOf(() => readHdf5Model(source, openHdf5, keepTensor, folder));
    expect(fault).toMatchObject({ code: 'model-unreadable', file: '/model/m.json' });
  });
});

describe('graphs', () => {
  it.each(['keras2-branching.keras', 'keras3-branching.keras'])('%s', async (name) => {
    const { layers } = await read(name);
    expect(layers.find(({ kind }) => kind === 'Merge')!.inputs!.map((index) => layers[index]!.name)).toEqual([
      'one',
      'other',
    ]);
  });
});

describe('what is refused', () => {
  const message = async (call: () => unknown): Promise<string> => (await faultOf(call)).fault;

  it.each(['keras2-only.h5', 'keras2-only.weights.h5', 'keras3-only.weights.h5'])(
    '%s: weights alone, with what to do',
    async (name) => {
      const fault = await faultOf(() => read(name));
      expect(fault.code).toBe('model-unreadable');
      expect(fault.fault).toMatch(
        /^holds only the weights of a Keras model \(layers .*'lstm'.*\), not its architecture; write model\.to_json\(\) into 'keras\d-only\.json' beside it, .*model\.save\('model\.keras'\)$/,
      );
    },
  );

  it('weights of another type', async () => {
    const network = await read('keras3-int8.keras');
    expect(network.layers.at(-1)).toMatchObject({
      kind: 'Unsupported',
      reason: 'its weights are quantised by Keras; save the model before quantising',
    });
  });

  it('a .keras without weights, without a configuration, with another one', async () => {
    const archive = bytesOf('keras3-network.keras');
    const renamed = (from: string, to: string) =>
      Buffer.from(Buffer.from(archive).toString('latin1').replaceAll(from, to), 'latin1');
    expect(await message(() => readBytes('m.keras', renamed('model.weights.h5', 'other.weights.h5')))).toBe(
      "is a Keras model without 'model.weights.h5'; save it with model.save(), which writes it",
    );
    expect(await message(() => readBytes('m.keras', renamed('config.json', 'konfig.json')))).toContain(
      "'config.json'",
    );
    expect(
      await message(() => readBytes('m.keras', renamed('{"module": "keras"', '{"module": ,keras"'))),
    ).toContain("holds a 'config.json' that is not valid JSON");
    expect(await message(() => readBytes('m.keras', renamed('"Sequential"', '"Subclassed"')))).toContain(
      "holds a model of 'Subclassed'",
    );
  });

  it('tells .keras files from other archives', async () => {
    for (const name of readdirSync(folder).filter((name) => name.endsWith('.keras'))) {
      const archive = await openZip(bytesSource(name, bytesOf(name)), unreadable(name));
      expect(isKerasArchive(archive)).toBe(true);
    }
  });
});

describe('damage', () => {
  /** Read or refused; what is read is finite. */
  async function survives(name: string, bytes: Uint8Array): Promise<boolean> {
    try {
      const network = await readBytes(name, bytes);
      for (const values of weights(network)) expect(values.every(Number.isFinite)).toBe(true);
      return true;
    } catch (error) {
      if (!(error instanceof InputFault)) throw error;
      expect(['model-unreadable', 'weights-unreadable']).toContain(error.code);
      expect(error.message).not.toContain('\n');
      return false;
    }
  }

  it.each(['keras2-own.h5', 'keras3-own.keras'])('%s, cut off anywhere, is refused', async (name) => {
    const bytes = bytesOf(name);
    for (let length = 0; length < bytes.length; length += length < 2048 ? 1 : 61) {
      expect(await survives(name, bytes.slice(0, length))).toBe(false);
    }
  });

  it.each([
    ['unwritten', /^says that '.*kernel' takes 512\.0 MiB, which a file of [\d,]+ bytes cannot hold/],
    ['chunk', /^says that '.*kernel' takes 512\.0 MiB, which a file of [\d,]+ bytes cannot hold/],
    ['bomb', /^is a damaged HDF5 file: '.*kernel' cannot be read/],
    ['storage', /^is a damaged HDF5 file: '.*kernel' cannot be read/],
    ['link', /^layer 'big' has no kernel in its weights/],
    ['loop', /^layer 'big' has no kernel in its weights/],
  ])('hostile-%s.h5', async (name, words) => {
    expect((await faultOf(() => read(`hostile-${name}.h5`))).fault).toMatch(words);
  });

  it('a heap of texts that leads nowhere', async () => {
    for (const [idx, size] of [
      [0, 0n],
      [1, 0xfffffff0n],
      [1, 2n ** 63n],
    ] as const) {
      const bytes = bytesOf('keras2-own.h5');
      const view = new DataView(bytes.buffer);
      const heap = Buffer.from(bytes).indexOf('GCOL');
      bytes[heap + 5] = 44; // reserved, and not looked at
      view.setUint16(heap + 16, idx, true);
      view.setBigUint64(heap + 24, size, true);
      const fault = await faultOf(() => readBytes('m.h5', bytes));
      expect(fault.fault).toMatch(/^is a damaged HDF5 file: attribute/);
    }
  });

  it('any bytes changed are read or refused', async () => {
    const names = [
      'keras2-own.h5',
      'keras3-own.h5',
      'keras2-own.keras',
      'keras3-own.keras',
      'keras3-bfloat16.keras',
    ];
    const all = new Map(names.map((name) => [name, bytesOf(name)]));
    const change = fc.record({ at: fc.nat({ max: 2 ** 30 }), byte: fc.integer({ min: 1, max: 255 }) });
    let readable = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...names),
        fc.array(change, { minLength: 1, maxLength: 4 }),
        async (name, changes) => {
          const bytes = all.get(name)!.slice();
          for (const { at, byte } of changes) bytes[at % bytes.length]! ^= byte;
          if (await survives(name, bytes)) readable++;
        },
      ),
      { numRuns: 1000 },
    );
    expect(readable).toBeGreaterThan(100);
    // Nothing that went wrong in the library stays behind in it.
    for (const name of names) expect(await survives(name, all.get(name)!)).toBe(true);
  });
});
