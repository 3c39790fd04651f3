/** Recurrent layers whose activation has no bound: neurons go as far as the sample data reach. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { convert, hasFittedGates, isConvertible, layersToMeasure } from '../../src/core/convert/convert.ts';
import { measureDrives } from '../../src/core/convert/drives.ts';
import { measureRanges } from '../../src/core/convert/ranges.ts';
import type { Layer } from '../../src/core/network/types.ts';
import { analogRunner } from '../../src/core/simulate/analog.ts';
import { runChain } from '../../src/core/simulate/chain.ts';
import { hybridRunner } from '../../src/core/simulate/spiking.ts';
import { bothKernels } from '../support/kernels.ts';
import { chain, hardActivations, randomSource, randomTrace } from '../support/networks.ts';
import { recurrent, recurrentKinds } from '../support/recurrent.ts';

const [kernel] = await bothKernels();
const analog = { activations: hardActivations, cellClip: null };

/** Largest difference of h from the trained network's, in parts of its largest value. */
function error(layer: Layer, seed: number, arithmetic: 'float' | 'loihi', timesteps: number): number {
  const network = chain([6, 3], layer);
  const sample = randomTrace(randomSource(seed), 3, 6);
  const links = [{ layer, run: analogRunner(layer, kernel!.kernel, analog) }];
  const options = {
    timesteps,
    coding: 'residual',
    arithmetic,
    neuronsPerGate: 8,
    activations: hardActivations,
  } as const;
  expect(layersToMeasure(network, options)).toEqual([layer.name]);
  expect(hasFittedGates(network, options)).toBe(true);
  const ranges = measureRanges(links, [layer.name], 1, () => sample, 100);
  const drives = measureDrives([layer], kernel!.kernel, analog, 1, () => sample);
  const conversion = convert(network, options, ranges, drives);
  expect(isConvertible(conversion)).toBe(true);
  const run = hybridRunner(conversion.layers[0]!, kernel!.kernel, { ...analog, ...options, weightBits: 8 });
  const wanted = runChain(links, sample)[0]!.cell!.hidden;
  const values = runChain([{ layer, run }], sample)[0]!.cell!.hidden;
  const largest = Math.max(1, ...wanted.map(Math.abs));
  return Math.max(...values.map((value, k) => Math.abs(value - wanted[k]!))) / largest;
}

describe.each(recurrentKinds)('%s', (kind) => {
  it.each(['relu', 'linear', 'elu', 'gelu', 'swish', 'softplus'])(
    'with %s comes to the trained one',
    (name) => {
      fc.assert(
        fc.property(fc.integer(), (seed) => {
          const layer = recurrent(kind, randomSource(seed), 3, 4, {
            activation: name,
            returnSequences: true,
          });
          expect(error(layer, seed, 'float', 8192)).toBeLessThan(0.06);
        }),
        // Few pre-activations, all on one side of a kink, once had pieces that swung between them.
        { numRuns: 8, examples: [[310458458]] },
      );
    },
  );
});

describe('gates', () => {
  it('with no bound spike, too', () => {
    const layer = recurrent('LSTM', randomSource(1), 3, 4, {
      recurrentActivation: 'softplus',
      activation: 'elu',
    });
    expect(error(layer, 2, 'float', 8192)).toBeLessThan(0.06);
    expect(error(layer, 2, 'loihi', 256)).toBeLessThan(0.3);
  });
});
