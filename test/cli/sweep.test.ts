/** `spikewise sweep`: its points are those of single runs, and what was simulated once is not simulated again. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Sweep } from '../../src/core/sweep/types.ts';
import { bin, spikewise } from '../support/cli.ts';
import { readJson, writeFloats, writeLabels } from '../support/files.ts';
import { randomSource } from '../support/networks.ts';
import { convertJson, samples, useTiny } from '../support/tiny.ts';

const tiny = useTiny();
const data = () => [tiny.file('model.json'), '--data', tiny.file('x.npy'), '--labels', tiny.file('y.npy')];
const store = () => tiny.file(path.join('.spikewise', 'sweeps'));
const savedSettings = () =>
  existsSync(store()) ? readdirSync(store()).filter((name) => name.endsWith('.json')).length : 0;

beforeEach(() => {
  rmSync(tiny.file('.spikewise'), { recursive: true, force: true });
});

async function sweep(...args: readonly string[]): Promise<Sweep> {
  const { code, stdout, stderr } = await spikewise(['sweep', ...data(), '--json', ...args]);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  return JSON.parse(stdout) as Sweep;
}

describe('a sweep', () => {
  it('has the numbers of a conversion with the same options', async () => {
    const { points, analog } = await sweep('--timesteps', '2,8', '--arithmetic', 'float,loihi');
    expect(points).toHaveLength(8);
    for (const { timesteps, coding, arithmetic, ...point } of points) {
      const report = await convertJson([
        ...data(),
        ...['--timesteps', String(timesteps), '--coding', coding, '--arithmetic', arithmetic],
      ]);
      expect(point.accuracy!.value).toBe(report.accuracy.spiking);
      expect(analog!.value).toBe(report.accuracy.analog);
      expect(point.agreement.value).toBe(report.accuracy.agreement);
      const populations = report.layers.flatMap((layer) => layer.populations);
      expect(point.mse).toBeCloseTo(Math.max(...populations.map(({ mse }) => mse)), 12);
      expect(point.spikesPerSample).toBeCloseTo(
        populations.reduce((sum, { spikesPerSample }) => sum + spikesPerSample, 0),
        9,
      );
      expect(point.chips.map(({ id, perInference, latency }) => ({ id, perInference, latency }))).toEqual(
        report.chips.map(({ id, perInference, latency }) => ({ id, perInference, latency })),
      );
    }
  });

  it('repeated with one more T simulates one more T', async () => {
    const first = await sweep('--timesteps', '2,4', '--coding', 'residual');
    expect(first).toMatchObject({ simulated: 2 * samples, reused: 0, complete: true });
    expect(readdirSync(store())).toHaveLength(2);
    const second = await sweep('--timesteps', '2,3,4', '--coding', 'residual');
    expect(second).toMatchObject({ simulated: samples, reused: 2 * samples });
    const same = ({ points }: Sweep) => points.filter(({ timesteps }) => timesteps !== 3);
    expect(same(second)).toEqual(same(first));
  });

  it('takes nothing of other labels, samples or options', async () => {
    await sweep('--timesteps', '2', '--coding', 'residual');
    const others = [
      ['--limit', '3'],
      ['--input-scale', '2'],
      ['--arithmetic', 'loihi'],
    ];
    for (const other of others) {
      expect((await sweep('--timesteps', '2', '--coding', 'residual', ...other)).reused).toBe(0);
    }
  });

  it('keeps nothing with --no-reuse', async () => {
    const { simulated } = await sweep('--timesteps', '2', '--no-reuse');
    expect(simulated).toBe(2 * samples);
    expect(existsSync(store())).toBe(false);
  });

  it('goes on where an earlier one was interrupted, and gives the same', async () => {
    const many = 20_000;
    writeFloats(
      tiny.file('many.npy'),
      [many, 3, 2],
      Float32Array.from({ length: 6 * many }, randomSource(4)),
    );
    writeLabels(
      tiny.file('many-labels.npy'),
      Array.from({ length: many }, (_, n) => n % 3),
    );
    const all = [
      tiny.file('model.json'),
      '--data',
      tiny.file('many.npy'),
      '--labels',
      tiny.file('many-labels.npy'),
    ];
    // Minutes of work, in which the many time-steps hold up the few.
    const child = execFile(process.execPath, [bin, 'sweep', ...all, '--timesteps', '2,65536']);
    const ended = once(child, 'exit') as Promise<[number | null, string | null]>;
    while (child.exitCode === null && savedSettings() < 4) await setTimeout(20);
    child.kill('SIGINT');
    expect(await ended).toEqual([130, null]);
    const few = ['sweep', ...all, '--timesteps', '2', '--json'];
    const resumed = JSON.parse((await spikewise(few)).stdout) as Sweep;
    expect(resumed.reused).toBeGreaterThan(0);
    expect(resumed.simulated).toBeGreaterThan(0);
    expect(resumed.simulated + resumed.reused).toBe(2 * many);
    const anew = JSON.parse((await spikewise([...few, '--no-reuse'])).stdout) as Sweep;
    expect(resumed.points).toEqual(anew.points);
    expect(resumed.analog).toEqual(anew.analog);
  });

  it('may run twice at once in one folder', async () => {
    const both = await Promise.all([
      sweep('--timesteps', '2,3,4,5,6'),
      sweep('--timesteps', '4,5,6,7,8', '--coding', 'reset'),
    ]);
    for (const { complete, points } of both) {
      expect(complete).toBe(true);
      expect(points.every((point) => point.samples === samples)).toBe(true);
    }
    expect(await sweep('--timesteps', '2,3,4,5,6,7,8', '--coding', 'reset')).toMatchObject({
      simulated: 0,
      points: [2, 3, 4, 5, 6, 7, 8].map((timesteps) =>
        both.flatMap(({ points }) => points).find((p) => p.coding === 'reset' && p.timesteps === timesteps)!,
      ),
    });
  });

  it('prints the points, and writes them where --out says', async () => {
    const { code, stdout } = await spikewise([
      ...['sweep', ...data(), '--timesteps', '2,16'],
      ...['--out', tiny.file('results')],
    ]);
    expect(code).toBe(0);
    const name = path.basename(path.dirname(tiny.file('model.json')));
    const written = readJson(tiny.file(path.join('results', `${name}.spikewise-sweep.json`))) as Sweep;
    expect(written.points.map(({ timesteps, coding }) => [timesteps, coding])).toEqual([
      [2, 'residual'],
      [16, 'residual'],
      [2, 'reset'],
      [16, 'reset'],
    ]);
    for (const { accuracy } of written.points) expect(stdout).toContain((100 * accuracy!.low).toFixed(2));
    expect(stdout).toContain('In residual coding');
    expect(readFileSync(tiny.file(path.join('.spikewise', '.gitignore')), 'utf8')).toContain('*');
  });

  it.each([
    [['--timesteps', '2,x'], '--timesteps must be a whole number'],
    [['--coding', 'residual,other'], '--coding must be residual or reset'],
    [['--keep'], 'sweep takes no --keep'],
  ])('refuses %j', async (args, words) => {
    const { code, stderr } = await spikewise(['sweep', ...data(), ...args]);
    expect(code).toBe(2);
    expect(stderr).toContain(words);
  });
});
