/**
 * What readers see of an HDF5 file. The library that reads it needs an environment, so it stays
 * outside of the core (`src/worker/hdf5.ts`).
 */
import type { InputFault } from '../../findings/types.ts';
import type { ByteSource } from '../files.ts';

export type Hdf5Attribute = string | number | readonly string[] | readonly number[];

export interface Hdf5Dataset {
  /** From the root of the file. */
  readonly path: string;
  readonly shape: readonly number[];
  /** "float32", "int8", "string", ... */
  readonly dtype: string;
  /**
   * Row-major, as float32; float16, bfloat16 and float64 are converted.
   * @throws InputFault where the type is another, the file is damaged, or the size is beyond it.
   */
  values(): Float32Array;
  /**
   * Of a dataset of integers that is small: shapes, strides.
   * @throws InputFault as `values`.
   */
  integers(): readonly number[];
  /** @throws InputFault as `values`. */
  strings(): readonly string[];
}

export interface Hdf5File {
  readonly source: ByteSource;
  /** Names in a group, in the file's order; empty where `path` is no group. */
  children(path: string): readonly string[];
  /** Null where there is none, or none of text or numbers. */
  attribute(path: string, name: string): Hdf5Attribute | null;
  /** Null where `path` is no dataset. */
  dataset(path: string): Hdf5Dataset | null;
  close(): void;
}

/**
 * Opens a file without reading it as a whole, where its source can be read at once.
 * @param fault what its faults are
 * @throws what `fault` makes, where it is damaged or cut off.
 */
export type OpenHdf5 = (source: ByteSource, fault: (words: string) => InputFault) => Promise<Hdf5File>;

const signature = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

/** Whether a file's first bytes are those of HDF5. */
export function isHdf5(start: Uint8Array): boolean {
  return start.length >= signature.length && signature.every((byte, i) => start[i] === byte);
}
