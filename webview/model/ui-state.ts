/** What the user has selected, kept over a reload. */
import { layerColumns, type Sort } from './layer-rows.ts';

const tabs = ['layers', 'rates', 'errors', 'cores'] as const;
export type Tab = (typeof tabs)[number];

export interface UiState {
  readonly tab: Tab;
  /** Null: the model's order. */
  readonly sort: Sort | null;
  readonly ratesBy: 'population' | 'step';
  /** Layer of the charts over sequence steps; null: the first. */
  readonly layer: string | null;
  readonly ratesAsTable: boolean;
  readonly errorsAsTable: boolean;
  readonly findingsOpen: boolean;
}

export const initialUi: UiState = {
  tab: 'layers',
  sort: null,
  ratesBy: 'population',
  layer: null,
  ratesAsTable: false,
  errorsAsTable: false,
  findingsOpen: true,
};

/** What was stored, where it is of the kinds above: it may be of another version. */
export function restoreUi(stored: unknown): UiState {
  if (typeof stored !== 'object' || stored === null) return initialUi;
  const from = stored as Partial<Record<keyof UiState, unknown>>;
  const flag = (name: 'ratesAsTable' | 'errorsAsTable' | 'findingsOpen') =>
    typeof from[name] === 'boolean' ? from[name] : initialUi[name];
  return {
    tab: tabs.find((tab) => tab === from.tab) ?? initialUi.tab,
    sort: restoreSort(from.sort),
    ratesBy: from.ratesBy === 'step' ? 'step' : 'population',
    layer: typeof from.layer === 'string' ? from.layer : null,
    ratesAsTable: flag('ratesAsTable'),
    errorsAsTable: flag('errorsAsTable'),
    findingsOpen: flag('findingsOpen'),
  };
}

function restoreSort(stored: unknown): Sort | null {
  if (typeof stored !== 'object' || stored === null) return null;
  const { column, direction } = stored as Partial<Record<keyof Sort, unknown>>;
  const known = layerColumns.find((name) => name === column);
  if (known === undefined || (direction !== 'ascending' && direction !== 'descending')) return null;
  return { column: known, direction };
}
