/** What the user has selected, kept over a reload. */
import { heatQuantities, type HeatQuantity } from './heat.ts';
import { restoreSweepFields, usualSweep, type SweepFields } from './sweep-choice.ts';
import { sweepQuantities, type SweepQuantity } from './sweep-curves.ts';
import { layerColumns, type Sort } from './layer-rows.ts';
import { planMetrics, type CoreId, type Lit, type PlanMetric } from './plan.ts';

const tabs = [
  'layers',
  'rates',
  'errors',
  'neurons',
  'cores',
  'energy',
  'chips',
  'explain',
  'sweep',
  'calibrate',
  'finetune',
] as const;
export type Tab = (typeof tabs)[number];

const flags = [
  'ratesAsTable',
  'errorsAsTable',
  'planAsTable',
  'ledgerAsTable',
  'comparisonAsTable',
  'findingsOpen',
  'heatAsTable',
  'scatterAsTable',
  'activityAsTable',
  'traceAsTable',
  'ladderAsTable',
  'gatesAsTable',
  'rungsAsTable',
  'sweepAsTable',
  'trainingAsTable',
] as const;

/** The place that all pictures of single neurons show, from 0. */
export interface Cursor {
  readonly neuron: number;
  readonly step: number;
  readonly timestep: number;
}

export interface UiState extends Readonly<Record<(typeof flags)[number], boolean>> {
  readonly tab: Tab;
  /** Null: the model's order. */
  readonly sort: Sort | null;
  readonly ratesBy: 'population' | 'step';
  /** Key of the selected row of the layers' table. */
  readonly row: string | null;
  /** Layer of the charts over sequence steps; null: the first. */
  readonly layer: string | null;
  /** What colours the floor plan. */
  readonly metric: PlanMetric;
  /** Chip whose floor plan is drawn. */
  readonly chip: number;
  readonly core: CoreId | null;
  /** What is outlined on the floor plan. */
  readonly lit: Lit | null;
  /** Population whose neurons are shown; null: the first that spikes. */
  readonly population: string | null;
  /** Sample whose neurons are shown; null: all. */
  readonly sample: number | null;
  /** What colours the heat map. */
  readonly heat: HeatQuantity;
  readonly cursor: Cursor;
  /** Lines of the chart of rungs: of one rung, of one population, or of both; null: all. */
  readonly rung: string | null;
  readonly rungPopulation: string | null;
  /** What the curves of a sweep show, and the chip of energy and latency; null: the first. */
  readonly curve: SweepQuantity;
  readonly sweepChip: string | null;
  readonly sweepChoice: SweepFields;
}

export const initialUi: UiState = {
  tab: 'layers',
  sort: null,
  row: null,
  ratesBy: 'population',
  layer: null,
  metric: 'fullest',
  chip: 0,
  core: null,
  lit: null,
  population: null,
  sample: null,
  heat: 'error',
  cursor: { neuron: 0, step: 0, timestep: 0 },
  ratesAsTable: false,
  errorsAsTable: false,
  planAsTable: false,
  ledgerAsTable: false,
  comparisonAsTable: false,
  findingsOpen: true,
  heatAsTable: false,
  scatterAsTable: false,
  activityAsTable: false,
  traceAsTable: false,
  rung: null,
  rungPopulation: null,
  curve: 'accuracy',
  sweepChip: null,
  sweepChoice: usualSweep,
  ladderAsTable: false,
  gatesAsTable: false,
  rungsAsTable: false,
  sweepAsTable: false,
  trainingAsTable: false,
};

/** What was stored, where it is of the kinds above: it may be of another version. */
export function restoreUi(stored: unknown): UiState {
  if (typeof stored !== 'object' || stored === null) return initialUi;
  const from = stored as Partial<Record<keyof UiState, unknown>>;
  const known = flags.flatMap((name) =>
    typeof from[name] === 'boolean' ? [[name, from[name]] as const] : [],
  );
  return {
    ...initialUi,
    ...(Object.fromEntries(known) as Partial<Record<(typeof flags)[number], boolean>>),
    tab: tabs.find((tab) => tab === from.tab) ?? initialUi.tab,
    sort: restoreSort(from.sort),
    row: typeof from.row === 'string' ? from.row : null,
    ratesBy: from.ratesBy === 'step' ? 'step' : 'population',
    layer: typeof from.layer === 'string' ? from.layer : null,
    metric: planMetrics.find((metric) => metric === from.metric) ?? initialUi.metric,
    chip: isIndex(from.chip) ? from.chip : 0,
    core: restoreCore(from.core),
    lit: restoreLit(from.lit),
    population: typeof from.population === 'string' ? from.population : null,
    sample: isIndex(from.sample) ? from.sample : null,
    heat: heatQuantities.find((quantity) => quantity === from.heat) ?? initialUi.heat,
    cursor: restoreCursor(from.cursor),
    rung: typeof from.rung === 'string' ? from.rung : null,
    rungPopulation: typeof from.rungPopulation === 'string' ? from.rungPopulation : null,
    curve: sweepQuantities.find((quantity) => quantity === from.curve) ?? initialUi.curve,
    sweepChip: typeof from.sweepChip === 'string' ? from.sweepChip : null,
    sweepChoice: restoreSweepFields(from.sweepChoice),
  };
}

function restoreCursor(stored: unknown): Cursor {
  if (typeof stored !== 'object' || stored === null) return initialUi.cursor;
  const { neuron, step, timestep } = stored as Partial<Record<keyof Cursor, unknown>>;
  const known = isIndex(neuron) && isIndex(step) && isIndex(timestep);
  return known ? { neuron, step, timestep } : initialUi.cursor;
}

function isIndex(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0;
}

function restoreCore(stored: unknown): CoreId | null {
  if (typeof stored !== 'object' || stored === null) return null;
  const { chip, core } = stored as Partial<Record<keyof CoreId, unknown>>;
  return isIndex(chip) && isIndex(core) ? { chip, core } : null;
}

function restoreLit(stored: unknown): Lit | null {
  if (typeof stored !== 'object' || stored === null) return null;
  const { layer, population } = stored as Partial<Record<keyof Lit, unknown>>;
  if (typeof layer !== 'string') return null;
  return { layer, population: typeof population === 'string' ? population : null };
}

function restoreSort(stored: unknown): Sort | null {
  if (typeof stored !== 'object' || stored === null) return null;
  const { column, direction } = stored as Partial<Record<keyof Sort, unknown>>;
  const known = layerColumns.find((name) => name === column);
  if (known === undefined || (direction !== 'ascending' && direction !== 'descending')) return null;
  return { column: known, direction };
}
