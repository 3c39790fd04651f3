import { summary } from '../../src/core/report/format.ts';
import type { Report } from '../../src/core/report/types.ts';

export function Summary({ report }: { readonly report: Report }) {
  return (
    <dl class="tiles" aria-label="Summary">
      {summary(report).map(({ name, label, value, detail }) => (
        <div class={/\d/.test(value) ? 'tile' : 'tile in-words'} key={name} data-name={name}>
          <dt>{label}</dt>
          <dd class="tile-value">{value}</dd>
          {detail === null ? null : <dd class="tile-detail">{detail}</dd>}
        </div>
      ))}
    </dl>
  );
}
