/** Numbers of neurons for each value, side by side, each with a button that takes it. */
import { formatSamples } from '../../src/core/report/format.ts';
import { neuronsWords, sweepTable } from '../../src/core/report/tables/sweep.ts';
import type { Report } from '../../src/core/report/types.ts';
import type { NeuronsPerGate, Sweep } from '../../src/core/sweep/types.ts';
import { neuronsNow, sideBySide } from '../model/neurons-compared.ts';
import { sweepNumbers } from '../model/sweep-curves.ts';
import { view } from '../state.ts';
import { Button } from '../ui/button.tsx';
import { ask, isRunning } from './analysis-state.tsx';
import { TableBar } from './table-bar.tsx';

/** Columns that are the same in every row: arithmetic, coding and T. */
const same = 3;

export function NeuronsCompared({ sweep, report }: { readonly sweep: Sweep; readonly report: Report }) {
  const points = sideBySide(sweep, report.options);
  const [first] = points;
  if (!first) return null;
  const compared = { ...sweep, points };
  const chip = first.chips[0];
  const { columns, rows } = sweepTable(compared, chip?.id ?? '');
  const now = neuronsNow(sweep, report.options);
  const samples = Math.max(...points.map((point) => point.samples));
  const caption = [
    `K neurons compute each value. T = ${first.timesteps}, ${first.coding}, ${first.arithmetic}; ${formatSamples(samples)}`,
    ...(chip ? [`cores, energy and latency for ${chip.name}`] : []),
  ].join('; ');
  return (
    <>
      <TableBar
        title="Numbers of neurons side by side"
        caption={caption}
        fileName={[sweep.model.name, 'neurons']}
        table={() => sweepNumbers(compared, chip?.id ?? '')}
      />
      <div
        class="number-table neurons-compared"
        tabIndex={0}
        role="region"
        aria-label="Numbers of neurons side by side"
      >
        <table>
          <caption class="for-screen-readers">{caption}</caption>
          <thead>
            <tr>
              <th scope="col">
                <span class="for-screen-readers">choose</span>
              </th>
              {columns.slice(same).map(({ title, align }) => (
                <th key={title} scope="col" class={align === 'right' ? 'numeric' : undefined}>
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row, index) => {
              const count = points[index]!.neuronsPerGate!;
              return (
                <tr key={count} aria-current={count === now ? 'true' : undefined}>
                  <td>
                    <Use count={count} isNow={count === now} />
                  </td>
                  {row.slice(same).map((cell, column) => (
                    <td
                      key={column}
                      class={columns[column + same]!.align === 'right' ? 'numeric' : undefined}
                    >
                      {cell}
                    </td>
                  ))}
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </>
  );
}

function Use({ count, isNow }: { readonly count: NeuronsPerGate; readonly isNow: boolean }) {
  if (isNow) return <span class="mark">this run</span>;
  return (
    <Button
      title={`Use K = ${count}: ${neuronsWords(count)}, and run again`}
      disabled={isRunning('sweep') || view.value.run.kind === 'running'}
      onClick={() => {
        ask({ type: 'applyNeurons', neuronsPerGate: count });
      }}
    >
      {`Use\u00a0K\u00a0=\u00a0${count}`}
    </Button>
  );
}
