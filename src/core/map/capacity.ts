/** How much of a layer one core holds. */
import { fits, type CoreRules } from './occupancy.ts';
import type { LayerDemand } from './types.ts';

/** The greatest whole number up to `top` that passes, where all below it do; 0 where none does. */
export function mostOf(top: number, passes: (n: number) => boolean): number {
  let low = 0;
  let high = top + 1;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (passes(middle)) low = middle;
    else high = middle;
  }
  return low;
}

/** Of a layer on a core, whatever its populations. Every in-axon reaches all of them, so nothing else counts. */
export function mostThresholds(layer: LayerDemand, upTo: number, rules: CoreRules): number {
  const of = (neurons: number) => [{ population: '', neurons, dual: false, thresholdKeys: [''] }];
  const single = { ...rules, thresholds: { ...rules.thresholds, single: 1 } };
  return mostOf(upTo, (n) =>
    fits(
      { neurons: [{ layer: 0, neurons: [n] }], generators: [] },
      [{ ...layer, populations: of(n) }],
      single,
    ),
  );
}
