import { summary, type SummaryEntry } from '../../src/core/report/format.ts';
import type { Report } from '../../src/core/report/types.ts';

export function Summary({ report }: { readonly report: Report }) {
  return (
    <dl class="tiles" aria-label="Summary">
      {summary(report).map((entry) => (
        <Tile key={entry.name} {...entry} />
      ))}
    </dl>
  );
}

type TileProps = Omit<SummaryEntry, 'name'> & { readonly name: string };

/** A number that matters, with what it is about. */
export function Tile({ name, label, value, detail }: TileProps) {
  const kind = /\d/.test(value) ? (value.length > 14 ? 'tile long' : 'tile') : 'tile in-words';
  return (
    <div class={kind} data-name={name}>
      <dt>{label}</dt>
      <dd class="tile-value">{value}</dd>
      {detail === null ? null : <dd class="tile-detail">{detail}</dd>}
    </div>
  );
}
