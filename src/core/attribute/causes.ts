/** From what was tried to the causes: what helps, the first cause first. */
import { accuracy } from '../compare/accuracy.ts';
import { formatError, formatPercent } from '../report/format.ts';
import type { Candidate } from './candidate.ts';
import { differencesOf, type Differences, type Outcome } from './differences.ts';
import { meanSquaredError } from './ladder.ts';
import { evidences, type Cause, type Evidence, type Score } from './types.ts';

export interface Trial extends Outcome {
  readonly candidate: Candidate;
}

/** @param labels class of each sample, or null */
export function score({ trained, spiking }: Outcome, width: number, labels: Int32Array | null): Score {
  const scores = accuracy(trained, spiking, width, labels);
  return {
    accuracy: scores.spiking,
    analogAccuracy: scores.analog,
    agreement: scores.agreement,
    mse: meanSquaredError(trained, spiking),
  };
}

/** The part of the mean squared error that must go, where answers do not tell. */
const worthwhile = 0.2;

/**
 * What helps, by how much, on the same samples. Of fixes for one place the best is kept.
 * @param now without a fix
 * @param width of an output
 */
export function findCauses(
  now: Outcome,
  trials: readonly Trial[],
  width: number,
  labels: Int32Array | null,
): Cause[] {
  const before = score(now, width, labels);
  const helping = trials.flatMap((trial) => weigh(now, trial, before, width, labels) ?? []);
  const places = new Map<string, Cause[]>();
  for (const cause of helping) {
    const key = JSON.stringify([cause.code, cause.layer, cause.gate, cause.neuron]);
    places.set(key, [...(places.get(key) ?? []), cause]);
  }
  return [...places.values()].map(bestOf).sort(compareCauses);
}

/** Time-steps cost energy and time: of several numbers of them the least that does so much of what the best does. */
const enough = 0.75;

/** Of causes of one code at one place, in the order of their candidates. */
function bestOf(causes: readonly Cause[]): Cause {
  const best = [...causes].sort(compareCauses)[0]!;
  if (best.code !== 'timesteps-few') return best;
  return causes.find(({ evidence, share }) => evidence === best.evidence && share >= enough * best.share)!;
}

/** @returns null where the fix does not help */
function weigh(
  now: Outcome,
  trial: Trial,
  before: Score,
  width: number,
  labels: Int32Array | null,
): Cause | null {
  const { candidate } = trial;
  const tried = score(trial, width, labels);
  const nearer = before.mse > 0 ? 1 - tried.mse / before.mse : 0;
  const evidence = evidenceFor(candidate, differencesOf(now, trial, width, labels), nearer);
  if (evidence === null) return null;
  const wrong = 1 - (before.accuracy ?? before.agreement);
  const better = (tried.accuracy ?? tried.agreement) - (before.accuracy ?? before.agreement);
  const { code, layer, gate, neuron, fix } = candidate;
  return {
    code,
    layer,
    gate,
    neuron,
    evidence,
    share: clamp(evidence === 'error' || wrong === 0 ? nearer : better / wrong),
    message: message(candidate, evidence, before, tried),
    fix,
    gain: {
      accuracy: tried.accuracy === null ? null : tried.accuracy - before.accuracy!,
      mse: before.mse - tried.mse,
      agreement: tried.agreement - before.agreement,
    },
    tried,
  };
}

function clamp(value: number): number {
  return Math.min(Math.max(value, 0), 1);
}

/**
 * Right answers that come and go, in standard deviations of a fair coin. Some ten changes are tried: beyond 2.5 one
 * of them is by chance in one of sixteen explanations.
 */
const certainAnswers = 2.5;
/** A score of its own for each sample tells more, and more easily looks good by chance. */
const certainScores = 3;
const leaning = 1.5;
const harmful = -2;
/** What stands far out is only spared where mending it clearly harms. */
const clearlyHarmful = -3;

function evidenceFor(
  { changesTrained, extreme }: Candidate,
  { spiking, trained }: Differences,
  nearer: number,
): Evidence | null {
  // A change of the trained network shows in either; another in the spiking network alone.
  const networks = changesTrained ? (trained ? [trained, spiking] : []) : [spiking];
  const answers = networks.some(
    ({ answers, scores }) => answers >= certainAnswers || scores >= certainScores,
  );
  const worse = (limit: number) =>
    networks.some(({ answers, scores }) => answers <= limit || scores <= limit);
  const harms = worse(harmful);
  if (answers && !harms) return 'answers';
  if (extreme && !worse(clearlyHarmful)) return 'structure';
  if (changesTrained) {
    const leans = networks.length > 0 && networks.every(({ scores }) => scores >= leaning);
    return leans ? 'leaning' : null;
  }
  return !harms && nearer >= worthwhile ? 'error' : null;
}

const strength = (cause: Cause): number => evidences.indexOf(cause.evidence);

/** By evidence, then by right answers; where the error alone tells, by what goes of it. */
function compareCauses(a: Cause, b: Cause): number {
  if (a.evidence !== b.evidence) return strength(a) - strength(b);
  const answers = ({ tried }: Cause) => tried.accuracy ?? tried.agreement;
  const difference = a.evidence === 'error' ? b.share - a.share : answers(b) - answers(a);
  return difference !== 0 ? difference : a.tried.mse - b.tried.mse;
}

const doubts: Readonly<Record<Evidence, string>> = {
  answers: '',
  structure: ' The answers alone do not show it.',
  leaning: ' That may be chance: more samples would tell.',
  error: '',
};

function message({ words, fix }: Candidate, evidence: Evidence, before: Score, tried: Score): string {
  const title = fix.title.charAt(0).toLowerCase() + fix.title.slice(1);
  const answers =
    tried.accuracy === null
      ? `${formatPercent(before.agreement)} of the answers agree with the trained network's now, ${formatPercent(tried.agreement)} then`
      : `${formatPercent(before.accuracy)} of the answers are right now, ${formatPercent(tried.accuracy)} then`;
  return `${words}. Tried: ${title}; ${answers}, and the mean squared error of the outputs goes from ${formatError(before.mse)} to ${formatError(tried.mse)}.${doubts[evidence]}`;
}
