/** Arrays with names as a safetensors file. */
import { strToU8 } from 'fflate';
import { countOf } from '../weights/stored-tensor.ts';

/** @param arrays of float32, by name */
export function writeSafetensors(
  arrays: ReadonlyMap<string, { readonly shape: readonly number[]; readonly values: Float32Array }>,
): Uint8Array {
  let end = 0;
  const entries = [...arrays].map(([name, { shape, values }]) => {
    if (values.length !== countOf(shape)) {
      throw new Error(`${values.length} values for the shape [${shape.join(', ')}]`);
    }
    const start = end;
    end += 4 * values.length;
    return [name, { dtype: 'F32', shape, data_offsets: [start, end] }] as const;
  });
  const header = strToU8(JSON.stringify(Object.fromEntries(entries)));
  const bytes = new Uint8Array(8 + header.length + end);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(header.length), true);
  bytes.set(header, 8);
  let at = 8 + header.length;
  for (const { values } of arrays.values()) {
    for (const value of values) {
      view.setFloat32(at, value, true);
      at += 4;
    }
  }
  return bytes;
}
