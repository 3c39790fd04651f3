/** Corrections that calibration finds, among those that a specification has. */
import type { Correction, GateName, SpikingLayer } from '../convert/types.ts';

/** Of the spiking network alone. */
type Found = Pick<
  Correction,
  'low' | 'high' | 'spikingBias' | 'inputRange' | 'hiddenRange' | 'weightExponent'
>;

const ofWholeLayers: readonly (keyof Correction)[] = ['inputRange', 'hiddenRange', 'weightExponent'];
const ofBothNetworks: readonly (keyof Correction)[] = ['weightScale', 'neuron', 'bias'];

const has = (correction: Correction, keys: readonly (keyof Correction)[]): boolean =>
  keys.some((key) => correction[key] !== undefined);

/**
 * The corrections with values of a layer, or of one of its populations, in the place of those that were there.
 * @param population null: of the whole layer
 */
export function withCorrection(
  corrections: readonly Correction[],
  layer: SpikingLayer,
  population: string | null,
  found: Found,
): Correction[] {
  // The one population of a layer needs no name.
  const named = population !== null && layer.populations.length > 1;
  const added: Correction = {
    layer: layer.layer.name,
    ...(named && { gate: population as GateName }),
    ...found,
  };
  const at = corrections.findIndex(
    (correction) =>
      correction.layer === added.layer &&
      correction.gate === added.gate &&
      !has(correction, ofBothNetworks) &&
      has(correction, ofWholeLayers) === has(added, ofWholeLayers),
  );
  return at < 0 ? [...corrections, added] : corrections.with(at, { ...corrections[at]!, ...added });
}
