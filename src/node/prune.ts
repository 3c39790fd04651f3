/** Folders of results that may go: the oldest do, where there is more than is wanted. */
import { readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';

/** What such a folder holds, and what a process that ended while writing left of it. Nothing else is ever removed. */
const ownName = /^[0-9a-f]{64}\.json(\..+\.tmp)?$/;

/** @param mostBytes of all files together */
export async function prune(folder: string, mostBytes: number): Promise<void> {
  const names = (await readdir(folder)).filter((name) => ownName.test(name));
  const files = await Promise.all(
    names.map((name) =>
      stat(path.join(folder, name)).then(
        ({ mtimeMs, size }) => ({ name, mtimeMs, size }),
        // Another process has removed or renamed it.
        () => ({ name, mtimeMs: 0, size: 0 }),
      ),
    ),
  );
  let bytes = 0;
  for (const { name, size } of files.sort((a, b) => b.mtimeMs - a.mtimeMs)) {
    bytes += size;
    if (bytes > mostBytes) await rm(path.join(folder, name), { force: true });
  }
}
