/** The values of a tfjs weight file: their types, and quantisation undone as tfjs undoes it. */
import { fromFloat16 } from '../half-floats.ts';

/** Bytes that one value takes in the file. */
export const bytesPerValue = new Map<unknown, number>([
  ['float32', 4],
  ['float16', 2],
  ['int32', 4],
  ['uint16', 2],
  ['uint8', 1],
  ['bool', 1],
]);

/** How a stored integer becomes a value. */
export interface Quantization {
  readonly dtype: string;
  readonly scale: number;
  readonly min: number;
}

export interface Encoding {
  /** Of the weight; as stored too where there is no quantisation. */
  readonly dtype: string;
  readonly quantization: Quantization | null;
}

/** Values as tfjs decodes them, in float32. Files are little-endian. @param bytes Of `count` values. */
export function decode({ dtype, quantization }: Encoding, bytes: Uint8Array, count: number): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values = new Float32Array(count);
  const stored = decoders.get(quantization?.dtype ?? dtype)!;
  for (let i = 0; i < count; i++) values[i] = stored(view, i);
  if (!quantization || quantization.dtype === 'float16') return values;

  // The integers are exact in float32, so tfjs's arithmetic in double precision is repeated as it is.
  const { scale, min } = quantization;
  const whole = dtype === 'int32';
  for (let i = 0; i < count; i++) {
    const value = values[i]! * scale + min;
    values[i] = whole ? Math.round(value) : value;
  }
  return values;
}

const decoders = new Map<string, (view: DataView, i: number) => number>([
  ['float32', (view, i) => view.getFloat32(4 * i, true)],
  ['int32', (view, i) => view.getInt32(4 * i, true)],
  ['uint16', (view, i) => view.getUint16(2 * i, true)],
  ['uint8', (view, i) => view.getUint8(i)],
  ['bool', (view, i) => view.getUint8(i)],
  ['float16', (view, i) => fromFloat16(view.getUint16(2 * i, true))],
]);
