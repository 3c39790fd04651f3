/**
 * Sums of earlier sweeps, `.spikewise/sweeps/KEY.json`: one file for what one setting gave for one network and one
 * set of samples. Documented in docs/sweep.md.
 */
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import * as v from 'valibot';
import type { PointSums } from '../core/sweep/points.ts';
import { prune } from './prune.ts';
import { ignoreInGit } from './runs-store.ts';
import { writeWhole } from './write.ts';

/** The oldest files go first. */
const usualBytes = 100_000_000;

export interface SweepStore {
  /** Null where there is nothing, or nothing that can be read. */
  read(key: string): Promise<PointSums | null>;
  /** Does nothing where the folder cannot be written: a sweep is not lost with its store. */
  write(key: string, sums: PointSums): Promise<void>;
}

/**
 * @param file the specification, or the model where there is none; the folder is made beside it
 * @param mostBytes of all files together
 */
export function openSweepStore(file: string, mostBytes = usualBytes): SweepStore {
  const folder = path.join(path.dirname(path.resolve(file)), '.spikewise', 'sweeps');
  const fileOf = (key: string) => path.join(folder, `${key}.json`);
  return {
    read: async (key) => {
      const text = await readFile(fileOf(key), 'utf8').catch(() => null);
      return text === null ? null : parseSums(text);
    },
    write: async (key, sums) => {
      // At once: the sums go on growing while the folder is made.
      const text = `${JSON.stringify(sums, plainArrays)}\n`;
      try {
        await mkdir(folder, { recursive: true });
        await ignoreInGit(folder);
        await writeWhole(fileOf(key), text);
        await prune(folder, mostBytes);
      } catch {
        // A folder that cannot be written.
      }
    },
  };
}

/** Nothing is stored or found. */
export const noSweepStore: SweepStore = {
  read: () => Promise.resolve(null),
  write: () => Promise.resolve(),
};

function plainArrays(_key: string, value: unknown): unknown {
  return value instanceof Float64Array ? [...value] : value;
}

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const numbers = v.pipe(
  v.array(v.number()),
  v.transform((values) => Float64Array.from(values)),
);
const errors = v.object({ width: count, squares: numbers, largest: numbers });
const layerSums = v.object({
  output: errors,
  populations: v.array(v.object({ ...errors.entries, neurons: count, spikes: numbers })),
  spikes: v.object({ inputs: numbers, neurons: numbers }),
  skipped: numbers,
});
const pointSums = v.object({
  samples: count,
  chunks: count,
  right: v.nullable(v.object({ trained: count, spiking: count })),
  agreeing: count,
  squares: v.number(),
  width: count,
  layers: v.array(layerSums),
});

/** Null where the file is damaged: it is computed again. */
function parseSums(text: string): PointSums | null {
  try {
    const result = v.safeParse(pointSums, JSON.parse(text));
    return result.success ? result.output : null;
  } catch {
    return null;
  }
}
