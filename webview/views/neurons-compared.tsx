/** Numbers of neurons for each value, side by side, each with a button that takes it. */
import { formatSamples } from '../../src/core/report/format.ts';
import {
  formatNeuronsPerGate,
  formatProportion,
  neuronsWords,
  sweepTable,
} from '../../src/core/report/tables/sweep.ts';
import type { Report } from '../../src/core/report/types.ts';
import type { NeuronsPerGate, Sweep, SweepPoint } from '../../src/core/sweep/types.ts';
import { neuronsNow, sideBySide } from '../model/neurons-compared.ts';
import { useMemo } from 'preact/hooks';
import { ReadFigure } from '../charts/read-figure.tsx';
import { neuronCurves, sweepNumbers } from '../model/sweep-curves.ts';
import { select, ui, view } from '../state.ts';
import { Button } from '../ui/button.tsx';
import { ask, isRunning } from './analysis-state.tsx';
import { readCurves } from './sweep-figure.tsx';
import { TableBar } from './table-bar.tsx';

/** Columns that are the same in every row: arithmetic, coding and T. */
const same = 3;

export function NeuronsCompared({ sweep, report }: { readonly sweep: Sweep; readonly report: Report }) {
  const points = useMemo(() => sideBySide(sweep, report.options), [sweep, report]);
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
        {/* Where there is no room for columns each row is a card: the roles hold whatever the layout. */}
        <table role="table">
          <caption class="for-screen-readers">{caption}</caption>
          <thead role="rowgroup">
            <tr role="row">
              <th role="columnheader" scope="col">
                <span class="for-screen-readers">choose</span>
              </th>
              {columns.slice(same).map(({ title, align }) => (
                <th
                  key={title}
                  role="columnheader"
                  scope="col"
                  class={align === 'right' ? 'numeric' : undefined}
                >
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody role="rowgroup">
            {rows.map((row, index) => {
              const count = points[index]!.neuronsPerGate!;
              return (
                <tr key={count} role="row" aria-current={count === now ? 'true' : undefined}>
                  <td role="cell">
                    <Use count={count} isNow={count === now} />
                  </td>
                  {row.slice(same).map((cell, column) => (
                    <td
                      key={column}
                      role="cell"
                      data-title={columns[column + same]!.title}
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
      <NeuronsFigure sweep={sweep} points={points} chip={chip?.id ?? ''} />
    </>
  );
}

interface NeuronsFigureProps {
  readonly sweep: Sweep;
  /** Side by side. */
  readonly points: readonly SweepPoint[];
  readonly chip: string;
}

/** What more neurons bring; nothing where they are as many. */
function NeuronsFigure({ sweep, points, chip }: NeuronsFigureProps) {
  const curves = useMemo(() => neuronCurves(points, sweep), [points, sweep]);
  const read = useMemo(() => readCurves(curves), [curves]);
  if (curves.places.length < 2) return null;
  const intervals =
    curves.quantity === 'accuracy' ? 'Bars are 95 % intervals (Wilson)' : 'The worst population';
  const dashed = curves.level ? `; dashed: trained network ${formatProportion(curves.level)}` : '';
  return (
    <ReadFigure
      title={`${curves.title} over neurons`}
      caption={`From the left K = ${points.map(({ neuronsPerGate = 'auto' }) => formatNeuronsPerGate(neuronsPerGate, sweep.automatic)).join(', ')}. ${intervals}${dashed}.`}
      fileName={[sweep.model.name, 'neurons', curves.quantity]}
      table={sweepNumbers({ ...sweep, points }, chip)}
      asTable={ui.value.sweepAsTable}
      onAsTable={(sweepAsTable) => {
        select({ sweepAsTable });
      }}
      curves={read}
    />
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
