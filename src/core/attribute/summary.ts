/** The explanation in one paragraph. */
import { formatError, formatPercent, formatSamples } from '../report/format.ts';
import type { Cause, Explanation, Rung, RungName } from './types.ts';

/** Of each rung: what is changed. */
export const rungWords: Readonly<Record<RungName, string>> = {
  trained: 'the network as it was trained',
  activations: 'activations replaced by clipped-linear functions',
  inputs: 'inputs cut off at what a spike generator carries',
  cell: 'the cell state clipped',
  weights: "weights, biases and thresholds rounded to the chip's",
  counts: 'values rounded to counts of T',
  dynamics: 'neurons with membranes, each sequence step from the exact state',
  feedback: 'errors fed back through the sequence',
};

export function summaryWords(
  explanation: Pick<Explanation, 'rungs' | 'causes' | 'samples' | 'tried'>,
): string {
  return [result(explanation), largestStep(explanation.rungs), ...remedy(explanation)].join(' ');
}

function result({ rungs, samples }: Pick<Explanation, 'rungs' | 'samples'>): string {
  const [trained, spiking] = [rungs[0]!, rungs.at(-1)!];
  const difference = `the outputs' mean squared error is ${formatError(spiking.mse)}`;
  return trained.accuracy === null
    ? `Over ${formatSamples(samples)} the spiking network gives ${formatPercent(spiking.agreement)} of the trained network's answers; ${difference}.`
    : `Of ${formatSamples(samples)} the trained network answers ${formatPercent(trained.accuracy)} right, the spiking one ${formatPercent(spiking.accuracy)}; ${difference}.`;
}

/** The rung that adds most: to wrong answers where there are labels and any are lost, else to the error. */
function largestRung(rungs: readonly Rung[]): Rung | null {
  const steps = rungs.slice(1).filter((rung) => rung.applies);
  const lost = (rung: Rung) => -(rung.change.accuracy ?? 0);
  const byAnswers = [...steps].sort((a, b) => lost(b) - lost(a))[0];
  if (byAnswers && lost(byAnswers) > 0.005) return byAnswers;
  const byError = [...steps].sort((a, b) => b.change.mse - a.change.mse)[0];
  return byError && byError.change.mse > 0 ? byError : null;
}

function largestStep(rungs: readonly Rung[]): string {
  const rung = largestRung(rungs);
  if (!rung) return 'No step between the two adds to it.';
  const { accuracy, mse } = rung.change;
  const answers =
    accuracy === null || accuracy === 0
      ? ''
      : ` and ${accuracy < 0 ? 'takes' : 'gives'} ${(100 * Math.abs(accuracy)).toFixed(2)} points of accuracy`;
  return `On the way from the one to the other, the step that counts most is ${rungWords[rung.name]}: it adds ${formatError(mse)}${answers}.`;
}

function remedy({ causes, tried, rungs }: Pick<Explanation, 'causes' | 'tried' | 'rungs'>): string[] {
  const [first] = causes;
  const answers = rungs[0]!.accuracy === null ? "of the trained network's answers" : 'right answers';
  if (!first) return [`None of ${tried} changes that were tried helps.`];
  if (first.evidence === 'error') {
    return [
      `None of ${tried} changes that were tried gives more ${answers} beyond chance. What is left of the error has this cause first: ${first.message}`,
    ];
  }
  const most = mostHelpful(causes);
  return [
    `First cause: ${first.message}`,
    ...(most === first ? [] : [`The mean squared error falls most with another change. ${most.message}`]),
  ];
}

/** The one with which the outputs' error is least, of those that answer at least as well as the first. */
function mostHelpful(causes: readonly Cause[]): Cause {
  const answers = ({ tried }: Cause) => tried.accuracy ?? tried.agreement;
  return causes.reduce((best, cause) =>
    answers(cause) >= answers(causes[0]!) && cause.tried.mse < best.tried.mse ? cause : best,
  );
}
