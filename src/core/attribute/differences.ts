/** Whether one network answers better than another on the same samples, or only by chance. */
import { winner } from '../check/inputs.ts';

/** The outputs of both networks over some samples. */
export interface Outcome {
  /** [samples, width] */
  readonly trained: Float32Array;
  readonly spiking: Float32Array;
}

/** In standard deviations of what chance alone would give; above 0 where the change is for the better. */
export interface Difference {
  /**
   * Answers that are right only with the change against those that are right only without it (McNemar 1947, with
   * Edwards's correction for continuity: four of four may well be chance).
   */
  readonly answers: number;
  /**
   * Of the squared distances of the outputs to the right ones (Brier score), sample by sample (paired t); 0 where
   * there are too few samples to say how much they scatter.
   */
  readonly scores: number;
}

export interface Differences {
  readonly spiking: Difference;
  /** Null without labels, since nothing says then how it should answer. */
  readonly trained: Difference | null;
}

/**
 * @param now without the change
 * @param then with it
 * @param labels class of each sample; without, the right answers of the spiking network are those of the trained one
 */
export function differencesOf(
  now: Outcome,
  then: Outcome,
  width: number,
  labels: Int32Array | null,
): Differences {
  if (!labels) {
    const answers = (outputs: Float32Array) =>
      Int32Array.from({ length: outputs.length / width }, (_, n) => winner(outputs, n * width, width));
    return {
      spiking: {
        answers: answerDifference(
          { outputs: now.spiking, right: answers(now.trained) },
          { outputs: then.spiking, right: answers(then.trained) },
          width,
        ),
        scores: 0,
      },
      trained: null,
    };
  }
  const likely = isProbability(now.trained, width) ? (outputs: Float32Array) => outputs : softmaxOf(width);
  const difference = (a: Float32Array, b: Float32Array): Difference => ({
    answers: answerDifference({ outputs: a, right: labels }, { outputs: b, right: labels }, width),
    scores: scoreDifference(likely(a), likely(b), width, labels),
  });
  return {
    spiking: difference(now.spiking, then.spiking),
    trained: difference(now.trained, then.trained),
  };
}

interface Answers {
  /** [samples, width] */
  readonly outputs: Float32Array;
  /** [samples] */
  readonly right: Int32Array;
}

function answerDifference(now: Answers, then: Answers, width: number): number {
  let gained = 0;
  let lost = 0;
  const isRight = ({ outputs, right }: Answers, n: number) => winner(outputs, n * width, width) === right[n];
  for (let n = 0; n < now.right.length; n++) {
    const [was, is] = [isRight(now, n), isRight(then, n)];
    if (is && !was) gained++;
    if (was && !is) lost++;
  }
  const more = gained - lost;
  return Math.abs(more) < 2 ? 0 : (more - Math.sign(more)) / Math.sqrt(gained + lost);
}

/** Logits are none: of them smaller ones are not nearer to the right answer. One output is compared with 1/2 as it is. */
function isProbability(outputs: Float32Array, width: number): boolean {
  return width === 1 || outputs.every((value) => value >= 0 && value <= 1);
}

/** Of each row of [samples, width]. */
function softmaxOf(width: number): (outputs: Float32Array) => Float32Array {
  return (outputs) => {
    const likely = new Float32Array(outputs.length);
    for (let from = 0; from < outputs.length; from += width) {
      const row = outputs.subarray(from, from + width);
      const most = row.reduce((a, b) => Math.max(a, b));
      const sum = row.reduce((total, value) => total + Math.exp(value - most), 0);
      row.forEach((value, k) => (likely[from + k] = Math.exp(value - most) / sum));
    }
    return likely;
  };
}

/** Three standard deviations are a chance of 0.7 % at 20 samples, but of 20 % at two (Student's t). */
const fewestScores = 20;

function scoreDifference(now: Float32Array, then: Float32Array, width: number, labels: Int32Array): number {
  if (labels.length < fewestScores) return 0;
  const better = Array.from(labels, (label, n) => brier(now, n, width, label) - brier(then, n, width, label));
  const mean = better.reduce((sum, value) => sum + value, 0) / better.length;
  const variance = better.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (better.length - 1);
  return variance > 0 ? mean / Math.sqrt(variance / better.length) : 0;
}

/** Squared distance of the outputs of sample n to the right ones; one output alone is the second class's. */
function brier(outputs: Float32Array, n: number, width: number, label: number): number {
  let squares = 0;
  for (let k = 0; k < width; k++) {
    const wanted = width === 1 ? label : Number(k === label);
    squares += (outputs[n * width + k]! - wanted) ** 2;
  }
  return squares;
}
