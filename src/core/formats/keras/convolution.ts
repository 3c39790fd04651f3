/** Convolutions and pooling of Keras. */
import type { PoolingLayer, Windows } from '../../network/types.ts';
import { countPlaces, shapeAfter } from '../../network/windows.ts';
import { activationName } from './activations.ts';
import {
  formatShape,
  readBias,
  readSize,
  unsupported,
  type Building,
  type Built,
  type Shape,
} from './building.ts';
import type { KerasLayer } from './topology.ts';

/** Larger windows than any trained network has. */
const longestWindow = 65_536;

/** Values that all windows of a sample cover, which a simulation holds. */
const mostCovered = 2 ** 25;

/** Of the windows, or why they cannot be computed. */
type Read = Windows | { readonly reason: string };

/** @param axes along which the windows slide: 1 or 2 */
export async function buildConv(building: Building, axes: 1 | 2): Promise<Built> {
  const { keras, base, input, read, fault } = building;
  const windows = readWindows(keras, input, axes, 'kernel_size');
  if ('reason' in windows) return unsupported(keras, windows.reason);
  if ((keras.config['groups'] ?? 1) !== 1) {
    return unsupported(keras, 'its filters see only some of the channels (groups); use one group');
  }
  const activation = activationName(keras.config['activation'] ?? null);
  if ('reason' in activation) return unsupported(keras, activation.reason);
  const inputSize = windows.size.reduce((a, b) => a * b, windows.channels);
  const places = countPlaces(windows);
  if (places * inputSize > mostCovered) {
    return unsupported(
      keras,
      `its ${places} windows cover ${places * inputSize} values a sample; at most ${mostCovered} are simulated`,
    );
  }
  const units = readSize(keras, 'filters', fault);
  const kernel = await read({
    layer: keras,
    weight: 'kernel',
    index: 0,
    shape: [...windows.size, windows.channels, units],
  });
  const bias = await readBias({ layer: keras, index: 1 }, units, read);
  const layer = {
    ...base,
    kind: axes === 1 ? ('Conv1D' as const) : ('Conv2D' as const),
    windows,
    units,
    inputSize,
    activation: activation.name,
    kernel,
    bias,
  };
  return placed(building, layer, shapeAfter(layer, input!));
}

export function buildPooling(building: Building): Built {
  const { keras, base, input } = building;
  const { className } = keras;
  const axes = className.endsWith('2D') ? 2 : 1;
  const isGlobal = className.startsWith('Global');
  const windows = isGlobal ? wholeWindows(keras, input, axes) : readWindows(keras, input, axes, 'pool_size');
  if ('reason' in windows) return unsupported(keras, windows.reason);
  if (windows.padding === 'causal') return unsupported(keras, 'pooling has no causal padding');
  const layer: PoolingLayer = {
    ...base,
    kind: 'Pooling',
    className,
    of: className.includes('Max') ? 'max' : 'average',
    windows,
    global: isGlobal,
  };
  const output = shapeAfter(layer, input!);
  if (isGlobal && keras.config['keepdims'] === true) {
    return unsupported(keras, 'it keeps the axes that it pools over (keepdims); leave that out');
  }
  return placed(building, layer, output);
}

/** Zeros around images: a number for all sides, one for each axis, or [[top, bottom], [left, right]]. */
export function buildPadding(building: Building): Built {
  const { keras, base, input } = building;
  const windows = wholeWindows(keras, input, 2);
  if ('reason' in windows) return unsupported(keras, windows.reason);
  const written: unknown = keras.config['padding'] ?? 1;
  const sides = (Array.isArray(written) ? written : [written, written]).map((pads: unknown): unknown =>
    Array.isArray(pads) ? pads : [pads, pads],
  );
  const isPair = (pads: unknown): pads is [number, number] =>
    Array.isArray(pads) &&
    pads.length === 2 &&
    pads.every((n: unknown) => Number.isInteger(n) && Number(n) >= 0 && Number(n) <= longestWindow);
  if (sides.length !== 2 || !sides.every(isPair)) {
    return unsupported(keras, 'its padding is no whole number from 0, nor one for each side');
  }
  const layer: PoolingLayer = {
    ...{ ...base, kind: 'Pooling', className: keras.className, of: 'padding', global: false },
    windows: { ...windows, padding: sides },
  };
  return { layers: [layer], output: shapeAfter(layer, input!) };
}

/** A window must have a place where the sizes are known. */
function placed({ keras, input, fault }: Building, layer: Built['layers'][number], output: Shape): Built {
  if (output?.includes(0)) {
    throw fault(
      `layer '${keras.name}' has a window that is larger than what it slides over, ${formatShape(input!)}`,
      keras.path,
    );
  }
  return { layers: [layer], output };
}

/** Sizes of the images, or of nothing along a sequence; the input must have the axes for it. */
function imageOf(
  input: Shape,
  axes: 1 | 2,
): Pick<Windows, 'image' | 'channels'> | { readonly reason: string } {
  if (!input) return { reason: 'what comes before it is not known' };
  const [height, width, channels] = input.slice(-3) as [number | null, number | null, number | null];
  if (axes === 1) {
    if (input.length !== 2) {
      return { reason: `it slides along a sequence [steps, channels], but receives ${formatShape(input)}` };
    }
    const last = input[1] ?? null;
    return last === null
      ? { reason: 'the model leaves open how many channels it has' }
      : { image: null, channels: last };
  }
  if (input.length !== 3 && input.length !== 4) {
    return { reason: `it slides over images [height, width, channels], but receives ${formatShape(input)}` };
  }
  if (height === null || width === null || channels === null) {
    return { reason: 'the model leaves the size of its images open; give it an input shape with all sizes' };
  }
  return { image: [height, width], channels };
}

function wholeWindows(keras: KerasLayer, input: Shape, axes: 1 | 2): Read {
  const image = imageOf(input, axes);
  if ('reason' in image) return image;
  if (!isChannelsLast(keras)) return { reason: channelsFirst };
  const ones = axes === 1 ? [1] : [1, 1];
  return { size: ones, stride: ones, dilation: ones, padding: 'valid', ...image };
}

const channelsFirst =
  'its channels come before height and width (channels_first); build the model with channels_last';

function isChannelsLast({ config }: KerasLayer): boolean {
  return (config['data_format'] ?? 'channels_last') === 'channels_last';
}

function readWindows(keras: KerasLayer, input: Shape, axes: 1 | 2, size: 'kernel_size' | 'pool_size'): Read {
  const { config } = keras;
  if (!isChannelsLast(keras)) return { reason: channelsFirst };
  const image = imageOf(input, axes);
  if ('reason' in image) return image;
  const sizes = along(config[size], axes);
  // A pooling without strides moves on by its size.
  const stride = along(config['strides'] ?? (size === 'pool_size' ? config[size] : 1), axes);
  const dilation = along(config['dilation_rate'] ?? 1, axes);
  const padding = config['padding'] ?? 'valid';
  if (!sizes || !stride || !dilation) {
    return { reason: `its ${size}, strides or dilation_rate are not whole numbers from 1` };
  }
  if (padding !== 'valid' && padding !== 'same' && padding !== 'causal') {
    return { reason: `its padding is neither valid nor same nor causal` };
  }
  if (padding === 'causal' && axes === 2) return { reason: 'causal padding is of sequences alone' };
  return { size: sizes, stride, dilation, padding, ...image };
}

/** One number for all axes, or one each. */
function along(value: unknown, axes: number): number[] | null {
  if (value === undefined || value === null) return null;
  const given: unknown[] = Array.isArray(value) ? value : Array.from({ length: axes }, () => value);
  const isSize = (n: unknown): n is number =>
    typeof n === 'number' && Number.isInteger(n) && n >= 1 && n <= longestWindow;
  return given.length === axes && given.every(isSize) ? given : null;
}
