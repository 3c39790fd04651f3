/** `spikewise sweep --neurons-per-gate 1,2,3`: numbers of neurons side by side, as single runs give them. Needs the build. */
import { cpSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import type { Report } from '../../src/core/report/types.ts';
import { sweepTable } from '../../src/core/report/tables/sweep.ts';
import type { Sweep } from '../../src/core/sweep/types.ts';
import { spikewise } from '../support/cli.ts';
import { temporaryFolder } from '../support/files.ts';
import { convertJson, useTiny } from '../support/tiny.ts';

const plain = fileURLToPath(
  new URL('../../examples/mnist-rows-plain/mnist-rows-plain.spikewise.json', import.meta.url),
);
const few = ['--limit', '64'];

async function sweep(...args: readonly string[]): Promise<Sweep> {
  const { code, stdout, stderr } = await spikewise(['sweep', plain, ...few, '--json', '--no-reuse', ...args]);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  return JSON.parse(stdout) as Sweep;
}

/** Of neurons alone: a generator is no neuron of a layer. */
function neuronsOf({ layers }: Report): number {
  return layers
    .flatMap(({ populations }) => populations)
    .filter(({ name }) => name !== 'generator')
    .reduce((sum, { neurons }) => sum + neurons, 0);
}

describe('numbers of neurons side by side', () => {
  it('are those of a conversion with each, at the time-steps and in the coding of the specification', async () => {
    const { points, analog, automatic, complete } = await sweep('--neurons-per-gate', '3,1,2');
    expect(complete).toBe(true);
    expect(points.map(({ neuronsPerGate }) => neuronsPerGate)).toEqual([1, 2, 3]);
    const [one] = points;
    for (const point of points) {
      const count = point.neuronsPerGate as number;
      const report = await convertJson([plain, ...few, '--neurons-per-gate', String(count)]);
      const { options, accuracy, chip, chips, layers } = report;
      expect(point).toMatchObject({
        timesteps: options.timesteps,
        coding: options.coding,
        arithmetic: options.arithmetic,
        samples: options.samples,
        neurons: neuronsOf(report),
        cores: chip.coresUsed,
      });
      expect(point.accuracy!.value).toBe(accuracy.spiking);
      expect(point.agreement.value).toBe(accuracy.agreement);
      expect(analog!.value).toBe(accuracy.analog);
      const populations = layers.flatMap((layer) => layer.populations);
      expect(point.mse).toBeCloseTo(Math.max(...populations.map(({ mse }) => mse)), 12);
      expect(
        point.chips.map(({ id, coresUsed, perInference, latency }) => [id, coresUsed, perInference, latency]),
      ).toEqual(
        chips.map(({ id, coresUsed, perInference, latency }) => [id, coresUsed, perInference, latency]),
      );
      expect(point.neurons).toBe(count * one!.neurons);
    }
    // What the tool would choose is one of them, and is marked.
    const own = await convertJson([plain, ...few, '--neurons-per-gate', 'auto']);
    expect(points.find(({ neuronsPerGate }) => neuronsPerGate === automatic)!.neurons).toBe(neuronsOf(own));
    const more = points.map(({ neurons }) => neurons);
    expect(more).toEqual([...more].sort((a, b) => a - b));
  });

  it('are simulated once where auto is one of them, and each at every T that is asked for', async () => {
    const swept = await sweep('--neurons-per-gate', 'auto,1,2,3,4,5', '--timesteps', '2,4');
    const { points, automatic, simulated, least } = swept;
    expect(automatic).not.toBeNull();
    expect(points).toHaveLength(12);
    expect(simulated).toBe(10 * 64);
    expect(least).toHaveLength(6);
    for (const timesteps of [2, 4]) {
      const at = (count: number | 'auto') => {
        const point = points.find((each) => each.timesteps === timesteps && each.neuronsPerGate === count)!;
        return { ...point, neuronsPerGate: null };
      };
      expect(at('auto')).toEqual(at(automatic!));
    }
  });

  it('are printed as one table, with what meets the tolerance below it', async () => {
    const args = ['sweep', plain, ...few, '--no-reuse', '--neurons-per-gate', '1,2', '--timesteps', '8'];
    const { code, stdout } = await spikewise(args);
    expect(code).toBe(0);
    const swept = await sweep('--neurons-per-gate', '1,2', '--timesteps', '8');
    const { columns, rows } = sweepTable(swept, swept.points[0]!.chips[0]!.id);
    for (const words of [...columns.map(({ title }) => title), ...rows.flat()])
      expect(stdout).toContain(words);
    expect(columns.map(({ title }) => title)).toEqual(
      expect.arrayContaining(['K', 'neurons', 'cores', 'energy']),
    );
    expect(rows.flat()).toContain('2 (auto)');
    expect(stdout).toContain('In residual coding');
    if (swept.fix) expect(stdout).toContain(swept.fix.title);
  });

  it('of a single K are an option of the network, and T is swept as usual', async () => {
    const { points, automatic } = await sweep(
      '--neurons-per-gate',
      '1',
      '--timesteps',
      '2,4',
      '--coding',
      'reset',
    );
    expect(points.map(({ timesteps, neuronsPerGate }) => [timesteps, neuronsPerGate])).toEqual([
      [2, undefined],
      [4, undefined],
    ]);
    expect(automatic).toBeNull();
  });

  it.each(['1,9', '1,some', '0,1'])('refuse %s', async (counts) => {
    const { code, stderr } = await spikewise(['sweep', plain, '--neurons-per-gate', counts]);
    expect(code).toBe(2);
    expect(stderr).toContain('--neurons-per-gate must be auto or a whole number from 1 to 8');
  });
});

describe('a network without a fitted activation', () => {
  const tiny = useTiny();

  it('has no numbers of neurons to compare, and says so', async () => {
    const { code, stderr } = await spikewise([
      ...['sweep', tiny.file('model.json'), '--data', tiny.file('x.npy'), '--labels', tiny.file('y.npy')],
      ...['--neurons-per-gate', '1,2'],
    ]);
    rmSync(tiny.file('.spikewise'), { recursive: true, force: true });
    expect(code).toBe(2);
    expect(stderr).toContain('there are no numbers of neurons to compare');
  });
});

describe('what was simulated once', () => {
  const { folder, remove } = temporaryFolder('neurons');
  afterAll(remove);

  it('is kept for each number of neurons, also under another name for it', async () => {
    cpSync(path.dirname(plain), folder, { recursive: true });
    rmSync(path.join(folder, '.spikewise'), { recursive: true, force: true });
    const kept = async (...args: readonly string[]): Promise<Sweep> => {
      const file = path.join(folder, path.basename(plain));
      const { stdout } = await spikewise(['sweep', file, ...few, '--json', ...args]);
      return JSON.parse(stdout) as Sweep;
    };
    const first = await kept('--neurons-per-gate', '1,2');
    expect(first).toMatchObject({ simulated: 2 * 64, reused: 0 });
    const second = await kept('--neurons-per-gate', '2,3');
    expect(second).toMatchObject({ simulated: 64, reused: 64 });
    expect(second.points[0]).toEqual(first.points[1]);
    const { timesteps, coding } = first.points[0]!;
    const alone = ['--timesteps', String(timesteps), '--coding', coding];
    expect(await kept('--neurons-per-gate', '3', ...alone)).toMatchObject({ simulated: 0, reused: 64 });
  });
});
