/**
 * Global heaps of HDF5, in which texts lie. libhdf5 2.0 follows the sizes of their objects without
 * looking whether they lead anywhere, and never comes back from a size of 0 (H5HGcache.c).
 */

type ReadSync = (offset: number, length: number) => Uint8Array;

/** HDF5 file format specification 3.0, III.E: signature and version 1. */
const signature = Buffer.from('GCOL\x01', 'latin1');
/** With the reserved bytes, at which the library does not look; by chance no value is the same. */
const fullSignature = Buffer.from('GCOL\x01\x00\x00\x00', 'latin1');
const headerSize = 16;
/** Metadata are read in pieces of this and less, a heap among others; longer ones are a heap or values alone. */
const SEARCHED = 2 ** 20;

/**
 * A reader of the same bytes, in which a heap that would not end has lost its signature: the library
 * then refuses it by itself.
 * @param readsValues True while values are read, which may be any bytes.
 */
export function withoutEndlessHeaps(read: ReadSync, size: number, readsValues: () => boolean): ReadSync {
  const sound = new Map<number, boolean>();
  const isSound = (at: number): boolean => {
    let known = sound.get(at);
    if (known === undefined) sound.set(at, (known = ends(read, at, size)));
    return known;
  };
  return (offset, length) => {
    const bytes = read(offset, length);
    const endless = heapsIn(bytes, readsValues() ? fullSignature : signature).filter(
      (at) => !isSound(offset + at),
    );
    if (endless.length === 0) return bytes;
    const changed = bytes.slice();
    for (const at of endless) changed[at] = 0;
    return changed;
  };
}

function heapsIn(bytes: Uint8Array, start: Buffer): number[] {
  const searched = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, SEARCHED));
  const found: number[] = [];
  for (let at = searched.indexOf(start); at >= 0; at = searched.indexOf(start, at + 1)) found.push(at);
  return found;
}

/** Whether every object of a heap lies in it, one after the other. */
function ends(read: ReadSync, at: number, size: number): boolean {
  if (at + headerSize > size) return false;
  const length = lengthAt(read(at + 8, 8), 0);
  if (at + length > size || length < headerSize) return false;
  const bytes = read(at, length);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let object = headerSize;
  // What is too short for another object is free.
  while (object + headerSize <= length) {
    const stored = lengthAt(bytes, object + 8);
    const isFree = view.getUint16(object, true) === 0;
    const need = isFree ? stored : headerSize + 8 * Math.ceil(stored / 8);
    if (need < 8 || object + need > length) return false;
    object += need;
  }
  return true;
}

function lengthAt(bytes: Uint8Array, at: number): number {
  return Number(new DataView(bytes.buffer, bytes.byteOffset + at, 8).getBigUint64(0, true));
}
