/** Floating-point values as model files store them, as float32. */
import { fromBfloat16, fromFloat16 } from './half-floats.ts';

/** Bytes of one value, by the name that PyTorch and NumPy give the type. */
export const floatSizes: ReadonlyMap<string, number> = new Map([
  ['float32', 4],
  ['float64', 8],
  ['float16', 2],
  ['bfloat16', 2],
]);

const hostIsLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/**
 * @param type One of {@link floatSizes}.
 * @param bytes Whole values, little-endian unless said otherwise.
 */
export function floatValues(type: string, bytes: Uint8Array, littleEndian = true): Float32Array {
  const size = floatSizes.get(type);
  if (size === undefined) throw new Error(`no floating-point type '${type}'`);
  const count = bytes.length / size;
  if (type === 'float32' && littleEndian === hostIsLittleEndian) {
    // The bytes are the values; a view needs them on a boundary of four.
    const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
    return new Float32Array(aligned.buffer as ArrayBuffer, aligned.byteOffset, count);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const get = getters.get(type)!;
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) values[i] = get(view, i * size, littleEndian);
  return values;
}

const getters = new Map<string, (view: DataView, at: number, littleEndian: boolean) => number>([
  ['float32', (view, at, littleEndian) => view.getFloat32(at, littleEndian)],
  ['float64', (view, at, littleEndian) => view.getFloat64(at, littleEndian)],
  ['float16', (view, at, littleEndian) => fromFloat16(view.getUint16(at, littleEndian))],
  ['bfloat16', (view, at, littleEndian) => fromBfloat16(view.getUint16(at, littleEndian))],
]);
