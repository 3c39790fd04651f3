/** Graphs of ONNX made here: against what their nodes compute one by one, and what is refused. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { analogGraphOutputs } from '../support/graph-outputs.ts';
import { randomGraph } from '../support/onnx-graphs.ts';
import { floats, node, onnxFile, wholes, type Made } from '../support/onnx.ts';
import { readOnnx } from '../../src/core/formats/onnx/onnx.ts';
import type { Network } from '../../src/core/network/types.ts';
import { bytesSource, faultOf, memoryFolder } from './sources.ts';

const readBytes = (bytes: Uint8Array): Promise<Network> =>
  readOnnx(bytesSource('/model/m.onnx', bytes), memoryFolder(new Map()));

const graphs = fc.record({
  seed: fc.integer(),
  steps: fc.integer({ min: 1, max: 4 }),
  count: fc.integer({ min: 1, max: 14 }),
  ends: fc.integer({ min: 1, max: 3 }),
  open: fc.boolean(),
});

describe('a graph of nodes', () => {
  it('gives what its nodes compute, at every output', async () => {
    let several = 0;
    await fc.assert(
      fc.asyncProperty(graphs, async (options) => {
        const graph = randomGraph(options);
        const network = await readBytes(graph.bytes);
        const names = [...graph.outputs.keys()];
        expect(network.layers.filter(({ kind }) => kind === 'Unsupported')).toEqual([]);
        if (network.inputs) several++;
        expect(network.outputs?.map(({ name }) => name) ?? names).toEqual(names);
        for (const [name, rows] of graph.outputs) {
          const own = analogGraphOutputs(network, graph.inputs, network.outputs && name);
          rows.forEach((row, n) => {
            expect(own[n]).toHaveLength(row.length);
            row.forEach((value, k) => {
              expect(Math.abs(own[n]![k]! - value)).toBeLessThan(1e-4 * Math.max(1, Math.abs(value)));
            });
          });
        }
      }),
      { numRuns: 300 },
    );
    expect(several).toBeGreaterThan(100);
  }, 60_000);
});

const kinds = ({ layers }: Network) => layers.map(({ kind }) => kind);
const faultIn = (graph: Made) => faultOf(() => readBytes(onnxFile(graph)));
const axis = (i: bigint) => ({ name: 'axis', i });

const sequence = (name: string, features = 3) => ({ name, shape: [0, 5, features] });
const cell = [
  floats('W', [1, 4, 3], new Array<number>(12).fill(0.5)),
  floats('R', [1, 4, 1], [1, 2, 3, 4]),
  floats('W1', [1, 4, 1], [1, 2, 3, 4]),
];

describe('inputs', () => {
  it('are told apart by a layer that reads one of two which are added', async () => {
    const nodes = [node('Add', ['a', 'b'], ['sum']), node('LSTM', ['sum', 'W', 'R'], ['', 'y'])];
    const inputs = [
      { name: 'a', shape: [0, 2, 3] },
      { name: 'b', shape: [7, 0, 0] },
    ];
    const network = await readBytes(onnxFile({ nodes, tensors: cell, inputs }));
    // Steps come first, as an LSTM of ONNX has them; what one leaves open the other says.
    const shape = [7, 3];
    expect(network.inputs).toEqual([
      { name: 'a', shape },
      { name: 'b', shape },
    ]);
    expect(network.layers).toMatchObject([
      { kind: 'InputLayer', name: 'a', input: 0 },
      { kind: 'InputLayer', name: 'b', input: 1 },
      { kind: 'Merge', operation: 'add', inputs: [0, 1], width: 3 },
      { kind: 'LSTM', returnSequences: false },
    ]);
    expect(network.layers[3]).not.toHaveProperty('inputs');
  });

  it('that nothing reads are left out, and so is one that says shapes alone', async () => {
    const nodes = [
      node('Shape', ['like'], ['shape']),
      node('Reshape', ['x', 'shape'], ['same']),
      node('Tanh', ['same'], ['y']),
    ];
    const shape = [2, 5, 3];
    const inputs = [
      { name: 'unused', shape: [3] },
      { name: 'x', shape },
      { name: 'like', shape },
    ];
    const network = await readBytes(onnxFile({ nodes, inputs }));
    expect(network).toMatchObject({ inputShape: [5, 3], layers: [{ kind: 'Activation' }] });
    expect(network).not.toHaveProperty('inputs');
  });

  it('of numbers and of ids', async () => {
    const nodes = [
      node('Gather', ['table', 'ids'], ['vectors']),
      node('Concat', ['vectors', 'x'], ['y'], axis(2n)),
    ];
    const tensors = [floats('table', [4, 2], [1, 2, 3, 4, 5, 6, 7, 8])];
    const inputs = [{ name: 'ids', shape: [0, 5], type: 7 }, sequence('x')];
    const network = await readBytes(onnxFile({ nodes, tensors, inputs }));
    expect(network.inputs).toEqual([
      { name: 'ids', shape: [5] },
      { name: 'x', shape: [5, 3] },
    ]);
    expect(network.layers.at(-1)).toMatchObject({ operation: 'concatenate', axis: 'features', width: 5 });
  });
});

describe('layers', () => {
  it('are listed once, however often they are read', async () => {
    const names = Array.from({ length: 400 }, (_, k) => `v${k}`);
    const nodes = names.map((name, k) => node('Add', new Array<string>(2).fill(names[k - 1] ?? 'x'), [name]));
    const network = await readBytes(onnxFile({ nodes, outputs: [names.at(-1)!] }));
    expect(network.layers).toHaveLength(401);
    expect(network.layers.at(-1)).toMatchObject({ kind: 'Merge', inputs: [399, 399] });
  });

  it('take up what comes after only where nothing else reads them', async () => {
    const tensors = [floats('w', [3, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9]), floats('b', [3], [1, 2, 3])];
    const nodes = [
      node('MatMul', ['x', 'w'], ['d']),
      node('Add', ['d', 'b'], ['e']),
      node('Relu', ['e'], ['y']),
    ];
    const of = async (outputs: string[]) => readBytes(onnxFile({ nodes, tensors, outputs }));
    expect((await of(['y'])).layers).toMatchObject([{ kind: 'Dense', activation: 'relu' }]);
    const both = await of(['y', 'e']);
    expect(both.layers).toMatchObject([
      { kind: 'Dense', activation: 'linear', bias: { values: Float32Array.of(1, 2, 3) } },
      { kind: 'Activation', activation: 'relu' },
    ]);
    expect(both.outputs).toEqual([
      { name: 'y', layer: 1 },
      { name: 'e', layer: 0 },
    ]);
    expect(kinds(await of(['d', 'y']))).toEqual(['Dense', 'Scale', 'Activation']);
  });

  it('of two directions stay neighbours, and several read them', async () => {
    const tensors = [
      floats('W', [2, 4, 3], new Array<number>(24).fill(0.5)),
      floats('R', [2, 4, 1], [1, 2, 3, 4, 5, 6, 7, 8]),
      floats('w', [2, 2], [1, 2, 3, 4]),
      wholes('flat', 0, 0, -1),
    ];
    const nodes = [
      node('LSTM', ['x', 'W', 'R'], ['all'], {
        name: 'direction',
        s: new TextEncoder().encode('bidirectional'),
      }),
      node('Transpose', ['all'], ['t'], { name: 'perm', ints: [0n, 2n, 1n, 3n] }),
      node('Reshape', ['t', 'flat'], ['steps']),
      node('MatMul', ['steps', 'w'], ['d']),
      node('Mul', ['d', 'steps'], ['y']),
    ];
    const { layers } = await readBytes(onnxFile({ nodes, tensors, shape: [5, 0, 3] }));
    expect(layers).toMatchObject([
      { kind: 'InputLayer' },
      { kind: 'LSTM' },
      { kind: 'LSTM', direction: 'backward' },
      { kind: 'Dense' },
      { kind: 'Merge', operation: 'multiply', inputs: [3, 2] },
    ]);
  });

  it('that give every step and the last one are there once', async () => {
    const nodes = [
      node('LSTM', ['x', 'W', 'R'], ['all', 'h']),
      node('Squeeze', ['all', 'one'], ['steps']),
      node('Squeeze', ['h', 'zero'], ['last']),
    ];
    const tensors = [...cell, wholes('one', 1), wholes('zero', 0)];
    const network = await readBytes(
      onnxFile({ nodes, tensors, shape: [5, 0, 3], outputs: ['last', 'steps'] }),
    );
    expect(network.layers).toMatchObject([
      { kind: 'LSTM', returnSequences: true },
      { kind: 'Pooling', of: 'last', global: true },
    ]);
    expect(network.outputs).toEqual([
      { name: 'last', layer: 1 },
      { name: 'steps', layer: 0 },
    ]);
  });
});

describe('listed as unsupported', () => {
  const matrix = [floats('w', [3, 1], [1, 2, 3]), floats('c', [3], [1, 2, 3])];
  const image = (name: string, channels: number, height: number) => ({
    name,
    shape: [0, channels, height, 4],
  });

  it.each<[string, Made, string]>([
    [
      'another number of features',
      { nodes: [node('MatMul', ['x', 'w'], ['d']), node('Mul', ['d', 'x'], ['y'])], tensors: matrix },
      'of the shapes [any, 1] and [any, 3]',
    ],
    [
      'vectors and sequences',
      { nodes: [node('Add', ['x', 'a'], ['y'])], inputs: [{ name: 'x', shape: [0, 3] }, sequence('a')] },
      'no broadcasting',
    ],
    [
      'sequences of two lengths',
      {
        nodes: [node('Concat', ['x', 'a'], ['y'], axis(2n))],
        inputs: [sequence('x'), { name: 'a', shape: [0, 6, 3] }],
      },
      'only those of one shape',
    ],
    [
      'samples one after the other',
      { nodes: [node('Concat', ['x', 'x'], ['y'], axis(0n))] },
      'it joins along axis 0',
    ],
    ['an axis that is none', { nodes: [node('Concat', ['x', 'x'], ['y'], axis(2n))] }, 'its axis is none'],
    [
      'a constant among others',
      { nodes: [node('Sum', ['x', 'x', 'c'], ['y'])], tensors: matrix },
      'it puts constants together',
    ],
    ['three that are added', { nodes: [node('Add', ['x', 'x', 'x'], ['y'])] }, 'it needs two inputs'],
    [
      'rounded values',
      { nodes: [node('Cast', ['x'], ['r'], { name: 'to', i: 6n }), node('Add', ['r', 'r'], ['y'])] },
      'rounded to whole numbers',
    ],
    [
      'images of two sizes',
      { nodes: [node('Add', ['x', 'a'], ['y'])], inputs: [image('x', 2, 3), image('a', 1, 3)] },
      'its images are of the shapes [2, 3, 4] and [1, 3, 4]',
    ],
    [
      'images below one another',
      { nodes: [node('Concat', ['x', 'a'], ['y'], axis(2n))], inputs: [image('x', 2, 3), image('a', 2, 3)] },
      'it joins images along axis 2',
    ],
    [
      'images and sequences',
      { nodes: [node('Add', ['x', 'a'], ['y'])], inputs: [image('x', 2, 3), sequence('a')] },
      'with what is none',
    ],
  ])('%s', async (_, graph, words) => {
    const layer = (await readBytes(onnxFile(graph))).layers.at(-1)!;
    expect(layer).toMatchObject({ kind: 'Unsupported', className: graph.nodes.at(-1)!.opType });
    expect(layer).toHaveProperty('reason', expect.stringContaining(words));
  });
});

describe('refused', () => {
  it.each<[string, Made, string]>([
    [
      'a product of two sequences',
      { nodes: [node('Tanh', ['x'], ['a']), node('MatMul', ['a', 'x'], ['y'])] },
      "has node 'y' (MatMul), which reads what several layers give; only Concat along the features",
    ],
    [
      'a division of two',
      { nodes: [node('Tanh', ['x'], ['a']), node('Div', ['a', 'x'], ['y'])] },
      "has node 'y' (Div), which reads what several layers give",
    ],
    [
      'axes that are put together with one another',
      {
        nodes: [
          node('Transpose', ['x'], ['t'], { name: 'perm', ints: [1n, 0n, 2n] }),
          node('Add', ['x', 't'], ['y']),
        ],
        shape: [0, 0, 3],
      },
      "has an input 'x' whose axes it puts together with one another",
    ],
    [
      'an output that is an input',
      { nodes: [node('Tanh', ['x'], ['y'])], outputs: ['y', 'x'] },
      'holds a model without layers, or one that returns its input',
    ],
    [
      'an output that no layer gives',
      {
        nodes: [node('LSTM', ['x', 'W', 'R'], ['', 'y', 'state'])],
        tensors: cell,
        shape: [5, 0, 3],
        outputs: ['y', 'state'],
      },
      "has an output 'state' that no layer makes from its inputs; export a model that does not return it",
    ],
    [
      'outputs of one name',
      { nodes: [node('Tanh', ['x'], ['y'])], outputs: ['y', 'y'] },
      "two outputs named 'y'",
    ],
    [
      'inputs of one name',
      { nodes: [node('Tanh', ['x'], ['y'])], inputs: [sequence('x'), sequence('x')] },
      "two inputs named 'x'",
    ],
    [
      'ids that are numbers, too',
      {
        nodes: [
          node('Gather', ['table', 'x'], ['v']),
          node('Cast', ['x'], ['f'], { name: 'to', i: 1n }),
          node('MatMul', ['f', 'w'], ['d']),
          node('ReduceMean', ['v', 'one'], ['m'], { name: 'keepdims', i: 0n }),
          node('Concat', ['m', 'd'], ['y'], axis(1n)),
        ],
        tensors: [
          floats('table', [4, 2], [1, 2, 3, 4, 5, 6, 7, 8]),
          floats('w', [5, 1], [1, 2, 3, 4, 5]),
          wholes('one', 1),
        ],
        inputs: [{ name: 'x', shape: [0, 5], type: 7 }],
      },
      'read in two ways',
    ],
    [
      'both directions at every step and at their ends',
      {
        nodes: [
          node('LSTM', ['x', 'W', 'R'], ['all', 'h'], {
            name: 'direction',
            s: new TextEncoder().encode('bidirectional'),
          }),
          node('Tanh', ['all'], ['steps']),
          node('Tanh', ['h'], ['ends']),
        ],
        tensors: [
          floats('W', [2, 4, 3], new Array<number>(24).fill(0.5)),
          floats('R', [2, 4, 1], [1, 2, 3, 4, 5, 6, 7, 8]),
        ],
        shape: [5, 0, 3],
        outputs: ['steps', 'ends'],
      },
      'of which one part of the model reads every step and another the final states',
    ],
    [
      'more layers than are read',
      {
        nodes: Array.from({ length: 1001 }, (_, k) =>
          node('Tanh', [k === 0 ? 'x' : `v${k}`], [k === 1000 ? 'y' : `v${k + 1}`]),
        ),
      },
      'more than 1000 layers',
    ],
    [
      'more references than are read',
      {
        nodes: [
          node('Sum', new Array<string>(5001).fill('x'), ['a']),
          node('Sum', new Array<string>(5001).fill('a'), ['y']),
        ],
      },
      'read more than 10000 others together',
    ],
  ])('%s', async (_, graph, words) => {
    const fault = await faultIn(graph);
    expect(fault.code).toBe('model-unreadable');
    expect(fault.fault).toContain(words);
  });
});
