import type { Progress } from '../../src/protocol/worker.ts';
import { Button } from '../ui/button.tsx';

interface Props {
  /** What is done, in a word or two. */
  readonly title: string;
  /** Shown where the pointer rests on it. */
  readonly hint?: string;
  readonly progress: Progress;
  /** Says what is cancelled, where there may be several things. */
  readonly cancelTitle?: string;
  readonly onCancel: () => void;
}

/** How far something is, and the way to end it. */
export function Running({ title, hint, progress, cancelTitle, onCancel }: Props) {
  const percent = Math.round(100 * Math.min(1, Math.max(0, progress.fraction)));
  return (
    <div class="running">
      <div
        class="progress-bar"
        role="progressbar"
        aria-label={title}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={percent}
        aria-valuetext={progress.message}
      >
        <div style={{ width: `${percent}%` }} />
      </div>
      <div class="running-line">
        <p title={hint}>
          <strong>{title}</strong>
          <span class="progress-message">{progress.message}</span>
        </p>
        <Button {...(cancelTitle !== undefined && { title: cancelTitle })} onClick={onCancel}>
          Cancel
        </Button>
      </div>
    </div>
  );
}
