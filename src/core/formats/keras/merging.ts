/** Keras layers that put several together. */
import type { MergeOperation } from '../../network/types.ts';
import { formatShape, unsupported, type Building, type Built, type Shape } from './building.ts';
import { shorten } from './topology.ts';

export const mergeClasses = new Map<string, MergeOperation>([
  ['Add', 'add'],
  ['Subtract', 'subtract'],
  ['Multiply', 'multiply'],
  ['Average', 'average'],
  ['Maximum', 'maximum'],
  ['Minimum', 'minimum'],
  ['Concatenate', 'concatenate'],
]);

export function buildMerge({ keras, base, inputs }: Building): Built {
  const operation = mergeClasses.get(keras.className)!;
  if (operation === 'concatenate') return buildConcatenation(keras, base, inputs);
  if (operation === 'subtract' && inputs.length !== 2) return unsupported(keras, 'it needs two inputs');
  const [first] = inputs;
  const other = inputs.find((shape) => !sameShape(first, shape));
  if (other) {
    return unsupported(
      keras,
      `its inputs are of the shapes ${inputs.map((shape) => (shape ? formatShape(shape) : 'unknown')).join(' and ')}; only inputs of one shape are put together`,
    );
  }
  const width = first ? widthOf(first) : null;
  return {
    layers: [{ ...base, kind: 'Merge', operation, axis: 'features', places: 1, width }],
    output: first?.map(
      (size, axis) => size ?? inputs.map((shape) => shape?.[axis]).find((one) => one) ?? null,
    ),
  };
}

function buildConcatenation(
  keras: Building['keras'],
  base: Building['base'],
  inputs: readonly Shape[],
): Built {
  const [first] = inputs;
  const known = inputs.flatMap((shape) => (shape ? [shape] : []));
  if (!first || known.length < inputs.length)
    return unsupported(keras, 'the shapes that it reads are not known');
  const written = keras.config['axis'] ?? -1;
  // The first axis is that of the samples.
  const axis = typeof written === 'number' ? (written < 0 ? first.length + written : written - 1) : NaN;
  const last = first.length - 1;
  const ofSteps = axis === 0 && first.length === 2;
  if (axis !== last && !ofSteps) {
    return unsupported(
      keras,
      `it joins along axis ${shorten(written)}; only sequence steps and the last axis are joined`,
    );
  }
  const fits = known.every(
    (shape) =>
      shape.length === first.length && shape.every((size, at) => at === axis || sameSize(size, first[at]!)),
  );
  if (!fits) {
    return unsupported(
      keras,
      `its inputs are of the shapes ${known.map(formatShape).join(' and ')}, which do not fit together`,
    );
  }
  const joined = known.reduce<number | null>((sum, shape) => {
    const size = shape[axis] ?? null;
    return sum === null || size === null ? null : sum + size;
  }, 0);
  const output = first.map((size, at) =>
    at === axis ? joined : (size ?? known.find((shape) => shape[at])?.[at] ?? null),
  );
  const pixels = first.length > 2 ? output.slice(-3, -1) : [];
  if (pixels.includes(null)) return unsupported(keras, 'it joins images whose size is left open');
  const places = pixels.reduce<number>((product, size) => product * size!, 1);
  return {
    layers: [
      {
        ...base,
        kind: 'Merge',
        operation: 'concatenate',
        axis: axis === last ? 'features' : 'steps',
        places,
        width: widthOf(output),
      },
    ],
    output,
  };
}

function sameShape(a: Shape, b: Shape): boolean {
  return !a || !b || (a.length === b.length && a.every((size, axis) => sameSize(size, b[axis]!)));
}

function sameSize(a: number | null, b: number | null): boolean {
  return a === null || b === null || a === b;
}

/** Values of a step; of an image, all of them. */
function widthOf(shape: readonly (number | null)[]): number | null {
  const ofStep = shape.length === 2 || shape.length === 4 ? shape.slice(1) : shape;
  return ofStep.reduce<number | null>((all, size) => (all === null || size === null ? null : all * size), 1);
}
