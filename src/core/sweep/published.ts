/** What the paper's authors published on the tasks of the paper. */
import type { Network } from '../network/types.ts';
import type { PublishedSeries } from './types.ts';

const source =
  'Ponghiran and Roy, Hybrid Analog-Spiking Long Short-Term Memory, results beside their code (github.com/wponghiran/hybrid-spiking-lstms, README); one LSTM of 128';

function series(
  name: string,
  analogAccuracy: number,
  points: readonly (readonly [number, number])[],
): PublishedSeries {
  return {
    name,
    source,
    analogAccuracy,
    points: points.map(([timesteps, accuracy]) => ({ timesteps, accuracy })),
  };
}

/** MNIST, a sequence step for each row of 28 pixels. */
const rows = series('paper, rows of MNIST', 0.9895, [
  [16, 0.9289],
  [32, 0.9837],
  [64, 0.9874],
  [128, 0.9881],
]);
/** MNIST, a sequence step for each pixel. */
const pixels = series('paper, pixels of MNIST', 0.9793, [
  [32, 0.1189],
  [128, 0.3328],
  [256, 0.8115],
  [512, 0.9603],
  [1024, 0.9761],
]);

/** Where the network reads what the paper's read and decides between ten classes, as far as shapes tell. */
export function publishedFor({ inputShape, layers }: Network, outputs: number): PublishedSeries[] {
  if (outputs !== 10 || !layers.some(({ kind }) => kind === 'LSTM')) return [];
  const shape = inputShape.join(' x ');
  if (shape === '28 x 28') return [rows];
  return shape === '784 x 1' ? [pixels] : [];
}
