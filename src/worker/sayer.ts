/** Words on the progress of a run. */
import type { Progress, Stage } from '../protocol/worker.ts';

export type OnProgress = (progress: Progress) => void;
export type Say = (stage: Stage, fraction: number, message: string) => void;

/** Between two words on the same stage; more would keep the panel busy drawing them. In milliseconds. */
const quiet = 200;

export function sayer(onProgress: OnProgress): Say {
  let last: { readonly stage: Stage; readonly at: number } | null = null;
  return (stage, fraction, message) => {
    const now = performance.now();
    if (last?.stage === stage && now - last.at < quiet && fraction < 1) return;
    last = { stage, at: now };
    onProgress({ stage, fraction, message });
  };
}
