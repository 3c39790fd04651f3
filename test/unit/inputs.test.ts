/** Whether data fit a model. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  checkFinite,
  checkRange,
  checkShape,
  classIndices,
  describeImages,
  winner,
  type DataArray,
} from '../../src/core/check/inputs.ts';
import { outputSize } from '../../src/core/check/sizes.ts';
import { InputFault } from '../../src/core/findings/types.ts';
import { analogRunner } from '../../src/core/simulate/analog.ts';
import type { Layer } from '../../src/core/network/types.ts';
import { createTwinKernel } from '../../src/core/simulate/kernel/twin.ts';
import {
  chain,
  dense,
  hardActivations,
  lstm,
  passing,
  randomSource,
  runChain,
  trace,
} from '../support/networks.ts';
import { conv, pooling, windows } from '../support/windows.ts';

function data(shape: readonly number[], values: ArrayLike<number> = []): DataArray {
  return { shape, values };
}

function faultOf(call: () => unknown): InputFault {
  try {
    call();
  } catch (error) {
    if (error instanceof InputFault) return error;
    throw error;
  }
  throw new Error('no fault');
}

describe('shapes', () => {
  const check = (shape: readonly number[], wanted: readonly (number | null)[]) =>
    checkShape(data(shape), chain(wanted), 'x.npy');

  it('too short for a window', () => {
    const random = randomSource(1);
    const over = windows([4], { channels: 2 });
    const pool = pooling(windows([3], { channels: 2, stride: [3] }), 'max');
    const of = (steps: number, ...layers: Layer[]) =>
      checkShape(data([5, steps, 2]), chain([null, 2], ...layers), 'x.npy');
    expect(of(4, conv(random, over, 2, 'relu', 'short')).steps).toBe(4);
    expect(faultOf(() => of(3, conv(random, over, 2, 'relu', 'short'))).message).toContain('"short"');
    expect(faultOf(() => of(5, conv(random, over, 2, 'relu'), pool)).message).toContain('"pool"');
    expect(faultOf(() => of(2, pool)).code).toBe('data-mismatch');
  });

  it('of sequences and of vectors', () => {
    expect(check([5, 3, 2], [3, 2])).toEqual({ samples: 5, steps: 3, features: 2, sequence: true });
    expect(check([5, 4], [4])).toEqual({ samples: 5, steps: 1, features: 4, sequence: false });
    expect(check([5, 9, 2], [null, 2])).toEqual({ samples: 5, steps: 9, features: 2, sequence: true });
    // An image is one step, and a sequence of images as many steps.
    expect(check([5, 4, 3, 2], [4, 3, 2])).toEqual({ samples: 5, steps: 1, features: 24, sequence: false });
    expect(check([5, 4, 3], [4, 3, 1])).toEqual({ samples: 5, steps: 1, features: 12, sequence: false });
    expect(check([5, 12], [4, 3, 1])).toEqual({ samples: 5, steps: 1, features: 12, sequence: false });
    expect(check([5, 7, 4, 3, 2], [null, 4, 3, 2])).toEqual({
      samples: 5,
      steps: 7,
      features: 24,
      sequence: true,
    });
  });

  it('without a trailing axis of 1', () => {
    expect(check([5, 784], [784, 1])).toEqual({ samples: 5, steps: 784, features: 1, sequence: true });
    expect(check([5, 784, 1], [784, 1])).toEqual({ samples: 5, steps: 784, features: 1, sequence: true });
    expect(check([5], [1])).toEqual({ samples: 5, steps: 1, features: 1, sequence: false });
  });

  it.each([
    [
      [5, 28, 28],
      [784, 1],
    ],
    [
      [5, 28, 28, 1],
      [784, 1],
    ],
    [[5, 28, 28], [784]],
    [
      [5, 14, 56],
      [784, 1],
    ],
  ])('images %j, row by row, for a model that takes %j', (shape, wanted) => {
    const fitted = check(shape, wanted);
    const sequence = wanted.length === 2;
    const values = sequence ? { steps: 784, features: 1 } : { steps: 1, features: 784 };
    expect(fitted).toEqual({ samples: 5, ...values, sequence, image: shape.slice(1, 3) });
    const [finding] = describeImages(fitted);
    expect(finding).toMatchObject({ code: 'data-mismatch', severity: 'info' });
    expect(finding?.message).toContain(`images of ${shape[1]} × ${shape[2]}`);
    expect(finding?.message).toContain(sequence ? '784 sequence steps of one value' : '784 values');
  });

  it('that need no rearranging, of which nothing is said', () => {
    expect(describeImages(check([5, 784], [784, 1]))).toEqual([]);
    expect(describeImages(check([5, 28, 28], [28, 28]))).toEqual([]);
  });

  it.each([
    [
      [5, 28, 27],
      [784, 1],
    ],
    [
      [5, 28, 28, 3],
      [784, 3],
    ],
    [
      [5, 28, 28],
      [392, 2],
    ],
    [
      [5, 28, 28],
      [null, 1],
    ],
    [[5, 784, 1], [784]],
  ])('no images: %j for a model that takes %j', (shape, wanted) => {
    expect(faultOf(() => check(shape, wanted)).code).toBe('data-mismatch');
  });

  it.each([
    [
      [5, 3],
      [3, 2],
    ],
    [
      [5, 2, 3],
      [3, 2],
    ],
    [
      [5, 3, 2, 1],
      [3, 2],
    ],
    [
      [5, 0, 2],
      [null, 2],
    ],
    [
      [5, 3],
      [3, null],
    ],
  ])('%j does not fit %j', (shape, wanted) => {
    const fault = faultOf(() => check(shape, wanted));
    const model = wanted.map((size) => size ?? 'any').join(', ');
    expect(fault.message).toBe(
      `x.npy: shape [${shape.join(', ')}] does not fit the model, which takes [samples, ${model}] (data.inputs)`,
    );
    expect(fault).toMatchObject({
      code: 'data-mismatch',
      file: 'x.npy',
      place: { file: 'specification', path: ['data', 'inputs'] },
    });
  });

  it.each([[[]], [[0, 3, 2]]])('%j holds no samples', (shape) => {
    expect(faultOf(() => check(shape, [3, 2])).message).toBe('x.npy: holds no samples');
  });
});

describe('values', () => {
  it('have a least and a greatest', () => {
    expect(checkFinite(data([2, 2], [3, -1, 0, 2]), 'x.npy')).toEqual({ least: -1, greatest: 3, mean: 1 });
  });

  it.each([NaN, Infinity, -Infinity])('%d is a fault that names its sample', (bad) => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 9 }),
        fc.nat(),
        (samples, size, at) => {
          const values = new Float32Array(samples * size);
          const index = at % values.length;
          values[index] = bad;
          const fault = faultOf(() => checkFinite(data([samples, size], values), 'x.npy'));
          expect(fault.message).toBe(
            `x.npy: sample ${Math.floor(index / size)} holds ${bad} (value ${index})`,
          );
          expect(fault.code).toBe('data-mismatch');
        },
      ),
    );
  });
});

describe('the range that a generator can encode', () => {
  it.each([
    [
      { least: -1, greatest: 1 },
      { mean: 0, scale: 1 },
    ],
    [
      { least: 0, greatest: 255 },
      { mean: 33.3285, scale: 221.6715 },
    ],
    [
      { least: 0, greatest: Math.fround(1.0000001) },
      { mean: 0, scale: 1 },
    ],
  ])('%j fits with %j', (range, input) => {
    expect(checkRange({ ...range, mean: 0 }, input)).toEqual([]);
  });

  it("offers the paper's second constraint: zero mean, and a largest value of 1", () => {
    const [finding] = checkRange({ least: 0, greatest: 255, mean: 33.3285 }, { mean: 0, scale: 1 });
    expect(finding!.fixes.map(({ edits }) => edits[0]!.value)).toEqual([
      { mean: 0, scale: 255 },
      { mean: 33.3285, scale: 221.6715 },
    ]);
  });

  it.each([
    [{ least: 0, greatest: 255 }, { mean: 0, scale: 1 }, 255],
    [{ least: -3, greatest: 1 }, { mean: 0, scale: 1 }, 3],
    [{ least: 0, greatest: 255 }, { mean: 100, scale: 10 }, 155],
  ])('%j does not fit with %j, but would divided by %d', (range, input, scale) => {
    const [finding] = checkRange({ ...range, mean: input.mean }, input);
    expect(finding).toMatchObject({
      code: 'inputs-out-of-range',
      severity: 'warning',
      layer: null,
      place: { file: 'specification', path: ['input'] },
      fixes: [{ edits: [{ path: ['input'], value: { mean: input.mean, scale } }] }],
    });
    const from = (range.least - input.mean) / input.scale;
    const to = (range.greatest - input.mean) / input.scale;
    expect(finding!.message).toContain(`from ${Number(from.toPrecision(4))} to ${Number(to.toPrecision(4))}`);
  });

  it('holds after each of its fixes', () => {
    const value = fc.double({ min: -1e6, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(value, value, value, (a, b, mean) => {
        const range = { least: Math.min(a, b), greatest: Math.max(a, b), mean: (a + b) / 2 };
        const [finding] = checkRange(range, { mean, scale: 1 });
        for (const { edits } of finding?.fixes ?? []) {
          const fixed = edits[0]!.value as { mean: number; scale: number };
          expect(checkRange(range, fixed)).toEqual([]);
        }
      }),
    );
  });
});

describe('labels', () => {
  const classes = (shape: readonly number[], values: number[], samples = 3, outputs = 4) => [
    ...classIndices(data(shape, values), samples, outputs, 'y.npy'),
  ];

  it('are whole numbers, in one axis or two', () => {
    expect(classes([3], [0, 3, 1])).toEqual([0, 3, 1]);
    expect(classes([3, 1], [0, 3, 1])).toEqual([0, 3, 1]);
  });

  it('are one-hot rows', () => {
    expect(classes([3, 4], [1, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0])).toEqual([0, 3, 1]);
  });

  it('of a single output are 0 and 1', () => {
    expect(classes([3], [0, 1, 1], 3, 1)).toEqual([0, 1, 1]);
    expect(classes([3, 1], [0, 1, 1], 3, 1)).toEqual([0, 1, 1]);
  });

  const valuesWords =
    'a whole number from 0; a network that gives values rather than classes is compared without labels';

  it.each([
    [[2], [0, 1], 4, '2 labels for 3 samples'],
    [[4], [0, 1, 2, 3], 4, '4 labels for 3 samples'],
    [[3], [0, 4, 1], 4, 'label 4 of sample 1 is not a class of the model, 0 to 3'],
    [[3], [0, -1, 1], 4, 'label -1 of sample 1 is not a class of the model, 0 to 3'],
    [[3], [0, 1, 0.5], 4, `label 0.5 of sample 2 is no class, ${valuesWords}`],
    [[3], [NaN, 1, 0], 4, `label NaN of sample 0 is no class, ${valuesWords}`],
    [[3], [0, 1, 2], 1, 'label 2 of sample 2 is not a class of the model, 0 to 1'],
    [[3, 2], [0, 1, 0, 1, 0, 1], 4, 'shape [3, 2] is neither [samples] nor one-hot [samples, 4]'],
    [[3, 4, 1], [], 4, 'shape [3, 4, 1] is neither [samples] nor one-hot [samples, 4]'],
  ])('%j %j for %d outputs: %s', (shape, values, outputs, message) => {
    const fault = faultOf(() => classes(shape, values, 3, outputs));
    expect(fault.message).toBe(`y.npy: ${message}`);
    expect(fault).toMatchObject({
      code: 'data-mismatch',
      place: { file: 'specification', path: ['data', 'labels'] },
    });
  });
});

describe('answers', () => {
  it('are the greatest output, the first of equals', () => {
    expect(winner([9, 0.2, 0.5, 0.3], 1, 3)).toBe(1);
    expect(winner([0.5, 0.5], 0, 2)).toBe(0);
  });

  it('of a single output are on which side of 1/2 it lies', () => {
    expect([winner([0.4], 0, 1), winner([0.5], 0, 1), winner([0.6], 0, 1)]).toEqual([0, 0, 1]);
  });
});

describe('the number of outputs', () => {
  const random = randomSource(2);
  it.each([
    [chain([4, 3], lstm(random, 3, 5)), 5],
    [chain([4, 3], lstm(random, 3, 5, { returnSequences: true })), 20],
    [chain([4, 3], lstm(random, 3, 5), passing('Flatten'), dense(random, 5, 2, 'relu')), 2],
    [chain([4, 3], passing('Dropout'), passing('Flatten'), dense(random, 12, 7, 'relu')), 7],
    [chain([4, 3], dense(random, 3, 2, 'relu'), passing('Flatten')), 8],
  ])('is what a run gives', (network, wanted) => {
    const runners = network.layers.map((layer) =>
      analogRunner(layer, createTwinKernel(), { activations: hardActivations, cellClip: null }),
    );
    const sample = trace(new Float32Array(12), 4);
    expect(outputSize(network, { samples: 1, steps: 4, features: 3, sequence: true })).toBe(wanted);
    expect(runChain(runners, sample).output.values.length).toBe(wanted);
  });
});
