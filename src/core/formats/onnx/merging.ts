/** Operations that put what several layers give together: value by value, or side by side along the features. */
import type { MergeLayer, MergeOperation } from '../../network/types.ts';
import { formatShape } from '../keras/building.ts';
import { atom, axisAt, axisSize, canJoin, join, only, type Axis } from './axes.ts';
import { ordered } from './images.ts';
import { appendLayer, isInput, type Link } from './links.ts';
import { base, joined, refuse, structureFault } from './refusals.ts';
import type { TensorFiles } from './tensors.ts';
import type { DataValue, ImageShape, Node, Value } from './values.ts';

type Outputs = readonly Value[];

const operations = new Map<string, MergeOperation>([
  ['Add', 'add'],
  ['Sum', 'add'],
  ['Sub', 'subtract'],
  ['Mul', 'multiply'],
  ['Mean', 'average'],
  ['Max', 'maximum'],
  ['Min', 'minimum'],
  ['Concat', 'concatenate'],
]);

/** Of these the others take as many as they are given. */
const ofTwo = new Set(['Add', 'Sub', 'Mul']);

/**
 * @param received all inputs of the node that the network computes, at least two
 * @throws InputFault where no layer puts them together as the node does
 */
export function merge(node: Node, received: readonly DataValue[], files: TensorFiles): Outputs {
  const operation = operations.get(node.op);
  if (!operation) throw structureFault(node, files, joined);
  const given = node.inputs.filter(({ kind }) => kind !== 'absent').length;
  if (given > received.length) {
    return refuse(node, received, 'it puts constants together with what several layers give');
  }
  if (ofTwo.has(node.op) && given !== 2) return refuse(node, received, 'it needs two inputs');
  if (received.some(({ rounded }) => rounded)) {
    return refuse(node, received, 'it computes with values rounded to whole numbers');
  }
  received.forEach(settleNumbers);
  if (received.some(({ image }) => image)) return mergeImages(node, operation, received);
  const axes = known(received);
  // After a layer that is not supported.
  if (!axes) return handOn(node, operation, received.map(linkOf), { axes: null, width: null });
  const merged = operation === 'concatenate' ? sideBySide(node, axes) : valueByValue(axes);
  if (typeof merged === 'string') return refuse(node, received, merged);
  return handOn(node, operation, received.map(linkOf), merged);
}

const linkOf = ({ link }: DataValue): Link => link;

/** Whole numbers as inputs, [batch, features], which no embedding looks up. */
function settleNumbers({ ids, axes, link }: DataValue): void {
  const last = axes?.length === 2 ? only(axes[1]!) : null;
  if (ids === true && last && isInput(link)) last.role ??= 'features';
}

/** Null where those of one are not known. */
function known(received: readonly DataValue[]): readonly (readonly Axis[])[] | null {
  const axes = received.flatMap((value) => (value.axes ? [value.axes] : []));
  return axes.length === received.length ? axes : null;
}

interface Merged {
  readonly axes: readonly Axis[] | null;
  /** Values of a step. */
  readonly width: number | null;
}

function handOn(
  node: Node,
  operation: MergeOperation,
  before: readonly Link[],
  { axes, width }: Merged,
): Outputs {
  return [{ kind: 'data', axes, link: appendLayer(before, mergeLayer(node, operation, 1, width)) }];
}

function mergeLayer(node: Node, operation: MergeOperation, places: number, width: number | null): MergeLayer {
  return { ...base(node), kind: 'Merge', operation, axis: 'features', places, width };
}

/** In words where it cannot be computed. */
function valueByValue(all: readonly (readonly Axis[])[]): Merged | string {
  const [first, ...others] = all as readonly [readonly Axis[], ...(readonly Axis[])[]];
  const odd = oddAxes(all) ?? (others.every((axes) => fitTogether(first, axes, null)) ? null : unlike(all));
  return odd ?? { axes: first, width: widthOf(first) };
}

function sideBySide(node: Node, all: readonly (readonly Axis[])[]): Merged | string {
  const [first, ...others] = all as readonly [readonly Axis[], ...(readonly Axis[])[]];
  const axis = axisAt(node.attributes.int('axis', 0), first.length);
  if (axis === null) return 'its axis is none';
  const odd = oddAxes(all);
  if (odd !== null) return odd;
  const isOfFeatures = all.every((axes) => axes[axis] && only(axes[axis])?.role === 'features');
  if (!isOfFeatures)
    return `it joins along axis ${axis}; only the features of a step are joined, along the last`;
  if (!others.every((axes) => fitTogether(first, axes, axis))) return unlike(all);
  const width = all.reduce<number | null>((sum, axes) => {
    const size = axisSize(axes[axis]!);
    return sum === null || size === null ? null : sum + size;
  }, 0);
  return { axes: first.with(axis, [atom(width, 'features')]), width };
}

function oddAxes(all: readonly (readonly Axis[])[]): string | null {
  const roles = all.map((axes) => axes.flatMap((axis) => axis.map(({ role }) => role)));
  if (roles.some((of) => of.includes('directions'))) return 'it works on each direction of a layer alone';
  if (roles.some((of) => !of.includes('features'))) return 'it does not put features together';
  return null;
}

/** Joins the axes of two values but the one that is left out, if they can be. */
function fitTogether(first: readonly Axis[], other: readonly Axis[], leftOut: number | null): boolean {
  if (first.length !== other.length) return false;
  const pairs = first.flatMap((axis, i) => (i === leftOut ? [] : [[axis, other[i]!].map(long)]));
  return pairs.every(([a, b]) => canJoin(a!, b!)) && pairs.every(([a, b]) => join(a!, b!));
}

/** Without what has size 1. */
function long(axis: Axis): Axis {
  return axis.filter(({ size }) => size !== 1);
}

function unlike(all: readonly (readonly Axis[])[]): string {
  const shapes = all.slice(0, 5).map((axes) => formatShape(axes.map(axisSize)));
  return `its inputs are of the shapes ${[...new Set(shapes)].join(' and ')}, or their axes are in another order; only those of one shape are put together, none is repeated along an axis (no broadcasting)`;
}

function widthOf(axes: readonly Axis[]): number | null {
  const features = axes.find((axis) => axis.some(({ role }) => role === 'features'));
  return features ? axisSize(features) : null;
}

function mergeImages(node: Node, operation: MergeOperation, received: readonly DataValue[]): Outputs {
  const images = received.flatMap(({ image }) => (image ? [image] : []));
  const [first] = images as [ImageShape];
  const joins = operation === 'concatenate';
  const axis = joins ? axisAt(node.attributes.int('axis', 0), 4) : null;
  if (images.length < received.length) {
    return refuse(node, received, 'it puts images together with what is none');
  }
  if (joins && axis !== 1) {
    return refuse(node, received, `it joins images along axis ${axis}; only their channels are joined`);
  }
  const fits = images.every(
    ({ channels, height, width, pooled }) =>
      height === first.height &&
      width === first.width &&
      pooled === first.pooled &&
      (joins || channels === first.channels),
  );
  if (!fits) {
    const shapes = images
      .slice(0, 5)
      .map(({ channels, height, width }) => formatShape([channels, height, width]));
    return refuse(
      node,
      received,
      `its images are of the shapes ${[...new Set(shapes)].join(' and ')}; only those of one shape are put together (no broadcasting)`,
    );
  }
  const same = !joins && images.every(({ channelsLast }) => channelsLast === first.channelsLast);
  const before = received.map((data) => (same ? data.link : ordered(node, data, true)));
  const channels = joins ? images.reduce((sum, image) => sum + image.channels, 0) : first.channels;
  const places = first.height * first.width;
  const layer = mergeLayer(node, operation, joins ? places : 1, channels * places);
  const image = { ...first, channels, channelsLast: same ? first.channelsLast : true };
  return [{ kind: 'data', axes: null, image, link: appendLayer(before, layer) }];
}
