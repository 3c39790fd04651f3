/**
 * How readers get bytes. The core knows no file system: the edge gives these
 * (`src/node/files.ts`), tests give arrays.
 */
import type { FindingCode, Place } from '../findings/types.ts';

/** A file of known size whose ranges can be read. */
export interface ByteSource {
  /** As the edge knows it; faults name it. */
  readonly path: string;
  /** In bytes. */
  readonly size: number;
  /**
   * Exactly `length` bytes from `offset`.
   * @throws InputFault where the file cannot be read or is shorter than that.
   */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** The same at once, where the edge can: a library that cannot wait then reads large files by range. */
  readSync?(offset: number, length: number): Uint8Array;
}

/** The folder of a model: what its files may refer to. */
export interface Folder {
  /**
   * @param relative A path as written in the model file.
   * @param place Where it is written, for the fault.
   * @throws InputFault `weights-unreadable` where it is missing, no file, or outside of the folder.
   */
  open(relative: string, place: Place): Promise<ByteSource>;
}

/** What a fault in a file is called, and where it is shown. */
export interface FileRole {
  readonly code: FindingCode;
  readonly place: Place;
}

/** 1,234 bytes, 3.2 MiB, 9.3 GiB. */
export function formatBytes(bytes: number): string {
  const units = ['KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
  if (bytes < 1024 * 1024) return `${bytes.toLocaleString('en-US')} bytes`;
  let unit = -1;
  let value = bytes;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value.toFixed(1)} ${units[unit]!}`;
}
