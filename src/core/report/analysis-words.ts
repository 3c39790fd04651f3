/** What panel and command line say of explanations and sweeps beside their tables. */
import { evidences, type Cause, type Evidence, type Explanation, type Rung } from '../attribute/types.ts';
import type { PublishedSeries, Sweep } from '../sweep/types.ts';
import { formatAccuracy, formatCount, formatPercent, formatSamples } from './format.ts';
import { formatErrorChange, formatPoints } from './tables/explanation.ts';
import { formatProportion } from './tables/sweep.ts';

export const evidenceWords: Readonly<Record<Evidence, string>> = {
  answers: 'the answers are better with the fix, beyond chance',
  structure: 'it stands far out from the rest of the network',
  leaning: 'the answers are better with the fix, but that may be chance',
  error: 'the answers do not tell, but the error is less with the fix',
};

/** One line for each kind of evidence that stands in a table of causes, the strongest first. */
export function evidenceLegend(causes: readonly Pick<Cause, 'evidence'>[]): string[] {
  return evidences
    .filter((evidence) => causes.some((cause) => cause.evidence === evidence))
    .map((evidence) => `evidence "${evidence}": ${evidenceWords[evidence]}`);
}

/** How the spiking network answers without any change, on the samples on which changes were tried. */
export function scoreWords({ score }: Pick<Explanation, 'score'>): string {
  return score.accuracy === null
    ? `${formatPercent(score.agreement)} of the answers as the trained network's`
    : `${formatPercent(score.accuracy)} of the answers right`;
}

/** "+0.20 points of accuracy, output MSE −2.42e-4": with the fix, against without it. */
export function gainWords({ gain }: Cause): string {
  const answers =
    gain.accuracy === null
      ? `${formatPoints(gain.agreement)} points of agreement`
      : `${formatPoints(gain.accuracy)} points of accuracy`;
  return `${answers}, output MSE ${formatErrorChange(-gain.mse)}`;
}

/** A rung's part of the whole error, 0..1, below 0 where it takes some away; null where there is no error. */
export function partOfWhole(rung: Rung, rungs: readonly Rung[]): number | null {
  const whole = rungs.at(-1)?.mse ?? 0;
  return whole > 0 ? rung.change.mse / whole : null;
}

/** "paper, rows of MNIST: T = 16 92.89 %, ...; analog 98.95 % (source)" */
export function publishedWords({ name, points, analogAccuracy, source }: PublishedSeries): string {
  const list = points.map(({ timesteps, accuracy }) => `T = ${timesteps} ${formatAccuracy(accuracy)}`);
  return `${name}: ${list.join(', ')}; analog ${formatAccuracy(analogAccuracy)} (${source})`;
}

/** What a sweep took. */
export function effortWords({ simulated, reused, seconds }: Sweep): string {
  return `${formatCount(simulated)} samples simulated, ${formatCount(reused)} taken from earlier sweeps, ${seconds.toFixed(2)} s`;
}

/** "over 500 samples; trained network 99.20 % (97.96 – 99.69)" */
export function sweptSamplesWords({ samples, analog }: Pick<Sweep, 'samples' | 'analog'>): string {
  return `over ${formatSamples(samples)}; trained network ${analog ? formatProportion(analog) : formatAccuracy(null)}`;
}

/** "99.16 % of what is wrong" */
export function shareWords({ share }: Cause): string {
  return `${formatPercent(share)} of what is wrong`;
}
