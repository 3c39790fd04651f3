/** What a file held when a run read it. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { FileRole, RunFile } from '../core/runs/manifest.ts';

/** Reads the file piece by piece. A file that cannot be read has neither size nor hash. */
export async function hashFile(role: FileRole, path: string): Promise<RunFile> {
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    for await (const piece of createReadStream(path, { highWaterMark: 1 << 20 })) {
      hash.update(piece as Buffer);
      bytes += (piece as Buffer).length;
    }
    return { role, path, bytes, sha256: hash.digest('hex') };
  } catch {
    return { role, path, bytes: null, sha256: null };
  }
}
