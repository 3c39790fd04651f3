/** Files are written whole or not at all. */
import { access, constants, mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';

/**
 * Writes beside the target and renames, so that a reader never sees half a file and a failure leaves
 * what was there. Makes the folder.
 * @throws Error naming the file
 */
export async function writeWhole(file: string, content: string | Uint8Array): Promise<void> {
  const temporary = `${file}.${process.pid}-${Date.now().toString(36)}.tmp`;
  try {
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(temporary, content);
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${file}: cannot be written (${reason})`, { cause: error });
  }
}

/** Why a file could not be written, as far as one can tell before the work is done; null where nothing is in the way. */
export async function obstacleTo(file: string): Promise<string | null> {
  const info = await stat(file).catch(() => null);
  if (info?.isDirectory()) return 'is a folder, so no file of that name can be written';
  let folder = path.dirname(file);
  let above = await stat(folder).catch(() => null);
  while (!above && folder !== path.dirname(folder)) {
    folder = path.dirname(folder);
    above = await stat(folder).catch(() => null);
  }
  if (!above?.isDirectory()) return `cannot be written: ${folder} is not a folder`;
  const mayWrite = await access(folder, constants.W_OK).then(
    () => true,
    () => false,
  );
  return mayWrite ? null : `cannot be written: this user may not write to ${folder}`;
}
