/** Networks that are graphs: against tfjs, against Keras, and as the time-steps grow. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { checkShape, type DataArray } from '../../src/core/check/inputs.ts';
import { outputSize } from '../../src/core/check/sizes.ts';
import { convert } from '../../src/core/convert/convert.ts';
import { sideBySideInputs } from '../../src/core/formats/data/several-inputs.ts';
import { readModelFile } from '../../src/core/formats/model-file.ts';
import { readTfjsLayersModel } from '../../src/core/formats/tfjs/tfjs.ts';
import { isChain, withOutput } from '../../src/core/network/graph.ts';
import { shapesOf, stepsOfLayers } from '../../src/core/network/sample-shapes.ts';
import { mergeOperations, type Layer, type MergeLayer, type Network } from '../../src/core/network/types.ts';
import { analogRunner } from '../../src/core/simulate/analog.ts';
import { runChain } from '../../src/core/simulate/chain.ts';
import { merged } from '../../src/core/simulate/merge.ts';
import { sampleReader } from '../../src/core/simulate/samples.ts';
import { hybridRunner } from '../../src/core/simulate/spiking.ts';
import type { Trace } from '../../src/core/simulate/types.ts';
import { folderOf, openFile } from '../../src/node/files.ts';
import { openHdf5 } from '../../src/worker/hdf5.ts';
import { createAnalogNetwork } from '../../src/worker/tfjs/network.ts';
import { wasmKernel } from '../support/kernels.ts';
import { chain, dense, hardActivations, lstm, randomSource, trace } from '../support/networks.ts';
import { masking } from '../support/recurrent.ts';
import { startTfjsFromNodeModules } from '../support/tfjs.ts';
import { memoryFolder } from './sources.ts';

beforeAll(startTfjsFromNodeModules);

const kernel = await wasmKernel();
const options = { activations: hardActivations, cellClip: null };

function analogOutputs(network: Network, sample: Trace): Float32Array {
  const links = network.layers.map((layer) => ({ layer, run: analogRunner(layer, kernel, options) }));
  return runChain(links, sample).at(-1)!.output.values;
}

function merge(operation: MergeLayer['operation'], inputs: readonly number[], width: number): MergeLayer {
  const axis = 'features';
  return { kind: 'Merge', name: '', path: [], operation, axis, places: 1, width, inputs };
}

/** Random layers over two sequences of the same length, each of layers before it, and a vector at the end. */
function randomGraph(seed: number, steps: number, count: number, skips: Skips = 'none'): Network {
  const random = randomSource(seed);
  const below = (n: number): number => Math.floor(((random() + 1) / 2) * n);
  const inputs = [
    { name: 'a', shape: [steps, 3] },
    { name: 'b', shape: [steps, 2] },
  ];
  const layers: Layer[] = inputs.map(({ name }, input) => ({ kind: 'InputLayer', name, path: [], input }));
  const widths = [3, 2];
  if (skips !== 'none') {
    for (const input of [0, 1])
      layers.push({ ...masking(skippedValue), name: `skip ${input}`, inputs: [input] });
    widths.push(3, 2);
  }
  for (let k = 0; k < count; k++) {
    const source = below(layers.length);
    const same = widths.flatMap((width, index) => (width === widths[source] ? [index] : []));
    const others = [source, same[below(same.length)]!];
    const operation = mergeOperations[below(mergeOperations.length)]!;
    const made: Layer[] = [
      { ...dense(random, widths[source]!, 3, 'hard_tanh_half'), inputs: [source] },
      { ...lstm(random, widths[source]!, 2, { returnSequences: true }), inputs: [source] },
      {
        ...merge(operation, operation === 'concatenate' ? [source, below(layers.length)] : others, 0),
        ...(skips === 'together' && { skipsTogether: true }),
      },
    ];
    const layer = made[below(made.length)]!;
    const isJoined = layer.kind === 'Merge' && layer.operation === 'concatenate';
    const read = layer.inputs!.map((index) => widths[index]!);
    widths.push(
      layer.kind === 'Dense' ? 3 : layer.kind === 'LSTM' ? 2 : isJoined ? read[0]! + read[1]! : read[0]!,
    );
    layers.push({ ...layer, name: `layer ${k}` });
  }
  const last = layers.length - 1;
  layers.push({ ...lstm(random, widths[last]!, 4), name: 'end' });
  return { ...chain([steps, 3], ...layers), inputs };
}

/** Which steps are skipped behind layers that put several together: what one of them skips, or what all do. */
type Skips = 'none' | 'either' | 'together';
const skippedValue = 0.25;

/** Both inputs within [-1, 1], side by side in one sample. */
function samplesOf(network: Network, seed: number, samples: number, skips: Skips = 'none') {
  const random = randomSource(seed);
  const arrays = network.inputs!.map(({ shape }): DataArray & { values: Float32Array } => {
    const size = shape.reduce<number>((product, length) => product * length!, 1);
    const values = Float32Array.from({ length: samples * size }, () => random());
    const features = shape.at(-1)!;
    for (let row = 0; skips !== 'none' && row < values.length; row += features) {
      if (random() < 0) values.fill(skippedValue, row, row + features);
    }
    return { shape: [samples, ...shape.map((length) => length!)], values };
  });
  const data = sideBySideInputs(network.inputs!, arrays, (words) => new Error(words) as never);
  const shape = checkShape(data, network, 'x.npz');
  return { shape, read: sampleReader(data.values, shape, { mean: 0, scale: 1 }) };
}

const graphs = fc.record({
  seed: fc.integer(),
  steps: fc.integer({ min: 1, max: 5 }),
  count: fc.integer({ min: 1, max: 9 }),
  skips: fc.constantFrom<Skips>('none', 'either', 'together'),
});

describe('a graph of layers', () => {
  it('gives what tfjs gives', async () => {
    await fc.assert(
      fc.asyncProperty(graphs, async ({ seed, steps, count, skips }) => {
        const network = randomGraph(seed, steps, count, skips);
        const { shape, read } = samplesOf(network, seed, 2, skips);
        const analog = createAnalogNetwork(network, options);
        const expected = await analog.predict(2, read, () => undefined);
        analog.dispose();
        const own = [0, 1].flatMap((n) => [...analogOutputs(network, read(n))]);
        expect(outputSize(network, shape)).toBe(4);
        expect(own).toHaveLength(expected.length);
        own.forEach((value, k) => {
          expect(Math.abs(value - expected[k]!)).toBeLessThan(1e-5);
        });
      }),
      {
        numRuns: 60,
        // A layer that adds a tensor to itself, which others read after it.
        examples: [[{ seed: 408715206, steps: 1, count: 5, skips: 'none' }]],
      },
    );
  });

  it('converges to it as the time-steps grow', () => {
    fc.assert(
      fc.property(graphs, ({ seed, steps, count }) => {
        const network = randomGraph(seed, steps, count);
        const { read } = samplesOf(network, seed, 1);
        const { layers } = convert(network, { activations: hardActivations, ...spiking, timesteps: 1 }, {});
        const exact = analogOutputs(network, read(0));
        const error = (timesteps: number): number => {
          const run = { ...options, ...spiking, timesteps, weightBits: 8 };
          const links = layers.map((layer) => ({
            layer: layer.layer,
            run: hybridRunner(layer, kernel, run),
          }));
          const values = runChain(links, read(0)).at(-1)!.output.values;
          return Math.max(...values.map((value, k) => Math.abs(value - exact[k]!)));
        };
        expect(error(4096)).toBeLessThan(0.02);
      }),
      { numRuns: 20 },
    );
  });

  it('has the shapes and steps that its traces have', () => {
    fc.assert(
      fc.property(graphs, ({ seed, steps, count }) => {
        const network = randomGraph(seed, steps, count);
        const { read } = samplesOf(network, seed, 1);
        const links = network.layers.map((layer) => ({ layer, run: analogRunner(layer, kernel, options) }));
        const runs = runChain(links, read(0));
        const shapes = shapesOf(network);
        const run = stepsOfLayers(network.layers, [steps, steps]);
        runs.forEach(({ output }, index) => {
          const { steps: rows, features, sequence } = output;
          expect(shapes[index]!.output).toEqual(sequence ? [rows, features] : [features]);
          expect(run[index]).toBe(steps);
        });
      }),
      { numRuns: 30 },
    );
  });
});

const spiking = { coding: 'residual', arithmetic: 'float' } as const;

describe('merging', () => {
  it('joins sequences one after the other, and channels at each pixel', () => {
    const [a, b] = [trace([1, 2, 3, 4], 2), trace([5, 6], 1)];
    const steps = merged({ ...merge('concatenate', [0, 1], 2), axis: 'steps' }, [a, b]);
    expect(steps).toMatchObject({ steps: 3, features: 2, values: Float32Array.of(1, 2, 3, 4, 5, 6) });
    const pixels = merged({ ...merge('concatenate', [0, 1], 6), places: 2 }, [
      trace([1, 2, 3, 4]),
      trace([5, 6]),
    ]);
    expect([...pixels.values]).toEqual([1, 2, 5, 3, 4, 6]);
  });

  it('skips a sequence step that one of its inputs skips', () => {
    const masked = { ...trace([1, 2], 2), mask: Uint8Array.of(1, 0) };
    expect(merged(merge('add', [0, 1], 1), [trace([3, 4], 2), masked])).toMatchObject({
      values: Float32Array.of(4, 6),
      mask: Uint8Array.of(1, 0),
    });
  });
});

describe('files', () => {
  const golden = path.join(import.meta.dirname, '../golden/models');
  interface Computed {
    readonly inputs: Readonly<Record<string, readonly (readonly (readonly number[])[])[]>>;
    readonly outputs: Readonly<Record<string, readonly (readonly number[])[]>>;
  }
  const computed = JSON.parse(readFileSync(path.join(golden, 'keras3-graph.json'), 'utf8')) as Computed;
  const role = { code: 'model-unreadable', place: { file: 'model', path: [] } } as const;

  it.each(['keras3-graph.keras', 'keras3-graph.h5'])(
    '%s gives what Keras computed, for each output',
    async (name) => {
      const file = path.join(golden, 'keras', name);
      const network = await readModelFile(await openFile(file, role), folderOf(file), {
        openHdf5,
        choices: null,
      });
      expect(network.inputs!.map((input) => input.name)).toEqual(['words', 'rows']);
      expect(network.outputs!.map((output) => output.name)).toEqual(['size', 'kind']);
      const arrays = network.inputs!.map((input) => {
        const values = computed.inputs[input.name]!;
        return { shape: [4, 5, values[0]![0]!.length], values: Float32Array.from(values.flat(2)) };
      });
      const data = sideBySideInputs(network.inputs!, arrays, (words) => new Error(words) as never);
      const read = sampleReader(data.values, checkShape(data, network, 'x.npz'), { mean: 0, scale: 1 });
      for (const [output, rows] of Object.entries(computed.outputs)) {
        rows.forEach((row, n) => {
          const own = analogOutputs(withOutput(network, output)!, read(n));
          row.forEach((value, k) => {
            expect(Math.abs(own[k]! - value)).toBeLessThan(1e-5);
          });
        });
      }
      expect(withOutput(network, 'nothing')).toBeNull();
    },
  );

  it('a functional model that is a chain is the chain that it is as a Sequential', async () => {
    const made = [tf.layers.lstm({ units: 2, name: 'lstm' }), tf.layers.dense({ units: 3, name: 'dense' })];
    const start = tf.input({ shape: [4, 2], name: 'start' });
    const network = await saved(
      tf.model({ inputs: start, outputs: made[1]!.apply(made[0]!.apply(start)) as tf.SymbolicTensor }),
    );
    expect(isChain(network.layers)).toBe(true);
    expect(network.layers.every((layer) => layer.inputs === undefined)).toBe(true);
    expect(network.inputs).toBeUndefined();
    expect(network.outputs).toBeUndefined();
  });

  it('a layer that is used twice has one copy of its weights', async () => {
    const [a, b] = [tf.input({ shape: [2], name: 'a' }), tf.input({ shape: [2], name: 'b' })];
    const shared = tf.layers.dense({ units: 2, name: 'shared' });
    const both = [shared.apply(a), shared.apply(b)] as tf.SymbolicTensor[];
    const network = await saved(
      tf.model({ inputs: [a, b], outputs: tf.layers.add({ name: 'sum' }).apply(both) as tf.SymbolicTensor }),
    );
    const [first, second] = network.layers.filter(({ kind }) => kind === 'Dense');
    expect([first!.name, second!.name]).toEqual(['shared', 'shared (2)']);
    expect(first!.kind === 'Dense' && second!.kind === 'Dense' && first.kernel === second.kernel).toBe(true);
  });

  async function saved(model: tf.LayersModel): Promise<Network> {
    let network: Promise<Network> | undefined;
    await model.save(
      tf.io.withSaveHandler(({ modelTopology, weightSpecs, weightData }) => {
        const json = { modelTopology, weightsManifest: [{ paths: ['w'], weights: weightSpecs }] };
        const files = new Map([['w', new Uint8Array(weightData as ArrayBuffer)]]);
        network = readTfjsLayersModel('/model.json', JSON.stringify(json), memoryFolder(files));
        return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } });
      }),
    );
    return network!;
  }
});

describe('samples of several inputs', () => {
  const network = randomGraph(1, 3, 2);
  const array = (...shape: number[]) => ({
    shape,
    values: new Float32Array(shape.reduce((product, size) => product * size, 1)),
  });
  const fault = (words: string) => new Error(words) as never;
  const together = (...arrays: ReturnType<typeof array>[]) =>
    sideBySideInputs(network.inputs!, arrays, fault);

  it('are refused where their numbers or shapes differ from what the model takes', () => {
    expect(() => together(array(4, 3, 3), array(5, 3, 2))).toThrow('4 samples of input "a", but 5 of "b"');
    const wide = together(array(4, 3, 3), array(4, 3, 7));
    expect(() => checkShape(wide, network, 'x.npz')).toThrow('shape [4, 3, 7] of input "b" does not fit');
  });

  it('are refused where so much is joined that no memory holds it', () => {
    const data = together(array(4, 3, 3), array(4, 3, 2));
    const joinedAgain = (times: number): Network => {
      const layers = network.layers.slice(0, 2);
      for (let k = 0; k < times; k++) {
        const inputs = [layers.length - 1, layers.length - 1];
        layers.push({ ...merge('concatenate', inputs, 2 ** (k + 2)), name: `joined ${k}` });
      }
      return { ...network, layers };
    };
    // 3 steps of 2 values, doubled 22 times: 5e7 values with those before; once more is too much.
    expect(checkShape(data, joinedAgain(22), 'x.npz').samples).toBe(4);
    expect(() => checkShape(data, joinedAgain(60), 'x.npz')).toThrow(
      'the layers up to "joined 22" give more than 67108864 values for one sample',
    );
  });

  it('are refused where layers that are put together get sequences of two lengths', () => {
    const open = {
      ...network,
      inputs: network.inputs!.map(({ name, shape }) => ({ name, shape: [null, shape[1]!] })),
    };
    const layers: Layer[] = [
      ...open.layers.slice(0, 2),
      { ...merge('concatenate', [0, 1], 5), name: 'joined' },
      lstm(randomSource(2), 5, 2),
    ];
    const uneven = sideBySideInputs(open.inputs, [array(4, 3, 3), array(4, 2, 2)], fault);
    expect(() => checkShape(uneven, { ...open, layers }, 'x.npz')).toThrow(
      'inputs of layer "joined" are of different sizes',
    );
  });
});
