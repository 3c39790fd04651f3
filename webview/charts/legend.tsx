import type { ReadonlySignal } from '@preact/signals';
import type { Series } from '../model/series.ts';

interface LegendProps {
  readonly series: readonly Series[];
  readonly kind: 'lines' | 'bars';
  readonly hidden: ReadonlySet<string>;
  readonly onToggle: (name: string) => void;
  /** Index under the chart's cursor, and what stands there. */
  readonly cursor: ReadonlySignal<number | null>;
  readonly place: (index: number) => string;
  readonly format: (value: number) => string;
}

/** Which line is which, and their values under the cursor. A press hides a line. */
export function Legend({ series, kind, hidden, onToggle, cursor, place, format }: LegendProps) {
  const index = cursor.value;
  return (
    <div class="legend">
      {series.map((line) => {
        const value = index === null ? null : (line.values[index] ?? null);
        return (
          <button
            key={line.name}
            type="button"
            class="legend-item"
            aria-pressed={!hidden.has(line.name)}
            title={hidden.has(line.name) ? 'Show' : 'Hide'}
            onClick={() => {
              onToggle(line.name);
            }}
          >
            <Swatch line={line} kind={kind} />
            <span class="legend-label">{line.label}</span>
            {value === null ? null : <span class="legend-value">{format(value)}</span>}
          </button>
        );
      })}
      <span class="legend-place" aria-live="polite">
        {index === null ? '' : place(index)}
      </span>
    </div>
  );
}

function Swatch({ line, kind }: { readonly line: Series; readonly kind: 'lines' | 'bars' }) {
  return (
    <svg class={`swatch colour-${line.colour}`} viewBox="0 0 24 10" aria-hidden="true">
      {line.sign !== undefined ? (
        <path d={line.sign} fill="none" stroke="currentColor" />
      ) : kind === 'bars' ? (
        <rect x="7" y="0" width="10" height="10" fill="currentColor" />
      ) : (
        <line
          x1="0"
          y1="5"
          x2="24"
          y2="5"
          stroke="currentColor"
          stroke-width={line.width + 0.75}
          stroke-dasharray={line.dash.join(' ')}
        />
      )}
    </svg>
  );
}
