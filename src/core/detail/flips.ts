/** Samples to which the trained and the hybrid network give different answers. */
import { winner } from '../check/inputs.ts';
import type { Answer, Flip } from './types.ts';

/** Null where both give the same answer. */
export function flipOf(
  sample: number,
  analog: Float32Array,
  spiking: Float32Array,
  label: number | null,
): Flip | null {
  const [a, s] = [answerOf(analog), answerOf(spiking)];
  return a.class === s.class ? null : { sample, label, analog: a, spiking: s };
}

/** @param outputs of one sample */
export function answerOf(outputs: Float32Array): Answer {
  const best = winner(outputs, 0, outputs.length);
  if (outputs.length === 1) return { class: best, margin: Math.abs(outputs[0]! - 0.5) };
  const next = outputs.reduce((most, value, k) => (k === best ? most : Math.max(most, value)), -Infinity);
  return { class: best, margin: outputs[best]! - next };
}
