/** Numbers of neurons for each value, side by side: what is shown, and which of them the run has. */
import type { Report, RunOptions } from '../../src/core/report/types.ts';
import { comparesNeurons } from '../../src/core/report/tables/sweep.ts';
import { usualNeurons } from '../../src/core/sweep/neurons.ts';
import type { NeuronsPerGate, Sweep, SweepPoint } from '../../src/core/sweep/types.ts';
import type { SweepChoice } from '../../src/protocol/analyses.ts';

type Now = Pick<RunOptions, 'timesteps' | 'coding' | 'arithmetic'>;

/** Whether several neurons compute values of the network together, so that their number can be chosen. */
export function hasFits({ findings }: Pick<Report, 'findings'>): boolean {
  return findings.some(({ code }) => code === 'activation-fitted');
}

/** At the specification's time-steps, coding and arithmetic. */
export function neuronsToCompare({ neuronsPerGate }: Pick<RunOptions, 'neuronsPerGate'>): SweepChoice {
  return { neuronsPerGate: usualNeurons(neuronsPerGate) };
}

/**
 * The points that differ in their neurons alone: of the run's setting, or, where it was not swept, of the first with
 * the most time-steps. Empty where no numbers of neurons were compared.
 */
export function sideBySide(sweep: Pick<Sweep, 'points'>, now: Now): readonly SweepPoint[] {
  if (!comparesNeurons(sweep)) return [];
  const of = (setting: Now) =>
    sweep.points.filter(
      ({ timesteps, coding, arithmetic }) =>
        timesteps === setting.timesteps && coding === setting.coding && arithmetic === setting.arithmetic,
    );
  const own = of(now);
  if (own.length > 0) return own;
  const [most] = sweep.points.toSorted((a, b) => b.timesteps - a.timesteps);
  return of(most!);
}

/** The one of those compared that the run has; null where it has another. */
export function neuronsNow(
  { points, automatic }: Pick<Sweep, 'points' | 'automatic'>,
  { neuronsPerGate = 'auto' }: Pick<RunOptions, 'neuronsPerGate'>,
): NeuronsPerGate | null {
  const now = neuronsPerGate === 'auto' ? (automatic ?? 'auto') : neuronsPerGate;
  return points.some((point) => point.neuronsPerGate === now) ? now : null;
}

/** Whether there is a course over time-steps to be drawn: a comparison of neurons at one T has none. */
export function hasCourse(sweep: Pick<Sweep, 'points'>): boolean {
  return !comparesNeurons(sweep) || new Set(sweep.points.map(({ timesteps }) => timesteps)).size > 1;
}
