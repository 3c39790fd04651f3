/** Files and folders are written whole or not at all. */
import { access, constants, mkdir, readdir, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
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

/**
 * Makes a folder of files, beside its place first.
 * @param files content by name
 * @throws Error naming the folder; nothing is left then
 */
export async function writeFolder(
  folder: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<void> {
  const temporary = `${folder}.${process.pid}-${Date.now().toString(36)}.tmp`;
  try {
    await mkdir(temporary, { recursive: true });
    for (const [name, content] of Object.entries(files)) await writeFile(path.join(temporary, name), content);
    // An empty folder may be in its place. One with files stays, and is in the way of the next line.
    await rmdir(folder).catch(() => undefined);
    await rename(temporary, folder);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true }).catch(() => undefined);
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${folder}: cannot be written (${reason})`, { cause: error });
  }
}

/** As {@link obstacleTo}, of a folder that {@link writeFolder} is to make. */
export async function obstacleToFolder(folder: string): Promise<string | null> {
  const info = await stat(folder).catch(() => null);
  if (!info) return obstacleTo(folder);
  if (!info.isDirectory()) return 'is a file, so no folder of that name can be made';
  const names = await readdir(folder).catch(() => null);
  if (names === null) return 'may not be read by this user';
  if (names.length > 0) return 'has files in it; name a folder that is empty or not there yet';
  return obstacleTo(path.join(folder, 'model.json'));
}
