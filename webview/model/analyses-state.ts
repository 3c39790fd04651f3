/** What the panel knows of the explanation and the sweep, as a function of the messages so far. */
import type { Explanation } from '../../src/core/attribute/types.ts';
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
}

const none: Progressing = { state: null, earlier: false };

export const initialAnalyses: AnalysesState = { explain: none, sweep: none, explanation: null, swept: null };

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
  }
}

/** False where the explanation is of another run than the one shown: an older one, or with other options. */
export function explains({ samples, whole }: Explanation, { options, accuracy }: Report): boolean {
  return samples === options.samples && whole.accuracy === accuracy.spiking;
}

const nouns: Readonly<Record<AnalysisName, string>> = { explain: 'explanation', sweep: 'sweep' };

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
