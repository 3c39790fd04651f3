/** Inputs and labels as they come out of a data file, whichever it is. */
import { InputFault } from '../../findings/types.ts';
import { formatBytes, type ByteSource } from '../files.ts';

export type SampleValues =
  Float32Array | Float64Array | Int32Array | Int16Array | Uint16Array | Int8Array | Uint8Array;

/** An array in row-major (C) order, whatever order the file has. */
export interface SampleArray {
  /** The first axis are the samples. */
  readonly shape: readonly number[];
  readonly values: SampleValues;
}

/** Which of the specification's data it is. */
export type DataRole = 'inputs' | 'labels';

export interface DataOptions {
  /** For faults, and to choose among the arrays of a file. */
  readonly role: DataRole;
  /** Reads the first samples only. A whole number from 1. */
  readonly limit?: number | undefined;
}

export type MakeFault = (words: string) => InputFault;

export function dataFault(source: ByteSource, role: DataRole): MakeFault {
  return (words) => new InputFault('data-unreadable', source.path, words, { file: role, path: [] });
}

/** The most that one call reads. In bytes. */
export const READ_LIMIT = 2 * 2 ** 30;

/** NumPy's own limit is 64 axes. */
export const MOST_AXES = 64;

/** What to do where there is too much to read. */
export const limitHelp = 'set "limit" in data (or --limit) to read the first samples only';

/** @throws what `fault` makes, where more would have to be read than is. */
export function refuseHuge(bytes: number, role: DataRole, fault: MakeFault, help = limitHelp): void {
  if (bytes <= READ_LIMIT) return;
  throw fault(`has ${formatBytes(bytes)} of ${role} to read, and at most 2 GiB are; ${help}`);
}
