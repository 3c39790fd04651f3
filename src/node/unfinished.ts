/**
 * The best epoch so far of a retraining that goes on, in `OUT.unfinished` beside the folder `OUT` that it is to write.
 * It is a whole model with its specification: where the retraining was interrupted, it becomes OUT by its name alone.
 */
import { readdir, readFile, rename, rm, rmdir, stat } from 'node:fs/promises';
import path from 'node:path';
import * as v from 'valibot';
import type { Unfinished } from '../core/finetune/types.ts';
import { obstacleToFolder, writeFolder, writeWhole } from './write.ts';

/** Of the file that says what was retrained, and how. */
export const finetuningEnding = '.spikewise-finetune.json';

function unfinishedFolder(out: string): string {
  return `${out}.unfinished`;
}

/** Kept after every better epoch. @param files all of the folder; of a folder that is there, `changing` alone are written */
export async function writeUnfinished(
  out: string,
  files: Readonly<Record<string, string | Uint8Array>>,
  changing: readonly string[],
): Promise<void> {
  const folder = unfinishedFolder(out);
  if (!(await stat(folder).catch(() => null))) {
    await writeFolder(folder, files);
    return;
  }
  for (const name of changing) await writeWhole(path.join(folder, name), files[name]!);
}

const written = v.object({
  specification: v.nullable(v.string()),
  model: v.object({ name: v.string() }),
  options: v.object({ epochs: v.number() }),
  best: v.number(),
});

/** Null where there is none, or none that this version reads. */
export async function readUnfinished(out: string): Promise<Unfinished | null> {
  const folder = unfinishedFolder(out);
  const names = await readdir(folder).catch(() => []);
  const name = names.find((each) => each.endsWith(finetuningEnding));
  if (name === undefined) return null;
  try {
    const text = await readFile(path.join(folder, name), 'utf8');
    const { specification, model, options, best } = v.parse(written, JSON.parse(text));
    return { out, folder, specification, model: model.name, best, epochs: options.epochs };
  } catch {
    return null;
  }
}

/**
 * Makes it the result. @returns absolute path of its specification
 * @throws Error where the folder has got files meanwhile
 */
export async function takeUnfinished(out: string): Promise<string> {
  const obstacle = await obstacleToFolder(out);
  if (obstacle !== null) throw new Error(`${out}: ${obstacle}`);
  await rmdir(out).catch(() => undefined);
  await rename(unfinishedFolder(out), out);
  await removeLeftovers(out);
  await removeMatching(out, (name) => ofFile.test(name));
  const names = await readdir(out);
  return path.join(
    out,
    names.find((name) => name.endsWith('.spikewise.json'))!,
  );
}

export async function discardUnfinished(out: string): Promise<void> {
  await rm(unfinishedFolder(out), { recursive: true, force: true });
  await removeLeftovers(out);
}

/** Why a retraining cannot write there; null where nothing is in the way. */
export async function obstacleToRetraining(out: string): Promise<string | null> {
  const obstacle = await obstacleToFolder(out);
  if (obstacle !== null) return obstacle;
  const folder = unfinishedFolder(out);
  if (!(await stat(folder).catch(() => null))) return null;
  return `has the best epoch of an earlier retraining beside it, in ${path.basename(folder)}; rename that folder to keep it, or delete it`;
}

/** What was being written when its process or thread ended. */
export async function removeLeftovers(out: string): Promise<void> {
  const [parent, name] = [path.dirname(out), path.basename(out)];
  await removeMatching(parent, (each) => each.startsWith(name) && ofFolder.test(each.slice(name.length)));
}

/** Endings of the names that write.ts gives to what it has not written yet. */
const ofFolder = /^(?:\.unfinished)?\.\d+-[0-9a-z]+\.tmp$/;
const ofFile = /\.\d+-[0-9a-z]+\.tmp$/;

async function removeMatching(folder: string, matches: (name: string) => boolean): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names.filter(matches)) {
    await rm(path.join(folder, name), { recursive: true, force: true });
  }
}
