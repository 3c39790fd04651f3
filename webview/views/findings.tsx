import type { Finding, Severity } from '../../src/core/findings/types.ts';
import { SeverityIcon } from '../icons.tsx';
import { post } from '../host.ts';
import { neuronsToCompare } from '../model/neurons-compared.ts';
import { select, ui, view } from '../state.ts';
import { Button } from '../ui/button.tsx';
import { Link } from '../ui/link.tsx';
import { ask, isRunning } from './analysis-state.tsx';

const severities: readonly Severity[] = ['error', 'warning', 'info'];
const words: Readonly<Record<Severity, string>> = { error: 'Error', warning: 'Warning', info: 'Info' };

/** Most severe first; the host knows them by their place in the report. */
export function Findings() {
  const { findings, run } = view.value;
  if (findings.length === 0) return null;
  const ordered = severities.flatMap((severity) =>
    findings.flatMap((finding, index) => (finding.severity === severity ? [{ finding, index }] : [])),
  );
  return (
    <details
      class="findings"
      open={ui.value.findingsOpen}
      onToggle={({ currentTarget }) => {
        if (currentTarget.open !== ui.value.findingsOpen) select({ findingsOpen: currentTarget.open });
      }}
    >
      <summary>
        <h2>Findings</h2>
        <span class="muted">{counts(findings)}</span>
      </summary>
      <ul>
        {ordered.map(({ finding, index }) => (
          <FindingItem key={index} finding={finding} index={index} running={run.kind === 'running'} />
        ))}
      </ul>
    </details>
  );
}

function counts(findings: readonly Finding[]): string {
  return severities
    .map((severity) => ({
      severity,
      count: findings.filter((finding) => finding.severity === severity).length,
    }))
    .filter(({ count }) => count > 0)
    .map(({ severity, count }) => `${count} ${severity}${count === 1 || severity === 'info' ? '' : 's'}`)
    .join(', ');
}

interface FindingItemProps {
  readonly finding: Finding;
  readonly index: number;
  readonly running: boolean;
}

function FindingItem({ finding, index, running }: FindingItemProps) {
  const { severity, code, layer, message, fixes } = finding;
  return (
    <li class="finding">
      <span class={`severity severity-${severity}`}>
        <SeverityIcon severity={severity} />
        {words[severity]}
      </span>
      <div class="finding-text">
        <p>{message}</p>
        <p class="finding-source">
          {layer === null ? null : <span class="muted">layer {layer}</span>}
          <Link
            title={`What ${code} means`}
            onClick={() => {
              post({ type: 'openPage', index });
            }}
          >
            {code}
          </Link>
        </p>
      </div>
      <div class="finding-actions">
        {/* What is told for information needs no mending: its fixes are choices, none before the others. */}
        {fixes.map(({ title }, fix) => (
          <Button
            key={fix}
            appearance={fix === 0 && severity !== 'info' ? 'primary' : 'secondary'}
            disabled={running}
            onClick={() => {
              post({ type: 'applyFix', index, fix });
            }}
          >
            {title}
          </Button>
        ))}
        {code === 'activation-fitted' && <CompareNeurons running={running} />}
        <Button
          onClick={() => {
            post({ type: 'reveal', index });
          }}
        >
          Reveal
        </Button>
      </div>
    </li>
  );
}

/** What each number of neurons would cost, on the tab that shows it. */
function CompareNeurons({ running }: { readonly running: boolean }) {
  const { report, measured } = view.value;
  if (report === null || !measured) return null;
  return (
    <Button
      disabled={running || isRunning('sweep')}
      onClick={() => {
        select({ tab: 'sweep' });
        ask({ type: 'startSweep', choice: neuronsToCompare(report.options) });
      }}
    >
      Compare numbers of neurons
    </Button>
  );
}
