import { useSignal, type Signal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { formatCoresUsed, formatCount, formatSamples } from '../../src/core/report/format.ts';
import type { ChipUsage } from '../../src/core/map/types.ts';
import type { Report } from '../../src/core/report/types.ts';
import { pictureExports, Shapes } from '../charts/drawing.tsx';
import { Figure } from '../charts/figure.tsx';
import { usePalette } from '../charts/theme.ts';
import {
  coreLabel,
  coresOnChips,
  floorPlan,
  isShare,
  litName,
  litPlaces,
  metricTitles,
  missing,
  moveOnPlan,
  planMetrics,
  planTable,
  type CoreId,
  type Lit,
  type Plan,
  type PlanMetric,
} from '../model/plan.ts';
import { coreSize, drawPlan, planPicture, type DrawnCore, type PlanDrawing } from '../model/plan-picture.ts';
import { select, ui } from '../state.ts';
import { Button } from '../ui/button.tsx';
import { Dropdown } from '../ui/dropdown.tsx';
import { CoreDetails } from './core-details.tsx';

/** The chip that is drawn: a stored one may be of another report. */
export function shownChip({ chipsUsed }: Report['chip'], chip: number): number {
  return chip < chipsUsed ? chip : 0;
}

export function FloorPlan({ report }: { readonly report: Report }) {
  const { chip: usage, energy, model } = report;
  const { metric, core, lit, planAsTable } = ui.value;
  const chip = shownChip(usage, ui.value.chip);
  const selected = core?.chip === chip ? core.core : null;
  const places = lit && litPlaces(usage, lit);
  const outlined = places === null ? null : lit;
  const plan = useMemo(
    () => floorPlan(usage, energy, { metric, chip, lit: outlined }),
    [usage, energy, metric, chip, outlined],
  );
  const colours = usePalette();
  const drawing = useMemo(
    () => drawPlan(plan, { metric, selected, lit: outlined && litName(outlined), palette: colours }),
    [plan, metric, selected, outlined, colours],
  );
  const table = useMemo(() => planTable(plan, metric), [plan, metric]);
  const pointed = useSignal<CoreId | null>(null);
  const on = usage.chipsUsed > 1 ? `, chip ${chip}` : '';
  const title = `Floor plan of ${usage.name}${on}`;
  const caption = captionOf(report, plan, metric);
  return (
    <>
      <div class="controls">
        <Dropdown
          label="Colour"
          options={planMetrics.map((value) => ({
            value,
            text: [metricTitles[value], missing(usage, energy, value)].filter(Boolean).join(': '),
          }))}
          value={metric}
          onChange={(value) => {
            select({ metric: planMetrics.find((known) => known === value) ?? 'fullest' });
          }}
        />
        {usage.chipsUsed > 1 && <ChipChoice usage={usage} chip={chip} />}
        {outlined !== null && places !== null && <Outlined lit={outlined} places={places} />}
      </div>
      <Figure
        title={title}
        caption={caption}
        fileName={[model.name, 'floor-plan', ...(usage.chipsUsed > 1 ? [`chip-${chip}`] : []), metric]}
        table={table}
        asTable={planAsTable}
        onAsTable={(asTable) => {
          select({ planAsTable: asTable });
        }}
        exports={pictureExports(() => planPicture(drawing), title, caption)}
      >
        <div class="plan-and-details">
          <PlanGrid
            key={chip}
            plan={plan}
            drawing={drawing}
            label={`${title}, ${metricTitles[metric]}`}
            cellLabel={(drawn) => coreLabel(drawn.plan, metric, on)}
            selected={selected}
            onPoint={(at) => {
              pointed.value = at === null ? null : { chip, core: at };
            }}
            onSelect={(at) => {
              select({ core: at === selected ? null : { chip, core: at } });
            }}
          />
          <Pointed
            report={report}
            pointed={pointed}
            core={selected === null ? null : { chip, core: selected }}
          />
        </div>
      </Figure>
    </>
  );
}

function captionOf({ chip: usage, options, energy }: Report, plan: Plan, metric: PlanMetric): string {
  const { columns, rows, coresPerTile } = plan.mesh;
  const undrawn = rows - plan.tileRows;
  const nothing = missing(usage, energy, metric);
  const numbers =
    nothing !== null
      ? `No numbers for ${metricTitles[metric]}: ${nothing}.`
      : isShare(metric)
        ? `Numbers: percent of all cores' ${metric === 'traffic' ? 'spike messages' : 'energy'}, ${formatSamples(options.samples)}, T = ${options.timesteps}.`
        : `Numbers: percent of a core's limit, ${metricTitles[metric]}.`;
  return [
    `${formatCoresUsed(usage)} cores, ${columns} by ${rows} tiles of ${coresPerTile}.`,
    numbers,
    ...(undrawn > 0 ? [`The last ${undrawn} rows of tiles are unused and not drawn.`] : []),
  ].join(' ');
}

function ChipChoice({ usage, chip }: { readonly usage: ChipUsage; readonly chip: number }) {
  return (
    <Dropdown
      label="Chip"
      options={coresOnChips(usage).map((cores, index) => ({
        value: String(index),
        text: `${index}: ${formatCount(cores)} ${cores === 1 ? 'core' : 'cores'}`,
      }))}
      value={String(chip)}
      onChange={(value) => {
        select({ chip: Number(value) });
      }}
    />
  );
}

function Outlined({ lit, places }: { readonly lit: Lit; readonly places: string }) {
  return (
    <span class="outlined">
      <span class="outlined-sign" aria-hidden="true" />
      <span>
        {litName(lit)} <span class="muted">on {places}</span>
      </span>
      <Button
        title="Outline no cores"
        onClick={() => {
          select({ lit: null });
        }}
      >
        Clear
      </Button>
    </span>
  );
}

interface PointedProps {
  readonly report: Report;
  readonly pointed: Signal<CoreId | null>;
  readonly core: CoreId | null;
}

/** Of the core under the pointer, else of the selected one: moving the pointer does not draw the plan again. */
function Pointed({ report, pointed, core }: PointedProps) {
  return <CoreDetails report={report} id={pointed.value ?? core} />;
}

interface PlanGridProps {
  readonly plan: Plan;
  readonly drawing: PlanDrawing;
  readonly label: string;
  readonly cellLabel: (drawn: DrawnCore) => string;
  readonly selected: number | null;
  readonly onPoint: (core: number | null) => void;
  readonly onSelect: (core: number) => void;
}

/** One tab stop; arrow keys, Home and End move over the mesh, Enter and Space select. */
function PlanGrid(props: PlanGridProps) {
  const { plan, drawing, label, cellLabel, selected, onPoint, onSelect } = props;
  const grid = useRef<SVGSVGElement>(null);
  const at = useSignal(selected ?? plan.cores.find(({ usage }) => usage !== null)?.core ?? 0);
  useEffect(() => {
    if (selected !== null) at.value = selected;
  }, [selected]);
  const coreOf = (target: EventTarget | null): number | null => {
    const cell = target instanceof Element ? target.closest('[data-core]') : null;
    return cell === null ? null : Number(cell.getAttribute('data-core'));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const from = coreOf(event.target);
    if (from === null || event.altKey) return;
    if (event.key === 'Enter' || event.key === ' ') onSelect(from);
    else {
      const to = moveOnPlan(plan, from, event.key, event.ctrlKey || event.metaKey);
      if (to === undefined) return;
      at.value = to;
      grid.current?.querySelector<SVGGElement>(`[data-core="${to}"]`)?.focus();
    }
    event.preventDefault();
  };
  const { width, height, ground, rows } = drawing;
  return (
    <div class="plan-scroll">
      <svg
        ref={grid}
        class="plan"
        role="grid"
        aria-label={label}
        width={width}
        height={height}
        viewBox={`0 0 ${width} ${height}`}
        onKeyDown={onKeyDown}
        onMouseOver={({ target }) => {
          onPoint(coreOf(target));
        }}
        onMouseLeave={() => {
          onPoint(null);
        }}
        onFocusOut={() => {
          onPoint(null);
        }}
        onClick={({ target }) => {
          const core = coreOf(target);
          if (core === null) return;
          at.value = core;
          onSelect(core);
        }}
      >
        <g aria-hidden="true">
          <Shapes shapes={ground} />
        </g>
        {rows.map((cores, row) => (
          <g key={row} role="row">
            {cores.map((drawn) => (
              <Core
                key={drawn.plan.core}
                drawn={drawn}
                label={cellLabel(drawn)}
                selected={drawn.plan.core === selected}
                at={at}
              />
            ))}
          </g>
        ))}
      </svg>
    </div>
  );
}

interface CoreProps {
  readonly drawn: DrawnCore;
  readonly label: string;
  readonly selected: boolean;
  readonly at: Signal<number>;
}

function Core({ drawn: { plan, x, y, shapes }, label, selected, at }: CoreProps) {
  return (
    <g
      class="core"
      role="gridcell"
      data-core={plan.core}
      data-lit={plan.lit ? '' : undefined}
      tabindex={at.value === plan.core ? 0 : -1}
      aria-label={label}
      aria-selected={selected}
    >
      <Shapes shapes={shapes} />
      <rect class="core-focus" x={x - 1} y={y - 1} width={coreSize + 2} height={coreSize + 2} fill="none" />
    </g>
  );
}
