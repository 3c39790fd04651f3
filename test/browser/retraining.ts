/** A made-up retraining of the network that the made-up report is about. */
import type { Epoch, FinetuneProgress, Finetuning, Unfinished } from '../../src/core/finetune/types.ts';

const steps = 280;
/** The loss falls from chance, and epochs get better but for the third. */
const lossAt = (step: number): number => 0.05 + 2.25 * Math.exp(-step / 90) + 0.02 * Math.sin(step);
const accuracies = [0.9198, 0.973, 0.981, 0.979, 0.984];

function epochAt(epoch: number): Epoch {
  return {
    epoch,
    loss: epoch === 0 ? null : lossAt((epoch - 0.5) * steps),
    validationLoss: epoch === 0 ? 0.41 : lossAt(epoch * steps) + 0.03,
    validationAccuracy: accuracies[epoch]!,
  };
}

/** @param done in epochs, of 4 */
export function madeUpProgress(done: number): FinetuneProgress {
  const ended = Math.floor(done);
  const epochs = Array.from({ length: ended + 1 }, (_, epoch) => epochAt(epoch));
  const together = 4;
  const points = Math.floor((done * steps) / together);
  const best = epochs.reduce((a, b) => (b.validationAccuracy > a.validationAccuracy ? b : a)).epoch;
  return {
    ...{ schemaVersion: 1, spikewiseVersion: '0.1.0', createdAt: '2026-11-25T03:16:19.000Z' },
    specification: '/models/mnist-rows/mnist-rows.spikewise.json',
    model: { name: 'mnist-rows', file: '/models/mnist-rows/model.json' },
    options: {
      ...{ epochs: 4, rounding: true, learningRate: 0.002, batch: 32, validation: 0.1, seed: 1 },
      ...{ timesteps: 8, coding: 'residual' },
    },
    samples: { training: 9000, validation: 1000 },
    replaced: [
      {
        ...{ from: 'tanh', to: 'hard_tanh_half' },
        clip: { slope: 0.5, offset: 0, low: -1, high: 1 },
      },
      {
        ...{ from: 'sigmoid', to: 'hard_sigmoid_quarter' },
        clip: { slope: 0.25, offset: 0.5, low: 0, high: 1 },
      },
    ],
    steps,
    losses: Array.from({ length: points }, (_, n) => ({
      step: together * (n + 1),
      loss: lossAt(together * (n + 1)),
    })),
    epochs,
    best,
    stopped: null,
    accuracy: { trained: 0.99, before: { analog: 0.9198, spiking: 0.915 } },
  };
}

export function madeUpFinetuning(): Finetuning {
  const progress = madeUpProgress(4);
  return {
    ...progress,
    accuracy: { ...progress.accuracy, after: { analog: 0.984, spiking: 0.983 } },
    written: {
      specification: '/models/mnist-rows/mnist-rows-retrained/mnist-rows.spikewise.json',
      model: '/models/mnist-rows/mnist-rows-retrained/model.json',
    },
    seconds: { read: 0.2, before: 1, training: 31, after: 1 },
  };
}

export const madeUpUnfinished: Unfinished = {
  folder: '/models/mnist-rows/mnist-rows-retrained.unfinished',
  out: '/models/mnist-rows/mnist-rows-retrained',
  specification: '/models/mnist-rows/mnist-rows.spikewise.json',
  model: 'mnist-rows',
  best: 3,
  epochs: 8,
};
