/** The weights that a chip of so many bits holds, in units of which 256 are 1.0. */

/** Units of 1.0 in weights, biases and thresholds. */
export const unitsOfOne = 256;

/** With more bits the step would be below a unit. */
const mostBits = 8;

/**
 * Weights are multiples of this: of 9 bits with the sign, the last are lost. With 8 bits one is lost, because
 * signs are mixed (nengo-loihi e564f66, hardware/builder.py:353, block.py:426-549).
 */
export function weightStep(bits: number): number {
  return 2 ** (9 - Math.min(bits, mostBits));
}

/** 254 with 8 bits. */
export function largestWeight(bits: number): number {
  return unitsOfOne - weightStep(bits);
}
