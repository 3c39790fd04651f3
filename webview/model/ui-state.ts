/** What the user has selected, kept over a reload. */
import { layerColumns, type Sort } from './layer-rows.ts';
import { planMetrics, type CoreId, type Lit, type PlanMetric } from './plan.ts';

const tabs = ['layers', 'rates', 'errors', 'cores', 'energy', 'chips'] as const;
export type Tab = (typeof tabs)[number];

const flags = [
  'ratesAsTable',
  'errorsAsTable',
  'planAsTable',
  'ledgerAsTable',
  'comparisonAsTable',
  'findingsOpen',
] as const;

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
  ratesAsTable: false,
  errorsAsTable: false,
  planAsTable: false,
  ledgerAsTable: false,
  comparisonAsTable: false,
  findingsOpen: true,
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
  };
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
