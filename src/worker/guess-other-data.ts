/** Sample data beside a model that are no .npy files, and those of a model with several inputs. */
import path from 'node:path';
import type { DataRole } from '../core/formats/data/sample-array.ts';
import type { InputFiles } from '../core/formats/data/several-inputs.ts';
import type { NetworkInput } from '../core/network/types.ts';
import { readDataFile } from '../node/data-files.ts';
import type { GuessedData } from './default-specification.ts';

/** Of files that may hold samples; JSON may be anything. */
const endings = /(?:\.npz|\.csv|\.tsv|\.csv\.gz|\.safetensors|\.idx|-ubyte|\.idx\.gz|-ubyte\.gz)$/i;
const archives = /\.(?:npz|safetensors)$/i;
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
  return { inputs, labels: await labelsAmong(files, inputs, shapeAs('labels')) };
}

function labelsAmong(
  files: readonly string[],
  inputs: string | null,
  shapeOf: (file: string) => Promise<Shape | null>,
): Promise<string | null> {
  return only(
    files.filter((file) => labelled.test(path.basename(file)) || (file === inputs && archives.test(file))),
    shapeOf,
    (shape) => shape.length === 1 || (shape.length === 2 && shape[1] === 1),
  );
}

/**
 * Of a model with several inputs: the one archive with an array of each name, or for each input the one file that has
 * its name in its own.
 * @param fits whether an array is of samples of such a shape
 */
export async function guessSeveral(
  folder: string,
  names: readonly string[],
  wanted: readonly NetworkInput[],
  fits: (shape: Shape, wanted: NetworkInput['shape']) => boolean,
): Promise<GuessedData> {
  const isKnown = (name: string) => endings.test(name) || name.endsWith('.npy');
  const files = names.filter(isKnown).map((name) => path.join(folder, name));
  if (files.length > mostCandidates) return { inputs: null, labels: null };
  const shapeOf = (role: DataRole, usual?: string) => (file: string) =>
    readDataFile(file, { role, limit: 1, mostUnpacked, usual }).then(
      ({ shape }) => shape,
      () => null,
    );
  const inputs = (await wholeArchive(files, wanted, shapeOf('inputs'), fits)) ?? (await oneEach());
  if (inputs === null) return { inputs, labels: null };
  const whole = typeof inputs === 'string' ? inputs : null;
  return { inputs, labels: await labelsAmong(files, whole, shapeOf('labels')) };

  async function oneEach(): Promise<InputFiles | null> {
    const found = await Promise.all(
      wanted.map(({ name, shape }) =>
        only(filesNamed(files, name), shapeOf('inputs', name), (own) => fits(own, shape)),
      ),
    );
    if (found.includes(null) || new Set(found).size < found.length) return null;
    return Object.fromEntries(wanted.map(({ name }, n) => [name, found[n]!]));
  }
}

function wholeArchive(
  files: readonly string[],
  wanted: readonly NetworkInput[],
  shapeOf: (file: string) => Promise<Shape | null>,
  fits: (shape: Shape, wanted: NetworkInput['shape']) => boolean,
): Promise<string | null> {
  const fitting = async (file: string): Promise<Shape | null> => {
    for (const { name, shape } of wanted) {
      const own = await shapeOf(`${file}#${name}`);
      if (!own || !fits(own, shape)) return null;
    }
    return [];
  };
  return only(
    files.filter((file) => archives.test(file)),
    fitting,
    () => true,
  );
}

/** Those of exactly that name, else those that have it among their words: `test-rows.npy` of `rows`. */
function filesNamed(files: readonly string[], name: string): string[] {
  const wordsOf = (text: string) => ` ${text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, ' ')} `;
  const baseOf = (file: string) => wordsOf(path.basename(file).replace(/\..*$/s, ''));
  const exact = files.filter((file) => baseOf(file) === wordsOf(name));
  return exact.length > 0 ? exact : files.filter((file) => baseOf(file).includes(wordsOf(name)));
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
