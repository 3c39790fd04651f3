/** Files in memory, for the readers of the core. */
import { InputFault, type Place } from '../../src/core/findings/types.ts';
import type { ByteSource, Folder } from '../../src/core/formats/files.ts';

export function bytesSource(path: string, bytes: Uint8Array): ByteSource {
  return {
    path,
    size: bytes.length,
    read: (offset, length) =>
      offset + length <= bytes.length
        ? Promise.resolve(bytes.slice(offset, offset + length))
        : Promise.reject(new Error(`${path}: read beyond its end, ${offset + length} of ${bytes.length}`)),
  };
}

export function memoryFolder(files: ReadonlyMap<string, Uint8Array>): Folder {
  return {
    open: (relative: string, place: Place) => {
      const bytes = files.get(relative);
      return bytes
        ? Promise.resolve(bytesSource(`/model/${relative}`, bytes))
        : Promise.reject(new InputFault('weights-unreadable', `/model/${relative}`, 'does not exist', place));
    },
  };
}

/** The InputFault that a call ends in; anything else fails the test. */
export async function faultOf(call: () => unknown): Promise<InputFault> {
  try {
    await call();
  } catch (error) {
    if (error instanceof InputFault) return error;
    throw error;
  }
  throw new Error('no fault');
}
