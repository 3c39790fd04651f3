import { formatCount, formatOptions } from '../../src/core/report/format.ts';
import type { Report } from '../../src/core/report/types.ts';
import { post } from '../host.ts';
import { view } from '../state.ts';
import { Button } from '../ui/button.tsx';

interface HeaderProps {
  readonly report: Report;
  readonly earlier: boolean;
  readonly measured: boolean;
}

export function Header({ report, earlier, measured }: HeaderProps) {
  const { model, options } = report;
  return (
    <header>
      <div class="title-line">
        <h1 title={model.file}>{model.name}</h1>
        {earlier && <span class="mark">of the earlier run</span>}
        <span class="title-actions">
          <Button
            disabled={view.value.run.kind === 'running'}
            onClick={() => {
              post({ type: 'runAgain' });
            }}
          >
            Run again
          </Button>
        </span>
      </div>
      <p class="model-line">
        {model.format} · {formatCount(model.parameters)} parameters
        {measured && ` · ${new Date(report.createdAt).toLocaleString()}`}
      </p>
      <dl class="options" aria-label="Options of the run">
        {formatOptions(options).map(({ name, value }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </header>
  );
}
