/** Which sequence steps recurrent layers skip, as Keras has it. */
import type { MaskingLayer } from '../network/types.ts';
import type { Trace } from './types.ts';

/** Skips the steps of id 0. @param ids one a sequence step */
export function maskOfIds({ values }: Trace): Uint8Array {
  return Uint8Array.from(values, (id) => (id === 0 ? 0 : 1));
}

/** Skips the steps whose values are all the layer's; they become 0. */
export function masked({ maskValue }: MaskingLayer, input: Trace): Trace {
  const { steps, features } = input;
  const wanted = Math.fround(maskValue);
  const values = input.values.slice();
  const mask = Uint8Array.from({ length: steps }, (_, step) => {
    const row = values.subarray(step * features, (step + 1) * features);
    if (row.some((value) => value !== wanted)) return 1;
    row.fill(0);
    return 0;
  });
  return { ...input, values, mask };
}
