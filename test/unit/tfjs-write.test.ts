/** Networks of every kind as tfjs models: read back by our reader, and loaded by tfjs itself. */
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { readTfjsLayersModel } from '../../src/core/formats/tfjs/tfjs.ts';
import { whyNotWritable, writeTfjsLayersModel, writtenOutput } from '../../src/core/formats/tfjs/write.ts';
import { foldNetwork } from '../../src/core/network/fold.ts';
import { readsOf, withOutput } from '../../src/core/network/graph.ts';
import { isRecurrent } from '../../src/core/network/shapes.ts';
import type { Layer, Network } from '../../src/core/network/types.ts';
import { analogRunner } from '../../src/core/simulate/analog.ts';
import { runChain } from '../../src/core/simulate/chain.ts';
import { placesOf } from '../../src/core/simulate/windows.ts';
import type { Trace } from '../../src/core/simulate/types.ts';
import { ClippedLinearActivation } from '../../src/worker/tfjs/layers.ts';
import { wasmKernel } from '../support/kernels.ts';
import {
  activation,
  chain,
  dense,
  hardActivations,
  passing,
  randomSource,
  randomTrace,
} from '../support/networks.ts';
import { masking, recurrent } from '../support/recurrent.ts';
import { startTfjsFromNodeModules } from '../support/tfjs.ts';
import { families, type Trainable } from '../support/trainable.ts';
import { conv, pooling, scale, windows } from '../support/windows.ts';
import { memoryFolder } from './sources.ts';

const kernel = await wasmKernel();
const options = { activations: hardActivations, cellClip: null };

beforeAll(async () => {
  await startTfjsFromNodeModules();
  for (const [name, clip] of Object.entries(hardActivations)) {
    const apply = new ClippedLinearActivation(clip);
    tf.serialization.registerClass(
      class extends tf.serialization.Serializable {
        // As tfjs looks it up.
        static readonly className = name.replace(/_([a-z])/g, (__, letter: string) => letter.toUpperCase());
        apply = (x: tf.Tensor) => apply.apply(x);
        getConfig = () => ({});
      },
    );
  }
});

function readBack(network: Network): Promise<Network> {
  const files = writeTfjsLayersModel(network, 'Spikewise');
  const folder = memoryFolder(new Map([['weights.bin', files['weights.bin']]]));
  return readTfjsLayersModel('model.json', files['model.json'], folder);
}

/** What a file says, whatever the places in it. */
function plain({ layers, inputShape, inputs, outputs }: Network) {
  const own = layers.map((layer) => {
    const copy: Record<string, unknown> = { ...layer };
    delete copy['path'];
    delete copy['inputs'];
    return copy;
  });
  return { layers: own, reads: readsOf(layers), inputShape, inputs, outputs };
}

function outputsOf(network: Network, sample: Trace): Float32Array {
  const links = network.layers.map((layer) => ({ layer, run: analogRunner(layer, kernel, options) }));
  return runChain(links, sample).at(-1)!.output.values;
}

/** Whether tfjs (4.22) has all of it, and its wasm backend computes it. */
function isOfTfjs({ layers }: Network): boolean {
  const masks = layers.some(
    (layer) => layer.kind === 'Masking' || (layer.kind === 'Embedding' && layer.maskZero),
  );
  return layers.every((layer) => {
    if (layer.kind === 'GRU' && layer.resetAfter) return false;
    if (isRecurrent(layer)) return !(masks && layer.zeroSkipped);
    // What reads a layer twice loses it there.
    const isOnce = new Set(layer.inputs).size === (layer.inputs?.length ?? 0);
    if (layer.kind === 'Merge') return layer.operation !== 'subtract' && isOnce;
    // It refuses a mask there.
    if (layer.kind === 'Flatten') return !masks;
    if (!('windows' in layer)) return true;
    const { padding, stride, size } = layer.windows;
    return padding !== 'causal' && (padding !== 'same' || stride.every((step, axis) => step <= size[axis]!));
  });
}

async function loaded(network: Network): Promise<tf.LayersModel> {
  const { 'model.json': json, 'weights.bin': weights } = writeTfjsLayersModel(network, 'Spikewise');
  const { modelTopology, weightsManifest } = JSON.parse(json) as {
    modelTopology: object;
    weightsManifest: { weights: tf.io.WeightsManifestEntry[] }[];
  };
  const { buffer } = new Uint8Array(weights);
  return tf.loadLayersModel(
    tf.io.fromMemory({ modelTopology, weightSpecs: weightsManifest[0]!.weights, weightData: buffer }),
  );
}

describe.each(Object.entries(families))('%s', (_, family: fc.Arbitrary<Trainable>) => {
  it('are read as they were written', async () => {
    await fc.assert(
      fc.asyncProperty(family, async ({ network }) => {
        expect(whyNotWritable(network)).toBeNull();
        expect(plain(await readBack(network))).toEqual(plain(network));
      }),
      { numRuns: 20 },
    );
  });

  it('are loaded by tfjs itself, where it has the layers', async () => {
    const known = family.filter(({ network }) => isOfTfjs(network));
    await fc.assert(
      fc.asyncProperty(known, async ({ network, arrays, sample, shape }) => {
        const model = await loaded(network);
        const inputs = arrays.map((array) => tf.tensor(array.values, [...array.shape]));
        const made = [model.predict(inputs)].flat()[0]!;
        const chosen = withOutput(network, network.outputs?.[0]?.name)!;
        const wanted = Array.from({ length: shape.samples }, (_, n) => [
          ...outputsOf(chosen, sample(n)),
        ]).flat();
        const given = [...made.dataSync()];
        expect(given).toHaveLength(wanted.length);
        given.forEach((value, k) => {
          expect(Math.abs(value - wanted[k]!)).toBeLessThan(1e-5 * Math.max(1, Math.abs(value)));
        });
        tf.dispose([inputs, made]);
        model.dispose();
      }),
      { numRuns: 8 },
    );
  });
});

describe('what no layer of the file stands for', () => {
  const random = randomSource(4);
  const image = [4, 4] as const;

  /** The same answers of another network over one sample. */
  async function expectSame(network: Network): Promise<Network> {
    const read = await readBack(network);
    const sample = randomTrace(random, 32);
    const [wanted, given] = [network, read].map((one) => [...outputsOf(one, sample)]);
    wanted!.forEach((value, k) => {
      expect(given![k]).toBeCloseTo(value, 5);
    });
    return read;
  }

  it('has been folded into a neighbour, whose name its output has', async () => {
    const network = foldNetwork({
      ...chain(
        [32],
        { kind: 'InputLayer', name: 'pixels', path: [] },
        dense(random, 32, 3, 'linear', 'sums'),
        activation('relu', 'rectified'),
        { ...dense(random, 3, 2, 'linear', 'other'), inputs: [2] },
      ),
      outputs: [
        { name: 'other', layer: 3 },
        { name: 'rectified', layer: 2 },
      ],
    });
    expect(network.layers[2]!.kind).toBe('Folded');
    const chosen = withOutput(network, 'rectified')!;
    expect(whyNotWritable(chosen)).toBeNull();
    const read = await readBack(chosen);
    expect(read.outputs!.map(({ name }) => name)).toEqual(['other', 'sums']);
    expect(writtenOutput(chosen, 'rectified')).toBe('sums');
    const sample = randomTrace(random, 32);
    expect(outputsOf(withOutput(read, 'sums')!, sample)).toEqual(outputsOf(chosen, sample));
  });

  it('is padding: by the name of it, or as a layer of its own', async () => {
    const padded = (before: number, after: number): Network => {
      const each = [before, after] as const;
      const over = windows([3, 3], { image, channels: 2, padding: [each, each] });
      const places = placesOf(over, 0).count;
      return chain(
        [...image, 2],
        conv(random, over, 2, 'relu'),
        passing('Flatten'),
        dense(random, 2 * places, 2, 'linear'),
      );
    };
    const kindsOf = async (network: Network) => (await expectSame(network)).layers.map(({ kind }) => kind);
    expect(await kindsOf(padded(1, 1))).toEqual(['Conv2D', 'Flatten', 'Dense']);
    expect(await kindsOf(padded(0, 2))).toEqual(['Pooling', 'Conv2D', 'Flatten', 'Dense']);
  });

  it('is refused by what it is', () => {
    const reasonOf = (...layers: Layer[]) => whyNotWritable(chain([6, 2], ...layers))?.reason;
    const uneven = windows([2], { channels: 2, padding: [[3, 0]] });
    expect(reasonOf(conv(random, uneven, 2, 'relu'))).toContain('neither valid nor same nor causal');
    expect(reasonOf(pooling(windows([2], { channels: 2, dilation: [2] }), 'max'))).toContain('dilation');
    const both = [recurrent('GRU', random, 2, 2), recurrent('GRU', random, 2, 2)] as const;
    const half = [both[0], { ...both[1], name: 'back', direction: 'backward' as const }];
    const alone = { ...dense(random, 2, 2, 'linear', 'reader'), inputs: [0] };
    expect(reasonOf(...half, alone)).toContain('reads one direction of a bidirectional layer alone, "gru"');
    expect(reasonOf({ ...scale(random, 1) })).toContain('channels that are no axis');
    const idle = { ...dense(random, 2, 2, 'linear', 'last'), inputs: [0] };
    expect(reasonOf(dense(random, 2, 2, 'linear'), dense(random, 2, 2, 'linear', 'idle'), idle)).toContain(
      'gives what no output needs',
    );
  });

  it('is a number of an activation, or a version of Keras that skips as it does', async () => {
    const leaky = chain([32], dense(random, 32, 3, 'leaky_relu(0.3)'), activation('elu(0.5)'));
    expect(plain(await expectSame(leaky))).toEqual(plain(leaky));
    const skipping: Network = {
      ...chain(
        [5, 2],
        { kind: 'InputLayer', name: 'steps', path: [] },
        { ...masking(0.5), name: 'skip' },
        { ...dense(random, 2, 2, 'relu', 'one'), inputs: [1] },
        { ...dense(random, 2, 2, 'relu', 'two'), inputs: [1] },
        {
          ...{ kind: 'Merge', name: 'both', path: [], operation: 'maximum', axis: 'features' },
          ...{ places: 1, width: 2, skipsTogether: true, inputs: [2, 3] },
        },
        recurrent('LSTM', random, 2, 2),
      ),
    };
    expect(plain(await readBack(skipping)).layers).toEqual(plain(skipping).layers);
  });
});
