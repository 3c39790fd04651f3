/** What helps, the first cause first, each with the change that was tried. */
import type { Cause, Explanation } from '../../src/core/attribute/types.ts';
import { evidenceWords, gainWords, shareWords } from '../../src/core/report/analysis-words.ts';
import { causeNumbers } from '../model/explanation-tables.ts';
import { Button } from '../ui/button.tsx';
import { ask } from './analysis-state.tsx';
import { TableBar } from './table-bar.tsx';

interface CausesProps {
  readonly explanation: Explanation;
  readonly caption: string;
  /** Fixes cannot be applied now. */
  readonly blocked: boolean;
}

export function Causes({ explanation, caption, blocked }: CausesProps) {
  const { causes, model } = explanation;
  return (
    <>
      <TableBar
        title="What would help"
        caption={caption}
        fileName={[model.name, 'causes']}
        table={() => causeNumbers(explanation)}
      />
      {causes.length === 0 ? (
        <p class="muted">None of the changes that were tried helps.</p>
      ) : (
        <ol class="causes">
          {causes.map((cause, index) => (
            <CauseItem key={index} cause={cause} index={index} blocked={blocked} />
          ))}
        </ol>
      )}
    </>
  );
}

interface CauseProps {
  readonly cause: Cause;
  readonly index: number;
  readonly blocked: boolean;
}

function CauseItem({ cause, index, blocked }: CauseProps) {
  const { code, message, evidence, fix } = cause;
  return (
    <li class="cause">
      <p>{message}</p>
      <dl class="options">
        <div>
          <dt>Cause</dt>
          <dd>{code}</dd>
        </div>
        <div>
          <dt>Share</dt>
          <dd>{shareWords(cause)}</dd>
        </div>
        <div>
          <dt>Gain</dt>
          <dd>{gainWords(cause)}</dd>
        </div>
        <div>
          <dt>Evidence</dt>
          <dd>{evidenceWords[evidence]}</dd>
        </div>
      </dl>
      <div class="cause-fix">
        <span>{fix.title}</span>
        <Button
          appearance={index === 0 ? 'primary' : 'secondary'}
          title={`Apply and run again: ${fix.title}`}
          disabled={blocked}
          onClick={() => {
            ask({ type: 'applyCause', index });
          }}
        >
          Apply and run again
        </Button>
      </div>
    </li>
  );
}
