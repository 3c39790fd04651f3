/** Operations on images [batch, channels, height, width]: the layers here have the channels last. */
import type { Layer, PermuteLayer, PoolingLayer, ScaleLayer, Windows } from '../../network/types.ts';
import { countPlaces, placesAlong } from '../../network/windows.ts';
import { atom } from './axes.ts';
import type { Operation } from './axis-operations.ts';
import { appendLayer, madeOnce, type Link, type PendingConv, type PendingLayer } from './links.ts';
import { faultAt, pendingWeights } from './layers.ts';
import { base, refuse } from './refusals.ts';
import { checkFinite, type TensorFiles } from './tensors.ts';
import {
  input,
  numbersOf,
  sizesOf,
  type Constant,
  type DataValue,
  type ImageShape,
  type Node,
  type Value,
} from './values.ts';
import { countOf } from '../weights/stored-tensor.ts';

type Outputs = readonly Value[];

/** Values that all windows of a sample cover, which a simulation holds. */
const mostCovered = 2 ** 25;

export const imageOperations: ReadonlyMap<string, Operation> = new Map<string, Operation>([
  ['Conv', convolution],
  ['AveragePool', (node, data) => pooling(node, data, 'average')],
  ['MaxPool', (node, data) => pooling(node, data, 'max')],
  ['GlobalAveragePool', (node, data) => globalPooling(node, data, 'average')],
  ['GlobalMaxPool', (node, data) => globalPooling(node, data, 'max')],
  ['ReduceMean', reduceMean],
  [
    'Flatten',
    (node, data) => (node.attributes.int('axis', 1) === 1 ? flatten(node, data) : other(node, data)),
  ],
  ['Reshape', reshape],
  ['Squeeze', (node, data) => (isPoint(data.image!) ? flatten(node, data) : other(node, data))],
  ['Shape', shape],
  ...['Transpose', 'Unsqueeze', 'Gather', 'Slice', 'Split', 'Softmax', 'Gemm', 'MatMul'].map(
    (op): [string, Operation] => [op, other],
  ),
]);

function other(node: Node, data: DataValue): Outputs {
  return refuse(node, data, 'it does something else with images than flatten them');
}

function isPoint({ height, width }: ImageShape): boolean {
  return height === 1 && width === 1;
}

/** What gives its values in the order that is wanted. */
export function ordered(node: Node, { link, image }: DataValue, last: boolean): Link {
  const { channels, height, width, channelsLast } = image!;
  if (channelsLast === last) return link;
  const name = `${base(node).name}_${last ? 'channels_last' : 'channels_first'}`;
  const layer: PermuteLayer = {
    ...{ name, path: node.path, kind: 'Permute' },
    shape: last ? [channels, height, width] : [height, width, channels],
    axes: last ? [1, 2, 0] : [2, 0, 1],
  };
  return madeOnce(link, last ? 'channels last' : 'channels first', () => appendLayer(link, layer));
}

function handOn(before: Link, layer: PendingLayer, image: ImageShape): Outputs {
  return [{ kind: 'data', axes: null, image, link: appendLayer(before, layer) }];
}

/** Of what a node says of its windows; words where it cannot be computed. */
function windowsOf(node: Node, image: ImageShape, size: readonly number[]): Windows | string {
  const { attributes } = node;
  const [stride, dilation] = ['strides', 'dilations'].map((name) => attributes.ints(name) ?? [1, 1]);
  const sizes = [size, stride!, dilation!];
  if (sizes.some((list) => list.length !== 2 || list.some((n) => !Number.isInteger(n) || n < 1))) {
    return 'it does not slide over height and width in whole steps';
  }
  const pads = attributes.ints('pads') ?? [0, 0, 0, 0];
  const automatic = attributes.text('auto_pad', 'NOTSET');
  if (automatic === 'SAME_LOWER')
    return 'of an odd number of zeros the first is before (auto_pad SAME_LOWER)';
  if (pads.length !== 4 || pads.some((pad) => !Number.isInteger(pad) || pad < 0 || pad > 2 ** 16)) {
    return 'its padding takes a part of its input away';
  }
  const [top, left, bottom, right] = pads as [number, number, number, number];
  const isPadded = automatic === 'NOTSET' && pads.some((pad) => pad > 0);
  return {
    size: [...size],
    stride: [...stride!],
    dilation: [...dilation!],
    padding:
      automatic === 'SAME_UPPER'
        ? 'same'
        : isPadded
          ? [
              [top, bottom],
              [left, right],
            ]
          : 'valid',
    image: [image.height, image.width],
    channels: image.channels,
  };
}

function after(windows: Windows, { height, width }: ImageShape, channels: number): ImageShape {
  const [rows, columns] = [height, width].map((length, axis) => placesAlong(windows, axis, length).count);
  return { channels, height: rows!, width: columns!, channelsLast: true };
}

function floats(value: Value): Constant | null {
  return value.kind === 'constant' && !value.tensor.whole ? value.tensor : null;
}

async function convolution(node: Node, data: DataValue, files: TensorFiles): Promise<Outputs> {
  const image = data.image!;
  const [weight, added] = [floats(input(node, 1)), input(node, 2)];
  const bias = floats(added);
  if (image.pooled) return other(node, data);
  if (input(node, 0) !== data || weight?.shape.length !== 4 || (!bias && added.kind !== 'absent')) {
    return refuse(node, data, 'it is no convolution over height and width with constant weights');
  }
  const [units, channels, rows, columns] = weight.shape as [number, number, number, number];
  if (node.attributes.int('group', 1) !== 1) {
    return refuse(
      node,
      data,
      'its filters see only some of the channels (group); only one group is converted',
    );
  }
  const fault = faultAt(files, node);
  const { name: written } = weight;
  const name = written.endsWith('.weight') ? written.slice(0, -'.weight'.length) : base(node).name;
  if (channels !== image.channels || units === 0 || (bias && countOf(bias.shape) !== units)) {
    throw fault(`layer "${name}" has weights of ${weight.shape.join(' x ')} for ${image.channels} channels`);
  }
  const windows = windowsOf(node, image, [rows, columns]);
  if (typeof windows === 'string') return refuse(node, data, windows);
  const inputSize = rows * columns * channels;
  const output = after(windows, image, units);
  if (countPlaces(windows) === 0) return refuse(node, data, 'its window is larger than its images');
  if (countPlaces(windows) * inputSize > mostCovered) {
    return refuse(node, data, `its windows cover more than ${mostCovered} values a sample`);
  }
  const biases = bias ? (await bias.floats()).slice() : new Float32Array(units);
  checkFinite(biases, [units], `layer "${name}" has a bias`, fault);
  const shape = [rows, columns, channels, units];
  const layer: PendingConv = {
    ...{ name, path: node.path, kind: 'Conv2D', windows, units, inputSize, activation: 'linear' },
    kernel: pendingWeights(name, node, files)('kernel', shape, async () =>
      channelsLastKernel(await weight.floats(), units, channels, rows * columns),
    ),
    bias: { shape: [units], values: biases },
  };
  return handOn(ordered(node, data, true), layer, output);
}

/** [units, channels, pixels] -> [pixels, channels, units] */
function channelsLastKernel(
  from: Float32Array,
  units: number,
  channels: number,
  pixels: number,
): Float32Array {
  const to = new Float32Array(from.length);
  for (let unit = 0; unit < units; unit++) {
    for (let channel = 0; channel < channels; channel++) {
      for (let pixel = 0; pixel < pixels; pixel++) {
        to[(pixel * channels + channel) * units + unit] = from[(unit * channels + channel) * pixels + pixel]!;
      }
    }
  }
  return to;
}

function pooling(node: Node, data: DataValue, of: PoolingLayer['of']): Outputs {
  const image = data.image!;
  const { attributes } = node;
  if (image.pooled) return other(node, data);
  const windows = windowsOf(node, image, attributes.ints('kernel_shape') ?? []);
  if (typeof windows === 'string') return refuse(node, data, windows);
  if (attributes.int('ceil_mode', 0) !== 0) {
    return refuse(node, data, 'its last windows may reach beyond the image (ceil_mode); use the floor');
  }
  if (of === 'average' && typeof windows.padding !== 'string') {
    return refuse(node, data, 'it takes means over padding; pool without padding');
  }
  const output = after(windows, image, image.channels);
  if (output.height * output.width === 0) return refuse(node, data, 'its window is larger than its images');
  const className = `${of === 'max' ? 'Max' : 'Average'}Pool`;
  const layer: PoolingLayer = { ...base(node), kind: 'Pooling', className, of, windows, global: false };
  return handOn(ordered(node, data, true), layer, output);
}

function globalPooling(node: Node, data: DataValue, of: PoolingLayer['of']): Outputs {
  if (data.image!.pooled) return other(node, data);
  const { channels, height, width } = data.image!;
  const windows: Windows = {
    ...{ size: [1, 1], stride: [1, 1], dilation: [1, 1], padding: 'valid' },
    ...{ image: [height, width], channels },
  };
  const className = `Global${of === 'max' ? 'Max' : 'Average'}Pool`;
  const layer: PoolingLayer = { ...base(node), kind: 'Pooling', className, of, windows, global: true };
  const link = appendLayer(ordered(node, data, true), layer);
  // One value for each channel, which no window slides over again.
  const image = { channels, height: 1, width: 1, channelsLast: true, pooled: true };
  return [{ kind: 'data', axes: null, image, link }];
}

/** As PyTorch exports a mean over height and width. */
async function reduceMean(node: Node, data: DataValue): Promise<Outputs> {
  const axes = node.attributes.ints('axes') ?? (await numbersOf(input(node, 1)));
  const named = axes?.map((axis) => (axis < 0 ? axis + 4 : axis)).toSorted((a, b) => a - b);
  if (named?.join() !== '2,3') return other(node, data);
  const [pooled] = globalPooling(node, data, 'average');
  if (pooled?.kind !== 'data' || !pooled.image) return other(node, data);
  return node.attributes.int('keepdims', 1) !== 0 ? [pooled] : flatten(node, pooled);
}

/** In the order of the file: channel after channel. */
function flatten(node: Node, data: DataValue): Outputs {
  const { channels, height, width } = data.image!;
  const features = [atom(channels * height * width, 'features')];
  const axes = [[atom(null, 'batch')], features];
  // One channel, or one pixel, has the same order either way.
  const same = channels === 1 || isPoint(data.image!);
  const layer: Layer = { ...base(node), kind: 'Flatten' };
  const before = same ? data.link : ordered(node, data, false);
  return [{ kind: 'data', axes, link: appendLayer(before, layer) }];
}

function shape(_: Node, data: DataValue): Outputs {
  const { channels, height, width } = data.image!;
  return [{ kind: 'sizes', scalar: false, sizes: [null, channels, height, width] }];
}

async function reshape(node: Node, data: DataValue): Promise<Outputs> {
  const { channels, height, width } = data.image!;
  const sizes = (await sizesOf(input(node, 1)))?.sizes;
  const last = sizes?.at(-1);
  const isFlat = sizes?.length === 2 && (last === -1 || last === channels * height * width);
  return isFlat ? flatten(node, data) : other(node, data);
}

/** scale (x - mean) / sqrt(variance + epsilon) + B, as one factor and one summand for each channel. */
export async function normalise(node: Node, data: DataValue, files: TensorFiles): Promise<Outputs> {
  const [gamma, beta, mean, variance] = [1, 2, 3, 4].map((i) => floats(input(node, i)));
  const last = data.axes?.at(-1);
  const channels = data.image?.channels ?? last?.at(-1)?.size;
  if (!gamma || !beta || !mean || !variance || node.attributes.int('training_mode', 0) !== 0) {
    return refuse(node, data, 'it does not normalise by constants');
  }
  if (!channels || (!data.image && data.axes?.length !== 2)) {
    return refuse(
      node,
      data,
      'it normalises another axis than the features of vectors or the channels of images',
    );
  }
  const all = [gamma, beta, mean, variance];
  if (all.some(({ shape }) => countOf(shape) !== channels)) {
    throw faultAt(files, node)(`layer "${base(node).name}" has no constants for ${channels} channels`);
  }
  files.spend(4 * channels, node.path);
  const [g, b, m, v] = await Promise.all(all.map((tensor) => tensor.floats()));
  const epsilon = node.attributes.float('epsilon', 1e-5);
  const scale = g!.map((value, c) => value / Math.sqrt(Math.max(v![c]!, 0) + epsilon));
  const offset = b!.map((value, c) => value - m![c]! * scale[c]!);
  checkFinite(scale, [channels], `layer "${base(node).name}" has a scale`, faultAt(files, node));
  const layer: ScaleLayer = {
    ...{ ...base(node), kind: 'Scale', channels },
    scale: { shape: [channels], values: scale },
    offset: { shape: [channels], values: offset },
  };
  if (!data.image) return [{ ...data, link: appendLayer(data.link, layer) }];
  return handOn(ordered(node, data, true), layer, { ...data.image, channelsLast: true });
}
