/** The processor's energy counters, read from a made-up sysfs. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openEnergyCounter } from '../../src/node/energy-counter.ts';
import { temporaryFolder } from '../support/files.ts';

const { folder, remove } = temporaryFolder('powercap');
afterAll(remove);

const range = 1_000_000;

function count(name: string, microjoules: number | string): void {
  mkdirSync(path.join(folder, name), { recursive: true });
  writeFileSync(path.join(folder, name, 'energy_uj'), `${microjoules}\n`);
  writeFileSync(path.join(folder, name, 'max_energy_range_uj'), `${range}\n`);
}

describe('energy counters', () => {
  it('add up the packages, not their parts, also where one starts again', async () => {
    count('intel-rapl:0', 100);
    count('intel-rapl:1', 999_900);
    count('intel-rapl:0:0', 7); // the cores, counted in package 0 already
    const counter = await openEnergyCounter(folder);
    const before = await counter!.read();
    expect(before).toEqual([100, 999_900]);
    count('intel-rapl:0', 600);
    count('intel-rapl:1', 400);
    count('intel-rapl:0:0', 300);
    expect(await counter!.since(before)).toBeCloseTo((500 + 500) / 1e6, 12);
  });

  it('are none where the machine has none, or they may not be read', async () => {
    expect(await openEnergyCounter(path.join(folder, 'nowhere'))).toBeNull();
    count('intel-rapl:0', 'no number');
    expect(await openEnergyCounter(folder)).toBeNull();
  });
});
