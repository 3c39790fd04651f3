/** A small ordinary LSTM with data that it can learn, for tests of retraining. */
import path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { beforeAll } from 'vitest';
import { withWeights, writeFloats, writeLabels } from './files.ts';
import { randomSource } from './networks.ts';
import type { Tiny } from './tiny.ts';

export const smoothSamples = 300;

export interface Smooth {
  /** A file of its folder. */
  readonly file: (name: string) => string;
  /** The arguments that name model and data. */
  readonly data: () => string[];
}

/** Three classes that the first feature of the last step decides. */
export function useSmooth(tiny: Tiny): Smooth {
  let folder: string;
  const file = (name: string): string => path.join(folder, name);
  beforeAll(async () => {
    const model = tf.sequential({
      name: 'smooth',
      layers: [
        tf.layers.lstm({
          ...{ name: 'lstm', units: 6, inputShape: [3, 2] },
          ...{ activation: 'tanh', recurrentActivation: 'sigmoid' },
          ...{ kernelInitializer: 'zeros', recurrentInitializer: 'zeros' },
        }),
        tf.layers.dense({ name: 'classifier', units: 3, activation: 'softmax' }),
      ],
    });
    folder = await tiny.folderWith(withWeights(model), [smoothSamples, 3, 2]);
    const random = randomSource(5);
    const values = Float32Array.from({ length: smoothSamples * 6 }, random);
    const labels = Array.from({ length: smoothSamples }, (_, n) => {
      const last = values[6 * n + 4]!;
      return last < -0.3 ? 0 : last < 0.3 ? 1 : 2;
    });
    writeFloats(file('x.npy'), [smoothSamples, 3, 2], values);
    writeLabels(file('y.npy'), labels);
  });
  return {
    file,
    data: () => [file('model.json'), '--data', file('x.npy'), '--labels', file('y.npy')],
  };
}
