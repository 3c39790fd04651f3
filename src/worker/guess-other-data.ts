/** Sample data beside a model that are no .npy files. */
import path from 'node:path';
import type { DataRole } from '../core/formats/data/sample-array.ts';
import { readDataFile } from '../node/data-files.ts';
import type { GuessedData } from './default-specification.ts';

/** Of files that may hold samples; JSON may be anything. */
const endings = /(?:\.npz|\.csv|\.tsv|\.csv\.gz|\.safetensors|\.idx|-ubyte|\.idx\.gz|-ubyte\.gz)$/i;
/** Labels are taken only where the file says that it holds some: any column of numbers could be them. */
const labelled = /label|target|class|(?:^|[^a-z])y(?:[^a-z]|$)/i;
/** More could be samples of anything. */
const mostCandidates = 20;
/** Of a compressed array. In bytes. */
const mostUnpacked = 64 * 2 ** 20;

type Shape = readonly number[];

/**
 * The one file whose samples fit, and the one that holds labels.
 * @param names of the folder's files
 * @param fits whether an array of one sample is what the model takes
 */
export async function guessOtherData(
  folder: string,
  names: readonly string[],
  sampleShape: readonly (number | null)[] | null,
  fits: (shape: Shape) => boolean,
): Promise<GuessedData> {
  const files = names.filter((name) => endings.test(name)).map((name) => path.join(folder, name));
  if (files.length > mostCandidates) return { inputs: null, labels: null };
  const isLabelled = (file: string) => labelled.test(path.basename(file));
  const shapeAs = (role: DataRole) => (file: string) =>
    readDataFile(file, { role, limit: 1, mostUnpacked, sampleShape: sampleShape ?? undefined }).then(
      ({ shape }) => shape,
      () => null,
    );
  const inputs = await only(
    files.filter((file) => !isLabelled(file)),
    shapeAs('inputs'),
    fits,
  );
  if (inputs === null) return { inputs, labels: null };
  const isPair = path.extname(inputs) === '.npz' || path.extname(inputs) === '.safetensors';
  const labels = await only(
    files.filter((file) => isLabelled(file) || (isPair && file === inputs)),
    shapeAs('labels'),
    (shape) => shape.length === 1 || (shape.length === 2 && shape[1] === 1),
  );
  return { inputs, labels };
}

async function only(
  files: readonly string[],
  shapeOf: (file: string) => Promise<Shape | null>,
  fits: (shape: Shape) => boolean,
): Promise<string | null> {
  const shapes = await Promise.all(files.map(shapeOf));
  const fitting = files.filter((_, n) => shapes[n] && fits(shapes[n]));
  return fitting.length === 1 ? fitting[0]! : null;
}
