/** Files of a machine, for the readers of the core. Every fault names the file. */
import { closeSync, openSync, readSync } from 'node:fs';
import { open, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import type { ByteSource, FileRole, Folder } from '../core/formats/files.ts';
import { formatBytes } from '../core/formats/files.ts';
import { InputFault, type FindingCode, type Place } from '../core/findings/types.ts';

/**
 * The file is opened anew for each read: readers make few and large ones, and nothing needs closing.
 * @throws InputFault where there is no such file, or it is a folder, a pipe or a device.
 */
export async function openFile(file: string, role: FileRole): Promise<ByteSource> {
  const fault = (words: string) => new InputFault(role.code, file, words, role.place);
  const info = await stat(file).catch((error: unknown) => {
    throw fault(reason(error));
  });
  if (info.isDirectory()) throw fault('is a folder, not a file');
  if (!info.isFile()) throw fault('is not a regular file');
  return {
    path: file,
    size: info.size,
    read: (offset, length) => readRange(file, offset, length, info.size, fault),
    readSync: (offset, length) => readRangeSync(file, offset, length, info.size, fault),
  };
}

type MakeFault = (words: string) => InputFault;

/** Before anything is allocated. */
function checkRange(offset: number, length: number, size: number, fault: MakeFault): void {
  if (offset + length > size) {
    throw fault(`ends at byte ${size}, before byte ${offset + length} that is to be read`);
  }
}

/** One read system call takes less than 2 GiB. */
const mostAtOnce = 2 ** 30;

const becameShorter = 'became shorter while it was read';

async function readRange(
  file: string,
  offset: number,
  length: number,
  size: number,
  fault: MakeFault,
): Promise<Uint8Array> {
  checkRange(offset, length, size, fault);
  try {
    const handle = await open(file, 'r');
    try {
      const bytes = new Uint8Array(length);
      let done = 0;
      while (done < length) {
        const part = Math.min(length - done, mostAtOnce);
        const { bytesRead } = await handle.read(bytes, done, part, offset + done);
        if (bytesRead === 0) throw fault(becameShorter);
        done += bytesRead;
      }
      return bytes;
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw error instanceof InputFault ? error : fault(reason(error));
  }
}

function readRangeSync(
  file: string,
  offset: number,
  length: number,
  size: number,
  fault: MakeFault,
): Uint8Array {
  checkRange(offset, length, size, fault);
  try {
    const handle = openSync(file, 'r');
    try {
      const bytes = new Uint8Array(length);
      let done = 0;
      while (done < length) {
        const read = readSync(handle, bytes, done, Math.min(length - done, mostAtOnce), offset + done);
        if (read === 0) throw fault(becameShorter);
        done += read;
      }
      return bytes;
    } finally {
      closeSync(handle);
    }
  } catch (error) {
    throw error instanceof InputFault ? error : fault(reason(error));
  }
}

/**
 * A whole text file in UTF-8.
 * @param limit Largest size in bytes.
 * @throws InputFault where it cannot be read, is larger, or is not UTF-8.
 */
export async function readTextFile(file: string, role: FileRole, limit: number): Promise<string> {
  const source = await openFile(file, role);
  if (source.size > limit) {
    const words = `is ${formatBytes(source.size)} long; at most ${formatBytes(limit)} are read`;
    throw new InputFault(role.code, file, words, role.place);
  }
  const bytes = await source.read(0, source.size);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new InputFault(role.code, file, 'is not text in UTF-8', role.place);
  }
}

/** The folder of a model file. Nothing outside of it is opened, whatever the model file says. */
export function folderOf(modelFile: string): Folder {
  const root = path.dirname(path.resolve(modelFile));
  return { open: (relative, place) => openWithin(root, relative, place) };
}

const code: FindingCode = 'weights-unreadable';

async function openWithin(root: string, relative: string, place: Place): Promise<ByteSource> {
  const outside = (file: string) =>
    new InputFault(code, file, 'lies outside of the folder of the model, so it is not opened', place);
  if (relative === '' || relative.includes('\0')) {
    throw new InputFault(
      code,
      root,
      'is the folder of a model that names a weight file without a name',
      place,
    );
  }
  // A model may come from any system: refuse what is absolute or climbs on either kind.
  if (path.posix.isAbsolute(relative) || path.win32.isAbsolute(relative) || /^[a-zA-Z]:/.test(relative)) {
    throw outside(relative);
  }
  if (relative.split(/[\\/]/).includes('..')) throw outside(relative);

  const file = path.join(root, relative);
  const [realRoot, realFile] = await Promise.all([realpath(root), realpath(file)]).catch((error: unknown) => {
    throw new InputFault(code, file, reason(error), place);
  });
  const within = path.relative(realRoot, realFile);
  if (within.split(path.sep)[0] === '..' || path.isAbsolute(within)) throw outside(file);
  const source = await openFile(realFile, { code, place });
  return { ...source, path: file };
}

function reason(error: unknown): string {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return 'does not exist';
    case 'EACCES':
    case 'EPERM':
      return 'may not be read by this user';
    case 'ELOOP':
      return 'is a link that leads to itself';
    default:
      return `cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  }
}
