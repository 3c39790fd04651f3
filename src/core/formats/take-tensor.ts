/** Readers hand over the tensors of layers one by one, so that a look at a model need not hold them all. */
import type { InputFault } from '../findings/types.ts';
import type { Tensor } from '../network/types.ts';
import { formatBytes } from './files.ts';
import { countOf } from './weights/stored-tensor.ts';

/**
 * What becomes of a layer's tensor, of which the shape is known and the values are still in the file.
 * @param read Values in the order of `shape`. Throws an InputFault where they cannot be read.
 * @param readUnordered The same values in any order, where that takes less; for who only counts them.
 */
export type TakeTensor = (
  shape: readonly number[],
  read: () => Promise<Float32Array> | Float32Array,
  readUnordered?: () => Promise<Float32Array> | Float32Array,
) => Promise<Tensor>;

/** What a conversion does. */
export const keepTensor: TakeTensor = async (shape, read) => ({ shape, values: await read() });

/** Of weights to a byte of the files: what is stored in 8 bits, or packed, takes several. */
const MOST_BYTES_PER_BYTE = 16;
/** Whatever the size of the files. In bytes. */
const ALWAYS = 64 * 2 ** 20;

/**
 * Refuses layers that use the same values again and again: a small file of links to one tensor
 * would fill the memory.
 * @param size of the files that hold the weights, in bytes, as far as they are open
 */
export function withinSize(
  take: TakeTensor,
  size: () => number,
  fault: (words: string) => InputFault,
): TakeTensor {
  let bytes = 0;
  return async (shape, read, readUnordered) => {
    bytes += 4 * countOf(shape);
    if (bytes > MOST_BYTES_PER_BYTE * size() + ALWAYS) {
      const words = `${formatBytes(bytes)} of weights and more, which a file of ${formatBytes(size())}`;
      throw fault(`has layers of ${words} cannot hold, or only by naming the same values many times`);
    }
    return take(shape, read, readUnordered);
  };
}
