/** What the panel knows of the explanation, the sweep and the retraining, as a function of the messages so far. */
import type { Explanation } from '../../src/core/attribute/types.ts';
import type { Calibration } from '../../src/core/calibrate/types.ts';
import type { FinetuneProgress, Finetuning, Unfinished } from '../../src/core/finetune/types.ts';
import type { Report } from '../../src/core/report/types.ts';
import type { Sweep } from '../../src/core/sweep/types.ts';
import type { AnalysisMessage, AnalysisName, AnalysisState } from '../../src/protocol/analyses.ts';

export interface Progressing {
  /** Null: none was ever started. */
  readonly state: AnalysisState | null;
  /** What is shown was made before the specification changed, or ran again. */
  readonly earlier: boolean;
}

export interface AnalysesState extends Readonly<Record<AnalysisName, Progressing>> {
  readonly explanation: Explanation | null;
  readonly swept: Sweep | null;
  readonly calibration: Calibration | null;
  readonly retraining: FinetuneProgress | Finetuning | null;
  /** Of a retraining that was interrupted. */
  readonly unfinished: Unfinished | null;
}

const none: Progressing = { state: null, earlier: false };

export const initialAnalyses: AnalysesState = {
  explain: none,
  sweep: none,
  calibrate: none,
  finetune: none,
  explanation: null,
  swept: null,
  calibration: null,
  retraining: null,
  unfinished: null,
};

export function receiveAnalysis(analyses: AnalysesState, message: AnalysisMessage): AnalysesState {
  switch (message.type) {
    case 'state': {
      const { name, state, earlier } = message;
      return { ...analyses, [name]: { state, earlier } };
    }
    case 'explanation':
      return { ...analyses, explanation: message.explanation };
    case 'sweep':
      return { ...analyses, swept: message.sweep };
    case 'calibration':
      return { ...analyses, calibration: message.calibration };
    case 'finetune':
      return { ...analyses, retraining: message.retraining };
    case 'unfinished':
      return { ...analyses, unfinished: message.unfinished };
  }
}

/** False where the explanation is of another run than the one shown: an older one, or with other options. */
export function explains({ samples, whole }: Explanation, { options, accuracy }: Report): boolean {
  return samples === options.samples && whole.accuracy === accuracy.spiking;
}

const nouns: Readonly<Record<AnalysisName, string>> = {
  explain: 'explanation',
  sweep: 'sweep',
  calibrate: 'calibration',
  finetune: 'retraining',
};

/** What a screen reader is told: progress rounded down to quarters, as of a run. */
export function analysisWords(name: AnalysisName, state: AnalysisState | null): string {
  const noun = nouns[name];
  switch (state?.kind) {
    case undefined:
      return '';
    case 'running': {
      const quarter = Math.floor(4 * Math.min(1, Math.max(0, state.progress.fraction)));
      return `The ${noun} is under way${quarter > 0 ? `, ${25 * quarter} % done` : ''}.`;
    }
    case 'done':
      return `The ${noun} is complete.`;
    case 'cancelled':
      return `The ${noun} was cancelled.`;
    case 'failed':
      return `The ${noun} failed: ${state.message}`;
  }
}
