/** Ids and their vectors: what is checked, looked up, normalised and converted, and bidirectional LSTMs along the way. */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { checkIds, checkShape } from '../../src/core/check/inputs.ts';
import { outputSize } from '../../src/core/check/sizes.ts';
import { convert } from '../../src/core/convert/convert.ts';
import { prepareEmbedding } from '../../src/core/convert/embedding.ts';
import { defaults } from '../../src/core/convert/specification-schema.ts';
import { parseSpecification } from '../../src/core/convert/specification.ts';
import { layerOperations } from '../../src/core/energy/workload.ts';
import { summarise } from '../../src/core/inspect/summary.ts';
import { embeddingOf, vectorLengths, withUnitVectors } from '../../src/core/network/embedding.ts';
import { stepsOfLayers } from '../../src/core/network/sample-shapes.ts';
import type { EmbeddingLayer, LstmLayer, Network } from '../../src/core/network/types.ts';
import { analogRunner } from '../../src/core/simulate/analog.ts';
import { runChain } from '../../src/core/simulate/chain.ts';
import { createAnalogNetwork } from '../../src/worker/tfjs/network.ts';
import { bothKernels } from '../support/kernels.ts';
import { chain, dense, hardActivations, lstm, passing, randomSource, trace } from '../support/networks.ts';
import { startTfjsFromNodeModules } from '../support/tfjs.ts';
import { faultOf } from './sources.ts';

const kernels = await bothKernels();
beforeAll(startTfjsFromNodeModules);

function embedding(random: () => number, vocabulary: number, dimension: number, scale = 1): EmbeddingLayer {
  const values = Float32Array.from({ length: vocabulary * dimension }, () => scale * random());
  return {
    kind: 'Embedding',
    name: 'embedding',
    path: ['layers', 0],
    vocabulary,
    dimension,
    table: { shape: [vocabulary, dimension], values },
  };
}

/** The two layers of a bidirectional LSTM. */
function both(
  random: () => number,
  inputSize: number,
  units: readonly [number, number],
  returnSequences: boolean,
  name = 'both',
): [LstmLayer, LstmLayer] {
  return [
    lstm(random, inputSize, units[0], { name: `${name} (forward)`, returnSequences }),
    {
      ...lstm(random, inputSize, units[1], { name: `${name} (backward)`, returnSequences }),
      direction: 'backward',
    },
  ];
}

const random = randomSource(5);
const small = chain(
  [null],
  passing('InputLayer'),
  embedding(random, 6, 3),
  ...both(random, 3, [4, 2], true),
  lstm(random, 6, 5, { name: 'last' }),
  dense(random, 5, 2, 'softmax'),
);

describe('samples of ids', () => {
  it('are [samples, steps]', () => {
    const shape = (found: readonly number[], network: Network = small) =>
      checkShape({ shape: found, values: [] }, network, 'ids.npy');
    expect(shape([8, 7])).toEqual({ samples: 8, steps: 7, features: 1, sequence: true });
    expect(() => shape([8, 7, 3])).toThrow('does not fit the model, which takes [samples, any]');
    const fixed = { ...small, inputShape: [12] };
    expect(() => shape([8, 7], fixed)).toThrow('which takes [samples, 12]');
    // Pixels of an image are no ids.
    expect(() => shape([8, 3, 4], fixed)).toThrow('which takes [samples, 12]');
    expect(outputSize(small, shape([8, 7]))).toBe(2);
    expect(outputSize({ ...small, layers: small.layers.slice(0, 4) }, shape([8, 7]))).toBe(7 * 6);
  });

  it.each([
    [
      [0, 5, 1, 6],
      'sample 1 holds 6 at step 1, but layer "embedding" looks up ids: whole numbers from 0 to 5',
    ],
    [[0, -1, 1, 2], 'sample 0 holds -1 at step 1'],
    [[0, 1, 2.5, 2], 'sample 1 holds 2.5 at step 0'],
  ])('%j: the first that has no vector is named', async (values, words) => {
    const layer = embeddingOf(small.layers)!;
    const fault = await faultOf(() => {
      checkIds({ shape: [2, 2], values }, layer, 'ids.npy');
    });
    expect(fault).toMatchObject({ code: 'data-mismatch', place: { path: ['data', 'inputs'] } });
    expect(fault.fault).toContain(words);
    expect(() => {
      checkIds({ shape: [2, 2], values: [0, 5, 1, 2] }, layer, 'ids.npy');
    }).not.toThrow();
  });
});

describe('the analog network', () => {
  const shapes = fc.record({
    seed: fc.integer(),
    steps: fc.integer({ min: 1, max: 6 }),
    vocabulary: fc.integer({ min: 1, max: 9 }),
    dimension: fc.integer({ min: 1, max: 5 }),
    units: fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 })),
    embedded: fc.boolean(),
    stacked: fc.boolean(),
    keepSequence: fc.boolean(),
    cellClip: fc.constantFrom(null, 0.3),
  });

  it('equals tfjs within 1e-5, with and without an embedding, a clip and every step', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, async (made) => {
        const { seed, steps, vocabulary, dimension, units, embedded, stacked, keepSequence, cellClip } = made;
        const source = randomSource(seed);
        const layers = [
          ...(embedded ? [embedding(source, vocabulary, dimension)] : []),
          ...both(source, dimension, units, stacked || keepSequence),
          ...(stacked ? both(source, units[0] + units[1], [3, 3], keepSequence, 'second') : []),
        ];
        const width = embedded ? 1 : dimension;
        const network = chain(embedded ? [steps] : [steps, dimension], ...layers);
        const value = () => (embedded ? Math.floor(((source() + 1) / 2) * vocabulary) : source());
        const samples = [0, 1, 2].map(() =>
          trace(
            Array.from({ length: steps * width }, () => value()),
            steps,
          ),
        );
        const options = { activations: hardActivations, cellClip };
        const analog = createAnalogNetwork(network, options);
        const wanted = await analog.predict(
          3,
          (n) => samples[n]!,
          () => undefined,
        );
        analog.dispose();
        for (const { kernel } of kernels) {
          const links = network.layers.map((layer) => ({ layer, run: analogRunner(layer, kernel, options) }));
          const outputs = samples.flatMap((sample) => [...runChain(links, sample).at(-1)!.output.values]);
          expect(outputs).toHaveLength(wanted.length);
          outputs.forEach((output, i) => {
            expect(Math.abs(output - wanted[i]!)).toBeLessThan(1e-5);
          });
        }
      }),
      { numRuns: 25 },
    );
  });
});

describe('unit vectors', () => {
  it('have the length 1 and the direction that they had; zeros stay', () => {
    const layer = embedding(randomSource(2), 5, 4, 3);
    layer.table.values.fill(0, 4, 8);
    const unit = embeddingOf(withUnitVectors(chain([null], layer)).layers)!;
    const lengths = vectorLengths(unit.table)!;
    expect(lengths.least).toBeCloseTo(1, 6);
    expect(lengths.greatest).toBeCloseTo(1, 6);
    expect([...unit.table.values.subarray(4, 8)]).toEqual([0, 0, 0, 0]);
    const [a, b] = [layer.table.values, unit.table.values];
    expect(b[0]! / b[1]!).toBeCloseTo(a[0]! / a[1]!, 4);
    expect(vectorLengths({ shape: [2, 2], values: new Float32Array(4) })).toBeNull();
  });

  it('are asked for by the specification, which is not for other models, and has no mean for ids', async () => {
    const written = (more: object) =>
      parseSpecification(JSON.stringify({ model: 'm', data: { inputs: 'x.npy' }, ...more }), 's.json');
    const unit = prepareEmbedding(small, written({ embedding: { normalise: 'unit' } }), 's.json');
    expect(vectorLengths(embeddingOf(unit.layers)!.table)!.greatest).toBeCloseTo(1, 6);
    expect(prepareEmbedding(small, written({}), 's.json')).toBe(small);
    const faults = [
      () =>
        prepareEmbedding(
          chain([3], dense(random, 3, 2, 'relu')),
          written({ embedding: { normalise: 'unit' } }),
          's',
        ),
      () => prepareEmbedding(small, written({ input: { mean: 1 } }), 's'),
      () => written({ embedding: { normalise: 'mean' } }),
    ];
    const keys = ['embedding', 'input', 'embedding.normalise'];
    for (const [i, fault] of faults.entries()) {
      const { code, place } = await faultOf(fault);
      expect([code, place.path.join('.')]).toEqual(['specification-invalid', keys[i]]);
    }
  });
});

describe('conversion', () => {
  const options = { ...defaults, activations: hardActivations };

  it('keeps the embedding analog, and scales what reads it to its largest value', () => {
    const { layers, findings } = convert(small, options, {});
    const largest = vectorLengths(embeddingOf(small.layers)!.table)!.largest;
    expect(layers.map(({ runsAs }) => runsAs)).toEqual([
      'nothing',
      'analog',
      ...['spiking', 'spiking', 'spiking'],
      'analog',
    ]);
    const ranges = layers.flatMap((layer) => ('inputRange' in layer ? [layer.inputRange] : []));
    expect(ranges).toEqual([largest, largest, 1]);
    expect(findings.map(({ code, layer }) => [code, layer])).toEqual([
      ['layer-analog', 'embedding'],
      ['embedding-not-normalised', 'embedding'],
      ['layer-analog', 'dense'],
    ]);
    expect(findings[1]!.fixes[0]!.edits).toEqual([{ path: ['embedding'], value: { normalise: 'unit' } }]);
  });

  it('says nothing of vectors that are of length 1, or were made so', () => {
    const codes = (network: Network, more = {}) =>
      convert(network, { ...options, ...more }, {}).findings.map(({ code }) => code);
    expect(codes(withUnitVectors(small))).not.toContain('embedding-not-normalised');
    expect(codes(small, { embedding: { normalise: 'unit' } })).not.toContain('embedding-not-normalised');
  });

  it('takes the larger range of both directions', () => {
    const wide = { ...hardActivations, wide: { slope: 1, offset: 0, low: -3, high: 3 } };
    const [there, back] = both(random, 3, [4, 2], true);
    const layers = [{ ...there, activation: 'wide' }, back, lstm(random, 6, 2, { name: 'next' })];
    const converted = convert(chain([null, 3], ...layers), { ...options, activations: wide }, {}).layers;
    expect(converted.map((layer) => 'inputRange' in layer && layer.inputRange)).toEqual([1, 1, 3]);
  });
});

describe('what each layer reads and gives', () => {
  it('in the summary of a model', () => {
    const conversion = convert(small, { ...defaults, activations: hardActivations }, {});
    const about = { file: 'm', bytes: 1, specification: { file: null, note: null } };
    const { layers, parameters } = summarise(
      { network: small, conversion, activations: hardActivations, isStored: () => true },
      about,
    );
    expect(layers.map(({ input, output }) => [input, output])).toEqual([
      [[null], [null]],
      [[null], [null, 3]],
      [
        [null, 3],
        [null, 4],
      ],
      [
        [null, 3],
        [null, 6],
      ],
      [[null, 6], [5]],
      [[5], [2]],
    ]);
    expect(layers.map(({ reasons }) => reasons.join().includes('reads the sequence from its end'))).toEqual([
      ...[false, false, false, true],
      ...[false, false],
    ]);
    expect(layers[1]!.tensors).toMatchObject([{ name: 'table', shape: [6, 3] }]);
    expect(parameters).toBe(18 + (3 + 4 + 1) * 16 + (3 + 2 + 1) * 8 + (6 + 5 + 1) * 20 + 12);
  });

  it('in steps: a backward LSTM runs those of the forward one', () => {
    const [there, back] = both(random, 3, [4, 2], false);
    const layers = [there, back, dense(random, 6, 2, 'linear')];
    expect(stepsOfLayers(layers, 9)).toEqual([9, 9, 1]);
    const hybrid = convert(chain([null, 3], ...layers), { ...defaults, activations: hardActivations }, {});
    const operations = layerOperations({ layers: hybrid.layers, sequenceSteps: 9 });
    expect(operations.map(({ steps }) => steps)).toEqual([9, 9, 1]);
  });
});
