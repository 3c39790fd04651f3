/** A model that was never trained for spikes: what its fits cost is information, no warning and no error. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { convert, isConvertible } from '../../src/core/convert/convert.ts';
import type { Specification } from '../../src/core/convert/types.ts';
import { chain, dense, lstm, randomSource } from '../support/networks.ts';

const gate = fc.constantFrom('sigmoid', 'tanh', 'softsign');
const inner = fc.constantFrom(
  'sigmoid',
  'tanh',
  'softsign',
  'elu',
  'selu',
  'gelu',
  'swish',
  'softplus',
  'mish',
);
const count = fc.oneof(fc.integer({ min: 1, max: 8 }), fc.constant('auto' as const));
const options = fc.record({
  timesteps: fc.constantFrom(1, 8, 64),
  coding: fc.constantFrom('residual' as const, 'reset' as const),
  arithmetic: fc.constantFrom('float' as const, 'loihi' as const),
  neuronsPerGate: count,
}) satisfies fc.Arbitrary<Pick<Specification, 'timesteps' | 'coding' | 'arithmetic' | 'neuronsPerGate'>>;

describe('a plain model', () => {
  it('converts with nothing but information on its fits, and fixes for fewer and more neurons', () => {
    fc.assert(
      fc.property(gate, gate, inner, options, (recurrentActivation, activation, hidden, how) => {
        const random = randomSource(3);
        const network = chain(
          [4, 3],
          lstm(random, 3, 5, { recurrentActivation, activation }),
          dense(random, 5, 6, hidden, 'hidden'),
          dense(random, 6, 3, 'softmax', 'last'),
        );
        const conversion = convert(network, how, {});
        expect(isConvertible(conversion)).toBe(true);
        // Weights that the chip cannot hold are about the chip, not about the fits.
        const aboutFits = conversion.findings.filter(({ code }) => code !== 'weights-clipped');
        expect(aboutFits.map(({ severity }) => severity)).toEqual(aboutFits.map(() => 'info'));
        const fitted = aboutFits.filter(({ code }) => code === 'activation-fitted');
        expect(fitted.map(({ layer }) => layer)).toEqual(['lstm', 'hidden']);
        for (const { fixes } of fitted) {
          const edits = fixes.flatMap((fix) => fix.edits);
          expect(edits.every(({ path }) => path.join('.') === 'neuronsPerGate')).toBe(true);
          expect(edits.map(({ value }) => value)).not.toContain(how.neuronsPerGate);
          expect(edits.length).toBeGreaterThan(0);
        }
      }),
      { numRuns: 60 },
    );
  });
});
