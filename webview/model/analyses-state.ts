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
