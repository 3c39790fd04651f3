import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluateClippedLinear } from '../../src/core/convert/activations.ts';
import { InputFault } from '../../src/core/findings/types.ts';
import { readModelFile } from '../../src/core/formats/model-file.ts';
import type { ByteSource } from '../../src/core/formats/files.ts';
import { affine, between, fold, type Clip } from '../../src/core/formats/onnx/elementwise.ts';
import { isOnnx } from '../../src/core/formats/onnx/wire.ts';
import { readOnnx } from '../../src/core/formats/onnx/onnx.ts';
import type { DenseLayer, Network } from '../../src/core/network/types.ts';
import {
  analogOutputs,
  expectGoldenNetwork,
  goldenArray,
  largestDifference,
  modelBytes,
} from '../support/models.ts';
import {
  floats,
  node,
  onnxFile,
  raw,
  wholes,
  type AttributeInit,
  type Made,
  type NodeInit,
  type TensorInit,
} from '../support/onnx.ts';
import { bytesSource, faultOf, memoryFolder } from './sources.ts';

const nothing: ReadonlyMap<string, Uint8Array> = new Map();

const readBytes = (bytes: Uint8Array, beside = nothing): Promise<Network> =>
  readOnnx(bytesSource('/model/m.onnx', bytes), memoryFolder(beside));

const external = 'pytorch-external.onnx.data';

async function read(name: string): Promise<Network> {
  const beside = new Map([[external, await modelBytes(`onnx/${external}`)]]);
  return readBytes(await modelBytes(`onnx/${name}`), beside);
}

const kinds = ({ layers }: Network) => layers.map(({ kind }) => kind);

type Outputs = Readonly<Record<string, { readonly shape: readonly number[]; readonly values: number[] }>>;

async function storedOutputs(file: string): Promise<Outputs> {
  return JSON.parse(new TextDecoder().decode(await modelBytes(`onnx/${file}`))) as Outputs;
}

describe('the network of test/golden/models', () => {
  it.each([
    ['pytorch.onnx', 'ONNX opset 20, pytorch 2.15.0', ['lstm', 'head'], [10, 6]],
    ['pytorch-opset11.onnx', 'ONNX opset 11, pytorch 2.15.0', ['lstm', 'head'], [10, 6]],
    ['pytorch-open.onnx', 'ONNX opset 20, pytorch 2.15.0', ['lstm', 'head'], [null, 6]],
    ['pytorch-dynamo.onnx', 'ONNX opset 20, pytorch 2.15.0+cu132', ['lstm', 'head'], [10, 6]],
    ['pytorch-external.onnx', 'ONNX opset 20, pytorch 2.15.0+cu132', ['lstm', 'head'], [10, 6]],
    ['keras.onnx', 'ONNX opset 15, tf2onnx 1.17.0', ['lstm', 'head_1'], [10, 6]],
  ])('%s', async (name, format, names, inputShape) => {
    const network = await read(name);
    expect(network).toMatchObject({ format, inputShape, name: 'model' });
    expect(network.layers.map((layer) => layer.name)).toEqual(names);
    await expectGoldenNetwork(network);
  });
});

describe('other graphs, with what their framework computes', () => {
  it.each([
    ['hidden-state.onnx', ['LSTM', 'LSTM', 'Dense']],
    ['every-step.onnx', ['LSTM', 'Dense']],
    ['flattened.onnx', ['LSTM', 'Flatten', 'Dense']],
    ['steps-first.onnx', ['LSTM', 'Dense']],
    ['hard-functions.onnx', ['LSTM', 'Activation', 'Dense', 'Dense']],
    ['keras-flattened.onnx', ['LSTM', 'LSTM', 'Dense', 'Flatten', 'Dense']],
    ['hard-gates.onnx', ['LSTM']],
    ['default-hard-gates.onnx', ['LSTM']],
    ['batch-first.onnx', ['LSTM']],
    ['halves.onnx', ['Flatten', 'Dense']],
    ['doubles.onnx', ['Flatten', 'Dense']],
  ])('%s', async (name, layers) => {
    const network = await read(name);
    expect(kinds(network)).toEqual(layers);
    const expected = await storedOutputs(name.startsWith('keras') ? 'keras-outputs.json' : 'outputs.json');
    const computed = analogOutputs(network, await goldenArray('x.npy'));
    expect(largestDifference(computed, expected[name]!.values)).toBeLessThan(1e-5);
  });

  it('activations keep the slope and clips of the file', async () => {
    expect((await read('hard-gates.onnx')).layers).toMatchObject([
      { recurrentActivation: 'clip(0.25x + 0.5, 0, 1)', activation: 'tanh' },
    ]);
    expect((await read('hard-gates.onnx')).activations).toEqual({
      'clip(0.25x + 0.5, 0, 1)': { slope: 0.25, offset: 0.5, low: 0, high: 1 },
    });
    const byDefault = await read('default-hard-gates.onnx');
    expect(byDefault.layers).toMatchObject([{ recurrentActivation: 'hard_sigmoid', activation: 'softsign' }]);
    expect(byDefault).not.toHaveProperty('activations');
    expect((await read('hard-functions.onnx')).activations).toEqual({
      'clip(0.25x + 0.5, 0, 1)': { slope: 0.25, offset: 0.5, low: 0, high: 1 },
      'clip(0.16666667x + 0.5, 0, 1)': { slope: 0.16666667, offset: 0.5, low: 0, high: 1 },
      'clip(x, -1, 1)': { slope: 1, offset: 0, low: -1, high: 1 },
    });
  });

  it('softmax and relu go into the layer before', async () => {
    expect((await read('hidden-state.onnx')).layers.at(-1)).toMatchObject({ activation: 'softmax' });
    expect((await read('every-step.onnx')).layers).toMatchObject([
      { returnSequences: true },
      { activation: 'relu' },
    ]);
  });
});

describe('whole numbers', () => {
  const floatInput = { shape: [0, 3] };
  const cast = (from: string, to: string, type: bigint) =>
    node('Cast', [from], [to], { name: 'to', i: type });
  const table = floats('table', [5, 2], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);

  it('of an input of floats are looked up, and nothing else computes with them', async () => {
    const looked = [cast('x', 'ids', 6n), node('Gather', ['table', 'ids'], ['y'])];
    const network = await readBytes(onnxFile({ nodes: looked, tensors: [table], ...floatInput }));
    expect(network).toMatchObject({
      inputShape: [3],
      layers: [{ kind: 'Embedding', vocabulary: 5, dimension: 2 }],
    });
    const rounded = [cast('x', 'whole', 6n), cast('whole', 'back', 1n), node('MatMul', ['back', 'w'], ['y'])];
    const { layers } = await readBytes(
      onnxFile({ nodes: rounded, tensors: [floats('w', [3, 1], [1, 2, 3])], ...floatInput }),
    );
    expect(layers).toMatchObject([
      { kind: 'Unsupported', reason: 'it computes with values rounded to whole numbers' },
    ]);
  });
});

describe('listed as unsupported', () => {
  it.each([
    ['clip.onnx', 'LSTM', "it clips its gates' inputs (clip 3)"],
    ['input-forget.onnx', 'LSTM', 'it has one gate for input and forgetting (input_forget)'],
    ['reverse.onnx', 'LSTM', 'it runs the sequence backwards (direction reverse)'],
    ['peepholes.onnx', 'LSTM', 'its gates see the cell state (peepholes, P)'],
    ['state.onnx', 'LSTM', 'it starts from a state that is not zero (initial_h)'],
    ['scaled-tanh.onnx', 'LSTM', 'its activation ScaledTanh is none that this version knows'],
  ])('%s', async (name, className, reason) => {
    const { layers } = await read(name);
    expect(layers[0]).toMatchObject({ kind: 'Unsupported', className, reason });
  });

  it('what comes after is still read', async () => {
    const nodes = [node('Sin', ['x'], ['s']), node('MatMul', ['s', 'w'], ['y'])];
    expect(kinds(await readBytes(onnxFile({ nodes, tensors: [weight] })))).toEqual(['Unsupported', 'Dense']);
  });
});

describe('refused', () => {
  it.each([
    ['keras-loop.onnx', /has node '.*while_loop' \(Loop\), a part of the graph that runs again and again/],
    ['cell.onnx', /has node '.*' \(Gather\), which takes index 0 of a sequence alone.*nn\.LSTM/],
    ['opset10.onnx', /is of opset 10; export it again with opset 11 or later/],
  ])('%s', async (name, words) => {
    const fault = await faultOf(() => read(name));
    expect(fault.code).toBe('model-unreadable');
    expect(fault.fault).toMatch(words);
  });

  it('a missing and a short file of external data', async () => {
    const bytes = await modelBytes('onnx/pytorch-external.onnx');
    const missing = await faultOf(() => readBytes(bytes));
    expect(missing.message).toBe(`/model/${external}: does not exist`);
    const data = await modelBytes(`onnx/${external}`);
    const fault = await faultOf(() => readBytes(bytes, new Map([[external, data.subarray(0, 100)]])));
    expect(fault.message).toMatch(
      new RegExp(`^/model/${external}: is too short for tensor '.*': .* expected, 100 bytes found$`),
    );
    expect(fault.code).toBe('weights-unreadable');
  });
});

const matMul = node('MatMul', ['x', 'w'], ['y']);
const weight = floats('w', [3, 2], [1, 2, 3, 4, 5, 6]);
/** A graph whose last node makes y of d, two values of a Dense layer. */
const afterDense = (nodes: NodeInit[], tensors: TensorInit[] = []) =>
  readBytes(
    onnxFile({ nodes: [node('MatMul', ['x', 'w'], ['d']), ...nodes], tensors: [weight, ...tensors] }),
  );

describe('operations', () => {
  it('Gemm with its factors', async () => {
    const factors = [
      { name: 'alpha', f: 2 },
      { name: 'beta', f: 0.5 },
    ];
    const nodes = [node('Gemm', ['x', 'w', 'c'], ['y'], ...factors)];
    const [layer] = (await readBytes(onnxFile({ nodes, tensors: [weight, floats('c', [2], [1, 3])] })))
      .layers;
    expect([...(layer as DenseLayer).kernel.values]).toEqual([2, 4, 6, 8, 10, 12]);
    expect([...(layer as DenseLayer).bias.values]).toEqual([0.5, 1.5]);
  });

  it('a bias on either side, and a second one', async () => {
    const { layers } = await afterDense(
      [node('Add', ['b', 'd'], ['e']), node('Add', ['e', 'b'], ['y'])],
      [floats('b', [2], [1, 3])],
    );
    expect(layers).toMatchObject([{ kind: 'Dense', bias: { values: Float32Array.of(2, 6) } }]);
  });

  it.each([
    ['Relu', [], 'relu'],
    ['Sigmoid', [], 'sigmoid'],
    ['Tanh', [], 'tanh'],
    ['Softplus', [], 'softplus'],
    ['Softsign', [], 'softsign'],
    ['Elu', [], 'elu'],
    ['LeakyRelu', [], 'leaky_relu(0.01)'],
    ['Gelu', [], 'gelu'],
    ['HardSwish', [], 'hard_swish'],
    ['HardSigmoid', [], 'hard_sigmoid'],
    ['Softmax', [], 'softmax'],
    ['Clip', ['zero', 'six'], 'relu6'],
    ['Clip', ['zero'], 'relu'],
    ['Clip', ['zero', 'one'], 'clip(x, 0, 1)'],
    ['Identity', [], 'linear'],
  ])('%s %j', async (op, bounds, activation) => {
    const { layers } = await afterDense(
      [node(op, ['d', ...bounds], ['y'])],
      [floats('zero', [], [0]), floats('one', [], [1]), floats('six', [], [6])],
    );
    expect(layers).toMatchObject([{ kind: 'Dense', activation }]);
  });

  it('slopes of their own, and the approximation of gelu', async () => {
    const of = async (op: string, attribute: { name: string; f?: number; s?: Uint8Array }) =>
      (await afterDense([node(op, ['d'], ['y'], attribute)], [])).layers;
    expect(await of('LeakyRelu', { name: 'alpha', f: 0.3 })).toMatchObject([
      { activation: 'leaky_relu(0.3)' },
    ]);
    expect(await of('Elu', { name: 'alpha', f: 0.5 })).toMatchObject([{ activation: 'elu(0.5)' }]);
    const tanh = { name: 'approximate', s: new TextEncoder().encode('tanh') };
    expect(await of('Gelu', tanh)).toMatchObject([{ activation: 'gelu_new' }]);
  });

  it('a row of multiplications, additions and clips is one function', async () => {
    // Keras 3 and PyTorch: relu6(x + 3) / 6.
    const { layers, activations } = await afterDense(
      [
        node('Add', ['d', 'three'], ['a']),
        node('Min', ['a', 'six'], ['b']),
        node('Relu', ['b'], ['c']),
        node('Div', ['c', 'six'], ['y']),
      ],
      [floats('three', [], [3]), floats('six', [], [6])],
    );
    const name = 'clip(0.16666667x + 0.5, 0, 1)';
    expect(layers).toMatchObject([{ kind: 'Dense', activation: name }]);
    expect(activations).toEqual({ [name]: { slope: 0.16666667, offset: 0.5, low: 0, high: 1 } });
  });

  it('factors without a clip go into the weights', async () => {
    const { layers } = await afterDense(
      [node('Mul', ['two', 'd'], ['a']), node('Sub', ['a', 'two'], ['y'])],
      [floats('two', [], [2])],
    );
    expect(layers).toMatchObject([
      { kernel: { values: Float32Array.of(2, 4, 6, 8, 10, 12) }, bias: { values: Float32Array.of(-2, -2) } },
    ]);
  });

  it.each([
    ['Sub', ['two', 'd'], 'subtracted'],
    ['Mul', ['d', 'minus'], 'slope above 0'],
    ['Mul', ['d', 'several'], 'something else than one number'],
    ['Gather', ['table', 'd'], 'looks up what another layer computes'],
    ['Sin', ['d'], 'does not know this operation'],
    // Once broke the search for the layer's name.
    ['(Sin', ['d'], 'does not know this operation'],
  ])('%s of %j is listed as unsupported', async (op, inputs, words) => {
    const { layers } = await afterDense(
      [node(op, inputs, ['y'])],
      [
        floats('two', [], [2]),
        floats('minus', [], [-1]),
        floats('several', [2], [1, 2]),
        floats('table', [2, 2], [1, 2, 3, 4]),
      ],
    );
    expect(layers[1]).toMatchObject({ kind: 'Unsupported', className: op });
    expect(layers[1]).toHaveProperty('reason', expect.stringContaining(words));
  });

  it('squeezed, unsqueezed and reshaped axes keep their meaning', async () => {
    const nodes = [
      node('Unsqueeze', ['x', 'axis'], ['a']),
      node('Transpose', ['a'], ['b'], { name: 'perm', ints: [1n, 0n, 2n] }),
      node('Reshape', ['b', 'shape'], ['c']),
      node('MatMul', ['c', 'w'], ['y']),
    ];
    const tensors = [weight, wholes('axis', 1), wholes('shape', -1, 3)];
    expect(kinds(await readBytes(onnxFile({ nodes, tensors })))).toEqual(['Dense']);
  });

  const lstmTensors = [
    floats('W', [1, 4, 3], new Array<number>(12).fill(1)),
    floats('R', [1, 4, 1], [1, 2, 3, 4]),
    floats('B', [1, 8], [1, 2, 3, 4, 10, 20, 30, 40]),
    wholes('one', 1),
  ];

  it('an LSTM tells which axis of the input is the sequence', async () => {
    const nodes = [node('LSTM', ['x', 'W', 'R', 'B'], ['y'])];
    const stepsFirst = await readBytes(onnxFile({ nodes, tensors: lstmTensors, shape: [7, 0, 3] }));
    expect(stepsFirst).toMatchObject({
      inputShape: [7, 3],
      layers: [
        {
          returnSequences: true,
          // Of ONNX's i, o, f, c.
          recurrentKernel: { shape: [1, 4], values: Float32Array.of(1, 3, 4, 2) },
          bias: { values: Float32Array.of(11, 33, 44, 22) },
        },
      ],
    });
    const alone = [
      node('Unsqueeze', ['x', 'one'], ['sequence']),
      node('LSTM', ['sequence', 'W', 'R', 'B'], ['all', 'last']),
      node('Squeeze', ['last'], ['y']),
    ];
    const unbatched = await readBytes(onnxFile({ nodes: alone, tensors: lstmTensors, shape: [7, 3] }));
    expect(unbatched).toMatchObject({ inputShape: [7, 3], layers: [{ returnSequences: false }] });
  });

  it('two LSTMs that take different axes for the sequence are not read as a chain', async () => {
    const nodes = [
      node('LSTM', ['x', 'W', 'R', 'B'], ['all']),
      node('Squeeze', ['all', 'one'], ['steps']),
      node('Transpose', ['steps'], ['turned'], { name: 'perm', ints: [1n, 0n, 2n] }),
      node('LSTM', ['turned', 'W1', 'R', 'B'], ['y']),
    ];
    const tensors = [...lstmTensors, floats('W1', [1, 4, 1], [1, 2, 3, 4])];
    const { layers } = await readBytes(onnxFile({ nodes, tensors, shape: [7, 0, 3] }));
    expect(layers).toMatchObject([{ kind: 'LSTM' }, { kind: 'Unsupported', className: 'LSTM' }]);
  });

  it('a flattened sequence is one only in the order of its steps', async () => {
    const kernel = floats('w', [6, 1], [1, 2, 3, 4, 5, 6]);
    const rest = [node('Flatten', ['t'], ['f']), node('MatMul', ['f', 'w'], ['y'])];
    const inOrder = onnxFile({
      nodes: [node('Identity', ['x'], ['t']), ...rest],
      tensors: [kernel],
      shape: [0, 2, 3],
    });
    expect(kinds(await readBytes(inOrder))).toEqual(['Flatten', 'Dense']);
    const perm = { name: 'perm', ints: [0n, 2n, 1n] };
    const turned = onnxFile({
      nodes: [node('Transpose', ['x'], ['t'], perm), ...rest],
      tensors: [kernel],
      shape: [0, 2, 3],
    });
    expect(kinds(await readBytes(turned))).toEqual(['Unsupported', 'Dense']);
  });

  it('weights that the exporter left turned, cut and joined', async () => {
    const nodes = [
      node('Slice', ['long', 'one', 'end', 'zero'], ['cut']),
      node('Transpose', ['cut'], ['turned']),
      node('Concat', ['turned', 'turned'], ['w'], { name: 'axis', i: 1n }),
      matMul,
    ];
    const tensors = [
      floats('long', [2, 3], [9, 9, 9, 1, 2, 3]),
      wholes('zero', 0),
      wholes('one', 1),
      wholes('end', Number.MAX_SAFE_INTEGER),
    ];
    const { layers } = await readBytes(onnxFile({ nodes, tensors }));
    expect(layers).toMatchObject([{ kernel: { values: Float32Array.of(1, 1, 2, 2, 3, 3) } }]);
  });

  it('packed floats, doubles and halves are weights', async () => {
    const dims = [3n, 1n];
    const packed = { name: 'w', dataType: 1, dims, floatData: raw([1, 2, 3]) };
    const doubles = new Uint8Array(Float64Array.of(1, 2, 3).buffer);
    const double = { name: 'w', dataType: 11, dims, doubleData: doubles };
    const half = { name: 'w', dataType: 10, dims, int32Data: [0x3c00, 0x4000, 0x4200] };
    const bfloat = { name: 'w', dataType: 16, dims, int32Data: [0x3f80, 0x4000, 0x4040] };
    for (const tensor of [packed, double, half, bfloat]) {
      const { layers } = await readBytes(onnxFile({ nodes: [matMul], tensors: [tensor] }));
      expect(layers).toMatchObject([{ kernel: { values: Float32Array.of(1, 2, 3) } }]);
    }
  });
});

describe('faults', () => {
  const faultIn = (graph: Made, beside = nothing) => faultOf(() => readBytes(onnxFile(graph), beside));
  const ofWeight = async (tensor: TensorInit, beside = nothing) =>
    (await faultIn({ nodes: [matMul], tensors: [{ name: 'w', ...tensor }] }, beside)).fault;

  it.each<[string, TensorInit, string]>([
    [
      'too few values',
      { dataType: 1, dims: [3n, 2n], rawData: raw([1]) },
      "tensor 'w' of 6 values, but data of 1",
    ],
    ['a size beyond every file', { dataType: 1, dims: [2n ** 40n, 2n] }, 'impossible shape'],
    ['a negative size', { dataType: 1, dims: [-3n, 2n] }, 'impossible shape'],
    ['more values than can be counted', { dataType: 1, dims: [2n ** 30n, 2n ** 30n] }, 'impossible shape'],
    ['whole numbers', { dataType: 3, dims: [3n, 2n], rawData: raw([1]) }, 'of type int8'],
    ['an unknown type', { dataType: 99, dims: [3n, 2n], rawData: raw([1]) }, 'of type number 99'],
    ['segments', { dataType: 1, dims: [3n, 2n], segment: {} }, 'several segments'],
    ['a value that is none', floats('w', [3, 1], [0, NaN, 0]), 'has a kernel with the value NaN at [1, 0]'],
    ['another shape', floats('w', [4, 1], [1, 2, 3, 4]), 'has weights for 4 inputs, but receives 3'],
  ])('%s', async (_, tensor, words) => {
    expect(await ofWeight(tensor)).toContain(words);
  });

  it('external data of far more values than the model file has bytes', async () => {
    const [rows, columns] = [4200, 4200];
    const place = { dataLocation: 1, externalData: [{ key: 'location', value: external }] };
    const large = { name: 'w', dataType: 1, dims: [BigInt(rows), BigInt(columns)], ...place };
    const graph = onnxFile({ nodes: [matMul], tensors: [large], shape: [0, rows] });
    const values = new Float32Array(rows * columns);
    values[values.length - 1] = 2;
    const beside = new Map([[external, new Uint8Array(values.buffer)]]);
    const network = await readBytes(graph, beside);
    // A look opens no tensor before it knows the layers.
    const look = await readModelFile(bytesSource('/model/m.onnx', graph), memoryFolder(beside), {
      openHdf5: () => Promise.reject(new Error('no HDF5')),
      choices: null,
      take: (shape) => Promise.resolve({ shape, values: new Float32Array(0) }),
    });
    expect(look.layers).toHaveLength(1);
    const [layer] = network.layers;
    expect(layer).toMatchObject({ kind: 'Dense', kernel: { shape: [rows, columns] } });
    expect(layer?.kind === 'Dense' && layer.kernel.values.at(-1)).toBe(2);
  });

  it('external data: no name, impossible places', async () => {
    const at = (...externalData: { key: string; value: string }[]) =>
      ofWeight(
        { dataType: 1, dims: [3n, 2n], dataLocation: 1, externalData },
        new Map([['w.bin', new Uint8Array(24)]]),
      );
    const location = { key: 'location', value: 'w.bin' };
    expect(await at()).toContain('a file that it does not name');
    expect(await at(location, { key: 'offset', value: '-1' })).toContain('impossible offset');
    expect(await at(location, { key: 'offset', value: '1e3' })).toContain('impossible offset');
    expect(await at(location, { key: 'length', value: '23' })).toContain('which needs 24');
    expect(await at(location, { key: 'offset', value: '1' })).toContain('is too short');
    expect(await at({ key: 'location', value: '../w.bin' })).toContain('does not exist');
  });

  it('inputs and outputs that are none', async () => {
    expect((await faultIn({ nodes: [node('Shape', ['x'], ['y'])] })).fault).toContain(
      "output 'y' that no layer makes from its inputs",
    );
    expect((await faultIn({ nodes: [node('Identity', ['x'], ['y'])] })).fault).toContain(
      'holds a model without layers',
    );
    expect((await faultIn({ nodes: [node('Relu', ['gone'], ['y'])] })).fault).toContain(
      "whose input 'gone' nothing computes",
    );
    expect((await faultIn({ nodes: [matMul], tensors: [weight], shape: [0, 1, 2, 3, 4] })).fault).toContain(
      '5 axes; [batch, steps, features], [batch, features], images of [batch, channels, height, width] or ids of [batch, steps] are needed',
    );
    expect((await faultIn({ nodes: [matMul], tensors: [weight], shape: [0, 1, 0, 3] })).fault).toContain(
      'images whose size is open',
    );
  });

  it.each([
    ['Conv', ['x', 'w'], { name: 'group', i: 2n }, 'one group'],
    ['Conv', ['x', 'w'], { name: 'auto_pad', s: new TextEncoder().encode('SAME_LOWER') }, 'SAME_LOWER'],
    ['Conv', ['x', 'w'], { name: 'strides', ints: [0n, 1n] }, 'whole steps'],
    ['Conv', ['x', 'w'], { name: 'pads', ints: [-1n, 0n, 0n, 0n] }, 'takes a part'],
    ['Conv', ['x', 'wide'], undefined, 'larger than its images'],
    ['Transpose', ['x'], undefined, 'something else with images'],
    ['ReduceMean', ['x'], { name: 'axes', ints: [1n] }, 'something else with images'],
  ] as [string, string[], AttributeInit | undefined, string][])(
    'of images, %s %j is listed as unsupported',
    async (op, inputs, attribute, words) => {
      const tensors = [
        floats('w', [1, 2, 1, 1], [1, 2]),
        floats('wide', [1, 2, 1, 9], Array<number>(18).fill(1)),
      ];
      const nodes = [node(op, [...inputs], ['y'], ...(attribute ? [attribute] : []))];
      const { layers } = await readBytes(onnxFile({ nodes, tensors, shape: [0, 2, 3, 4] }));
      expect(layers.at(-1)).toMatchObject({ kind: 'Unsupported', className: op });
      expect(layers.at(-1)).toHaveProperty('reason', expect.stringContaining(words));
    },
  );

  it('weights of an image with other channels', async () => {
    const tensors = [floats('w', [1, 3, 1, 1], [1, 2, 3])];
    const fault = await faultIn({ nodes: [node('Conv', ['x', 'w'], ['y'])], tensors, shape: [0, 2, 3, 4] });
    expect(fault.code).toBe('weights-unreadable');
    expect(fault.fault).toContain('for 2 channels');
  });

  it('weights that would double until the memory is full', async () => {
    const names = Array.from({ length: 40 }, (_, i) => `w${i}`);
    const nodes = names
      .slice(1)
      .map((name, i) => node('Concat', [names[i]!, names[i]!], [name], { name: 'axis', i: 0n }));
    const last = node('MatMul', ['x', names.at(-1)!], ['y']);
    const fault = await faultIn({ nodes: [...nodes, last], tensors: [floats('w0', [4, 1], [1, 2, 3, 4])] });
    expect(fault.fault).toContain('would not fit into memory');
  });

  it('other files are told apart', async () => {
    expect(await isOnnx(bytesSource('m', await modelBytes('onnx/pytorch.onnx')))).toBe(true);
    for (const name of [
      'pytorch/state.pt',
      'pytorch/state.safetensors',
      'pytorch/legacy.pt',
      'x.npy',
      'train.py',
    ]) {
      expect(await isOnnx(bytesSource('m', await modelBytes(name)))).toBe(false);
    }
    expect(await isOnnx(bytesSource('m', new Uint8Array(0)))).toBe(false);
  });
});

describe('properties', () => {
  const small = ['hard-gates.onnx', 'every-step.onnx', 'keras-flattened.onnx', 'cell.onnx', 'halves.onnx'];

  async function isReadOrRefused(bytes: Uint8Array): Promise<boolean> {
    try {
      const { layers } = await readBytes(bytes);
      for (const layer of layers) {
        if (layer.kind === 'Dense') expect(layer.kernel.values.every(Number.isFinite)).toBe(true);
      }
      return true;
    } catch (error) {
      expect(error).toBeInstanceOf(InputFault);
      expect((error as InputFault).message).not.toContain('\n');
      return false;
    }
  }

  it('a file cut off anywhere is refused', async () => {
    const bytes = await modelBytes('onnx/hard-gates.onnx');
    for (let length = 0; length < bytes.length; length++) {
      // The last field is the opset, so that every part lacks something.
      expect(await isReadOrRefused(bytes.subarray(0, length))).toBe(false);
    }
  });

  it('changed bytes are read or refused, and nothing else is thrown', async () => {
    const files = await Promise.all(small.map((name) => modelBytes(`onnx/${name}`)));
    const change = fc.record({
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      byte: fc.integer({ min: 1, max: 255 }),
    });
    let readable = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...files),
        fc.array(change, { minLength: 1, maxLength: 4 }),
        async (file, changes) => {
          const bytes = file.slice();
          for (const { at, byte } of changes) bytes[Math.floor(at * (bytes.length - 1))]! ^= byte;
          if (await isReadOrRefused(bytes)) readable++;
        },
      ),
      { numRuns: 3000 },
    );
    expect(readable).toBeGreaterThan(100);
  }, 60_000);

  it('any graph of these operations is read or refused', async () => {
    const names = ['x', 'w', 'b', 'i', 's', 'a', 'y', ''];
    const operation = fc.constantFrom(
      ...[
        'LSTM',
        'GRU',
        'RNN',
        'Gemm',
        'MatMul',
        'Add',
        'Mul',
        'Clip',
        'Flatten',
        'Reshape',
        'Squeeze',
        'Unsqueeze',
      ],
      ...['Transpose', 'Gather', 'Slice', 'Concat', 'Split', 'Shape', 'Expand', 'Softmax', 'Relu', 'Cast'],
      ...['ConstantOfShape', 'ReduceProd', 'HardSigmoid', 'Dropout', 'Identity', 'Constant', 'Sin'],
    );
    const attribute = fc.record({
      name: fc.constantFrom(
        ...['axis', 'axes', 'perm', 'alpha', 'layout', 'to', 'split', 'hidden_size', 'value'],
        'linear_before_reset',
      ),
      i: fc.bigInt(-3n, 3n),
      f: fc.float(),
      ints: fc.array(fc.bigInt(-3n, 3n), { maxLength: 3 }),
    });
    const step = fc.record({
      opType: operation,
      input: fc.array(fc.constantFrom(...names), { maxLength: 4 }),
      output: fc.array(fc.constantFrom(...names), { minLength: 1, maxLength: 3 }),
      attribute: fc.array(attribute, { maxLength: 2 }),
    });
    const tensors = [
      floats('w', [3, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9]),
      floats('b', [1, 3], [1, 2, 3]),
      wholes('i', -1),
      wholes('s', -1, 3),
      floats('a', [], [2]),
    ];
    let readable = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 8 }),
        fc.constantFrom([0, 3], [0, 2, 3], [1, 1, 3]),
        async (nodes, shape) => {
          if (
            await isReadOrRefused(onnxFile({ nodes: [...nodes, node('Relu', ['x'], ['y'])], tensors, shape }))
          ) {
            readable++;
          }
        },
      ),
      { numRuns: 3000 },
    );
    expect(readable).toBeGreaterThan(100);
  }, 60_000);

  it('a row of elementwise functions is the function that it is folded to', () => {
    const number = fc.integer({ min: -64, max: 64 }).map((x) => x / 8);
    const step = fc.oneof(
      fc.tuple(fc.constantFrom(0.125, 0.5, 1, 2, 4), number).map(([slope, offset]) => affine(slope, offset)),
      fc.tuple(number, number).map(([a, b]) => between(Math.min(a, b), Math.max(a, b))),
      number.map((low) => between(low, Infinity)),
    );
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 5 }), number, (steps, x) => {
        let folded: Clip | null = steps[0]!;
        for (const next of steps.slice(1)) folded = folded && fold(folded, next);
        fc.pre(folded !== null);
        const expected = steps.reduce((y, clip) => evaluateClippedLinear(clip)(y), x);
        expect(evaluateClippedLinear(folded)(x)).toBeCloseTo(expected, 4);
      }),
      { numRuns: 1000 },
    );
  });

  it('reads no more of a large file than its structure and the weights in use', async () => {
    const large = floats('large', [1000, 1000], new Array<number>(1e6).fill(1));
    const nodes = [node('MatMul', ['x', 'w'], ['d']), node('MatMul', ['d', 'v'], ['y'])];
    const v = floats('v', [2, 50_000], new Array<number>(1e5).fill(1));
    const bytes = onnxFile({ nodes, tensors: [large, weight, v] });
    let read = 0;
    const counted: ByteSource = {
      path: 'm',
      size: bytes.length,
      read: (offset, length) => {
        read += length;
        return Promise.resolve(bytes.slice(offset, offset + length));
      },
    };
    expect(kinds(await readOnnx(counted, memoryFolder(nothing)))).toEqual(['Dense', 'Dense']);
    expect(read).toBeGreaterThan(4e5);
    expect(read).toBeLessThan(7e5);
    // A look at it takes shapes only.
    read = 0;
    const looked = await readOnnx(counted, memoryFolder(nothing), (shape) =>
      Promise.resolve({ shape, values: new Float32Array(0) }),
    );
    expect(looked.layers).toMatchObject([{ kernel: { shape: [3, 2] } }, { kernel: { shape: [2, 50_000] } }]);
    expect(read).toBeLessThan(3e5);
  });
});
