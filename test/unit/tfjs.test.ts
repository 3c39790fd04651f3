/* eslint-disable @typescript-eslint/no-explicit-any, @typescript-eslint/no-unsafe-assignment, @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-call, @typescript-eslint/no-unsafe-return, @typescript-eslint/no-unsafe-argument -- the tests reach into JSON at every depth to damage it */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { InputFault } from '../../src/core/findings/types.ts';
import { readTfjsLayersModel } from '../../src/core/formats/tfjs/tfjs.ts';
import type { DenseLayer, LstmLayer, Network } from '../../src/core/network/types.ts';
import { faultOf, memoryFolder } from './sources.ts';

/** A model file as plain data, to damage. */
interface Saved {
  json: {
    modelTopology: Json;
    weightsManifest: { paths: string[]; weights: WeightSpec[] }[];
    [key: string]: unknown;
  };
  weights: Uint8Array;
}
type Json = any;
interface WeightSpec {
  name: string;
  shape: number[];
  dtype: string;
  quantization?: unknown;
}

beforeAll(async () => {
  await tf.setBackend('cpu');
});

async function save(model: tf.LayersModel): Promise<Saved> {
  let saved: Saved | undefined;
  await model.save(
    tf.io.withSaveHandler((artifacts) => {
      const { modelTopology, weightSpecs, weightData } = artifacts;
      saved = {
        json: {
          modelTopology: structuredClone(modelTopology),
          format: 'layers-model',
          weightsManifest: [
            { paths: ['weights.bin'], weights: structuredClone(weightSpecs) as WeightSpec[] },
          ],
        },
        weights: new Uint8Array(weightData as ArrayBuffer),
      };
      return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } });
    }),
  );
  return saved!;
}

function read(saved: Saved, files?: ReadonlyMap<string, Uint8Array>): Promise<Network> {
  return readTfjsLayersModel(
    '/model/model.json',
    JSON.stringify(saved.json),
    memoryFolder(files ?? new Map([['weights.bin', saved.weights]])),
  );
}

async function faultIn(saved: Saved, files?: ReadonlyMap<string, Uint8Array>): Promise<InputFault> {
  const fault = await faultOf(() => read(saved, files));
  expect(fault.message).not.toContain('\n');
  return fault;
}

const weightsOf = (model: tf.LayersModel): number[][] =>
  model.getWeights().map((weight) => [...weight.dataSync()]);
const tensorsOf = (network: Network): number[][] =>
  network.layers.flatMap((layer) =>
    layer.kind === 'LSTM'
      ? [layer.kernel, layer.recurrentKernel, layer.bias].map(({ values }) => [...values])
      : layer.kind === 'Dense'
        ? [layer.kernel, layer.bias].map(({ values }) => [...values])
        : [],
  );

function stacked(): tf.Sequential {
  return tf.sequential({
    name: 'stacked',
    layers: [
      tf.layers.lstm({ name: 'first', units: 3, inputShape: [4, 2], returnSequences: true }),
      tf.layers.dropout({ name: 'drop', rate: 0.5 }),
      tf.layers.lstm({
        name: 'second',
        units: 2,
        recurrentActivation: 'sigmoid',
        biasInitializer: 'randomNormal',
      }),
      tf.layers.dense({ name: 'classes', units: 2, activation: 'softmax', biasInitializer: 'randomNormal' }),
    ],
  });
}

function functional(): tf.LayersModel {
  const inputs = tf.input({ shape: [4, 2], name: 'rows' });
  let x = tf.layers
    .lstm({ name: 'lstm', units: 3, returnSequences: true })
    .apply(inputs) as tf.SymbolicTensor;
  x = tf.layers.reLU({ name: 'relu' }).apply(x) as tf.SymbolicTensor;
  x = tf.layers.flatten({ name: 'flat' }).apply(x) as tf.SymbolicTensor;
  x = tf.layers.dense({ name: 'out', units: 2, useBias: false }).apply(x) as tf.SymbolicTensor;
  x = tf.layers.softmax({ name: 'softmax' }).apply(x) as tf.SymbolicTensor;
  return tf.model({ inputs, outputs: x, name: 'functional' });
}

describe('models that tfjs saved', () => {
  it('Sequential, stacked', async () => {
    const model = stacked();
    const network = await read(await save(model));
    expect(network).toMatchObject({
      name: 'stacked',
      format: 'tfjs LayersModel, tfjs-layers 4.22.0',
      inputShape: [4, 2],
    });
    expect(network.layers.map(({ kind, name }) => [kind, name])).toEqual([
      ['LSTM', 'first'],
      ['Dropout', 'drop'],
      ['LSTM', 'second'],
      ['Dense', 'classes'],
    ]);
    expect(tensorsOf(network)).toEqual(weightsOf(model));
    expect(network.layers[0]).toMatchObject({
      units: 3,
      inputSize: 2,
      returnSequences: true,
      activation: 'tanh',
      recurrentActivation: 'hard_sigmoid',
      kernel: { shape: [2, 12] },
      recurrentKernel: { shape: [3, 12] },
      bias: { shape: [12] },
      path: ['modelTopology', 'config', 'layers', 0],
    });
    expect(network.layers[2]).toMatchObject({ returnSequences: false, recurrentActivation: 'sigmoid' });
    expect(network.layers[3]).toMatchObject({ inputSize: 2, activation: 'softmax' });
  });

  it('functional, with layers in any order', async () => {
    const model = functional();
    const saved = await save(model);
    saved.json.modelTopology.config.layers.reverse();
    const network = await read(saved);
    expect(network.layers.map(({ kind, name }) => [kind, name])).toEqual([
      ['InputLayer', 'rows'],
      ['LSTM', 'lstm'],
      ['Activation', 'relu'],
      ['Flatten', 'flat'],
      ['Dense', 'out'],
      ['Activation', 'softmax'],
    ]);
    const dense = network.layers[4] as DenseLayer;
    expect(dense.inputSize).toBe(12);
    expect(dense.bias).toEqual({ shape: [2], values: new Float32Array(2) });
    expect(network.layers[1]?.path).toEqual(['modelTopology', 'config', 'layers', 4]);
    expect([...dense.kernel.values]).toEqual(weightsOf(model).at(-1));
  });

  it('in several shards and groups', async () => {
    const model = stacked();
    const saved = await save(model);
    const specs = saved.json.weightsManifest[0]!.weights;
    const first = (2 * 12 + 3 * 12 + 12) * 4;
    saved.json.weightsManifest = [
      { paths: ['a1', 'a2', 'a3'], weights: specs.slice(0, 3) },
      { paths: ['b1'], weights: specs.slice(3) },
    ];
    const files = new Map([
      ['a1', saved.weights.slice(0, 101)],
      ['a2', saved.weights.slice(101, 202)],
      ['a3', saved.weights.slice(202, first)],
      ['b1', saved.weights.slice(first)],
    ]);
    expect(tensorsOf(await read(saved, files))).toEqual(weightsOf(model));
    files.set('a2', files.get('a2')!.slice(1));
    expect(await faultIn(saved, files)).toMatchObject({
      code: 'weights-unreadable',
      message: '/model/a2: is too short: 101 bytes expected, 100 bytes found',
      place: { file: 'model', path: ['weightsManifest', 0, 'paths', 1] },
    });
  });

  it('quantised as tensorflowjs_converter does, decoded as tfjs decodes', async () => {
    const saved = await save(stacked());
    const bytes: number[] = [];
    const kinds = [
      { dtype: 'uint8', scale: 0.013, min: -1.7 },
      { dtype: 'uint16', scale: 0.00013, min: -4.2 },
      { dtype: 'float16' },
    ];
    const specs = saved.json.weightsManifest[0]!.weights;
    for (const [i, spec] of specs.entries()) {
      const kind = kinds[i % 3]!;
      spec.quantization = kind;
      const count = spec.shape.reduce((product, size) => product * size, 1);
      for (let k = 0; k < count; k++) {
        const stored =
          kind.dtype === 'float16' ? ((k * 2311) % 0x7c00) | ((k & 1) << 15) : (k * 7919) % 65536;
        bytes.push(stored & 0xff, ...(kind.dtype === 'uint8' ? [] : [stored >> 8]));
      }
    }
    saved.weights = Uint8Array.from(bytes);
    const decoded = tf.io.decodeWeights(
      saved.weights.buffer as ArrayBuffer,
      specs as tf.io.WeightsManifestEntry[],
    );
    expect(tensorsOf(await read(saved))).toEqual(specs.map(({ name }) => [...decoded[name]!.dataSync()]));
  });

  it('int32 and quantised int32 become float32', async () => {
    const saved = await save(
      tf.sequential({ layers: [tf.layers.dense({ name: 'd', units: 1, inputShape: [2] })] }),
    );
    saved.json.weightsManifest[0]!.weights = [
      { name: 'd/kernel', shape: [2, 1], dtype: 'int32' },
      { name: 'd/bias', shape: [1], dtype: 'int32', quantization: { dtype: 'uint8', scale: 0.7, min: -3 } },
    ];
    saved.weights = Uint8Array.of(...new Uint8Array(Int32Array.of(-7, 9).buffer), 5);
    expect(tensorsOf(await read(saved))).toEqual([[-7, 9], [1]]);
  });
});

describe('names as other versions write them', () => {
  const rename = async (name: (layer: string, weight: string, index: number) => string) => {
    const model = stacked();
    const saved = await save(model);
    const counts = new Map<string, number>();
    for (const spec of saved.json.weightsManifest[0]!.weights) {
      const [layer, weight] = spec.name.split('/') as [string, string];
      const index = counts.get(layer) ?? 0;
      counts.set(layer, index + 1);
      spec.name = name(layer, weight, index);
    }
    expect(tensorsOf(await read(saved))).toEqual(weightsOf(model));
  };
  it('layer/cell/weight:0', () => rename((layer, weight) => `${layer}/lstm_cell/${weight}:0`));
  it('layer/layer/weight', () => rename((layer, weight) => `${layer}/${layer}/${weight}`));
  it('model/layer/cell/weight', () => rename((layer, weight) => `stacked/${layer}/cell/${weight}`));
  it('layer/index', () => rename((layer, _, index) => `${layer}/${index}`));
});

const golden = path.join(import.meta.dirname, '../golden/tfjs');

async function keras3(name: string): Promise<Saved> {
  const topology: Json = JSON.parse(await readFile(path.join(golden, `keras3-${name}.json`), 'utf8'));
  const specs: WeightSpec[] = [];
  for (const { class_name: kind, config } of topology.model_config.config.layers) {
    const features = 2;
    const weight = (index: number, shape: number[]) =>
      specs.push({ name: `${config.name}/${index}`, shape, dtype: 'float32' });
    if (kind === 'LSTM') [[features, 8], [2, 8], [8]].forEach((shape, i) => weight(i, shape));
    if (kind === 'Dense') [[features, config.units], [config.units]].forEach((shape, i) => weight(i, shape));
  }
  const count = specs.reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1), 0);
  return {
    json: { modelTopology: topology, weightsManifest: [{ paths: ['weights.bin'], weights: specs }] },
    weights: new Uint8Array(4 * count),
  };
}

describe('what Keras 3 writes', () => {
  it('Sequential, with activations as objects', async () => {
    const network = await read(await keras3('sequential'));
    expect(network.format).toMatch(/^tfjs LayersModel, Keras 3\./);
    expect(network.inputShape).toEqual([3, 2]);
    expect(network.layers.map(({ kind }) => kind)).toEqual([
      'InputLayer',
      'LSTM',
      'Dropout',
      'LSTM',
      'Activation',
      'Dense',
      'Activation',
    ]);
    expect(network.layers[3]).toMatchObject({
      activation: 'hard_tanh_half',
      recurrentActivation: 'hard_sigmoid',
      path: ['modelTopology', 'model_config', 'config', 'layers', 3],
    });
    expect(network.activations).toEqual({
      hard_sigmoid: { slope: 1 / 6, offset: 0.5, low: 0, high: 1 },
    });
    expect(network.assumptions).toEqual([
      'hard_sigmoid is clip(x/6 + 0.5, 0, 1), as in Keras 3: Keras 3.15.1 wrote the file.',
    ]);
  });

  it('hard_sigmoid is the older one in files of tfjs, of Keras 2, and of who does not say', async () => {
    for (const [version, words] of [
      ['2.4.0', 'Keras 2.4.0 wrote the file.'],
      ['tfjs-layers 4.22.0', 'tfjs-layers 4.22.0 wrote the file.'],
      [undefined, 'the file does not say what wrote it. In Keras 3 it is clip(x/6 + 0.5, 0, 1).'],
    ] as const) {
      const saved = await keras3('sequential');
      saved.json.modelTopology.keras_version = version;
      const network = await read(saved);
      expect(network.activations).toEqual({ hard_sigmoid: { slope: 0.2, offset: 0.5, low: 0, high: 1 } });
      expect(network.assumptions).toEqual([
        `hard_sigmoid is clip(0.2 x + 0.5, 0, 1), as in tfjs and Keras up to 2: ${words}`,
      ]);
    }
  });

  it('functional', async () => {
    const network = await read(await keras3('chain'));
    expect(network.layers.map(({ name }) => name)).toEqual(['rows', 'lstm', 'out']);
    expect(network.layers[2]).toMatchObject({ activation: 'tanh' });
  });

  it('a branch is two layers that read one', async () => {
    const { layers } = await read(await keras3('branching'));
    const readsRows = layers.filter(({ inputs }, index) => (inputs ?? [index - 1]).includes(0));
    expect(readsRows.map(({ name }) => name)).toEqual(['lstm', 'flat']);
  });

  it.each([
    [{ module: 'builtins', class_name: 'function', config: 'relu', registered_name: 'function' }, 'relu'],
    ['silu', 'swish'],
    ['paper>hard_tanh_half', 'hard_tanh_half'],
    [{ class_name: 'paper>HardTanhHalf', config: {} }, 'HardTanhHalf'],
    // Not Keras' own function of that name.
    ['paper>hard_tanh', 'paper>hard_tanh'],
    [{ class_name: 'paper>HardTanh', config: {} }, 'paper>HardTanh'],
    [{ class_name: 'function', config: 'tanh', registered_name: 'paper>tanh' }, 'paper>tanh'],
    [null, 'linear'],
  ])('activation %j', async (written, name) => {
    const saved = await save(stacked());
    saved.json.modelTopology.config.layers[3].config.activation = written;
    expect((await read(saved)).layers[3]).toMatchObject({ kind: 'Dense', activation: name });
  });
});

describe('layers that cannot be computed', () => {
  const unsupported = async (change: (layers: Json[]) => void, at = 0) => {
    const saved = await save(stacked());
    change(saved.json.modelTopology.config.layers);
    return (await read(saved)).layers[at];
  };

  it.each([
    ['go_backwards', 'backwards'],
    ['stateful', 'batch to batch'],
    ['time_major', 'first axis'],
    ['return_state', 'state'],
  ])('LSTM with %s', async (option, words) => {
    const layer = await unsupported((layers) => (layers[0].config[option] = true));
    expect(layer).toMatchObject({ kind: 'Unsupported', className: 'LSTM', name: 'first' });
    expect(layer).toHaveProperty('reason', expect.stringContaining(words));
  });

  it('unrolled is the same network', async () => {
    expect(await unsupported((layers) => (layers[0].config.unroll = true))).toHaveProperty('kind', 'LSTM');
  });

  it.each(['CuDNNGRU', 'Embedding', 'LayerNormalization', 'constructor', 'MyLayer'])(
    '%s',
    async (className) => {
      const layer = await unsupported((layers) => (layers[0].class_name = className));
      expect(layer).toMatchObject({ kind: 'Unsupported', className });
      expect((layer as { reason: string }).reason).not.toBe('');
    },
  );

  it('Bidirectional of layers that do not go together, or without one', async () => {
    const reasonOf = async (config: object) => {
      const layer = await unsupported((layers) => {
        const { config: inner } = layers[0];
        layers[0].class_name = 'Bidirectional';
        layers[0].config = {
          name: 'first',
          batch_input_shape: inner.batch_input_shape,
          merge_mode: 'concat',
          layer: { class_name: 'LSTM', config: inner },
          ...config,
        };
      });
      return layer?.kind === 'Unsupported' ? layer.reason : layer;
    };
    expect(await reasonOf({ merge_mode: null })).toContain('by none (merge_mode)');
    expect(await reasonOf({ merge_mode: 'sum' })).toContain('by sum (merge_mode)');
    expect(await reasonOf({ layer: { class_name: 'ConvLSTM2D', config: {} } })).toContain('class ConvLSTM2D');
    await expect(reasonOf({ layer: {} })).rejects.toThrow("layer 'first' has no layer in it");
  });

  it('ReLU with a largest value other than 6', async () => {
    const saved = await save(functional());
    const { config } = saved.json.modelTopology.config.layers[2];
    config.max_value = 6;
    expect((await read(saved)).layers[2]).toMatchObject({ kind: 'Activation', activation: 'relu6' });
    config.max_value = 5;
    expect((await read(saved)).layers[2]).toMatchObject({ kind: 'Unsupported', className: 'ReLU' });
  });

  it('a lambda, an activation with options, none at all', async () => {
    for (const activation of [
      { class_name: '__lambda__', config: { value: '4wAAAA' } },
      { class_name: 'PReLU', config: { shared_axes: [1] } },
      undefined,
    ]) {
      const layer = await unsupported((layers) => (layers[0].config.activation = activation));
      expect(layer).toMatchObject({ kind: 'Unsupported', className: 'LSTM' });
    }
  });
});

describe('faults of the model', () => {
  const textFault = async (text: string) => {
    const fault = await faultOf(() => readTfjsLayersModel('m.json', text, memoryFolder(new Map())));
    expect(fault.code).toBe('model-unreadable');
    expect(fault.message).not.toContain('\n');
    return fault.message;
  };

  it.each([
    ['', 'm.json: is not valid JSON: value expected at line 1, column 1'],
    ['{\n  "a": ,\n}', 'm.json: is not valid JSON: value expected at line 2, column 8'],
    ['['.repeat(1_000_000), 'm.json: is JSON nested more than 500 deep'],
    ['[1]', 'm.json: is JSON, but not a model: it holds no object'],
    ['{"name": "package"}', 'm.json: is JSON, but not a model: it has no "modelTopology"'],
    ['{"modelTopology": {}, "weightsManifest": []}', 'm.json: is JSON, but not a model: its "modelTopology"'],
    ['{"format": "graph-model", "modelTopology": {"node": []}}', 'm.json: is a tfjs GraphModel'],
    ['{"modelTopology": {"node": []}, "weightsManifest": []}', '--output_format=tfjs_layers_model'],
    ['{"class_name": "Sequential", "config": {}}', 'm.json: holds only the topology of a model, no weights'],
    [
      '{"modelTopology": {"class_name": "Sequential", "config": {"layers": []}}, "weightsManifest": []}',
      'm.json: holds a model without layers',
    ],
    [
      '{"modelTopology": {"class_name": "Tree", "config": {"layers": []}}, "weightsManifest": []}',
      "m.json: holds a model of 'Tree'",
    ],
  ])('%.60s', async (text, words) => {
    expect(await textFault(text)).toContain(words);
  });

  it('more than 64 MiB', async () => {
    expect(await textFault(' '.repeat(64 * 2 ** 20 + 1))).toContain('more than 64 MiB');
  });

  it('no weightsManifest', async () => {
    const saved = await save(stacked());
    const { modelTopology } = saved.json;
    expect(await textFault(JSON.stringify({ modelTopology }))).toContain('no weights');
  });

  const changed = async (change: (config: Json) => void, make = stacked as () => tf.LayersModel) => {
    const saved = await save(make());
    change(saved.json.modelTopology.config);
    return (await faultIn(saved)).message;
  };

  it.each([0, -3, 2.5, 1e12, '3', null])('%j units', async (units) => {
    expect(await changed(({ layers }) => (layers[0].config.units = units))).toBe(
      `/model/model.json: layer 'first' has ${JSON.stringify(units)} units; a whole number from 1 is needed`,
    );
  });

  it.each([[[null, 0, 2]], [[null, 4, -2]], [[null, 4, 1e12]], [[null, 4.5, 2]], [[null]], ['4']])(
    'an input of shape %j',
    async (shape) => {
      expect(await changed(({ layers }) => (layers[0].config.batch_input_shape = shape))).toContain(
        'has an input of shape',
      );
    },
  );

  it('a name of several lines gives a message of one', async () => {
    const message = await changed(({ layers }) => {
      layers[0].config.name = 'a\nb';
    });
    expect(message).toContain("layer 'a b' has no kernel");
  });

  it('layers that do not follow each other', async () => {
    expect(await changed(({ layers }) => (layers[0].config.return_sequences = false))).toBe(
      "/model/model.json: layer 'second' needs [steps, features], but receives [3]",
    );
    expect(
      await changed(({ layers }) =>
        layers.splice(0, 2, {
          ...layers[0],
          config: { ...layers[0].config, batch_input_shape: [null, 4, 5] },
        }),
      ),
    ).toContain("layer 'first' needs a kernel of shape [5, 12], but 'first/kernel' is [2, 12]");
    expect(await changed(({ layers }) => (layers[1].config.name = 'first'))).toContain(
      "two layers named 'first'",
    );
  });

  it.each([
    [
      'two inputs',
      (config: Json) => config.input_layers.push(['flat', 0, 0]),
      "names as an input 'flat', which is no InputLayer",
    ],
    [
      'a use that nothing reads',
      ({ layers }: Json) => layers[1].inbound_nodes.push(layers[1].inbound_nodes[0]),
      "none of its outputs needs ('lstm')",
    ],
    [
      'a branch that ends in nothing',
      ({ layers }: Json) => (layers[3].inbound_nodes = [[['lstm', 0, 0, {}]]]),
      "none of its outputs needs ('relu')",
    ],
    [
      'a loop',
      ({ layers }: Json) => (layers[1].inbound_nodes = [[['relu', 0, 0, {}]]]),
      'wait for one another',
    ],
    [
      'a missing source',
      ({ layers }: Json) => (layers[3].inbound_nodes = [[['nowhere', 0, 0, {}]]]),
      "has a layer 'flat' that reads 'nowhere', which is no layer of it",
    ],
    [
      'an early output',
      (config: Json) => (config.output_layers = [['flat', 0, 0]]),
      'none of its outputs needs',
    ],
    [
      'a second input',
      ({ layers }: Json) => layers[1].inbound_nodes[0].push(['flat', 0, 0, {}]),
      "layer 'lstm' (LSTM) that reads 'rows', 'flat'",
    ],
    [
      'more references than any model has',
      ({ layers }: Json) => (layers[1].inbound_nodes = [new Array(10_001).fill(['rows', 0, 0, {}])]),
      "read more than 10000 others together, up to 'lstm'",
    ],
    [
      'an input that is none of the inputs',
      ({ layers }: Json) => {
        layers.push({ ...layers[0], name: 'more', config: { ...layers[0].config, name: 'more' } });
        const read = [...layers[5].inbound_nodes[0], ['more', 0, 0, {}]];
        layers[5] = { ...layers[5], class_name: 'Add', inbound_nodes: [read] };
      },
      "has an input layer 'more' that it does not name as one of its inputs",
    ],
    [
      'an initial state',
      ({ layers }: Json) => (layers[1].inbound_nodes[0][0][3] = { initial_state: ['flat', 0, 0] }),
      'no initial state',
    ],
  ])('%s', async (_, change, words) => {
    expect(await changed(change, functional)).toContain(words);
  });
});

describe('faults of the weights', () => {
  const changed = async (
    change: (saved: Saved, specs: WeightSpec[]) => void,
    files?: ReadonlyMap<string, Uint8Array>,
  ) => {
    const saved = await save(stacked());
    change(saved, saved.json.weightsManifest[0]!.weights);
    const fault = await faultIn(saved, files);
    expect(fault.code).toBe('weights-unreadable');
    return fault.message;
  };

  it('a missing shard', async () => {
    expect(await changed(() => undefined, new Map())).toBe('/model/weights.bin: does not exist');
  });

  it('a truncated and an oversized file', async () => {
    const bytes = (2 * 12 + 3 * 12 + 12 + 3 * 8 + 2 * 8 + 8 + 2 * 2 + 2) * 4;
    expect(await changed((saved) => (saved.weights = saved.weights.slice(3)))).toBe(
      `/model/weights.bin: is too short: ${bytes} bytes expected, ${bytes - 3} bytes found`,
    );
    expect(await changed((saved) => (saved.weights = Uint8Array.of(...saved.weights, 1)))).toBe(
      `/model/weights.bin: is too long: ${bytes} bytes expected, ${bytes + 1} bytes found`,
    );
  });

  it.each([[[1e12, 12]], [[1e9, 1e9]], [[-2, 12]], [[2.5, 12]], ['wide'], [[1e308, 1e308]]])(
    'a weight of shape %j',
    async (shape) => {
      expect(await changed((_, specs) => (specs[0]!.shape = shape as number[]))).toContain(
        "has weight 'first/kernel' of the impossible shape",
      );
    },
  );

  it('a weight of another shape than its layer', async () => {
    const message = await changed((_, specs) => (specs[0]!.shape = [12, 2]));
    expect(message).toBe(
      "/model/model.json: layer 'first' needs a kernel of shape [2, 12], but 'first/kernel' is [12, 2]",
    );
  });

  it.each([NaN, Infinity, -Infinity])('%f names layer, weight and index', async (value) => {
    const message = await changed((saved) => {
      new DataView(saved.weights.buffer).setFloat32(4 * 17, value, true);
    });
    expect(message).toBe(`/model/weights.bin: layer 'first' has a kernel with the value ${value} at [1, 5]`);
  });

  it('a missing and an ambiguous weight', async () => {
    expect(await changed((_, specs) => (specs[1]!.name = 'other/recurrent_kernel'))).toContain(
      "layer 'first' has no recurrent_kernel in the weightsManifest",
    );
    expect(
      await changed((_, specs) => {
        specs[0]!.name = 'first/a/kernel';
        specs[7]!.name = 'first/b/kernel';
      }),
    ).toContain("several weights that could be its kernel: 'first/a/kernel', 'first/b/kernel'");
  });

  it('types and quantisation that nobody knows', async () => {
    expect(await changed((_, specs) => (specs[0]!.dtype = 'string'))).toContain('of type "string"');
    for (const quantization of [
      { dtype: 'uint4' },
      { dtype: 'uint8' },
      'uint8',
      { dtype: 'uint8', scale: null, min: 0 },
    ]) {
      expect(await changed((_, specs) => (specs[0]!.quantization = quantization))).toContain(
        'unknown quantisation',
      );
    }
  });

  it.each([
    [{}],
    [[1]],
    [[{ paths: 'a' }]],
    [[{ paths: [1], weights: [] }]],
    [[{ paths: [], weights: [{}] }]],
  ])('the manifest %j', async (manifest) => {
    expect(await changed((saved) => (saved.json.weightsManifest = manifest as Json))).toContain(
      '/model/model.json: ',
    );
  });
});

describe('properties', () => {
  it('damaged files are read or faulted, and nothing else is thrown', async () => {
    const saved = await Promise.all([save(stacked()), save(functional())]);
    const change = fc.record({
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      byte: fc.integer({ min: 1, max: 255 }),
    });
    const damage = (bytes: Uint8Array, changes: readonly { at: number; byte: number }[], keep: number) => {
      const damaged = bytes.slice(0, Math.ceil(bytes.length * keep));
      for (const { at, byte } of changes) {
        const i = Math.floor(at * damaged.length);
        if (i < damaged.length) damaged[i]! ^= byte;
      }
      return damaged;
    };
    const kept = fc.oneof(
      { weight: 4, arbitrary: fc.constant(1) },
      { weight: 1, arbitrary: fc.double({ min: 0, max: 1, noNaN: true }) },
    );
    const changes = fc.array(change, { maxLength: 3 });
    let readable = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...saved),
        changes,
        kept,
        changes,
        kept,
        async (model, inJson, keepJson, inWeights, keepWeights) => {
          const json = damage(new TextEncoder().encode(JSON.stringify(model.json)), inJson, keepJson);
          const weights = damage(model.weights, inWeights, keepWeights);
          try {
            const network = await readTfjsLayersModel(
              'model.json',
              new TextDecoder().decode(json),
              memoryFolder(new Map([['weights.bin', weights]])),
            );
            for (const values of tensorsOf(network)) expect(values.every(Number.isFinite)).toBe(true);
            readable++;
          } catch (error) {
            expect(error).toBeInstanceOf(InputFault);
            expect((error as InputFault).message).not.toContain('\n');
          }
        },
      ),
      { numRuns: 2000 },
    );
    expect(readable).toBeGreaterThan(100);
  });

  it('any replaced value of the topology is read or faulted', async () => {
    const saved = await save(functional());
    const paths: (string | number)[][] = [];
    const visit = (value: Json, at: (string | number)[]): void => {
      if (at.length > 0) paths.push(at);
      if (typeof value === 'object' && value !== null) {
        for (const key of Object.keys(value)) visit(value[key], [...at, key]);
      }
    };
    visit(saved.json, []);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...paths), fc.jsonValue({ maxDepth: 3 }), async (at, value) => {
        const json = structuredClone(saved.json) as Json;
        let parent = json;
        for (const key of at.slice(0, -1)) parent = parent[key];
        parent[at.at(-1)!] = value;
        try {
          await read({ json, weights: saved.weights });
        } catch (error) {
          expect(error).toBeInstanceOf(InputFault);
          expect((error as InputFault).message).not.toContain('\n');
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('reads the LSTM that tfjs computes with', async () => {
    const model = stacked();
    const network = await read(await save(model));
    const [lstm] = network.layers as [LstmLayer];
    const kernel = tf.tensor(lstm.kernel.values, lstm.kernel.shape as [number, number]);
    expect(tf.equal(kernel, model.getWeights()[0]!).all().dataSync()[0]).toBe(1);
  });
});
