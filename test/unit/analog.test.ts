/** The analog reference against tfjs: random networks, and the examples as tfjs itself loads them. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseSpecification } from '../../src/core/convert/specification.ts';
import { readNpy } from '../../src/core/formats/data/npy.ts';
import { readTfjsLayersModel } from '../../src/core/formats/tfjs/tfjs.ts';
import type { Layer, Network } from '../../src/core/network/types.ts';
import { analogRunner, type AnalogOptions } from '../../src/core/simulate/analog.ts';
import type { Kernel } from '../../src/core/simulate/kernel/types.ts';
import { sampleReader } from '../../src/core/simulate/samples.ts';
import type { Trace } from '../../src/core/simulate/types.ts';
import { folderOf, openFile } from '../../src/node/files.ts';
import { createAnalogNetwork } from '../../src/worker/tfjs/network.ts';
import { bothKernels, wasmKernel } from '../support/kernels.ts';
import {
  activation,
  chain,
  dense,
  hardActivations,
  lstm,
  passing,
  randomSource,
  randomTrace,
  runChain,
  trace,
} from '../support/networks.ts';
import { startTfjsFromNodeModules } from '../support/tfjs.ts';

const kernels = await bothKernels();

beforeAll(startTfjsFromNodeModules);

function reference(
  network: Network,
  kernel: Kernel,
  options: AnalogOptions,
): (sample: Trace) => Float32Array {
  const runners = network.layers.map((layer) => analogRunner(layer, kernel, options));
  return (sample) => runChain(runners, sample).output.values;
}

async function tfjsOutputs(network: Network, options: AnalogOptions, samples: readonly Trace[]) {
  const analog = createAnalogNetwork(network, options);
  const all = await analog.predict(
    samples.length,
    (n) => samples[n]!,
    () => undefined,
  );
  analog.dispose();
  const width = all.length / samples.length;
  return samples.map((_, n) => all.subarray(n * width, (n + 1) * width));
}

/** Largest difference; of values above 1, in relation to them. */
function difference(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((most, x, i) => Math.max(most, Math.abs(x - b[i]!) / Math.max(1, Math.abs(x))), 0);
}

async function expectEqual(
  network: Network,
  options: AnalogOptions,
  samples: readonly Trace[],
): Promise<void> {
  const wanted = await tfjsOutputs(network, options, samples);
  for (const { kernel } of kernels) {
    const run = reference(network, kernel, options);
    samples.forEach((sample, n) => {
      expect(difference(run(sample), wanted[n]!)).toBeLessThan(1e-5);
    });
  }
}

const outputActivations = [
  ...['relu', 'relu6', 'linear', 'softmax', 'sigmoid', 'tanh', 'hard_sigmoid', 'hard_tanh_half'],
  ...['elu', 'selu', 'softplus', 'softsign', 'swish', 'mish', 'hardSigmoid'],
];

interface Shape {
  readonly seed: number;
  readonly steps: number;
  readonly features: number;
  readonly lstms: readonly { units: number; activation: string; recurrentActivation: string }[];
  readonly keepSequence: boolean;
  readonly flatten: boolean;
  readonly denses: readonly { units: number; activation: string }[];
  readonly last: string | null;
  readonly cellClip: number | null;
}

const shapes: fc.Arbitrary<Shape> = fc.record({
  seed: fc.integer(),
  steps: fc.integer({ min: 1, max: 5 }),
  features: fc.integer({ min: 1, max: 5 }),
  lstms: fc.array(
    fc.record({
      units: fc.integer({ min: 1, max: 40 }),
      activation: fc.constantFrom('tanh', 'hard_tanh_half', 'softsign', 'hardTanhHalf', 'relu6'),
      recurrentActivation: fc.constantFrom('sigmoid', 'hard_sigmoid', 'hard_sigmoid_quarter'),
    }),
    { maxLength: 2 },
  ),
  keepSequence: fc.boolean(),
  flatten: fc.boolean(),
  denses: fc.array(
    fc.record({
      units: fc.integer({ min: 1, max: 6 }),
      activation: fc.constantFrom(...outputActivations),
    }),
    { minLength: 1, maxLength: 2 },
  ),
  last: fc.option(fc.constantFrom('softmax', 'relu', 'tanh')),
  cellClip: fc.option(fc.double({ min: 0.05, max: 1, noNaN: true })),
});

function build(shape: Shape): Network {
  const random = randomSource(shape.seed);
  const layers: Layer[] = [passing('InputLayer')];
  let width = shape.features;
  const sequence = shape.keepSequence || shape.lstms.length === 0;
  shape.lstms.forEach(({ units, ...rest }, index) => {
    const returnSequences = sequence || index < shape.lstms.length - 1;
    layers.push(lstm(random, width, units, { name: `lstm${index}`, returnSequences, ...rest }));
    width = units;
  });
  layers.push(passing('Dropout'));
  if (shape.flatten) {
    layers.push(passing('Flatten'));
    if (sequence) width *= shape.steps;
  }
  shape.denses.forEach(({ units, activation: name }, index) => {
    layers.push(dense(random, width, units, name, `dense${index}`));
    width = units;
  });
  if (shape.last) layers.push(activation(shape.last));
  return chain([shape.steps, shape.features], ...layers);
}

describe('random networks', () => {
  it('give what tfjs gives', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, async (shape) => {
        const random = randomSource(shape.seed + 1);
        const samples = Array.from({ length: 3 }, () => randomTrace(random, shape.features, shape.steps));
        await expectEqual(build(shape), { activations: hardActivations, cellClip: shape.cellClip }, samples);
      }),
      { numRuns: 40 },
    );
  });

  it.each(outputActivations)('%s far from zero', async (name) => {
    const random = randomSource(3);
    const layer = dense(random, 6, 8, name);
    const strong = { ...layer, kernel: { ...layer.kernel, values: layer.kernel.values.map((w) => 12 * w) } };
    const samples = Array.from({ length: 4 }, () => randomTrace(random, 6));
    await expectEqual(chain([6], strong), { activations: hardActivations, cellClip: null }, samples);
  });

  it('give what tfjs gives for a smooth activation that the specification replaces', async () => {
    const random = randomSource(5);
    const network = chain(
      [4, 3],
      lstm(random, 3, 5, { activation: 'tanh', recurrentActivation: 'sigmoid' }),
      dense(random, 5, 2, 'sigmoid'),
    );
    const activations = {
      tanh: hardActivations['hard_tanh_half']!,
      sigmoid: hardActivations['hard_sigmoid_quarter']!,
    };
    const samples = [randomTrace(random, 3, 4)];
    await expectEqual(network, { activations, cellClip: null }, samples);
    // As trained: the replacement changes nothing.
    const [kernel] = kernels;
    const run = (options: AnalogOptions) => reference(network, kernel!.kernel, options)(samples[0]!);
    expect(run({ activations, cellClip: null })).toEqual(run({ cellClip: null }));
  });

  it('take the cell state with more samples than a batch of tfjs', async () => {
    const random = randomSource(6);
    const network = chain([2, 3], lstm(random, 3, 4), dense(random, 4, 2, 'softmax'));
    const samples = Array.from({ length: 300 }, () => randomTrace(random, 3, 2));
    await expectEqual(network, { activations: hardActivations, cellClip: null }, samples);
  });
});

describe.each(kernels)('the cell, $name kernel', ({ kernel }) => {
  /** Gates from biases alone: i, f, c and o are the same at every step. */
  function constantGates(i: number, f: number, c: number, o: number, steps: number, cellClip: number | null) {
    const inverse = (y: number): number => 4 * y - 2; // of the paper's hard sigmoid
    const layer = {
      ...lstm(() => 0, 1, 1, { returnSequences: true }),
      bias: { shape: [4], values: Float32Array.of(inverse(i), inverse(f), 2 * c, inverse(o)) },
    };
    const run = analogRunner(layer, kernel, { activations: hardActivations, cellClip });
    return run(trace(new Float32Array(steps), steps));
  }

  it('adds up c and shows it through the activation', () => {
    const run = constantGates(0.5, 1, 0.75, 1, 3, null);
    expect([...run.cell!.state!]).toEqual([0.375, 0.75, 1.125]);
    expect([...run.output.values]).toEqual([0.1875, 0.375, 0.5625]);
    expect([...run.neurons.subarray(0, 4)]).toEqual([0.5, 1, 0.75, 1]);
  });

  it('clips c once h has been taken from it', () => {
    const run = constantGates(0.5, 1, 0.75, 1, 3, 0.5);
    expect([...run.cell!.state!]).toEqual([0.375, 0.5, 0.5]);
    // h of the second step is of c = 0.75, of the third of 0.5 + 0.375.
    expect([...run.output.values]).toEqual([0.1875, 0.375, 0.4375]);
  });

  it('clips negative states alike', () => {
    expect([...constantGates(1, 1, -1, 0.5, 2, 0.25).cell!.state!]).toEqual([-0.25, -0.25]);
  });

  it('starts every sample at zero', () => {
    const random = randomSource(11);
    const run = analogRunner(lstm(random, 3, 4), kernel, { activations: hardActivations, cellClip: null });
    const [a, b] = [randomTrace(random, 3, 4), randomTrace(random, 3, 4)];
    const alone = run(b).output.values;
    run(a);
    expect(run(b).output.values).toEqual(alone);
  });
});

/** As in the README of the examples, not by way of Spikewise. */
class HardSigmoidQuarter extends tf.serialization.Serializable {
  static readonly className: string = 'hardSigmoidQuarter';
  apply(x: tf.Tensor): tf.Tensor {
    return tf.tidy(() => x.mul(0.25).add(0.5).clipByValue(0, 1));
  }
  getConfig(): tf.serialization.ConfigDict {
    return {};
  }
}
class HardTanhHalf extends HardSigmoidQuarter {
  static override readonly className: string = 'hardTanhHalf';
  override apply(x: tf.Tensor): tf.Tensor {
    return tf.tidy(() => x.mul(0.5).clipByValue(-1, 1));
  }
}

describe.each(['mnist-rows', 'mnist-rows-plain'])('%s', (name) => {
  const folder = new URL(`../../examples/${name}/`, import.meta.url);
  const file = (part: string): string => fileURLToPath(new URL(part, folder));

  async function loadedByTfjs(): Promise<tf.LayersModel> {
    const json = JSON.parse(await readFile(file('model.json'), 'utf8')) as tf.io.ModelJSON;
    const weights = new Uint8Array(await readFile(file('weights.bin')));
    return tf.loadLayersModel({
      load: () =>
        tf.io.getModelArtifactsForJSON(json, (manifest) =>
          Promise.resolve([manifest.flatMap((group) => group.weights), weights.buffer]),
        ),
    });
  }

  it('answers as tfjs does that loads the files itself', async () => {
    tf.serialization.registerClass(HardSigmoidQuarter);
    tf.serialization.registerClass(HardTanhHalf);
    const model = await loadedByTfjs();
    const text = await readFile(file('model.json'), 'utf8');
    const network = await readTfjsLayersModel(file('model.json'), text, folderOf(file('model.json')));
    const specification = parseSpecification(await readFile(file(`${name}.spikewise.json`), 'utf8'), name);
    const role = { code: 'data-unreadable', place: { file: 'inputs', path: [] } } as const;
    const digits = await readNpy(await openFile(file('digits.npy'), role), { role: 'inputs' });
    const input = specification.input!;
    const sample = sampleReader(
      digits.values,
      { samples: 500, steps: 28, features: 28, sequence: true },
      input,
    );

    const x = Float32Array.from(digits.values, (pixel) => (pixel - input.mean) / input.scale);
    const wanted = (model.predict(tf.tensor(x, [500, 28, 28])) as tf.Tensor).dataSync() as Float32Array;

    const options = { ...specification, cellClip: specification.cellClip ?? null };
    const analog = createAnalogNetwork(network, options);
    const rebuilt = await analog.predict(500, sample, () => undefined);
    expect(difference(rebuilt, wanted)).toBeLessThan(1e-5);

    const run = reference(network, await wasmKernel(), options);
    for (let n = 0; n < 500; n++) {
      expect(difference(run(sample(n)), wanted.subarray(10 * n, 10 * (n + 1)))).toBeLessThan(1e-5);
    }
  });
});
