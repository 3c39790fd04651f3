/** NIR graphs that the nir package wrote (test/golden/models/save_nir.py). */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { convert } from '../../src/core/convert/convert.ts';
import { InputFault } from '../../src/core/findings/types.ts';
import { readHdf5Model } from '../../src/core/formats/keras/hdf5-model.ts';
import type { Network } from '../../src/core/network/types.ts';
import { analogRunner } from '../../src/core/simulate/analog.ts';
import { createTwinKernel } from '../../src/core/simulate/kernel/twin.ts';
import { openHdf5 } from '../../src/worker/hdf5.ts';
import { runChain, trace } from '../support/networks.ts';
import { bytesSource, faultOf } from './sources.ts';

const folder = path.join(import.meta.dirname, '../golden/models/nir');
const bytesOf = (name: string) => new Uint8Array(readFileSync(path.join(folder, name)));
const readBytes = (bytes: Uint8Array): Promise<Network> =>
  readHdf5Model(bytesSource('g.nir', bytes), openHdf5);
const read = (name: string): Promise<Network> => readBytes(bytesOf(`${name}.nir`));

describe('a chain', () => {
  it('is a network of layers, each with its neurons', async () => {
    const network = await read('chain');
    expect(network).toMatchObject({ format: expect.stringMatching(/^NIR \d/) as string, inputShape: [6] });
    expect(network.layers).toMatchObject([
      { kind: 'InputLayer', name: 'input' },
      { kind: 'Dense', name: 'z', inputSize: 6, units: 5, activation: 'if', path: ['node', 'nodes', 'z'] },
      { kind: 'Dense', name: 'b', inputSize: 5, units: 4, activation: 'if_2' },
      { kind: 'Dense', name: 'out', inputSize: 4, units: 2, activation: 'linear' },
    ]);
    expect(network.activations).toEqual({
      if: { slope: 2, offset: 0, low: 0, high: 1 },
      if_2: { slope: 0.75, offset: 0, low: 0, high: 1 },
    });
    expect(network).not.toHaveProperty('assumptions');
  });

  it('computes the rates at which its neurons fire', async () => {
    const network = await read('chain');
    const { x, outputs } = JSON.parse(readFileSync(path.join(folder, 'chain.json'), 'utf8')) as {
      x: number[][];
      outputs: number[][];
    };
    const options = { activations: network.activations!, cellClip: null };
    const runners = network.layers.map((layer) => analogRunner(layer, createTwinKernel(), options));
    let different = 0;
    for (const [n, sample] of x.entries()) {
      const { values } = runChain(runners, trace(sample)).output;
      // 20,000 time-steps were simulated: a rate is a multiple of 1/20,000.
      for (const [i, output] of outputs[n]!.entries())
        expect(Math.abs(values[i]! - output)).toBeLessThan(1e-3);
      different += Math.abs(outputs[n]![0]! - outputs[0]![0]!);
    }
    expect(different).toBeGreaterThan(0.1);
  });

  it('converts: its neurons spike again', async () => {
    const network = await read('chain');
    const options = {
      activations: network.activations!,
      arithmetic: 'float',
      coding: 'residual',
      timesteps: 8,
    } as const;
    const { layers } = convert(network, options, {});
    expect(layers.map(({ runsAs }) => runsAs)).toEqual(['nothing', 'spiking', 'spiking', 'analog']);
  });

  it('is the same without compression', async () => {
    expect(await read('stored')).toEqual(await read('chain'));
  });

  it('says what it took where neurons reset to 0', async () => {
    expect((await read('reset')).assumptions).toEqual([
      'The neurons of "two" fire at the rate of neurons that subtract their threshold at each spike; the file says that they reset to 0, so they fire a little less.',
    ]);
  });
});

describe('what is refused', () => {
  it.each([
    ['negative', 'IF', 'its neurons do not reset to 0'],
    ['mixed', 'IF', 'its neurons have different thresholds or resistances; scale their weights instead'],
    ['leaky', 'LIF', 'its neurons leak, which neither an analog layer nor the neurons here do'],
  ])('%s', async (name, className, reason) => {
    const { layers } = await read(name);
    expect(layers[2]).toMatchObject({ kind: 'Unsupported', name: 'two', className, reason });
  });

  it.each([
    ['branch', "is a NIR graph with a branch: 'input' feeds both 'one' and 'two'; only a chain"],
    ['loop', "is a NIR graph with a branch: 'two' "],
  ])('%s', async (name, words) => {
    const fault = await faultOf(() => read(name));
    expect(fault.code).toBe('model-unreadable');
    expect(fault.fault).toContain(words);
  });

  it('bytes changed or cut off', async () => {
    const bytes = [bytesOf('chain.nir'), bytesOf('stored.nir')];
    let readable = 0;
    const survives = async (damaged: Uint8Array): Promise<void> => {
      try {
        await readBytes(damaged);
        readable++;
      } catch (error) {
        if (!(error instanceof InputFault)) throw error;
        expect(error.message).not.toContain('\n');
      }
    };
    for (let length = 0; length < bytes[1]!.length; length += 37) await survives(bytes[1]!.slice(0, length));
    expect(readable).toBe(0);
    const change = fc.tuple(fc.nat({ max: 2 ** 30 }), fc.integer({ min: 1, max: 255 }));
    const changes = fc.array(change, { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...bytes), changes, async (original, changed) => {
        const damaged = original.slice();
        for (const [at, byte] of changed) damaged[at % damaged.length]! ^= byte;
        await survives(damaged);
      }),
      { numRuns: 500 },
    );
    expect(readable).toBeGreaterThan(50);
  });
});
