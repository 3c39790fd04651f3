/** Answers of the two networks against the labels and against each other. */
import { winner } from '../check/inputs.ts';

export interface Accuracy {
  /** Fractions 0..1; null without labels. */
  readonly analog: number | null;
  readonly spiking: number | null;
  /** Share of the samples on which both networks give the same answer. */
  readonly agreement: number;
}

/**
 * @param analog [samples, width] outputs of the trained network
 * @param spiking [samples, width] outputs of the hybrid network
 * @param labels class of each sample, or null
 */
export function accuracy(
  analog: Float32Array,
  spiking: Float32Array,
  width: number,
  labels: Int32Array | null,
): Accuracy {
  const samples = analog.length / width;
  let agree = 0;
  let analogRight = 0;
  let spikingRight = 0;
  for (let n = 0; n < samples; n++) {
    const a = winner(analog, n * width, width);
    const s = winner(spiking, n * width, width);
    if (a === s) agree++;
    if (a === labels?.[n]) analogRight++;
    if (s === labels?.[n]) spikingRight++;
  }
  return {
    analog: labels && analogRight / samples,
    spiking: labels && spikingRight / samples,
    agreement: agree / samples,
  };
}
