/** The processor's own energy counters, as Linux exposes them (RAPL, /sys/class/powercap). */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

export interface EnergyCounter {
  /** Microjoules of each package since the machine started, modulo the counter's range. */
  read(): Promise<readonly number[]>;
  /** Joules of all packages since an earlier reading. */
  since(earlier: readonly number[]): Promise<number>;
}

interface Package {
  readonly file: string;
  /** Microjoules after which the counter starts again at 0. */
  readonly range: number;
}

/**
 * @param root the power capping class of sysfs
 * @returns null where there are no counters, or only root may read them
 */
export async function openEnergyCounter(root = '/sys/class/powercap'): Promise<EnergyCounter | null> {
  const names = await readdir(root).catch(() => []);
  // "intel-rapl:0" is a package; "intel-rapl:0:0" a part of it that is counted there already.
  const packages = names.filter((name) => /^intel-rapl:\d+$/.test(name)).sort();
  try {
    const counters: Package[] = await Promise.all(
      packages.map(async (name) => ({
        file: path.join(root, name, 'energy_uj'),
        range: await readNumber(path.join(root, name, 'max_energy_range_uj')),
      })),
    );
    const read = (): Promise<number[]> => Promise.all(counters.map(({ file }) => readNumber(file)));
    await read();
    return counters.length === 0
      ? null
      : { read, since: async (earlier) => difference(earlier, await read(), counters) };
  } catch {
    return null;
  }
}

async function readNumber(file: string): Promise<number> {
  const value = Number(await readFile(file, 'utf8'));
  if (!Number.isFinite(value)) throw new Error(`${file} holds no number`);
  return value;
}

function difference(
  earlier: readonly number[],
  later: readonly number[],
  counters: readonly Package[],
): number {
  return counters.reduce((joules, { range }, k) => {
    const microjoules = later[k]! - earlier[k]!;
    return joules + (microjoules < 0 ? microjoules + range : microjoules) / 1e6;
  }, 0);
}
